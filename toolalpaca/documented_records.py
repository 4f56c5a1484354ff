"""Stage 3 over a file of records: each gets its documentation, and loses later keys only when that changed."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from toolalpaca.cli import output_folder
from toolalpaca.documentation import DocumentationKeys, documentation_keys, says_the_same
from toolalpaca.errors import RecordError, UsageError
from toolalpaca.masking import masked
from toolalpaca.openapi import parse_document
from toolalpaca.records import (
    STAGE_KEYS,
    STAGES_AFTER,
    ApiRecord,
    previous_records,
    read_records,
    type_name,
    updated_record,
    write_records,
)
from toolalpaca.run_log import Report

STAGE = "natural_language_documentation"
_LATER_KEYS = {key for later in STAGES_AFTER[STAGE] for key in STAGE_KEYS[later]}


def document_file(source: Path, output: Path, doc_key: str) -> int:
    """Write the records of `source`, documented, to `output`, which may be the same file; the exit code."""
    records = read_records(source, required=("Name", doc_key))
    if output.is_dir():
        raise UsageError(f"{output}: is a folder, but -out needs a file")
    in_place = output.exists() and output.samefile(source)
    previous = {} if in_place else previous_records(output)
    folder = output_folder(output.parent)
    report = Report(STAGE, settings={"doc_key": doc_key}, files=[output])
    first_failure: list[str] = []
    write_records(output, _documented_all(_with_bar(records), previous, doc_key, report, first_failure,
                                          in_place=in_place))
    return report.close(folder, *first_failure)


def _with_bar(records: list[ApiRecord]) -> Iterable[ApiRecord]:
    from tqdm import tqdm

    return tqdm(records, desc=STAGE, unit="record", file=sys.stderr, disable=not sys.stderr.isatty(),
                dynamic_ncols=True)


def _documented_all(records: Iterable[ApiRecord], previous: dict[str, ApiRecord], doc_key: str, report: Report,
                    first_failure: list[str], *, in_place: bool) -> Iterator[ApiRecord]:
    for record in records:
        before = previous.get(record["Name"])
        held = record if in_place else before
        try:
            made = keys_of(record, doc_key)
        except RecordError as error:
            report.failed[error.reason] += 1
            if not first_failure:
                first_failure.append(f"{record['Name']!r}: {error}")
            yield masked(undocumented(record, before, error), held)
        else:
            report.made += 1
            yield documented(record, before, made, held)


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
    kept = {key: value for key, value in record.items() if key not in _LATER_KEYS and key not in STAGE_KEYS[STAGE]}
    errors = {stage: text for stage, text in record.get("Errors", {}).items() if stage not in STAGES_AFTER[STAGE]}
    return kept | ({"Errors": errors} if "Errors" in record else {})


def _in_order_of(record: ApiRecord, new: Any) -> ApiRecord:
    """The new record with its keys where the old one had them."""
    return {key: new[key] for key in [*record, *new] if key in new}  # type: ignore[return-value]
