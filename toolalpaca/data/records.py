"""Records as the published ToolAlpaca files have them: reading, checking and writing.

A file holds one object per API, as a JSON array, JSON Lines or Parquet, and a corpus may consist of many files
(corpus_files.py). Reading checks what every stage relies on and names the record that is invalid.

A table column has a single type, in Arrow and hence in `datasets.load_dataset`, but a record's keys do not. Each known
key has a column. A string (Name, NLDocumentation, ...) is stored unchanged, anything else (Instructions, ...) as
JSON text; a missing key is an empty string. Two columns make this lossless: `Other_Keys` holds as one JSON object
what fits no column (unknown keys, a null Documentation, text that is not valid Unicode), and `Key_Order` lists the
record's keys in order.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import UnionType
from typing import Any, NamedTuple, get_args, get_origin, get_type_hints

from toolalpaca.core.errors import UsageError
from toolalpaca.core.jsons import JSON_NAMES, to_json, type_name
from toolalpaca.data.corpus_files import shards_of
from toolalpaca.data.json_files import GROUP, file_format, read_values, write_array, write_lines
from toolalpaca.data.record_types import ApiRecord, Distractor, Instance

TEXTS = ("Name", "Description", "Link", "Category", "Introduction", "Functions", "Documentation", "NLDocumentation",
         "Instruction_Day")
JSON_TEXTS = ("Function_Description", "Function_Projection", "Instructions", "Instruction_Kinds", "Follow_Ups",
              "Golden_Answers", "Authentication", "external_tools", "Distractors", "Instances", "Errors")
OTHER_KEYS, KEY_ORDER = "Other_Keys", "Key_Order"
COLUMNS = (*TEXTS, *JSON_TEXTS, OTHER_KEYS, KEY_ORDER)


def row_of(record: dict[str, Any]) -> dict[str, str]:
    """Return the record as a row with every column."""
    row = dict.fromkeys(COLUMNS, "")
    other = {}
    for key, value in record.items():
        if key in JSON_TEXTS:
            row[key] = _json_text(value)
        elif key in TEXTS and isinstance(value, str) and _is_unicode(value):
            row[key] = value
        else:
            other[key] = value
    return {**row, OTHER_KEYS: _json_text(other), KEY_ORDER: _json_text(list(record))}


def record_of(row: dict[str, Any]) -> dict[str, Any]:
    """Return the record stored in this row; raise ValueError naming the column whose text is not valid JSON.

    A row from another program may hold objects and arrays directly. In a row of ours, an empty or null column is a key
    that the record does not have; columns added to the table become keys.
    """
    if not isinstance(row.get(OTHER_KEYS), str) or not isinstance(row.get(KEY_ORDER), str):
        return {key: _plain(key, value) for key, value in row.items()}
    other, order = _parsed(OTHER_KEYS, row[OTHER_KEYS]), _parsed(KEY_ORDER, row[KEY_ORDER])
    if not isinstance(other, dict) or not isinstance(order, list) or not all(isinstance(key, str) for key in order):
        raise ValueError(f"{OTHER_KEYS!r} must hold a JSON object and {KEY_ORDER!r} a JSON array of keys, as text")
    found = {key: _plain(key, value) for key, value in row.items()
             if key not in (OTHER_KEYS, KEY_ORDER) and (value or _is_empty_text(key, value, other, order))}
    found = {**other, **found}
    return {key: found[key] for key in [*order, *found] if key in found}


def _is_empty_text(key: str, value: Any, other: dict[str, Any], order: list[str]) -> bool:
    """Return whether an empty column means an empty string, not a key that is missing or stored elsewhere."""
    return value is not None and (key not in COLUMNS or (key in TEXTS and key in order and key not in other))


def _plain(key: str, value: Any) -> Any:
    return _parsed(key, value) if key in JSON_TEXTS and isinstance(value, str) else value


def _parsed(key: str, text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{key!r} is text that is not valid JSON ({error})") from None


def _json_text(value: Any) -> str:
    """Return JSON with non-ASCII characters kept, except lone surrogates, which no text column can hold."""
    return to_json(value).encode(errors="backslashreplace").decode()


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def read_record_file(path: Path) -> Iterator[Any]:
    """Yield the values in the file, unchecked; raise UsageError if it is missing or malformed."""
    kind, values = file_format(path), read_values(path)
    if kind == "json":
        yield from values
        return
    for index, value in enumerate(values):
        row = _stated(value) if kind == "parquet" else value  # a Parquet row has every column
        try:
            yield record_of(row) if isinstance(row, dict) else row
        except ValueError as error:
            raise UsageError(f"{path}: record {index}: {error}") from None


def write_records(path: Path, records: Iterable[Any]) -> None:
    """Replace the file with the records, written as they arrive, in the format of its extension or else as a JSON
    array."""
    kind = file_format(path)
    if kind == "json":
        write_array(path, records)
    elif kind == "jsonl":
        write_lines(path, map(row_of, records))
    else:
        import pyarrow

        from toolalpaca.data.parquet import write_rows

        schema = pyarrow.schema([(column, pyarrow.string()) for column in COLUMNS])
        write_rows(path, map(row_of, records), schema, GROUP)


_TABLE = "CREATE TABLE names (digest BLOB PRIMARY KEY, file TEXT NOT NULL, record INTEGER NOT NULL) WITHOUT ROWID"


class NameIndex:
    """Names and where they occur. What exceeds SQLite's small cache goes to its temporary file."""

    def __init__(self) -> None:
        import sqlite3  # late, since every script imports this module before it parses its arguments

        self._table = sqlite3.connect("", isolation_level=None)
        self._table.execute("PRAGMA journal_mode = OFF")
        self._table.execute(_TABLE)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, name: str, file: str, record: int) -> tuple[str, int] | None:
        """Add a name; return where it occurred before, None if it is new."""
        digest = digest_of(name)
        added = self._table.execute("INSERT OR IGNORE INTO names VALUES (?, ?, ?)", (digest, file, record)).rowcount
        if not added:
            row: tuple[str, int] = self._table.execute(
                "SELECT file, record FROM names WHERE digest = ?", (digest,)).fetchone()
            return row
        self._count += 1
        return None

    def at_rank(self, rank: int) -> bytes:
        """Return the digest that has `rank` smaller ones; ranks look random but are the same for the same names."""
        [digest] = self._table.execute("SELECT digest FROM names ORDER BY digest LIMIT 1 OFFSET ?", (rank,)).fetchone()
        return bytes(digest)


def digest_of(name: str) -> bytes:
    """Return the SHA-256 digest of a name."""
    return hashlib.sha256(name.encode(errors="surrogatepass")).digest()


def is_drawn(name: str, fraction: float) -> bool:
    """Return whether a name is among this fraction of all names, which its hash alone decides."""
    return int.from_bytes(digest_of(name)[:8], "big") < fraction * 2**64


def _types_in(kind: type[Any]) -> dict[str, tuple[type, ...]]:
    """Return the types that the values of a TypedDict's keys may have, whatever is in them."""
    return {key: tuple(get_origin(one) or one for one in (get_args(hint) if isinstance(hint, UnionType) else (hint,)))
            for key, hint in get_type_hints(kind).items()}


_TYPES, _INSTANCE_TYPES, _DISTRACTOR_TYPES = map(_types_in, (ApiRecord, Instance, Distractor))
_VERIFICATION_TYPES: dict[str, tuple[type, ...]] = {"reasons": (list,)}
# The types of a known key's items, for keys whose items the stages rely on.
_PART_TYPES: dict[str, type] = {"Instructions": str, "Instruction_Kinds": str, "Follow_Ups": list,
                                "Function_Description": str, "Function_Projection": list, "Instances": dict,
                                "Distractors": dict}
_TEXT_LISTS = ("Function_Projection", "Follow_Ups")  # keys whose items are lists of texts
_SCRIPT_OF_KEY = {  # for messages about a missing key
    **dict.fromkeys(("Description", "Link", "Category"), "tool_maker/preprocess_public_apis.py"),
    "Documentation": "tool_maker/get_elements.py",
    "NLDocumentation": "tool_maker/natural_language_documentation.py",
    "Instructions": "instance_generation/instruction.py",
    "Instances": "instance_generation/generation.py",
}
_PASSED_OVER = ("Instructions",)  # keys that later stages do without in a record, if the stage that makes them failed


class LocatedRecord(NamedTuple):
    """A record with its file and its index there, for messages."""

    path: Path
    place: int
    record: ApiRecord


def read_records(source: Path, required: Sequence[str] = ("Name",)) -> list[ApiRecord]:
    """Return all records of a corpus, a file or shards, at once. Raises as `stream_records` does."""
    return list(stream_records(source, required))


def stream_records(source: Path, required: Sequence[str] = ("Name",)) -> Iterator[ApiRecord]:
    """Yield the records of a corpus one at a time, each an object with the `required` keys and valid known keys.

    Raises UsageError naming the file, the record and the key. Names must be unique, since stages, the simulator and the
    store identify APIs by name.
    """
    return (placed.record for placed in located_records(source, required, NameIndex()))


def located_records(source: Path, required: Sequence[str], names: NameIndex) -> Iterator[LocatedRecord]:
    """Yield records with their locations as `stream_records` does; their names are added to `names`."""
    found = False
    for path in shards_of(source):
        for placed in checked_file(path, required):
            _check_name(*placed, names)
            found = True
            yield placed
    if not found:
        raise UsageError(f"{source}: holds no records")


def checked_file(path: Path, required: Sequence[str] = ("Name",)) -> Iterator[LocatedRecord]:
    """Yield the records of one file, which may be empty, each checked individually."""
    for index, record in enumerate(read_record_file(path)):
        _check_record(path, index, record, required)
        yield LocatedRecord(path, index, record)


def records_in(paths: Iterable[Path]) -> Iterator[ApiRecord]:
    """Yield the records of files that have already been checked."""
    for path in paths:
        yield from read_record_file(path)


def _check_name(path: Path, index: int, record: ApiRecord, names: NameIndex) -> None:
    name = record.get("Name")
    earlier = names.add(name, str(path), index) if name is not None else None
    if earlier is not None:
        where = f"records {earlier[1]} and {index}" if earlier[0] == str(path) else (
            f"record {index} and record {earlier[1]} of {earlier[0]}")
        raise UsageError(f"{path}: {where} are both named {name!r}; tool_maker/preprocess_public_apis.py gives them "
                         "different names")


def _check_record(path: Path, index: int, record: Any, required: Sequence[str]) -> None:
    if not isinstance(record, dict):
        raise UsageError(f"{path}: record {index} is {type_name(record)}, expected an object")
    where = f"{path}: record {index}" + (f" ({record['Name']!r})" if isinstance(record.get("Name"), str) else "")
    for key in required:
        if key not in record and not _may_lack(record, key):
            raise UsageError(f"{where} has no key {key!r}{_made_by(key)}")
    _check_types(where, record, _TYPES)
    for key, kind in _PART_TYPES.items():
        _check_parts(where, key, record.get(key) or [], kind)
    for place, instance in enumerate(record.get("Instances") or ()):
        _check_instance(f"{where}: instance {place}", instance)
    for name, distractor in (record.get("Distractors") or {}).items():
        _check_distractor(f"{where}: distractor {name!r}", _stated(distractor))
    if "Name" in required:
        _check_characters(where, record["Name"])


def _check_parts(where: str, key: str, parts: Any, kind: type[Any]) -> None:
    """Raise UsageError if an item of a known key is not of the type that the stages rely on."""
    items: Iterable[tuple[Any, Any]] = parts.items() if isinstance(parts, dict) else enumerate(parts)
    for place, part in items:
        if not isinstance(part, kind):
            raise UsageError(f"{where}: {place!r} of {key!r} is {type_name(part)}, expected {JSON_NAMES[kind]}")
        texts: Iterable[Any] = part if key in _TEXT_LISTS else ()
        if not all(isinstance(text, str) for text in texts):
            raise UsageError(f"{where}: {place!r} of {key!r} holds something other than texts")


def _check_characters(where: str, name: str) -> None:
    if not name.strip():
        raise UsageError(f"{where}: 'Name' is blank")
    if not _is_unicode(name):
        raise UsageError(f"{where}: 'Name' contains a lone surrogate, which is not a character; fix the name")


def _check_instance(where: str, instance: dict[str, Any]) -> None:
    """Raise UsageError for an instance, a later turn of it or another sample with a known key of another type."""
    pending: list[Any] = [instance]
    while pending:
        part = _stated(pending.pop())
        _check_types(where, part, _INSTANCE_TYPES)
        _check_types(f"{where}: 'Verification'", _stated(part.get("Verification", {})), _VERIFICATION_TYPES)
        pending += [inner for key in ("Turns", "Samples") for inner in part.get(key) or [] if isinstance(inner, dict)]


def _check_distractor(where: str, distractor: dict[str, Any]) -> None:
    for key in ("api", "description"):
        if key not in distractor:
            raise UsageError(f"{where} has no key {key!r}; instance_generation/generation.py --distractors makes it")
    _check_types(where, distractor, _DISTRACTOR_TYPES)


def _stated(value: dict[str, Any]) -> dict[str, Any]:
    """Return an object without the keys whose value is null, which count as missing."""
    return {key: part for key, part in value.items() if part is not None}


def _check_types(where: str, value: dict[str, Any], expected: dict[str, tuple[type, ...]]) -> None:
    """Raise UsageError if the value of a known key is not of a type that the stages rely on."""
    for key, types in expected.items():
        if key in value and not isinstance(value[key], types):
            wanted = " or ".join(JSON_NAMES[kind] for kind in types)
            raise UsageError(f"{where}: {key!r} is {type_name(value[key])}, expected {wanted}")


def _may_lack(record: dict[str, Any], key: str) -> bool:
    """Return whether a required key may be missing: later stages pass over a record whose stage failed, as `Errors`
    says."""
    errors = record.get("Errors")
    return key in _PASSED_OVER and isinstance(errors, dict) and Path(_SCRIPT_OF_KEY[key]).stem in errors


def _made_by(key: str) -> str:
    script = _SCRIPT_OF_KEY.get(key)
    return f"; {script} makes it" if script else ""


def serialise(document: dict[str, Any]) -> str:
    """Return an OpenAPI document as the text stored in a record."""
    return json.dumps(document, ensure_ascii=False)
