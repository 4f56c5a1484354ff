"""What those who play an API know of the conversation that a request belongs to."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Scene:
    """`instruction` is what the user has said so far, `now` the time the conversation takes place at, `history` the
    earlier exchanges as a model is shown them; all empty for a request outside of a conversation."""

    instruction: str = ""
    now: datetime | None = None
    history: tuple[str, ...] = ()
