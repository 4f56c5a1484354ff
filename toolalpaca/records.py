"""The records that pass between stages, as the published ToolAlpaca files have them: read, checked, updated, written.

Files hold one object per API, as a JSON array, JSON Lines or Parquet (record_files.py), and a corpus may lie in many of
them (corpus.py). Reading checks what every stage relies on and names the record that breaks it.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypedDict

from toolalpaca.corpus import shards_of
from toolalpaca.errors import UsageError
from toolalpaca.json_types import JSON_NAMES, type_name
from toolalpaca.masking import masked
from toolalpaca.name_index import NameIndex
from toolalpaca.record_files import read_record_file, write_record_file
from toolalpaca.replacing import replacing

Step = list  # [[action, action_input, log], observation]: three strings and a string, as the exchange format has it

Instance = TypedDict("Instance", {
    "input": str, "output": str, "Final Thought": str, "intermediate_steps": list[Step], "error": str,
    "notes": list[str], "Verification": dict[str, Any],
}, total=False)


class GoldenCall(TypedDict):
    """One call of a golden answer; `Action_Input` is a JSON object as text."""

    Action: str
    Action_Input: str


class ApiRecord(TypedDict, total=False):
    """One API and all that the stages have learned of it; keys we do not know are carried along."""

    Name: str
    Description: str
    Link: str
    Category: str
    Introduction: str
    Functions: str
    Documentation: str | None
    NLDocumentation: str
    Function_Description: dict[str, str]
    Function_Projection: dict[str, list[str]]
    Instructions: list[str]
    Golden_Answers: list[list[GoldenCall]]
    Authentication: dict[str, str]
    external_tools: list[str]
    Instances: list[Instance]
    Errors: dict[str, str]


_TYPES: dict[str, tuple[type, ...]] = {
    "Name": (str,), "Description": (str,), "Link": (str,), "Category": (str,), "Introduction": (str,),
    "Functions": (str,), "Documentation": (str, type(None)), "NLDocumentation": (str,),
    "Function_Description": (dict,), "Function_Projection": (dict,), "Instructions": (list,),
    "Golden_Answers": (list,), "Authentication": (dict,), "external_tools": (list,), "Instances": (list,),
    "Errors": (dict,),
}
# What the parts of a known key must be, for those on whose parts the stages rely.
_PART_TYPES: dict[str, type] = {"Instructions": str, "Function_Description": str, "Function_Projection": list}
# The keys each stage owns, in the order of the stages; golden answers are people's and belong to their instructions.
STAGE_KEYS: dict[str, tuple[str, ...]] = {
    "get_elements": ("Introduction", "Functions", "Documentation"),
    "natural_language_documentation": ("NLDocumentation", "Function_Description", "Function_Projection"),
    "instruction": ("Instructions",),
    "golden_answers": ("Golden_Answers",),
    "generation": ("Instances",),
}
_SCRIPT_OF_KEY = {  # for messages about a key that is missing
    **dict.fromkeys(("Description", "Link", "Category"), "tool_maker/preprocess_public_apis.py"),
    "Documentation": "tool_maker/get_elements.py",
    "NLDocumentation": "tool_maker/natural_language_documentation.py",
    "Instructions": "instance_generation/instruction.py",
    "Instances": "instance_generation/generation.py",
}
STAGES_AFTER = {name: list(STAGE_KEYS)[place + 1:] for place, name in enumerate(STAGE_KEYS)}


def read_text(path: Path, needed: str) -> str:
    """The file's text; raises UsageError when it is missing, no UTF-8 or a folder where `needed` is."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise UsageError(f"{path}: no such file") from None
    except IsADirectoryError:
        raise UsageError(f"{path}: is a folder, but {needed}") from None
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: not UTF-8 text (byte {error.start})") from None
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror})") from None


def read_json(path: Path) -> Any:
    """The file's JSON value; raises UsageError when it is missing, empty, no UTF-8 or no JSON."""
    text = read_text(path, "a JSON file is needed")
    if not text.strip():
        raise UsageError(f"{path}: the file is empty")
    try:
        return json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise UsageError(f"{path}: not valid JSON ({error})") from None


class Placed(NamedTuple):
    """A record with the file that holds it and its place there, for messages."""

    path: Path
    place: int
    record: ApiRecord


def read_records(source: Path, required: Sequence[str] = ("Name",)) -> list[ApiRecord]:
    """The records of a corpus, a file or shards, all at once; for who needs them all. Raises as `stream_records`."""
    return list(stream_records(source, required))


def stream_records(source: Path, required: Sequence[str] = ("Name",)) -> Iterator[ApiRecord]:
    """The records of a corpus one at a time, each an object with the `required` keys and known keys of the right type.

    Raises UsageError naming the file, the record and the key. Names must be unique, since they are how stages,
    the simulator and the store tell APIs apart.
    """
    return (placed.record for placed in placed_records(source, required, NameIndex()))


def placed_records(source: Path, required: Sequence[str], names: NameIndex) -> Iterator[Placed]:
    """As `stream_records`, each record with its place; `names` takes in theirs."""
    found = False
    for path in shards_of(source):
        for placed in checked_file(path, required):
            _check_name(*placed, names)
            found = True
            yield placed
    if not found:
        raise UsageError(f"{source}: holds no records")


def checked_file(path: Path, required: Sequence[str] = ("Name",)) -> Iterator[Placed]:
    """The records of one file, which may be none, each checked by itself."""
    for index, record in enumerate(read_record_file(path)):
        _check_record(path, index, record, required)
        yield Placed(path, index, record)


def records_in(paths: Iterable[Path]) -> Iterator[ApiRecord]:
    """The records of files that have been checked, one at a time."""
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
        raise UsageError(f"{where}: 'Name' holds half of a surrogate pair, which is no character; mend the name")


def _made_by(key: str) -> str:
    script = _SCRIPT_OF_KEY.get(key)
    return f"; {script} makes it" if script else ""


def document_of(record: ApiRecord) -> dict[str, Any] | None:
    """The record's OpenAPI document as an object, or None where no valid one was ever made."""
    text = record.get("Documentation")
    if not text:
        return None
    try:
        document = json.loads(text)
    except (json.JSONDecodeError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def serialise(document: dict[str, Any]) -> str:
    """An OpenAPI document as the text that stands in a record."""
    return json.dumps(document, ensure_ascii=False)


def updated_record(record: ApiRecord, made: dict[str, Any], stage: str, previous: ApiRecord | None,
                   error: str | None = None, held: ApiRecord | None = None) -> ApiRecord:
    """A stage's new version of a record: its own keys as `made`, its `error` under `Errors`, all else carried along.

    `previous` is the record of that name in the output file that will be replaced; what later stages had put there,
    or into the input, stays while the stage's own keys say what they said, since a new document makes old
    instructions worthless. Credentials are masked but for those that stand in `held`, which is `previous` unless it
    is given.
    """
    own, later = STAGE_KEYS[stage], keys_after(stage)
    before: Any = previous if previous is not None else record
    new: dict[str, Any] = {key: value for key, value in record.items() if key not in own and key != "Errors"} | made
    errors = {**(before.get("Errors") or {}), **(record.get("Errors") or {})}
    if all(key not in before or before[key] == new.get(key) for key in own):
        new = {**{key: value for key, value in before.items() if key not in ("Errors", *own)}, **new}
    else:
        new = {key: value for key, value in new.items() if key not in later}
        errors = {name: text for name, text in errors.items() if name not in STAGES_AFTER[stage]}
    errors.pop(stage, None)
    if error is not None:
        errors[stage] = error
    new |= {"Errors": errors} if errors else {}
    return masked(new, held or previous)  # type: ignore[return-value, arg-type]


def keys_after(stage: str) -> set[str]:
    """The keys of all stages after this one."""
    return {key for later in STAGES_AFTER[stage] for key in STAGE_KEYS[later]}


def previous_records(path: Path) -> dict[str, ApiRecord]:
    """The records of an output file that is about to be replaced, by name; empty when there is none."""
    return {placed.record["Name"]: placed.record for placed in checked_file(path)} if path.exists() else {}


def write_records(path: Path, records: Iterable[Any]) -> None:
    """Replace the file by the records, written as they come; its ending says the form, which is else a JSON array."""
    write_record_file(path, records)


def write_json(path: Path, value: Any) -> None:
    """Replace the file by one indented JSON value."""
    with replacing(path) as file:
        json.dump(value, file, ensure_ascii=False, indent=2)
        file.write("\n")
