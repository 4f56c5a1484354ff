"""Stage 3: the natural-language documentation of OpenAPI documents, and the comparison of two such texts.

The format is that of the published ToolAlpaca files, in which the assistant was trained to read its functions.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypedDict

from toolalpaca.core.cli import locked_folder
from toolalpaca.core.errors import FailureKind, RecordError
from toolalpaca.core.jsons import type_name
from toolalpaca.core.log import one_line, record_bar
from toolalpaca.core.run_log import Report
from toolalpaca.data.corpus_files import Job, made_files, output_place, output_shards
from toolalpaca.data.merge import STAGE_KEYS, STAGES_AFTER, PreviousOutput, StageOutcome, keys_after, updated_record
from toolalpaca.data.record_types import ApiRecord
from toolalpaca.data.records import records_in, stream_records, write_records
from toolalpaca.data.redaction import redacted
from toolalpaca.openapi.arguments import body_arguments, whole_body_name
from toolalpaca.openapi.describe import SchemaText, sentence
from toolalpaca.openapi.documents import ReadDocument, read_document
from toolalpaca.openapi.media_types import preferred_media_type
from toolalpaca.openapi.operations import Operation, operations

COMPONENTS_HEADING = "The detailed output format for the tools is outlined below:"
LONGEST_EXPANSION = 1_000_000  # characters; nested references could grow without bound
MOST_FUNCTIONS = 128  # the most tools that OpenAI and others accept in one request
MOST_TOKENS = 20_000  # of a description, at 4 characters per token; a conversation ends at 25,000 by default

STAGE = "natural_language_documentation"


class DocumentationKeys(TypedDict):
    """The keys of a record that stage 3 writes."""

    NLDocumentation: str
    Function_Description: dict[str, str]
    Function_Projection: dict[str, list[str]]


def documentation_keys(document: dict[str, Any], left_out: list[str] | None = None) -> DocumentationKeys:
    """Return the document in natural language, as a whole and by function, and the location of each function.

    A function that cannot be described is left out, and a line about it is added to `left_out`. Raises ValueError, one
    line, for a document without operations or one that cannot be read.
    """
    found = operations(document)
    if not found:
        raise ValueError("paths: there are no operations")
    try:
        texts = _function_texts(document, found, [] if left_out is None else left_out)
        components = components_text(document)
    except RecursionError:
        raise ValueError("the document is nested too deeply") from None
    functions = "".join(f"{name}: {text}\n" for name, text in texts.items())
    return {
        "NLDocumentation": f"{functions}\n{components}\n" if components else functions,
        "Function_Description": {**texts, "components": components},
        "Function_Projection": {operation.name: [operation.path, operation.method] for operation in found
                                if operation.name in texts},
    }


def _function_texts(document: dict[str, Any], found: list[Operation], left_out: list[str]) -> dict[str, str]:
    texts: dict[str, str] = {}
    for operation in found:
        try:
            texts[operation.name] = function_text(document, operation)
        except ValueError as error:
            left_out.append(f"{operation.http_method} {operation.path}: {error}")
    if not texts:
        raise ValueError(left_out[0])
    return texts


def function_text(document: dict[str, Any], operation: Operation) -> str:
    """Return the text of one function: summary, `Parameters: {...}` and `Output: ...` with format and structure."""
    summary = operation.summary.strip() or operation.description.strip()
    lines = [" ".join(summary.split()) or f"{operation.method.upper()} {operation.path}",
             f"Parameters: {json.dumps(parameter_texts(document, operation), ensure_ascii=False)}"]
    return "\n".join([*lines, *_output_lines(document, operation)])


def parameter_texts(document: dict[str, Any], operation: Operation) -> dict[str, str]:
    """Return each argument's text: parameters first, then the body's properties, which win if names are equal."""
    text = SchemaText(document)
    always = {one.name for one in operation.parameters if one.required}
    found = {one.name: _argument(one.name in always, text.describe(one.schema), sentence(one.description))
             for one in operation.parameters}
    body = body_arguments(document, operation.request_body) if operation.request_body else None
    if body is None or operation.request_body is None:
        return found
    if body.whole:
        description = sentence(operation.request_body.description)
        argument = _argument(operation.request_body.required, text.describe(body.schema), description)
        return {**found, whole_body_name(found): argument}
    in_path = {one.name for one in operation.parameters if one.location == "path"}
    return found | {name: _argument(name in body.required or name in in_path, text.describe(schema), "")
                    for name, schema in body.properties.items()}


def _argument(required: bool, schema_text: str, description: str) -> str:
    repeated = description and schema_text.endswith(description)
    return " ".join(part for part in ("Required." if required else "", schema_text, "" if repeated else description)
                    if part)


def _output_lines(document: dict[str, Any], operation: Operation) -> list[str]:
    status = _success(list(operation.responses))
    if status is None:
        return ["Output: Not documented."]
    response = operation.responses[status]
    lines = [f"Output: {sentence(response.get('description')) or f'Status {status}.'}"]
    content = response.get("content")
    if not isinstance(content, dict) or not content:
        return lines
    media_type = preferred_media_type(list(content))
    lines.append(f" - Format: {media_type}")
    if isinstance(content[media_type], dict) and "schema" in content[media_type]:
        lines.append(f" - Structure: {SchemaText(document).shape(content[media_type]['schema'])}")
    return lines


def _success(statuses: list[str]) -> str | None:
    """Return the status to show: 200, else another success, else `default`, else the first."""
    successes = [status for status in statuses if status.startswith("2")]
    wanted = ["200", *successes, "default", *statuses]
    return next((status for status in wanted if status in statuses), None)


def components_text(document: dict[str, Any]) -> str:
    """Return the shared schemas under a heading, one `#Name: shape` per line; "" if there are none."""
    components = document.get("components")
    schemas = components.get("schemas") if isinstance(components, dict) else None
    if not isinstance(schemas, dict) or not schemas:
        return ""
    text = SchemaText(document)
    listed = (f"#{name}: {text.listing(name, schema)}" for name, schema in schemas.items())
    return "\n".join([COMPONENTS_HEADING, *listed])


def same_documentation(one: str, other: str) -> bool:
    """Return whether two documentation texts differ only in whitespace and in references that one of them expands.

    The published files expand some references by hand, which does not change what they say.
    """
    return "".join(one.split()) == "".join(other.split()) or _written_out(one) == _written_out(other)


def _written_out(text: str) -> str:
    """Return the text without whitespace and with every `#Name` expanded, as far as the expansion is finite."""
    listing = text.partition(COMPONENTS_HEADING)[2]
    shapes = dict(re.findall(r"^#(.+?): (.+)$", listing, flags=re.MULTILINE))
    if shapes:
        names = "|".join(re.escape(name) for name in sorted(shapes, key=len, reverse=True))
        for _ in shapes:
            text = re.sub(rf"#({names})(?![\w-])", lambda match: shapes[match[1]], text)
            if len(text) > LONGEST_EXPANSION:
                break
    return "".join(text.split())


@dataclass
class DocumentationRun:
    """One run of the stage: its settings and its counts so far."""

    doc_key: str
    bar: Any
    report: Report
    first_failure: list[str] = field(default_factory=list)
    too_large: list[str] = field(default_factory=list)
    left_out: dict[str, list[str]] = field(default_factory=dict)
    unread: dict[str, str] = field(default_factory=dict)

    def records(self, job: Job) -> Iterator[ApiRecord]:
        """Yield the documented records of a job's files, as they are written to its output."""
        in_place = job.output.exists() and any(job.output.samefile(path) for path in job.inputs)
        previous = None if in_place else PreviousOutput(job.output)
        for record in records_in(job.inputs):
            before = previous.get(record["Name"]) if previous else None
            yield self._documented(record, before, record if in_place else before)
            self.bar.update()

    def _documented(self, record: ApiRecord, before: ApiRecord | None, held: ApiRecord | None) -> ApiRecord:
        try:
            read = document_in(record, self.doc_key)
            made = keys_of(record, self.doc_key, read)
        except RecordError as error:
            self.report.failed[error.kind] += 1
            if not self.first_failure:
                self.first_failure.append(f"{record['Name']!r}: {error}")
            return redacted(undocumented(record, before, error), held)
        self.report.made += 1
        # A conversation that shows all of it has no room left, or more tools than endpoints accept.
        if len(made["Function_Projection"]) > MOST_FUNCTIONS or len(made["NLDocumentation"]) > 4 * MOST_TOKENS:
            self.too_large.append(record["Name"])
        if read.left_out:
            self.left_out[record["Name"]] = read.left_out
        if read.unread:
            self.unread[record["Name"]] = read.unread
        return documented(record, before, made, held)


def document_corpus(source: Path, output: Path | None, doc_key: str) -> int:
    """Write the records of `source` with their documentation to `output`, or in place; return the exit code.

    All records are checked before the first is written, so that invalid input leaves every shard unchanged.
    """
    count = sum(1 for _ in stream_records(source, required=("Name", doc_key)))
    jobs, folder = output_shards(source, output), locked_folder(output_place(source, output))
    report = Report(STAGE, settings={"doc_key": doc_key}, files=made_files(jobs, folder))
    with record_bar(STAGE, count) as bar:
        run = DocumentationRun(doc_key, bar, report)
        for job in jobs:
            write_records(job.output, run.records(job))
    if run.left_out:
        name, [first, *_] = next(iter(run.left_out.items()))
        report.notes.append(f"{STAGE}: {sum(map(len, run.left_out.values()))} operations of {len(run.left_out)} APIs "
                            f"cannot be used and are left out; the first, of {name!r}: {one_line(first)}")
    if run.unread:
        name, first = next(iter(run.unread.items()))
        report.notes.append(f"{STAGE}: of {len(run.unread)} APIs not all is checked; the first, {name!r}: {first}")
    if run.too_large:
        report.notes.append(f"{STAGE}: {len(run.too_large)} APIs are too large for one conversation, such as "
                            f"{run.too_large[0]!r}: more than {MOST_FUNCTIONS} functions or {MOST_TOKENS:,} tokens; "
                            "give --max_functions to instruction.py and generation.py, or split them")
    return report.close(folder, *run.first_failure)


def document_in(record: ApiRecord, doc_key: str = "Documentation") -> ReadDocument:
    """Return a record's document; raise RecordError if it has none or an unusable one."""
    document: Any = record.get(doc_key)
    if document is None or document == "":
        raise RecordError(FailureKind.NO_DOCUMENT, f"{doc_key!r} is {'null' if document is None else 'empty'}; run "
                          "tool_maker/get_elements.py again")
    if not isinstance(document, str):
        raise RecordError(FailureKind.INVALID_DOCUMENT, f"{doc_key!r} is {type_name(document)}, expected a string")
    try:
        return read_document(document)
    except ValueError as error:
        raise RecordError(FailureKind.INVALID_DOCUMENT, str(error)) from None


def keys_of(record: ApiRecord, doc_key: str = "Documentation", read: ReadDocument | None = None) -> DocumentationKeys:
    """Return stage 3's keys for one record, whose document may have been read before; raise RecordError if it has no
    document or an unusable one."""
    read = read or document_in(record, doc_key)
    try:
        return documentation_keys(read.document, read.left_out)
    except ValueError as error:
        raise RecordError(FailureKind.INVALID_DOCUMENT, str(error)) from None


def documented(record: ApiRecord, previous: ApiRecord | None, made: DocumentationKeys,
               held: ApiRecord | None = None) -> ApiRecord:
    """Return the record with its documentation and the keys that later stages added to it or to the `previous` output.

    Later keys are dropped if the documentation differs from the one they were made for; other whitespace and expanded
    references, as in the published files, are not a difference. `held` is the record in the file that is replaced,
    whose credentials are kept.
    """
    same: Any = {**record, **made} if _fits(record, made) else _reset(record)
    before: Any = {**previous, **made} if previous is not None and _fits(previous, made) else None
    return _in_order_of(record, updated_record(same, StageOutcome(STAGE, dict(made)), before, held))


def undocumented(record: ApiRecord, previous: ApiRecord | None, error: RecordError) -> ApiRecord:
    """Return the record with the error instead of a documentation; later stages' keys stay until there is a new one."""
    merged: Any = {**(previous or {}), **record}
    errors = {**(previous or {}).get("Errors", {}), **record.get("Errors", {}), STAGE: str(error)}
    kept = {key: value for key, value in merged.items() if key not in STAGE_KEYS[STAGE]}
    return _in_order_of(record, {**kept, "Errors": errors})


def _fits(record: ApiRecord, made: DocumentationKeys) -> bool:
    """Return whether the record's values of this stage's keys say the same as `made`; missing keys are ignored."""
    return (record.get("Function_Projection", made["Function_Projection"]) == made["Function_Projection"]
            and same_documentation(record.get("NLDocumentation", made["NLDocumentation"]), made["NLDocumentation"]))


def _reset(record: ApiRecord) -> dict[str, Any]:
    """Return the record without this stage's keys and without the keys and errors of later stages."""
    dropped = keys_after(STAGE) | {*STAGE_KEYS[STAGE]}
    kept = {key: value for key, value in record.items() if key not in dropped}
    errors = {stage: text for stage, text in record.get("Errors", {}).items() if stage not in STAGES_AFTER[STAGE]}
    return kept | ({"Errors": errors} if "Errors" in record else {})


def _in_order_of(record: ApiRecord, new: Any) -> ApiRecord:
    """Return the new record with its keys in the old record's order."""
    return {key: new[key] for key in [*record, *new] if key in new}  # type: ignore[return-value]
