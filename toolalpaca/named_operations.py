"""The operation behind each function name of a record; the assistant, the verification and the scorers go by it."""

from typing import Any

from toolalpaca.openapi import Operation, operations
from toolalpaca.records import ApiRecord


def operations_by_name(record: ApiRecord, document: dict[str, Any]) -> dict[str, Operation]:
    """The document's operations by their own names and by those that the record's `Function_Projection` gives them.

    The projection wins, since it is what the assistant was told; a place in it that the document does not have is
    passed over. Raises ValueError for a document that cannot be read.
    """
    found = operations(document)
    by_place = {(one.path, one.method): one for one in found}
    by_name = {one.name: one for one in found}
    for name, place in (record.get("Function_Projection") or {}).items():
        if len(place) > 1 and (place[0], str(place[1]).lower()) in by_place:
            by_name[name] = by_place[place[0], str(place[1]).lower()]
    return by_name
