"""Records as the published ToolAlpaca files have them: reading, checking and writing.

A file holds one object per API, as a JSON array, JSON Lines or Parquet (record_files.py), and a corpus may consist of
many files (corpus_files.py). Reading checks what every stage relies on and names the record that is invalid.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from toolalpaca.core.errors import UsageError
from toolalpaca.core.jsons import JSON_NAMES, type_name
from toolalpaca.data.corpus_files import shards_of
from toolalpaca.data.name_index import NameIndex
from toolalpaca.data.record_files import read_record_file, write_record_file
from toolalpaca.data.record_types import ApiRecord

_TYPES: dict[str, tuple[type, ...]] = {
    "Name": (str,), "Description": (str,), "Link": (str,), "Category": (str,), "Introduction": (str,),
    "Functions": (str,), "Documentation": (str, type(None)), "NLDocumentation": (str,),
    "Function_Description": (dict,), "Function_Projection": (dict,), "Instructions": (list,),
    "Instruction_Kinds": (list,), "Follow_Ups": (list,),
    "Golden_Answers": (list,), "Authentication": (dict,), "external_tools": (list,), "Instances": (list,),
    "Distractors": (dict,), "Errors": (dict,),
}
# The types of a known key's items, for keys whose items the stages rely on.
_PART_TYPES: dict[str, type] = {"Instructions": str, "Instruction_Kinds": str, "Follow_Ups": list,
                                "Function_Description": str, "Function_Projection": list}
_SCRIPT_OF_KEY = {  # for messages about a missing key
    **dict.fromkeys(("Description", "Link", "Category"), "tool_maker/preprocess_public_apis.py"),
    "Documentation": "tool_maker/get_elements.py",
    "NLDocumentation": "tool_maker/natural_language_documentation.py",
    "Instructions": "instance_generation/instruction.py",
    "Instances": "instance_generation/generation.py",
}


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
        if key not in record:
            raise UsageError(f"{where} has no key {key!r}{_made_by(key)}")
    for key, types in _TYPES.items():
        if key in record and not isinstance(record[key], types):
            wanted = " or ".join(JSON_NAMES[kind] for kind in types)
            raise UsageError(f"{where}: {key!r} is {type_name(record[key])}, expected {wanted}")
    for key, kind in _PART_TYPES.items():
        parts = record.get(key) or []
        for place, part in parts.items() if isinstance(parts, dict) else enumerate(parts):
            if not isinstance(part, kind):
                raise UsageError(f"{where}: {place!r} of {key!r} is {type_name(part)}, expected {JSON_NAMES[kind]}")
    if "Name" in required and not record["Name"].strip():
        raise UsageError(f"{where}: 'Name' is blank")
    if "Name" in required and any("\ud800" <= char <= "\udfff" for char in record["Name"]):
        raise UsageError(f"{where}: 'Name' contains a lone surrogate, which is not a character; fix the name")


def _made_by(key: str) -> str:
    script = _SCRIPT_OF_KEY.get(key)
    return f"; {script} makes it" if script else ""


def serialise(document: dict[str, Any]) -> str:
    """Return an OpenAPI document as the text stored in a record."""
    return json.dumps(document, ensure_ascii=False)


def write_records(path: Path, records: Iterable[Any]) -> None:
    """Replace the file with the records, written as they arrive, in the format of its extension or else as a JSON
    array."""
    write_record_file(path, records)
