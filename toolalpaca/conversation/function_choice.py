"""Functions shown in a conversation: those needed or mentioned if an API has too many, and distractors of other APIs.

An instance lists the functions it was shown, so that its training example shows the same ones.

Distractors cannot help with an API's tasks. A function qualifies if its API is in another category, its name is unused,
and no content word of its name or summary occurs in an instruction of the API or in the name or summary of one of the
API's own functions. Words are compared by stem; verbs that most APIs have (get, list, create) do not count.
"""

import math
import random
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from toolalpaca.conversation.functions import own_functions
from toolalpaca.core.words import name_terms, name_words, stem, words
from toolalpaca.data.record_types import EXTERNAL_TOOLS, ApiRecord, Distractor, Instance

_COMPONENT = re.compile(r"^#(.+?): ", re.MULTILINE)


def limited(record: ApiRecord, most: int | None, seed: str, *, text: str = "",
            needed: Collection[str] = ()) -> ApiRecord:
    """Return the record with at most `most` of its functions: the `needed` ones, then those that `text` mentions, the
    rest drawn with `seed`.

    If all of them fit, the record itself is returned.
    """
    names, described = own_functions(record), record.get("Function_Description") or {}
    if most is None or len(names) <= most:
        return record
    return with_functions(record, _chosen({name: described[name] for name in names}, most, seed, text, needed))


def shown_to(record: ApiRecord, instance: Instance) -> ApiRecord:
    """Return the record with the functions shown in the instance's conversation, distractors included."""
    shown: Any = instance.get("functions")
    return with_distractors(with_functions(record, shown) if shown else record)


def golden_functions(record: ApiRecord, index: int) -> list[str]:
    """Return the functions called in an instruction's golden answer; [] if it has no golden answer."""
    answers = record.get("Golden_Answers") or []
    answer = answers[index] if index < len(answers) else None
    return [str(call.get("Action")) for call in answer if isinstance(call, dict)] if isinstance(answer, list) else []


def too_many_note(records: Iterable[ApiRecord], most: int | None, who: str) -> str | None:
    """Return a note on how many APIs have more than `most` functions and how many are left out at a time; None if
    none has."""
    sizes = [len(own_functions(record)) for record in records]
    large = [size for size in sizes if most is not None and size > most]
    if most is None or not large:
        return None
    return (f"{len(large)} of {len(sizes)} APIs have more than {most} functions: {who} shown {most} of them at a time "
            f"({sum(large) - most * len(large)} left out, {max(large) - most} at the most of one API)")


def with_functions(record: ApiRecord, names: Collection[str]) -> ApiRecord:
    """Return the record with only these functions and the shared schemas they refer to."""
    described = record.get("Function_Description") or {}
    texts = {name: text for name, text in described.items() if name in names}
    components = _used_components(described.get("components") or "", texts.values())
    functions = "".join(f"{name}: {text}\n" for name, text in texts.items())
    return {**record, "Function_Description": {**texts, "components": components},
            "NLDocumentation": f"{functions}\n{components}\n" if components else functions}


def _chosen(described: dict[str, str], most: int, seed: str, text: str, needed: Collection[str]) -> list[str]:
    spoken_of = _ranked({name: _words_of(name, one) for name, one in described.items()}, set(words(text)))
    drawn = random.Random(seed).sample(list(described), len(described))
    first = [name for name in described if name in needed]
    order = dict.fromkeys([*first, *spoken_of[:max(0, most - len(first) + 1) // 2], *drawn])
    return list(order)[:max(most, len(first))]


def _words_of(name: str, text: str) -> set[str]:
    return {*name_terms(name), *words(text.partition("\n")[0])}


def _ranked(by_name: dict[str, set[str]], wanted: set[str]) -> list[str]:
    """Return the functions that share words with `wanted`, those with the most and rarest words first."""
    counts = Counter(word for found in by_name.values() for word in found)
    scores = {name: sum(math.log((1 + len(by_name)) / counts[word]) for word in found & wanted)
              for name, found in by_name.items()}
    return sorted((name for name, score in scores.items() if score > 0), key=lambda name: -scores[name])


def _used_components(listing: str, texts: Iterable[str]) -> str:
    """Return the listing of shared schemas reduced to those that the texts refer to, directly or through others."""
    heading, *lines = listing.split("\n")
    by_name = {match[1]: line for line in lines if (match := _COMPONENT.match(line))}
    used: set[str] = set()
    pending = list(texts)
    while pending:
        text = pending.pop()
        named = {name for name in re.findall(r"#([\w.-]+)", text) if name in by_name} - used
        used |= named
        pending.extend(by_name[name].partition(": ")[2] for name in named)
    kept = [line for name, line in by_name.items() if name in used]
    return "\n".join([heading, *kept]) if kept else ""


def with_distractors(record: ApiRecord) -> ApiRecord:
    """Return the record with its distractors among its functions, at positions derived from the API's name.

    The API's own functions keep their order. A record without distractors is returned unchanged.
    """
    distractors = record.get("Distractors") or {}
    if not distractors:
        return record
    own, names = record.get("Function_Description") or {}, own_functions(record)
    chance = random.Random(record["Name"])
    for name in distractors:
        names.insert(chance.randint(0, len(names)), name)
    texts = {name: own[name] if name in own else distractors[name]["description"] for name in names}
    components = merged_components([own.get("components") or "",
                                    *(one.get("components") or "" for one in distractors.values())])
    return {**record, "Function_Description": {**texts, "components": components}}


def merged_components(listings: Iterable[str]) -> str:
    """Return several listings of shared schemas merged into one; "" if there are none."""
    pieces = [listing.strip().split("\n") for listing in listings if listing.strip()]
    lines = dict.fromkeys(line for _, *schemas in pieces for line in schemas)
    return "\n".join([pieces[0][0], *lines]) if pieces else ""


# Words that say nothing of what a function is about.
_COMMON_WORDS = """
get list search find fetch read show look lookup create add update change delete remove set all any one its by id ids of
for with in on to from and or the an that this what which your you me my please can could would about into their there
them they have has are is was use using given named called details information api data new"""
_COMMON = frozenset(map(stem, _COMMON_WORDS.split()))
SHORTEST_WORD = 3  # letters of a word that counts

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
    return (stem(word) for word in found if len(word) >= SHORTEST_WORD and not word[0].isdigit())
