"""Paired comparison of two runs on the same cases: whether one is better or the set cannot tell them apart. And of two
scorings of one run: which verdicts changed."""

from collections.abc import Sequence
from typing import Any

from toolalpaca.evaluation.results import QUESTIONS, VERDICTS, Entry, entries_by_case, is_judged, recorded_settings
from toolalpaca.evaluation.statistics import CONFIDENCE

_RESAMPLES = 9_999
_SEED = 0
_ALPHA = 1 - CONFIDENCE
_NAMED = 3  # cases named in a sentence


def compare(results: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Return a paired comparison per question and for both, over the cases for which both runs have verdicts."""
    pairs = list(_pairs(entries_by_case(results), entries_by_case(other)))
    found: dict[str, Any] = {"cases": len(pairs), "same_judge": _judge(results) == _judge(other)}
    for name, keys in {**{name: [key] for name, key in QUESTIONS.items()}, "both": list(QUESTIONS.values())}.items():
        found[name] = paired([_right(ours, keys) for ours, _ in pairs], [_right(theirs, keys) for _, theirs in pairs])
    return found


def _pairs(ours: dict[tuple[str, int], Entry], theirs: dict[tuple[str, int], Entry]) -> list[tuple[Entry, Entry]]:
    """Return the pairs of entries on the same instruction, without unreadable verdicts."""
    return [(entry, theirs[key]) for key, entry in ours.items()
            if key in theirs and "judge_error" not in entry and "judge_error" not in theirs[key]
            and theirs[key].get("input", entry.get("input")) == entry.get("input")]


def _right(entry: Entry, keys: Sequence[str]) -> bool:
    return all(entry.get(key) == "Yes" for key in keys)


def _judge(results: dict[str, Any]) -> Any:
    settings = recorded_settings(results)
    scorers = None if is_judged(results) else _version(results)
    return settings.get("judge"), settings.get("evaluation_prompt"), settings.get("verdicts_of"), scorers


def paired(ours: Sequence[bool], theirs: Sequence[bool]) -> dict[str, Any]:
    """Return McNemar's exact test (the sign test on differing cases) and a bootstrap interval of the difference.

    The percentile bootstrap of the difference in rates has a fixed seed. `apart` is whether the test distinguishes the
    runs at the 5 % level.
    """
    from scipy.stats import binomtest

    only_ours = sum(one and not other for one, other in zip(ours, theirs, strict=True))
    only_theirs = sum(other and not one for one, other in zip(ours, theirs, strict=True))
    differ = only_ours + only_theirs
    p_value = binomtest(only_ours, differ, 0.5).pvalue if differ else 1.0
    low, high = _interval([int(one) - int(other) for one, other in zip(ours, theirs, strict=True)])
    difference = round((sum(ours) - sum(theirs)) / len(ours), 4) if ours else None
    return {"ours": sum(ours), "theirs": sum(theirs), "of": len(ours), "only_ours": only_ours,
            "only_theirs": only_theirs, "p_value": round(float(p_value), 6), "difference": difference,
            "low": low, "high": high, "apart": bool(p_value < _ALPHA)}


def _interval(differences: Sequence[int]) -> tuple[float | None, float | None]:
    """Return the bootstrap interval of the mean; a resample is fully described by how often each difference was
    drawn."""
    import numpy

    number = len(differences)
    if not number:
        return None, None
    shares = [differences.count(value) / number for value in (1, -1, 0)]
    drawn = numpy.random.default_rng(_SEED).multinomial(number, shares, _RESAMPLES)
    low, high = numpy.quantile((drawn[:, 0] - drawn[:, 1]) / number, [_ALPHA / 2, 1 - _ALPHA / 2])
    return round(float(low), 4), round(float(high), 4)


def comparison_in_words(found: dict[str, Any], other: str) -> list[str]:
    """Return one sentence per question; `other` is the name of the other run."""
    if not found["cases"]:
        return [f"nothing to compare: {other} has no case of this run"]
    lines = [f"compared with {other} on {found['cases']} cases:"]
    lines += [f"  {name}: {paired_in_words(found[name])}" for name in (*QUESTIONS, "both")]
    if not found["same_judge"]:
        lines.append("  note: the two were judged with different models, prompts or scorers, which alone can move a "
                     "score by ten points")
    return lines


def paired_in_words(pair: dict[str, Any]) -> str:
    """Return a paired comparison as one sentence: both rates, the interval of their difference, and the test."""
    apart = ("this run is better" if pair["difference"] > 0 else "the other run is better") if pair["apart"] else (
        "this set cannot tell the two apart")
    ours, theirs = 100 * pair["ours"] / pair["of"], 100 * pair["theirs"] / pair["of"]
    interval = f"95 % interval {100 * pair['low']:+.1f} to {100 * pair['high']:+.1f}"
    return (f"{ours:.1f} % against {theirs:.1f} %, a difference of {ours - theirs:+.1f} points ({interval}); "
            f"{pair['only_ours']} cases only this run got right, {pair['only_theirs']} only the other "
            f"(McNemar p = {pair['p_value']:.3g}): {apart}")


def rescored(results: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    """Return what a new scoring of the same solutions changed, by rules or by a published test's checker.

    `versions` are the scorers' before and now, None if unknown; `verdicts` counts those that both files hold, and
    `changed` has for each kind of verdict and each change, such as `No to Yes`, the names of the cases.
    """
    earlier, changed, number = entries_by_case(before), dict[str, dict[str, list[str]]](), 0
    for (api, place), entry in entries_by_case(results).items():
        previous = _ruled(earlier.get((api, place), {}))
        for kind, verdict in _ruled(entry).items():
            number += kind in previous
            if previous.get(kind, verdict) != verdict:
                changed.setdefault(kind, {}).setdefault(f"{previous[kind]} to {verdict}", []).append(f"{api} [{place}]")
    return {"versions": [_version(before), _version(results)], "verdicts": number, "changed": changed}


def _ruled(entry: Entry) -> dict[str, str]:
    """Return the verdicts of scorers and of a published test's checker in an entry."""
    scores = entry.get("scores")
    found = {name: verdict for name, verdict in (scores.items() if isinstance(scores, dict) else ())
             if isinstance(verdict, str) and verdict in VERDICTS}
    return found | ({"checker": entry["suite_verdict"]} if "suite_verdict" in entry else {})


def _version(results: dict[str, Any]) -> Any:
    """Return the version of the scorers or of the published test's package; None if it is not said."""
    suite = results.get("statistics", {}).get("suite", {}).get("version")
    return suite or ((results.get("run") or {}).get("versions") or {}).get("scorers")


def rescored_in_words(found: dict[str, Any]) -> list[str]:
    """Return in one line how many verdicts a new scoring changed, and one line for each kind of change."""
    before, now = (version or "unknown" for version in found["versions"])
    changes = [(kind, change, cases) for kind, by_change in found["changed"].items()
               for change, cases in by_change.items()]
    total = sum(len(cases) for _, _, cases in changes)
    lines = [f"scored again: version {before} before, {now} now; {total or 'none'} of {found['verdicts']} verdicts "
             f"changed"]
    for kind, change, cases in sorted(changes, key=lambda one: -len(one[2])):
        more = ", ..." if len(cases) > _NAMED else ""
        lines.append(f"  {kind}: {len(cases)} from {change} ({', '.join(cases[:_NAMED])}{more})")
    return lines
