"""Measure how well the verification and the scorers judge natural language: precision and recall per kind.

    python benchmarks/judgement.py --traces data/labelled/traces_dev.json --solutions data/labelled/solutions_dev.json
    python benchmarks/judgement.py --traces data/labelled/traces_dev_2.json --verified runs/judged/verified.json

    python benchmarks/judgement.py --traces data/written_data.json --by_reason

A wrong trace is *found* when it is refused for a reason that its good twin, from which it was made by one edit, does
not have; `refused` counts every refusal, and `pairs` those among them whose twin passes. `--verified` takes what
instance_generation/verification.py --with_judge wrote for the same file, and adds what the judge makes of it. Shares
have 95 % Wilson intervals. `--by_reason` adds what each reason of the rules costs and brings: the good traces that it
refuses and the wrong ones that it finds, alone or with others. The form of the labels is in data/labelled/README.md; in
a file without labels every conversation counts as good.
"""

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from processes import ROOT  # noqa: F401 - puts the project on the path

from toolalpaca.core.cli import stage_parser
from toolalpaca.data.reasons import code_of
from toolalpaca.evaluation.statistics import rate_in_words, wilson


def parse_args(argv: list[str] | None) -> argparse.Namespace:
    parser = stage_parser(__doc__)
    parser.add_argument("--traces", metavar="FILE", type=Path, help="labelled traces")
    parser.add_argument("--solutions", metavar="FILE", type=Path, help="labelled solutions with golden answers")
    parser.add_argument("--verified", metavar="FILE", type=Path,
                        help="what verification.py --with_judge wrote for the --traces file")
    parser.add_argument("--by_reason", action="store_true",
                        help="for each reason of the rules, the good traces it refuses and the wrong ones it finds")
    args = parser.parse_args(argv)
    if not args.traces and not args.solutions:
        parser.error("give --traces, --solutions or both")
    return args


@dataclass
class Kind:
    """Counts for one kind of defect."""

    of: int = 0
    refused: int = 0
    found: int = 0
    pairs: int = 0
    found_pairs: int = 0


@dataclass
class TraceCounts:
    """What came of all traces of a file."""

    good: int = 0
    passed: int = 0
    kinds: dict[str, Kind] = field(default_factory=dict)
    false_alarms: Counter[str] = field(default_factory=Counter)
    found_by: Counter[str] = field(default_factory=Counter)
    found_alone: Counter[str] = field(default_factory=Counter)

    def total(self) -> Kind:
        """Return the sum over all kinds."""
        return Kind(*(sum(getattr(kind, name) for kind in self.kinds.values()) for name in vars(Kind())))


def rule_reasons(records: Sequence[dict[str, Any]]) -> list[list[list[str]]]:
    """Return for each record and instance the reasons of the rules."""
    from toolalpaca.verification.verification_stage import findings_of

    return [[one.verification()["reasons"] for one in findings_of(record)] for record in records]


def stored_reasons(path: Path) -> list[list[list[str]]]:
    """Return the reasons that a verified file has, the judge's among them."""
    return [[one["Verification"]["reasons"] for one in record["Instances"]] for record in json.loads(path.read_text())]


def count_traces(records: Sequence[dict[str, Any]], reasons: Sequence[list[list[str]]]) -> TraceCounts:
    """Hold the reasons against the labels."""
    counts = TraceCounts()
    for record, found in zip(records, reasons, strict=True):
        for label, own in zip(record.get("Labels") or [{"good": True}] * len(found), found, strict=True):
            if label["good"]:
                counts.good, counts.passed = counts.good + 1, counts.passed + (not own)
                counts.false_alarms.update(set(map(code_of, own)))
            else:
                new = _new_reasons(own, found[label["pair"]])
                codes = set(map(code_of, new))
                counts.found_by.update(codes)
                counts.found_alone.update(codes if len(codes) == 1 else ())
                _count_wrong(counts.kinds.setdefault(label["kind"], Kind()), own, found[label["pair"]])
    return counts


def _count_wrong(kind: Kind, own: list[str], twin: list[str]) -> None:
    is_found = bool(_new_reasons(own, twin))
    kind.of += 1
    kind.refused += bool(own)
    kind.found += is_found
    kind.pairs += not twin
    kind.found_pairs += is_found and not twin


def _new_reasons(own: list[str], twin: list[str]) -> set[str]:
    """Return the reasons that a wrong trace has and its good twin does not."""
    return {_bare(reason) for reason in own} - {_bare(reason) for reason in twin}


def _bare(reason: str) -> str:
    return re.sub(r"step \d+: ", "", reason)


def trace_lines(title: str, counts: TraceCounts) -> Iterator[str]:
    """Yield the report on a file's traces."""
    total = counts.total()
    refused = total.refused + counts.good - counts.passed
    yield f"{title}: {counts.good} good and {total.of} wrong traces"
    yield f"{'good traces that pass':<44}{rate_in_words(wilson(counts.passed, counts.good))}   of {counts.good}"
    if not total.of:
        return
    yield f"{'wrong traces found':<44}{rate_in_words(wilson(total.found, total.of))}   of {total.of}"
    yield f"{'refused ones that are wrong':<44}{rate_in_words(wilson(total.refused, refused))}   of {refused}"
    told_apart = wilson(total.found_pairs, total.pairs)
    yield f"{'pairs told apart':<44}{rate_in_words(told_apart)}   of {total.pairs} whose twin passes"
    for name, kind in sorted(counts.kinds.items(), key=lambda one: one[1].found / one[1].of):
        yield f"  {name:<42}{rate_in_words(wilson(kind.found, kind.of))}   of {kind.of}, refused {kind.refused}"
    for code, number in counts.false_alarms.most_common():
        yield f"  good traces refused: {code:<21}{number:>7}"


def reason_lines(counts: TraceCounts) -> Iterator[str]:
    """Yield what each reason costs and brings, those that refuse most of the good traces first."""
    yield f"{'reason':<26}{'good refused':>14}{'wrong found':>14}{'by it alone':>14}"
    for code in sorted(counts.false_alarms | counts.found_by, key=lambda code: (-counts.false_alarms[code], code)):
        yield f"{code:<26}{counts.false_alarms[code]:>14}{counts.found_by[code]:>14}{counts.found_alone[code]:>14}"


def solution_lines(path: Path) -> Iterator[str]:
    """Yield the report on a file's solutions: how often scorer and label agree, by kind."""
    from toolalpaca.data.records import read_records
    from toolalpaca.evaluation.cases import read_cases
    from toolalpaca.evaluation.scorers import score_all

    records = read_records(path)
    cases = read_cases(path, records, None)
    labels = [label for record in records for label in record["Labels"]]  # type: ignore[typeddict-item]
    scored = [(label, score) for label, score in zip(labels, score_all(cases), strict=True) if label]
    yield f"{path.name}: {len(scored)} solutions"
    for question in ("process", "response"):
        known = [(label, score[question]) for label, score in scored if label[question]]
        right = sum(label[question] == verdict for label, verdict in known)
        unsure = sum(verdict == "Uncertain" for _, verdict in known)
        rate = rate_in_words(wilson(right, len(known)))
        yield f"{question + ' agrees':<44}{rate}   of {len(known)}, {unsure} uncertain"
        kinds = {label["kind"] for label, _ in known}
        for kind in sorted(kinds):
            ours = [(label[question], verdict) for label, verdict in known if label["kind"] == kind]
            agree = sum(label == verdict for label, verdict in ours)
            if agree < len(ours):
                yield f"  {kind:<58}{agree} of {len(ours)}"


def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    if args.traces:
        records = json.loads(args.traces.read_text())
        counts = count_traces(records, rule_reasons(records))
        print("\n".join(trace_lines(f"{args.traces.name}, rules", counts)))
        if args.by_reason:
            print("\n".join(reason_lines(counts)))
        if args.verified:
            judged = count_traces(records, stored_reasons(args.verified))
            print("\n".join(trace_lines(f"{args.traces.name}, rules with the judge", judged)))
    if args.solutions:
        print("\n".join(solution_lines(args.solutions)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
