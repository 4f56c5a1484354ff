"""Stage *execution*: the calls ran, errors were corrected, and no response contradicts the document or the request."""

from collections.abc import Iterator, Sequence
from typing import Any

from toolalpaca.conversation.steps import PredictedCall
from toolalpaca.core.words import words
from toolalpaca.data.reasons import Code, Reason
from toolalpaca.data.record_types import Instance
from toolalpaca.matching.facts.orders import only_explains, only_thanks
from toolalpaca.matching.facts.recovery import Outcome, gives_reason, is_recovered, is_told, outcome_of
from toolalpaca.matching.language.dates import bare_days_in, day_of, days_in, weekdays_in
from toolalpaca.matching.language.numbers import figures_in
from toolalpaca.matching.language.text import holds
from toolalpaca.matching.language.values import number, same_scalar
from toolalpaca.verification.contract import CallContract, Contract, without_nulls

_AMOUNTS = frozenset(words("amount value price total quantity count limit page size offset balance number max min per "
                           "width height top days hours minutes score level rating"))
_FEW = 2  # in words, which may be no number of anything: the two of them
_LEFT_OPEN = ("any", "all", "auto", "default")  # a choice that leaves the value to the API
# What functions do that answer with another of what they were given: the new certificate, the time in another zone.
_MAKES_ANOTHER = frozenset(words("convert renew replace reissue duplicate copy clone rotate regenerate swap exchange "
                                 "next"))


def check_execution(instance: Instance, calls: Sequence[PredictedCall], contract: Contract) -> Iterator[Reason]:
    """Yield what went wrong during execution.

    A failed call is compensated by a later success, and one that the API refused by an answer that says so.
    """
    answer = instance.get("output") or ""
    reported = [call for call in calls if is_told(call, answer)]
    if not calls and _needs_no_call(instance["input"], answer):
        return
    if not reported and not any(not call.is_external and outcome_of(call) is Outcome.RESULT for call in calls):
        yield Reason(Code.NO_CALL, "the answer rests on no call of the API")
    marked = [str(note) for note in instance.get("notes") or [] if "infrastructure:" in str(note)]
    if marked:
        yield Reason(Code.INFRASTRUCTURE, marked[0])
    for call in calls:
        outcome = outcome_of(call)
        if outcome is Outcome.RESULT and call.function in contract.calls:
            yield from _check_response(call, contract.calls[call.function], answer)
        elif outcome not in (Outcome.RESULT, Outcome.NO_CALL) and not (
            call in reported or is_recovered(call, calls) or _is_part_told(call, calls, answer)
        ):
            code = Code.INFRASTRUCTURE if outcome is Outcome.INFRASTRUCTURE else Code.NOT_RECOVERED
            yield Reason(code, call.observation[:120], call.place + 1)


def _is_part_told(call: PredictedCall, calls: Sequence[PredictedCall], answer: str) -> bool:
    """Return whether a server failed at a part only, and the answer says which reason it gave."""
    others = [one for one in calls if outcome_of(one) is Outcome.RESULT and not one.is_external]
    return bool(others) and gives_reason(call, answer)


def _needs_no_call(told: str, answer: str) -> bool:
    """Return whether people ask for nothing that only the API knows, and the answer gives no number of its own."""
    known = {value for figure in figures_in(told) for value in figure.values}
    new = [one for one in figures_in(answer) if not known & {*one.values}]
    return all(one.worded and one.values[0] <= _FEW for one in new) and (only_thanks(told) or only_explains(told))


def _check_response(call: PredictedCall, known: CallContract, answer: str) -> Iterator[Reason]:
    seen, status, place = call.seen, call.seen.status or 0, call.place + 1
    check = known.response_check(status)
    if check is None or not seen.is_whole:
        return
    if seen.body is None:
        if known.promises_object(status):
            yield Reason(Code.ANSWER_BREAKS_DOCUMENT, "the document promises JSON", place)
        return
    problems = without_nulls(check.problems(seen.body, "response"))
    promised = known.response_properties(status)
    strangers = [name for name in seen.body if name not in promised] if isinstance(seen.body, dict) else []
    if promised and isinstance(seen.body, dict) and len(strangers) * 2 > len(seen.body):
        problems.append(f"most of its keys are not in the document, such as {strangers[0]!r}")
    if problems:
        yield Reason(Code.ANSWER_BREAKS_DOCUMENT, "; ".join(problems)[:300], place)
    yield from _check_echo(call, seen.body, answer)


def _check_echo(call: PredictedCall, body: Any, answer: str) -> Iterator[Reason]:
    """Yield the arguments that the response repeats at its top level with a value other than the one requested, unless
    the answer tells that the API took another."""
    if not isinstance(body, dict) or not call.arguments or _MAKES_ANOTHER & set(words(call.function)):
        return
    for name, requested in call.arguments.items():
        returned = body.get(name)
        if _names_a_thing(name, requested) and _names_a_thing(name, returned) \
                and _comparable(requested, returned) and not same_scalar(requested, returned) \
                and not (_says(answer, requested) and _says(answer, returned)):
            told = f"asked for {name} {requested!r}, told of {returned!r}"
            yield Reason(Code.ANSWER_BREAKS_REQUEST, told, call.place + 1)


def _says(answer: str, value: Any) -> bool:
    """Return whether an answer has a value, a day also by its number or its weekday."""
    if (day := day_of(value)) is None:
        return holds(words(answer), words(str(value)))
    return day.day in bare_days_in(answer) or day.weekday() in weekdays_in(answer) or any(
        mention.fits(day) for mention in days_in(answer))


def _names_a_thing(name: str, value: Any) -> bool:
    """Return whether the value identifies a thing; amounts and sizes may legitimately change."""
    if isinstance(value, bool) or value in (None, "", *_LEFT_OPEN):
        return False
    return isinstance(value, str) or (isinstance(value, int) and not _AMOUNTS & set(words(name)))


def _comparable(one: Any, other: Any) -> bool:
    """Return whether both are texts or both are numbers: verse 24 and its text are different things under one name."""
    return (number(one) is None) == (number(other) is None)
