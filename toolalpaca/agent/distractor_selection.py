"""Selection of distractors: functions of other APIs that are shown to the assistant but cannot help with its tasks.

A function qualifies if its API is in another category, its name is unused, and no content word of its name or summary
occurs in an instruction of the API or in the name or summary of one of the API's own functions. Words are compared by
stem; verbs that most APIs have (get, list, create) do not count.
"""

import random
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from toolalpaca.conversation.function_choice import own_functions, with_functions
from toolalpaca.core.words import name_words, stem, words
from toolalpaca.data.record_types import EXTERNAL_TOOLS, ApiRecord, Distractor
from toolalpaca.matching.text import listed

# Words that say nothing of what a function is about.
_COMMON = frozenset(map(stem, listed(
    "get list search find fetch read show look lookup create add update change delete remove set all any one its by id "
    "ids of for with in on to from and or the an that this what which your you me my please can could would about into "
    "their there them they have has are is was use using given named called details information api data new")))
SHORTEST = 3  # letters of a word that counts

Candidate = tuple[ApiRecord, str, frozenset[str]]  # the API, one of its functions, and the function's content words


def draw_distractors(records: Sequence[ApiRecord], most: int, seed: int) -> list[ApiRecord]:
    """Return the records with up to `most` functions of other records as their `Distractors`, drawn with `seed`."""
    candidates = [(record, name, _content(_said_of(record, name)))
                  for record in records for name in own_functions(record)] if most else []
    return [_with(record, list(islice(_suitable(record, candidates, seed), most))) for record in records]


def _with(record: ApiRecord, drawn: Sequence[tuple[str, Distractor]]) -> ApiRecord:
    plain: ApiRecord = {key: value for key, value in record.items() if key != "Distractors"}  # type: ignore[assignment]
    return {**plain, "Distractors": dict(drawn)} if drawn else plain


def _suitable(record: ApiRecord, candidates: Sequence[Candidate], seed: int) -> Iterator[tuple[str, Distractor]]:
    """Yield the qualifying functions for an API with their names, in an order determined by `seed`."""
    spoken = _content(" ".join(_said_in(record)))
    taken = {*(record.get("Function_Description") or {}), *(record.get("Function_Projection") or {}), *EXTERNAL_TOOLS}
    schemas = _schemas((record.get("Function_Description") or {}).get("components") or "")
    for other, name, content in random.Random(f"{seed} {record['Name']}").sample(candidates, len(candidates)):
        if other is record or name in taken or content & spoken or _same_category(record, other):
            continue
        distractor = _distractor(other, name)
        own = _schemas(distractor.get("components") or "")
        if any(schemas.get(schema, line) != line for schema, line in own.items()):
            continue
        taken.add(name)
        schemas |= own
        yield name, distractor


def _same_category(record: ApiRecord, other: ApiRecord) -> bool:
    category = record.get("Category")
    return bool(category) and category == other.get("Category")


def _distractor(record: ApiRecord, name: str) -> Distractor:
    described = with_functions(record, [name])["Function_Description"]
    made: Distractor = {"api": record["Name"], "description": described[name]}
    return {**made, "components": described["components"]} if described["components"] else made


def _schemas(listing: str) -> dict[str, str]:
    """Return the lines of a listing of shared schemas by the name at the start of each."""
    return {line.partition(":")[0]: line for line in listing.split("\n") if line.startswith("#")}


def _said_in(record: ApiRecord) -> Iterator[str]:
    yield from record.get("Instructions") or []
    for said in record.get("Follow_Ups") or []:
        yield from said
    for name in own_functions(record):
        yield _said_of(record, name)


def _said_of(record: ApiRecord, name: str) -> str:
    """Return the words of a function's name and its summary."""
    summary = (record.get("Function_Description") or {})[name].partition("\n")[0]
    return f"{' '.join(name_words(name))} {summary}"


def _content(text: str) -> frozenset[str]:
    return frozenset(_stems(words(text))) - _COMMON


def _stems(found: Iterable[str]) -> Iterator[str]:
    return (stem(word) for word in found if len(word) >= SHORTEST and not word[0].isdigit())
