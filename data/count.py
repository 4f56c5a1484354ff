"""Counts what the files in this folder hold and prints the tables of README.md.

    python data/count.py

scripts/make_corpus.sh ends with it.
"""

import re
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from toolalpaca.data.record_types import GET_DETAILS, ApiRecord, GoldenCall
from toolalpaca.data.records import read_records
from toolalpaca.openapi.documents import parse_document
from toolalpaca.openapi.operations import Operation, operations
from toolalpaca.report.corpus import PAPER_COLUMNS, corpus_of
from toolalpaca.report.inputs import read_inputs

FOLDER = Path(__file__).resolve().parent
LISTS = ("public_apis_sample.json", "public_apis.json")
CORPUS = "train_data.json"
NOT_SHOWN = {"instructions", "instances that failed", "with no API call"}  # these say nothing about this corpus
SETS = ("eval_simulated.json", "eval_real.json")
RESULT_OF_A_CALL = re.compile(r"\$\{[^}]* from (?!getDetails)\w+\}")


def list_rows(records: list[ApiRecord]) -> dict[str, str]:
    """What can be counted in a list of APIs."""
    words = [len(record["Description"].split()) for record in records]
    return {"APIs": str(len(records)), "categories": str(_categories(records)),
            "words in a description": f"{sum(words) / len(words):.1f}"}


def set_rows(records: list[ApiRecord]) -> dict[str, str]:
    """What can be counted in an evaluation set; questions to the user are no golden calls."""
    functions = [operation for record in records for operation in _operations(record)]
    answers = [answer for record in records for answer in record["Golden_Answers"]]
    words = [len(text.split()) for record in records for text in record["Instructions"]]
    several = sum(len(api_calls(answer)) > 1 for answer in answers)
    methods = Counter(operation.method.upper() for operation in functions)
    return {
        "APIs": str(len(records)),
        "categories": str(_categories(records)),
        "functions": f"{len(functions)} ({len(functions) / len(records):.1f} an API)",
        "by HTTP method": ", ".join(f"{name} {count}" for name, count in methods.most_common()),
        "OpenAPI 3.0 / 3.1": f"{_of_version(records, '3.0')} / {_of_version(records, '3.1')}",
        "instructions": str(len(answers)),
        "words in an instruction": f"{sum(words) / len(words):.1f}",
        "golden calls": str(sum(len(api_calls(answer)) for answer in answers)),
        "tasks with one call": str(len(answers) - several),
        "tasks with several calls": f"{several} ({100 * several / len(answers):.0f} %)",
        "tasks that need an earlier result": str(sum(needs_result(answer) for answer in answers)),
        "tasks that lack information": str(sum(len(api_calls(answer)) < len(answer) for answer in answers)),
        "tasks with an optional call": str(sum(any(map(is_optional, answer)) for answer in answers)),
    }


def corpus_columns() -> dict[str, dict[str, str]]:
    """The corpus beside the figures of the paper's."""
    run = read_inputs([FOLDER / CORPUS], [], None, None).runs[0]
    counted = corpus_of(run, lambda record, instance: [])
    rows = {name: cell for name, cell in counted.rows().items() if name not in NOT_SHOWN}
    paper = PAPER_COLUMNS["paper, training"]
    return {f"`{CORPUS}`": rows, "the paper's corpus": {name: paper.get(name, "") for name in rows}}


def api_calls(answer: list[GoldenCall]) -> list[GoldenCall]:
    """The calls of a golden answer that go to the API."""
    return [call for call in answer if call["Action"] != GET_DETAILS]


def needs_result(answer: list[GoldenCall]) -> bool:
    """Whether a call needs what an earlier call of the API returned."""
    return any(RESULT_OF_A_CALL.search(call["Action_Input"]) for call in answer)


def is_optional(call: GoldenCall) -> bool:
    """Whether the call may be left out."""
    return call["Action"].startswith("[Optional]")


def table(columns: dict[str, dict[str, str]]) -> str:
    """A Markdown table with one column per file."""
    rows = list(next(iter(columns.values())))
    lines = [_row(["", *columns]), _row(["---"] * (len(columns) + 1))]
    return "\n".join(lines + [_row([row, *(column[row] for column in columns.values())]) for row in rows])


def tables() -> list[str]:
    """The tables of README.md: the corpus, the lists, the evaluation sets."""
    lists = {f"`{name}`": list_rows(read_records(FOLDER / name)) for name in LISTS}
    sets = {f"`{name}`": set_rows(read_records(FOLDER / name)) for name in SETS}
    return [table(corpus_columns()), table(lists), table(sets)]


def _row(cells: Iterable[str]) -> str:
    return "|" + "|".join(f" {cell} " if cell else " " for cell in cells) + "|"


def _categories(records: list[ApiRecord]) -> int:
    return len({record["Category"] for record in records})


def _operations(record: ApiRecord) -> list[Operation]:
    return operations(parse_document(record["Documentation"] or ""))


def _of_version(records: list[ApiRecord], version: str) -> int:
    return sum(parse_document(record["Documentation"] or "")["openapi"].startswith(version) for record in records)


if __name__ == "__main__":
    print(*tables(), sep="\n\n")
