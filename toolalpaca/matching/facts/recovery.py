"""The outcome of a call: whether it brought a result, nothing, a refusal or a failure of network or server, and
whether a later call or an honest answer makes up for it. One reading for verification and scorer."""

import re
from collections.abc import Sequence
from enum import Enum

from toolalpaca.conversation.steps import PredictedCall
from toolalpaca.core.jsons import leaves
from toolalpaca.core.words import words
from toolalpaca.matching.language.actions import admits
from toolalpaca.matching.language.numbers import figures_in
from toolalpaca.matching.language.times import minutes_in

_SHORTEST = 3  # letters that a word has to exceed to say anything of a refusal
_FEWEST_SHARED = 3  # words of a refusal that an answer repeats
_PARTLY = re.compile(
    r"\b(?P<some>\w+) (?:out )?of (?:the |your |these |those |them |my |all )?(?P<all>\w+)\b", re.IGNORECASE
)
_LEFT = re.compile(
    r"\bused up\b|\b(?:sold|r[au]n|booked) out\b|\bfully booked\b|\bstill (?:has|have|needs?) to\b"
    r"|\b(?:all but|except|apart from|other than|but for)\b", re.IGNORECASE
)


class Outcome(Enum):
    """What a call brought."""

    RESULT = "result"
    NOTHING = "nothing"  # the API says that there is no such thing, which is an answer
    REFUSED = "refused"  # not sent, or refused with another 4xx: the assistant can change the call
    INFRASTRUCTURE = "infrastructure"  # no answer, 429 or 5xx: the same call may work later
    NO_CALL = "no_call"  # the step holds no call that could be read


def outcome_of(call: PredictedCall) -> Outcome:
    """Return what a call brought; questions to the user and looks at the clock bring a result."""
    if not call.function:
        return Outcome.NO_CALL
    seen = call.seen
    if call.is_external or (call.status is not None and call.status < 400 and call.arguments is not None):
        return Outcome.RESULT
    if seen.is_infrastructure:
        return Outcome.INFRASTRUCTURE
    return Outcome.NOTHING if seen.says_not_there else Outcome.REFUSED


def is_recovered(call: PredictedCall, calls: Sequence[PredictedCall]) -> bool:
    """Return whether a later call made up for this one: a success of the same function, or of any function when this
    one named none that exists."""
    named = call.function and not call.seen.refuses_function
    return any(
        outcome_of(other) is Outcome.RESULT and (not named or other.function == call.function)
        for other in calls if other.place > call.place and not other.is_external
    )


def is_told(call: PredictedCall, answer: str) -> bool:
    """Return whether an answer says that something did not work, which makes up for a call that the API refused."""
    is_refused = outcome_of(call) in (Outcome.NOTHING, Outcome.REFUSED) and call.seen.status is not None
    return is_refused and (admits(answer) or _is_of_a_part(answer) or gives_reason(call, answer))


def _is_of_a_part(answer: str) -> bool:
    """Return whether an answer says that something worked for some of several only: two of the three, all but one."""
    parts = ((figures_in(match["some"]), figures_in(match["all"])) for match in _PARTLY.finditer(answer))
    return bool(_LEFT.search(answer)) or any(
        some and every and some[0].values[0] < every[0].values[0] for some, every in parts)


def gives_reason(call: PredictedCall, answer: str) -> bool:
    """Return whether an answer says what a refusal says: another time that is free, that a thing is taken."""
    asked = " ".join(str(leaf) for leaf in leaves(call.given))
    times = minutes_in(call.seen.text) - minutes_in(asked)
    told = {word for word in call.seen.words if len(word) > _SHORTEST and word.isalpha()} - {*words(asked)}
    said = told & {*words(answer)}
    return bool(times & minutes_in(answer)) or len(said) >= _FEWEST_SHARED and 2 * len(said) >= len(told)
