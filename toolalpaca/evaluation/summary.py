"""Everything a results file says over all cases: counts, rates, shares, agreement, groups and classes of errors."""

from collections.abc import Sequence
from typing import Any

from toolalpaca.evaluation.agreement import agreement, vote_agreement
from toolalpaca.evaluation.breakdown import breakdown
from toolalpaca.evaluation.cases import Case
from toolalpaca.evaluation.results import QUESTIONS, Entry, entry_of, failed_entry, statistics
from toolalpaca.evaluation.scores import Scores, score_statistics
from toolalpaca.evaluation.taxonomy import taxonomy
from toolalpaca.run_log import Report


def scorer_report(cases: Sequence[Case]) -> Report:
    """The closing report of a run that asks no model."""
    return Report("evaluation", made=len(cases), settings={"verdicts_of": "scorers"})


def scored_entries(cases: Sequence[Case], scores: Sequence[Scores], judged: Sequence[Entry]) -> list[Entry]:
    """The entries with the scores in them; where there are none of a judge's the verdicts are the scorers' own."""
    if judged:
        return [{**entry, "scores": one.entry()} for entry, one in zip(judged, scores, strict=True)]
    return [_scored_entry(case, one) for case, one in zip(cases, scores, strict=True)]


def _scored_entry(case: Case, scores: Scores) -> Entry:
    if case.failure is not None:
        return failed_entry(case) | {"scores": scores.entry()}
    return entry_of(case, process_correctness=scores.process, final_response_correctness=scores.response,
                    scores=scores.entry())


def summarise(cases: Sequence[Case], entries: Sequence[Entry], scores: Sequence[Scores], *,
              judged: bool) -> dict[str, Any]:
    """The whole `statistics` of a results file; `scores` may be empty. `judged`: the verdicts are a judge's."""
    found = statistics(entries) | breakdown(cases, entries)
    if any("votes" in entry for entry in entries):
        found["vote_agreement"] = _vote_agreement(entries)
    if scores:
        found |= score_statistics(scores)
        found["errors"] = taxonomy([(case.name, one.error_class, one.found)
                                    for case, one in zip(cases, scores, strict=True)])
        if judged:
            found["scorer_agreement"] = _scorer_agreement(entries)
    return found


def _vote_agreement(entries: Sequence[Entry]) -> dict[str, Any]:
    votes = [entry["votes"] for entry in entries if "votes" in entry]
    return {name: vote_agreement([[vote[name] for vote in cast] for cast in votes]) for name in QUESTIONS}


def _scorer_agreement(entries: Sequence[Entry]) -> dict[str, Any]:
    """The judge's verdicts against the scorers', over the cases that have both."""
    both = [entry for entry in entries if all(entry[key] for key in QUESTIONS.values())]
    return {name: agreement([entry[key] for entry in both], [entry["scores"][name] for entry in both])
            for name, key in QUESTIONS.items()}
