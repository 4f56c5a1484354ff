"""Stage 1: lists of public APIs in several formats, turned into records with unique names.

The formats: READMEs with tables or lists, such as that of github.com/public-apis/public-apis, the JSON {"count",
"entries"} made from it, other lists of objects with a name and a link, as JSON, JSON Lines, YAML or separated values,
and records as this stage writes them.
"""

import csv
import json
import ssl
import time
import zlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from toolalpaca.core.cli import locked_folder, read_secret
from toolalpaca.core.errors import UsageError
from toolalpaca.core.files import read_json, read_text
from toolalpaca.core.jsons import type_name
from toolalpaca.core.log import one_line
from toolalpaca.core.run_log import Report
from toolalpaca.core.urls import without_credentials
from toolalpaca.data.corpus_files import is_sharded
from toolalpaca.data.json_files import file_format
from toolalpaca.data.record_types import ApiRecord
from toolalpaca.data.records import read_record_file, write_records
from toolalpaca.data.redaction import redacted
from toolalpaca.toolset.readme_tables import COLUMN_TITLES, NO_CATEGORY, Tables, read_tables

REQUIRED = ("Name", "Description", "Link", "Category")
_MOST_NAMED = 5  # rows or headings named in the report
_LONGEST_ROW = 60  # characters of a row shown in the report
_OTHER_KEYS = {  # of other lists, in lower case, by ours
    "Name": COLUMN_TITLES["api"], "Description": COLUMN_TITLES["description"], "Link": COLUMN_TITLES["link"],
    "Category": (*COLUMN_TITLES["category"], "tags")}
_LIST_KEYS = ("entries", "apis", "resources", "items", "data", "results")
_FETCH_SECONDS = 120.0  # for the whole list
_TRIES = 3  # after the first
_RETRIED = (429, 500, 502, 503, 504)


@dataclass(frozen=True)
class ApiList:
    """The records found, and in words which table rows were skipped."""

    records: list[dict[str, Any]]
    left_out: tuple[str, ...] = ()


def preprocess(path: Path, source: str, num: int) -> int:
    """Normalise the list at `path`, or make it from `source` if there is none; keep the first `num`. Return the exit
    code."""
    if is_sharded(path):
        raise UsageError(f"{path}: is {'a folder' if path.is_dir() else 'a pattern'}, but -api needs a file; "
                         "scripts/shards.py cuts it into shards afterwards")
    source = read_secret(source, "--source")
    report = Report("preprocess_public_apis", settings={"source": _shown(source), "num": num})
    in_place = path.exists()
    if in_place:
        stored = read_json(path) if file_format(path) == "json" else list(read_record_file(path))
    found = ApiList(records_of(stored, str(path))) if in_place else read_source(source)
    records = with_unique_names(found.records)
    locked_folder(path.parent)
    write_records(path, records[:num] if in_place else (redacted(cast(ApiRecord, record)) for record in records[:num]))
    report.made, report.files = len(records[:num]), [path]
    report.notes.append(_in_words(found, records, num))
    return report.close(path.parent)


def read_source(source: str) -> ApiList:
    """Return the list at a URL or in a local file, a README or data."""
    text = fetch_text(source) if _is_url(source) else read_text(Path(source), "--source needs a file or a URL")
    source, text = _shown(source), text.removeprefix("\ufeff")
    value = _data(text, (json.loads, _json_lines, _separated_values))
    tables = Tables() if value is not None else read_tables(text)
    if value is None and not tables.entries:
        value = _data(text, (_yaml,))
    if value is not None:
        return ApiList(records_of(value, source))
    if not tables.entries:
        raise UsageError(f"{source}: holds neither JSON nor a Markdown table with the columns API, Description and "
                         "Auth, nor other tables or lists of names with links, nor YAML or separated values of these")
    return ApiList([_record(entry, source) for entry in tables.entries], tuple(_left_out(tables)))


def _data(text: str, readers: Iterable[Callable[[str], Any]]) -> Any:
    """Return what the first of the readers that can read a text makes of it; None if none can."""
    for read in readers:
        try:
            return read(text)
        except (ValueError, RecursionError, csv.Error):
            continue
    return None


def _json_lines(text: str) -> list[Any]:
    return [json.loads(line) for line in text.splitlines() if line.strip()]


def _separated_values(text: str) -> list[dict[str, str]]:
    """Return the rows of separated values whose first line names a column for the names and one for the links; raise
    ValueError for other text."""
    first = text.partition("\n")[0]
    for separator in ",;\t":
        headings = [heading.strip().lower() for heading in next(csv.reader([first], delimiter=separator), [])]
        if all(any(name in headings for name in _OTHER_KEYS[key]) for key in ("Name", "Link")):
            rows = csv.DictReader(text.splitlines(keepends=True), delimiter=separator)
            return [{key.strip(): " ".join((value or "").split()) for key, value in row.items() if key} for row in rows]
    raise ValueError("no column for names and none for links")


def _yaml(text: str) -> Any:
    """Return the list or object that a text is as YAML; None for other text."""
    from toolalpaca.openapi.yaml_text import read_yaml

    value = read_yaml(text)
    return value if isinstance(value, (list, dict)) else None


def _is_url(source: str) -> bool:
    return source.startswith(("http://", "https://"))


def _shown(source: str) -> str:
    return without_credentials(source) if _is_url(source) else source


def fetch_text(url: str, *, backoff: float = 0.5) -> str:
    """Return the text at `url`, of at most 16 MiB; raise UsageError with a workaround if it cannot be downloaded.

    `backoff` is the delay before the first retry, in seconds, which doubles from one retry to the next.
    """
    for number in range(_TRIES + 1):
        if number:
            time.sleep(backoff * 2**(number - 1))
        body, problem, temporary = _fetched(url)
        if not temporary:
            break
    if not problem:
        try:
            return body.decode("utf-8-sig")
        except UnicodeDecodeError:
            problem = "the answer is not UTF-8 text"
    raise UsageError(f"{without_credentials(url)}: cannot be fetched ({problem}); download it some other way and "
                     "pass --source FILE")


def _fetched(url: str) -> tuple[bytes, str, bool]:
    """Return the body of one response, why it cannot be used ("" if it can), and whether to try again."""
    import httpx2

    from toolalpaca.llm.bounded_http import AnswerTooLarge, body_of, bounded, bounded_client

    try:
        with bounded(_FETCH_SECONDS), bounded_client(1, leave_server=True) as client, \
                client.stream("GET", url, timeout=_FETCH_SECONDS) as response:
            status, body = response.status_code, body_of(response)
        return body, "" if status == 200 else f"the server answers {status}", status in _RETRIED
    except AnswerTooLarge:
        return b"", "the answer is too large for a list of APIs", False
    except httpx2.TimeoutException:
        return b"", "no answer in time", False
    except httpx2.TransportError as error:
        insecure = isinstance(error.__cause__, ssl.SSLError) or "SSL" in str(error)
        return b"", "no secure connection" if insecure else "no connection", True
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError, zlib.error) as error:
        return b"", type(error).__name__, False


def _left_out(tables: Tables) -> Iterator[str]:
    """Yield which rows are not among the entries, and why."""
    if tables.skipped:
        shown = ", ".join(repr(one_line(row, _LONGEST_ROW)) for row in tables.skipped[:_MOST_NAMED])
        yield f"{len(tables.skipped)} rows without name or link left out ({shown}{_and_more(tables.skipped)})"
    for what, headings in (("rows of tables that do not list APIs", tables.other),
                           ("list items with links", tables.items)):
        if headings:
            shown = ", ".join(repr(heading) for heading in list(headings)[:_MOST_NAMED])
            yield f"{headings.total()} {what} left out (under {shown}{_and_more(headings)})"


def _and_more(named: Collection[str]) -> str:
    return " and others" if len(named) > _MOST_NAMED else ""


def records_of(value: Any, where: str) -> list[dict[str, Any]]:
    """Return the records of a JSON list; raise UsageError naming the entry and the key that is missing or invalid."""
    entries = _entries(value) if isinstance(value, dict) else value
    if not isinstance(entries, list):
        raise UsageError(f"{where}: expected a JSON array of APIs or an object with an array under 'entries', found "
                         f"{type_name(value)}")
    if not entries:
        raise UsageError(f"{where}: lists no APIs")
    entries = [one for entry in entries for one in _in_category(entry)]
    return [_record(entry, f"{where}: entry {index}") for index, entry in enumerate(entries)]


def _in_category(entry: Any) -> list[Any]:
    """Return the entries of a category that an entry is, a name with a list of objects, or else the entry itself."""
    lists = [value for value in entry.values() if isinstance(value, list) and value
             and all(isinstance(one, dict) for one in value)] if isinstance(entry, dict) else []
    own = _with_our_keys(entry) if len(lists) == 1 else {}
    return [{"Category": own["Name"], **one} for one in lists[0]] if "Name" in own and "Link" not in own else [entry]


def _entries(value: dict[str, Any]) -> Any:
    """Return the list in an object: under a usual key, the lists under the names of categories as one, or the objects
    under the names of APIs."""
    for key in _LIST_KEYS:
        if key in value:
            return value[key]
    if value and all(isinstance(entry, dict) for entry in value.values()):
        return [{"Name": name, **entry} for name, entry in value.items()]
    lists = {category: entries for category, entries in value.items()
             if isinstance(entries, list) and all(isinstance(entry, dict) for entry in entries)}
    if not lists or len(lists) < len(value):
        return value
    return [{**entry, "Category": entry.get("Category", category)} for category, entries in lists.items()
            for entry in entries]


def _with_our_keys(entry: dict[str, Any]) -> dict[str, Any]:
    """Return an entry of another list with the keys that it lacks, from its own for the same; without a description or
    category if it has none."""
    own, values = {key.lower(): key for key in entry}, dict(entry)
    for ours, names in _OTHER_KEYS.items():
        theirs = next((own[name] for name in names if name in own), None)
        if ours not in entry and theirs is not None:
            values[ours] = values.pop(theirs)
    if isinstance(values.get("Category"), list):
        values["Category"] = str(next(iter(values["Category"]), NO_CATEGORY))
    return {**values, "Description": values.get("Description") or "", "Category": values.get("Category") or NO_CATEGORY}


def _record(entry: Any, where: str) -> dict[str, Any]:
    """Return an entry with our keys first and all others kept."""
    if not isinstance(entry, dict):
        raise UsageError(f"{where} is {type_name(entry)}, expected an object")
    values = _with_our_keys(entry)
    for key in REQUIRED:
        if key not in values:
            raise UsageError(f"{where} has no key {key!r}")
        if not isinstance(values[key], str):
            raise UsageError(f"{where}: {key!r} is {type_name(values[key])}, expected a string")
    values["Name"] = " ".join(values["Name"].split())
    if not values["Name"]:
        raise UsageError(f"{where}: 'Name' is blank")
    return {key: values[key] for key in [*REQUIRED, *values] if key in values}


def with_unique_names(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the records with duplicate names numbered: "Cat Facts", "Cat Facts 2", skipping names in use."""
    taken = {record["Name"] for record in records}
    times: Counter[str] = Counter()
    unique = []
    for record in records:
        name, new = record["Name"], record["Name"]
        times[name] += 1
        if times[name] > 1:
            while (new := f"{name} {times[name]}") in taken:
                times[name] += 1
            taken.add(new)
        unique.append({**record, "Name": new})
    return unique


def _in_words(found: ApiList, records: list[dict[str, Any]], num: int) -> str:
    kept = records[:num]
    renamed = sum(old["Name"] != new["Name"] for old, new in zip(found.records, records, strict=True))
    parts = [f"{len(kept)} APIs in {len({record['Category'] for record in kept})} categories"]
    if len(records) > num:
        parts.append(f"the first of {len(records)}")
    if renamed:
        parts.append(f"{renamed} renamed because their names occur twice")
    return f"preprocess_public_apis: {' · '.join([*parts, *found.left_out])}"
