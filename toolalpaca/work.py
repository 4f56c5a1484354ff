"""What a stage does to one item, apart from where it is done: in this process, or in actors on other machines."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from toolalpaca.llm import ChatModel
from toolalpaca.meter import Meter
from toolalpaca.store import FinishedCalls

Item_contra = TypeVar("Item_contra", contravariant=True)
Made_co = TypeVar("Made_co", covariant=True)


@dataclass(frozen=True)
class Kit:
    """What work is done with: a model per role, the store, the counters, whether to stop, how many items at once."""

    models: dict[str, ChatModel]
    store: FinishedCalls
    meter: Meter
    stopping: Callable[[], bool]
    in_flight: int


class Work(Protocol[Item_contra, Made_co]):
    """A stage's work as plain data, so that it can be sent to where it is done. Items and what is made of them, too."""

    def begin(self, kit: Kit) -> Callable[[Item_contra], Made_co]:
        """The function that makes one item, called from many threads. It may raise RecordError, UsageError or
        StageStopped; what is dear to set up, such as a local model, is set up here."""


def gpus_wanted(work: Any) -> int:
    """How many GPUs one process that does this work can use: `work.gpus`, else none."""
    return getattr(work, "gpus", 0)
