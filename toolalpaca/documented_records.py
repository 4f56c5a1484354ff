"""Stage 3 over a corpus: each record gets its documentation, and loses later keys only when that changed."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from toolalpaca.cli import output_folder
from toolalpaca.corpus import Job, made_files, output_place, output_shards
from toolalpaca.documentation import DocumentationKeys, documentation_keys, says_the_same
from toolalpaca.errors import RecordError
from toolalpaca.json_types import type_name
from toolalpaca.masking import masked
from toolalpaca.openapi import parse_document
from toolalpaca.previous_output import PreviousOutput
from toolalpaca.progress import record_bar
from toolalpaca.records import (
    STAGE_KEYS,
    STAGES_AFTER,
    ApiRecord,
    keys_after,
    records_in,
    stream_records,
    updated_record,
    write_records,
)
from toolalpaca.run_log import Report

STAGE = "natural_language_documentation"


@dataclass
class Documenting:
    """One run of the stage: what it reads, and what it has counted so far."""

    doc_key: str
    bar: Any
    report: Report
    first_failure: list[str] = field(default_factory=list)

    def records(self, job: Job) -> Iterator[ApiRecord]:
        """The documented records of the files of a job, as they are to stand in its output."""
        in_place = job.output.exists() and any(job.output.samefile(path) for path in job.inputs)
        previous = None if in_place else PreviousOutput(job.output)
        for record in records_in(job.inputs):
            before = previous.get(record["Name"]) if previous else None
            yield self._documented(record, before, record if in_place else before)
            self.bar.update()

    def _documented(self, record: ApiRecord, before: ApiRecord | None, held: ApiRecord | None) -> ApiRecord:
        try:
            made = keys_of(record, self.doc_key)
        except RecordError as error:
            self.report.failed[error.reason] += 1
            if not self.first_failure:
                self.first_failure.append(f"{record['Name']!r}: {error}")
            return masked(undocumented(record, before, error), held)
        self.report.made += 1
        return documented(record, before, made, held)


def document_corpus(source: Path, output: Path | None, doc_key: str) -> int:
    """Write the records of `source`, documented, to `output`, or in their own place; the exit code.

    All records are checked before the first is written, so that bad input leaves every shard as it was.
    """
    count = sum(1 for _ in stream_records(source, required=("Name", doc_key)))
    jobs, folder = output_shards(source, output), output_folder(output_place(source, output))
    report = Report(STAGE, settings={"doc_key": doc_key}, files=made_files(jobs, folder))
    with record_bar(STAGE, count) as bar:
        run = Documenting(doc_key, bar, report)
        for job in jobs:
            write_records(job.output, run.records(job))
    return report.close(folder, *run.first_failure)


def keys_of(record: ApiRecord, doc_key: str = "Documentation") -> DocumentationKeys:
    """What stage 3 makes of one record; RecordError where there is no document or one that cannot be used."""
    document: Any = record.get(doc_key)
    if document is None or document == "":
        raise RecordError("no_document", f"{doc_key!r} is {'null' if document is None else 'empty'}; stage 2 tries "
                          "again when it is run again")
    if not isinstance(document, str):
        raise RecordError("invalid_document", f"{doc_key!r} is {type_name(document)}, expected a string")
    try:
        return documentation_keys(parse_document(document))
    except ValueError as error:
        raise RecordError("invalid_document", str(error)) from None


def documented(record: ApiRecord, previous: ApiRecord | None, made: DocumentationKeys,
               held: ApiRecord | None = None) -> ApiRecord:
    """The record with its documentation, and with what later stages added to it or to the `previous` output.

    Later keys go where the documentation says something else than the one they were made for. Other white space and
    references written out, as in the published files, are nothing else. `held` is the record in the file that is
    replaced, whose credentials stay.
    """
    same: Any = {**record, **made} if _fits(record, made) else _reset(record)
    before: Any = {**previous, **made} if previous is not None and _fits(previous, made) else None
    return _in_order_of(record, updated_record(same, dict(made), STAGE, before, held=held))


def undocumented(record: ApiRecord, previous: ApiRecord | None, error: RecordError) -> ApiRecord:
    """The record with the error in place of a documentation; what later stages made stays until there is a new one."""
    merged: Any = {**(previous or {}), **record}
    errors = {**(previous or {}).get("Errors", {}), **record.get("Errors", {}), STAGE: str(error)}
    kept = {key: value for key, value in merged.items() if key not in STAGE_KEYS[STAGE]}
    return _in_order_of(record, {**kept, "Errors": errors})


def _fits(record: ApiRecord, made: DocumentationKeys) -> bool:
    """Whether what the record holds under the stage's keys says the same as `made`; a missing key says nothing."""
    return (record.get("Function_Projection", made["Function_Projection"]) == made["Function_Projection"]
            and says_the_same(record.get("NLDocumentation", made["NLDocumentation"]), made["NLDocumentation"]))


def _reset(record: ApiRecord) -> dict[str, Any]:
    """The record without this stage's keys and without what later stages made or failed at."""
    dropped = keys_after(STAGE) | {*STAGE_KEYS[STAGE]}
    kept = {key: value for key, value in record.items() if key not in dropped}
    errors = {stage: text for stage, text in record.get("Errors", {}).items() if stage not in STAGES_AFTER[STAGE]}
    return kept | ({"Errors": errors} if "Errors" in record else {})


def _in_order_of(record: ApiRecord, new: Any) -> ApiRecord:
    """The new record with its keys where the old one had them."""
    return {key: new[key] for key in [*record, *new] if key in new}  # type: ignore[return-value]
