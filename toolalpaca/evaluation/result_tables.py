"""The tables that evaluation.py prints on standard output."""

from collections.abc import Iterator
from typing import Any

from toolalpaca.evaluation.judge import VERDICTS
from toolalpaca.evaluation.scorers import ScorerFigure, score_figures
from toolalpaca.evaluation.statistics import Rate, rate_in_words

_LABELS = {"process": "process", "response": "response", "both": "both Yes"}
_GROUPS = {"by_golden_calls": "golden calls", "by_method": "method"}


def tables(statistics: dict[str, Any]) -> str:
    """Return everything to print about a run; rates by API are in the results file only."""
    parts = [verdict_table(statistics), "\n".join(_group_lines(statistics))]
    parts.append("\n".join(_figure_line(figure) for figure in score_figures(statistics)))
    parts.append("\n".join(_error_lines(statistics.get("errors", {}))))
    parts.append("\n".join(_agreement_lines(statistics)))
    return "\n\n".join(part for part in parts if part)


def verdict_table(statistics: dict[str, Any]) -> str:
    """Return the number of cases, and per question the verdicts and the rate of Yes."""
    lines = [_cases_line(statistics),
             f"{'':10}" + "".join(f"{verdict:>11}" for verdict in VERDICTS) + "   correct   95 % interval"]
    for name, label in _LABELS.items():
        counts = [statistics[name][verdict] for verdict in VERDICTS] if name != "both" else [statistics["both"], "", ""]
        lines.append(f"{label:<10}" + "".join(f"{count:>11}" for count in counts)
                     + f"   {rate_in_words(statistics['rates'][name])}")
    return "\n".join(lines)


def _cases_line(statistics: dict[str, Any]) -> str:
    parts = [f"{statistics['num']} cases", f"{statistics['error_num']} without a solution (not correct)"]
    if statistics["unreadable"]:
        parts.append(f"{statistics['unreadable']} with an unreadable verdict (left out)")
    if statistics["not_judged"]:
        parts.append(f"{statistics['not_judged']} not judged (left out)")
    return ", ".join(parts)


def _group_lines(statistics: dict[str, Any]) -> Iterator[str]:
    for key, title in _GROUPS.items():
        if statistics[key]:
            yield f"{title:<14}{'cases':>6}   " + "".join(f"{name:<24}" for name in _LABELS.values()).rstrip()
        for label, group in statistics[key].items():
            rates = "".join(f"{rate_in_words(group[name]):<24}" for name in _LABELS)
            yield f"{label:<14}{group['num']:>6}   {rates}".rstrip()


def _figure_line(figure: ScorerFigure) -> str:
    if isinstance(figure.value, dict):
        return _share_line(figure.label, figure.value)
    return f"{figure.label:<40}{figure.value:>7{'' if isinstance(figure.value, int) else '.2f'}}"


def _share_line(label: str, rate: Rate) -> str:
    return f"{label:<40}{rate_in_words(rate)}   of {rate['of']}"


def _error_lines(errors: dict[str, Any]) -> Iterator[str]:
    for kind, found in errors.items():
        example = found["example"]
        why = example["found"][0] if example["found"] else "see its entry"
        yield f"{kind.replace('_', ' '):<20}{found['count']:>5}   such as {example['case']}: {why}"


def _agreement_lines(statistics: dict[str, Any]) -> Iterator[str]:
    for name, rate in statistics.get("vote_agreement", {}).items():
        yield _share_line(f"votes on the {name} that agree", rate)
    for name, rate in statistics.get("scorer_rates", {}).items():
        yield _share_line(f"{name} right by the scorers", rate)
    for name, found in statistics.get("scorer_agreement", {}).items():
        kappa = "none: one of the two never varies" if found["kappa"] is None else f"{found['kappa']:.2f}"
        yield f"{_share_line(f'{name}: judge and scorer agree', found['agreement'])}, Cohen's kappa {kappa}"
