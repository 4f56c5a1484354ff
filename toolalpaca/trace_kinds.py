"""What instructions turned out to be, counted from the traces of stage 6: one call, several, or a question to the user.

It is the honest counterpart of the shares that stage 4 asks for: the writer may keep to them or not.
"""

import re
from collections import Counter
from collections.abc import Iterable

from toolalpaca.external_tools import GET_DETAILS
from toolalpaca.records import ApiRecord, Instance

KINDS = ("single", "multi", "missing", "unsolved")
_GOOD = re.compile(r"^\W*Status Code: 2\d\d\b")


def kinds_of(records: Iterable[ApiRecord]) -> dict[str, int]:
    """How many instances are of each of KINDS."""
    found = Counter(dict.fromkeys(KINDS, 0))
    for record in records:
        found.update(kind_of(instance) for instance in record.get("Instances") or [])
    return dict(found)


def kind_of(instance: Instance) -> str:
    """`missing` when the assistant had to ask the user, else by the number of different calls that succeeded.

    `unsolved` is an instance that failed or in which no call succeeded; calls that were mended do not count twice.
    """
    steps = [] if "error" in instance else instance.get("intermediate_steps") or []
    if any(call[0] == GET_DETAILS for call, _ in steps):
        return "missing"
    good = {(call[0], call[1]) for call, observation in steps if _GOOD.match(str(observation))}
    return "multi" if len(good) > 1 else "single" if good else "unsolved"
