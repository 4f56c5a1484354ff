"""Answers recorded and given again: keyed by the request and by all that the conversation had asked before it."""

from collections import OrderedDict
from collections.abc import Iterable
from typing import Any

from toolalpaca.simulator.answer import CACHE, NOTHING, Answer
from toolalpaca.simulator.call import Call
from toolalpaca.store import CallStore, call_key

STAGE = "simulator_answers"
_LATELY = 20_000


class Recording:
    """The recorded answers of one output folder. Safe for use from many threads.

    Recorded is what a model answered and what was answered within a conversation. A schema-derived answer outside of
    one is not: the same seed gives it again.
    """

    def __init__(self, store: CallStore) -> None:
        self._store = store
        self._lately: OrderedDict[str, None] = OrderedDict()

    def get(self, call: Call, asked: str) -> Answer | None:
        """The answer recorded for a request after what was `asked` before; None where there is none."""
        value = self._store.get(_key(call, asked))
        if value is None:
            return None
        return Answer(value["status"], value["body"] if value["has_body"] else NOTHING, CACHE, value["media_type"],
                      value.get("headers", {}))

    def put(self, call: Call, asked: str, answer: Answer) -> None:
        """Record an answer, once."""
        key = _key(call, asked)
        if key in self._lately:
            return
        has_body = answer.body is not NOTHING
        value: dict[str, Any] = {"status": answer.status, "body": answer.body if has_body else None,
                                 "has_body": has_body, "media_type": answer.media_type, "headers": answer.headers}
        self._store.put(key, stage=STAGE, record=call.api, value=value)
        self._lately[key] = None
        if len(self._lately) > _LATELY:
            self._lately.popitem(last=False)


def forget(store: CallStore, names: Iterable[str]) -> None:
    """Drop the recorded answers of these APIs."""
    store.forget(STAGE, names, "")


def _key(call: Call, asked: str) -> str:
    return call_key(stage=STAGE, api=call.api, operation=call.operation, request=call.key, asked=asked)
