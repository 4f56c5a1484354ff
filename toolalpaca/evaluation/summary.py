"""The statistics of a results file over its cases: counts, rates, groups and error classes, and the tables of them that
`evaluation.py` prints."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from toolalpaca.core.run_log import Report
from toolalpaca.evaluation.cases import Case
from toolalpaca.evaluation.golden_answers import GoldCall, gold_calls
from toolalpaca.evaluation.results import (
    QUESTIONS,
    VERDICTS,
    Entry,
    entries_by_case,
    entry_of,
    failed_entry,
    is_judged,
    statistics,
)
from toolalpaca.evaluation.scorers import ScorerFigure, Scores, score_figures, score_statistics, taxonomy
from toolalpaca.evaluation.statistics import Rate, agreement, rate_in_words, vote_agreement, wilson
from toolalpaca.openapi.api_functions import functions_of

DIMENSIONS = {"by_golden_calls": "golden calls", "by_method": "HTTP method", "by_api": "API"}  # with their titles
_MANY = 4  # golden calls from which on cases are counted together


def breakdown(cases: Sequence[Case], entries: Sequence[Entry]) -> dict[str, dict[str, Any]]:
    """Return for each dimension the statistics of each group; a case is in the group of every method in its golden
    calls."""
    methods = {api: {name: function.method for name, function in functions_of(record).items()}
               for api, record in {case.api: case.record for case in cases}.items()}
    groups: dict[str, dict[str, list[Entry]]] = {dimension: {} for dimension in DIMENSIONS}
    for case, entry in zip(cases, entries, strict=True):
        for dimension, label in _labels(case, methods[case.api]):
            groups[dimension].setdefault(label, []).append(entry)
    return {dimension: {label: _short(statistics(found[label])) for label in _sorted(dimension, found)}
            for dimension, found in groups.items()}


def _labels(case: Case, methods: dict[str, str]) -> list[tuple[str, str]]:
    labels = [("by_api", case.api)]
    if case.golden is None:
        return labels
    calls = [call for call in gold_calls(case.golden) if not call.optional]
    labels.append(("by_golden_calls", str(len(calls)) if len(calls) < _MANY else f"{_MANY} or more"))
    return labels + [("by_method", method) for method in sorted(_methods(calls, methods))]


def _methods(calls: Sequence[GoldCall], methods: dict[str, str]) -> set[str]:
    return {methods[call.function] for call in calls if call.function in methods}


def _sorted(dimension: str, found: dict[str, list[Entry]]) -> list[str]:
    return list(found) if dimension == "by_api" else sorted(found)


def _short(found: dict[str, Any]) -> dict[str, Any]:
    return {"num": found["num"], **found["rates"]}


def scorer_report(cases: Sequence[Case]) -> Report:
    """Return the closing report of a run without a model."""
    return Report("evaluation", made=len(cases), settings={"verdicts_of": "scorers"})


def scored_entries(cases: Sequence[Case], scores: Sequence[Scores], judged: Sequence[Entry]) -> list[Entry]:
    """Return the entries with their scores; without a judge's entries the verdicts are the scorers' own."""
    if judged:
        return [{**entry, "scores": one} for entry, one in zip(judged, scores, strict=True)]
    return [_scored_entry(case, one) for case, one in zip(cases, scores, strict=True)]


def _scored_entry(case: Case, scores: Scores) -> Entry:
    if case.failure is not None:
        return failed_entry(case) | {"scores": scores}
    return entry_of(case, process_correctness=scores["process"], final_response_correctness=scores["response"],
                    scores=scores)


def summarise(cases: Sequence[Case], entries: Sequence[Entry], scores: Sequence[Scores], *,
              judged: bool) -> dict[str, Any]:
    """Return the complete `statistics` of a results file.

    `scores` may be empty; `judged` means that the verdicts are a judge's.
    """
    found = statistics(entries) | breakdown(cases, entries)
    if any("votes" in entry for entry in entries):
        found["vote_agreement"] = _vote_agreement(entries)
    if scores:
        found |= score_statistics(scores)
        found["errors"] = taxonomy(cases, scores)
        if judged:
            found["scorer_agreement"] = _scorer_agreement(entries)
            found["scorer_rates"] = {name: wilson(sum(one[name] == "Yes" for one in scores), len(scores))
                                     for name in QUESTIONS}
    return found


@dataclass(frozen=True)
class Difference:
    """A verdict on which judge and scorer disagree, with the judge's words and the scorers' findings."""

    case: str
    question: str
    judge: str
    scorer: str
    judgement: str
    found: tuple[str, ...]


def judge_differences(results: dict[str, Any]) -> list[Difference]:
    """Return where judge and scorer disagree in a results file with verdicts of both."""
    if not is_judged(results):
        return []
    return [Difference(f"{api} [{place}]", name, entry[key], entry["scores"][name], str(entry.get("judgement") or ""),
                       tuple(entry["scores"].get("found") or ()))
            for (api, place), entry in entries_by_case(results).items() if isinstance(entry.get("scores"), dict)
            for name, key in QUESTIONS.items()
            if entry.get(key) and entry["scores"].get(name, entry[key]) != entry[key]]


def _vote_agreement(entries: Sequence[Entry]) -> dict[str, Any]:
    votes = [entry["votes"] for entry in entries if "votes" in entry]
    return {name: vote_agreement([[vote[name] for vote in cast] for cast in votes]) for name in QUESTIONS}


def _scorer_agreement(entries: Sequence[Entry]) -> dict[str, Any]:
    """Return the agreement of the judge with the scorers, over the cases that have verdicts of both."""
    both = [entry for entry in entries if all(entry[key] for key in QUESTIONS.values())]
    return {name: agreement([entry[key] for entry in both], [entry["scores"][name] for entry in both])
            for name, key in QUESTIONS.items()}


_LABELS = {"process": "process", "response": "response", "both": "both Yes"}


def figures(statistics: dict[str, Any]) -> Iterator[ScorerFigure]:
    """Yield what the printed tables and the report's page show in addition to the verdicts."""
    for name, rate in statistics.get("scorer_rates", {}).items():
        yield ScorerFigure(f"{name} right by the scorers", rate)
    yield from score_figures(statistics)


def tables(statistics: dict[str, Any]) -> str:
    """Return everything to print about a run; rates by API are in the results file only."""
    parts = [verdict_table(statistics), "\n".join(_group_lines(statistics))]
    parts.append("\n".join(_figure_line(figure) for figure in figures(statistics)))
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
    for key, title in DIMENSIONS.items():
        if key == "by_api":
            continue  # too many to print
        if statistics[key]:
            yield f"{title:<14}{'cases':>6}   " + "".join(f"{name:<24}" for name in _LABELS.values()).rstrip()
        for label, group in statistics[key].items():
            rates = "".join(f"{rate_in_words(group[name]):<24}" for name in _LABELS)
            yield f"{label:<14}{group['num']:>6}   {rates}".rstrip()


def _figure_line(figure: ScorerFigure) -> str:
    if isinstance(figure.value, dict):
        return _share_line(figure.label, figure.value)
    value = f"{figure.value:.2f}" if isinstance(figure.value, float) else figure.value
    return f"{figure.label:<40}{value:>7}"


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
    for name, found in statistics.get("scorer_agreement", {}).items():
        kappa = "none: one of the two never varies" if found["kappa"] is None else f"{found['kappa']:.2f}"
        yield f"{_share_line(f'{name}: judge and scorer agree', found['agreement'])}, Cohen's kappa {kappa}"
