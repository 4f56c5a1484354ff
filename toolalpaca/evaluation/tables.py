"""The tables that evaluation.py prints on standard output."""

from typing import Any

from toolalpaca.evaluation.rates import in_words
from toolalpaca.evaluation.verdict import VERDICTS

_LABELS = {"process": "process", "response": "response", "both": "both Yes"}


def verdict_table(statistics: dict[str, Any]) -> str:
    """How many cases there are, and per question the verdicts and the share of Yes."""
    lines = [_cases_line(statistics),
             f"{'':10}" + "".join(f"{verdict:>11}" for verdict in VERDICTS) + "   correct   95 % interval"]
    for name, label in _LABELS.items():
        counts = [statistics[name][verdict] for verdict in VERDICTS] if name != "both" else [statistics["both"], "", ""]
        lines.append(f"{label:<10}" + "".join(f"{count:>11}" for count in counts)
                     + f"   {in_words(statistics['rates'][name])}")
    return "\n".join(lines)


def _cases_line(statistics: dict[str, Any]) -> str:
    parts = [f"{statistics['num']} cases", f"{statistics['error_num']} without a solution (not correct)"]
    if statistics["unreadable"]:
        parts.append(f"{statistics['unreadable']} with a verdict nobody could read (left out)")
    if statistics["not_judged"]:
        parts.append(f"{statistics['not_judged']} not judged (left out)")
    return ", ".join(parts)
