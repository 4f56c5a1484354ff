"""The day on which an API's conversations take place: the same for the writer of its instructions, the user, the
simulator, the assistant's clock and golden answers, so that `next Friday` is one day to all of them."""

from collections.abc import Callable
from datetime import date, datetime

from toolalpaca.data.record_types import ApiRecord

USUAL_NOW = datetime(2025, 3, 14, 9, 30)  # if nothing says when it is, and under a fixed seed


def clock_of(seed: int | None) -> Callable[[], datetime]:
    """Return a run's clock: the real one, or one that always tells the usual time under a fixed seed."""
    return datetime.now if seed is None else lambda: USUAL_NOW


def moment_of(record: ApiRecord) -> datetime | None:
    """Return when the conversations of a record take place: on the day for which its instructions were written; None
    if it does not say."""
    try:
        day = date.fromisoformat(record.get("Instruction_Day") or "")
    except ValueError:
        return None
    return datetime.combine(day, USUAL_NOW.time())


def day_in_words(moment: datetime) -> str:
    """Return the day as it is told in prompts: Friday, 14 March 2025."""
    return f"{moment:%A}, {moment.day} {moment:%B %Y}"
