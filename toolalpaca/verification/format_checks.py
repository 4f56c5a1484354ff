"""Stage *format*: the trace can be parsed and calls existing functions with arguments valid for their schemas.

A mistake that the executor refused and reported to the assistant is not an error of format: the stage *execution*
checks that it was corrected.
"""

from collections.abc import Iterator, Sequence

from toolalpaca.conversation.forms import holds_label
from toolalpaca.conversation.observation import holds_observation
from toolalpaca.conversation.outcome import exclusion_reason
from toolalpaca.conversation.steps import PredictedCall, form_of, predicted_calls, steps_of
from toolalpaca.core.errors import FailureKind, Fault, stored_kind
from toolalpaca.core.jsons import leaves
from toolalpaca.data.reasons import Code, Reason
from toolalpaca.data.record_types import GET_DETAILS, Instance
from toolalpaca.matching.facts.evidence import LONGEST_TEXT, MOST_NUMBERS
from toolalpaca.matching.language.numbers import figures_in
from toolalpaca.verification.contract import Contract


def check_format(instance: Instance, contract: Contract) -> Iterator[Reason]:
    """Yield what is wrong with the form of the instance; if anything is found, later stages do not run."""
    malformed = exclusion_reason(instance)
    if malformed in ("error", "malformed", "no_output"):
        code = _code_of(malformed, stored_kind(instance))
        yield Reason(code, str(instance.get("error") or malformed), stage="format")
        return
    calls = predicted_calls(instance)
    yield from _check_lengths(instance, calls)
    form = form_of(instance)
    for step in steps_of(instance):
        if holds_observation(step.thought, form):
            yield Reason(Code.LABELS_IN_TEXT, "an observation stands in what the assistant wrote")
    if holds_label(instance.get("output") or "", form) or holds_observation(instance.get("Final Thought") or "", form):
        yield Reason(Code.LABELS_IN_TEXT, "a label stands in the final answer")
    for call in calls:
        yield from _check_call(call, contract)


def _check_lengths(instance: Instance, calls: Sequence[PredictedCall]) -> Iterator[Reason]:
    """Yield what is too long to be compared with the rest of the conversation."""
    told = [str(instance["input"]), *(call.observation for call in calls if call.function == GET_DETAILS)]
    for what, texts in (("the answer is", [str(instance.get("output") or "")]), ("the user's texts are", told)):
        if sum(map(len, texts)) > LONGEST_TEXT:
            yield Reason(Code.MALFORMED, f"{what} longer than {LONGEST_TEXT:,} characters")
        elif sum(len(figures_in(text)) for text in texts) > MOST_NUMBERS:
            yield Reason(Code.MALFORMED, f"{what} longer than {MOST_NUMBERS} numbers")
    for call in calls:
        if any(isinstance(text, str) and len(text) > LONGEST_TEXT for text in leaves(call.given)):
            yield Reason(Code.MALFORMED, f"a text is longer than {LONGEST_TEXT:,} characters", call.place + 1)


def _code_of(malformed: str, kind: FailureKind | None) -> Code:
    if malformed != "error":
        return Code.MALFORMED
    return Code.NO_INSTANCE if kind is None or kind.fault is Fault.ASSISTANT else Code.INFRASTRUCTURE


def _check_call(call: PredictedCall, contract: Contract) -> Iterator[Reason]:
    place, answered = call.place + 1, call.seen.succeeded
    if not call.function or call.is_external:
        return
    if call.function in contract.distractors:
        yield Reason(Code.WRONG_FUNCTION, f"{call.function} is a function of another API", place)
        return
    if not contract.knows(call.function):
        if answered:
            yield Reason(Code.UNKNOWN_FUNCTION, call.function, place)
        return
    known = contract.calls.get(call.function)
    if known is None:
        return
    if call.arguments is None:
        if answered:
            yield Reason(Code.UNREADABLE_INPUT, call.function, place)
        return
    problems = known.problems(call.arguments)
    if problems and answered:
        yield Reason(Code.WRONG_ARGUMENTS, f"{call.function}: {'; '.join(problems)}", place)
    if not problems and call.seen.refuses_arguments:
        yield Reason(Code.REFUSED_WITHOUT_REASON, call.observation[:120], place)
