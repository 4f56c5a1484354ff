"""The user of an environment's conversation, played without a model: tells what was left out when asked."""

import json
from dataclasses import dataclass
from typing import Any

from toolalpaca.core.text import words

TOLD_ALL = "I have told you all I know."
NOT_UNDERSTOOD = "I do not understand the question. What do you need to know?"
# Words of any question, which say nothing of what is asked for.
_OF_ANY_QUESTION = frozenset(words(
    "a an and any are as at be by can could did do does for from give have how i in is it kindly like me may might "
    "must my need of on or please provide should so tell that the them there this to want was we what when where which "
    "who whom whose will with would you your yours information details more know"))


@dataclass(frozen=True)
class ScriptedUser:
    """Knows `values` by name; `topics` are the words of which a question about them has at least one."""

    values: dict[str, Any]
    topics: frozenset[str]

    def reply(self, question: str) -> str:
        """Return what the user says to a question."""
        if not self.values:
            return TOLD_ALL
        if not (self.topics - _OF_ANY_QUESTION) & set(words(question)):
            return NOT_UNDERSTOOD
        return "; ".join(f"{name}: {_said(value)}" for name, value in self.values.items())


def _said(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
