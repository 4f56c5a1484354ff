"""Distractors: functions of other APIs placed among an API's own, and the record as the assistant then sees it."""

import random
from collections.abc import Iterable

from toolalpaca.data.record_types import ApiRecord


def with_distractors(record: ApiRecord) -> ApiRecord:
    """Return the record with its distractors among its functions, at positions derived from the API's name.

    The API's own functions keep their order. A record without distractors is returned unchanged.
    """
    distractors = record.get("Distractors") or {}
    if not distractors:
        return record
    own = record.get("Function_Description") or {}
    names = [name for name in own if name != "components"]
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
