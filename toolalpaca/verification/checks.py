"""The three stages of rules for a trace. *Format*: it can be parsed and calls existing functions with arguments valid
for their schemas. *Execution*: the calls ran, errors were corrected, and no response contradicts the document or the
request. *Semantics*: every argument was given to the assistant, and the final answer is supported by the
observations.

A mistake that the executor refused and reported to the assistant is not an error of format: the stage *execution*
checks that it was corrected.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from toolalpaca.conversation.forms import holds_label
from toolalpaca.conversation.observation import holds_observation, is_infrastructure_note
from toolalpaca.conversation.outcome import exclusion_reason
from toolalpaca.conversation.steps import PredictedCall, form_of, predicted_calls, steps_of
from toolalpaca.core.errors import FailureKind, Fault, stored_kind
from toolalpaca.core.jsons import leaves
from toolalpaca.core.words import words
from toolalpaca.data.reasons import Code, Reason
from toolalpaca.data.record_types import GET_DETAILS, Instance
from toolalpaca.matching.answers import claimed_deeds, denied_deeds
from toolalpaca.matching.answers.answer_support import unsupported
from toolalpaca.matching.answers.asks import unanswered, unanswered_parts
from toolalpaca.matching.answers.conditions import against_condition
from toolalpaca.matching.answers.contradictions import contradictions
from toolalpaca.matching.answers.coverage import left_out, unused_values
from toolalpaca.matching.answers.other_values import other_choices
from toolalpaca.matching.arguments import deeds
from toolalpaca.matching.arguments.argument_slips import baseless_choices, turned_bounds, turned_flags
from toolalpaca.matching.arguments.backwards import backwards
from toolalpaca.matching.arguments.borne_out import is_borne_out, is_cut_short, is_told_retry
from toolalpaca.matching.arguments.currencies import other_currencies
from toolalpaca.matching.arguments.directions import not_back, swapped
from toolalpaca.matching.arguments.documented import meanings_of_codes
from toolalpaca.matching.arguments.grounding import Documented, ungrounded
from toolalpaca.matching.arguments.left_arguments import left_arguments, left_filters
from toolalpaca.matching.arguments.picks import wrong_picks
from toolalpaca.matching.arguments.substitutes import untold_substitutes
from toolalpaca.matching.arguments.targets import wrong_things
from toolalpaca.matching.arguments.told_ids import (
    second_targets,
    undeleted,
    unlooked,
    unread_names,
    untold_ids,
)
from toolalpaca.matching.facts.evidence import (
    LONGEST_TEXT,
    MOST_CALLS,
    MOST_NUMBERS,
    ConversationEvidence,
    Shown,
    compared,
)
from toolalpaca.matching.facts.known import Known
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
    if len(calls) > MOST_CALLS:
        yield Reason(Code.MALFORMED, f"there are more than {MOST_CALLS} calls")
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
    return Code.NO_INSTANCE if kind is None or kind.fault is Fault.ASSISTANT else Code(kind.counted_as)


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
    marked = [note for note in instance.get("notes") or [] if is_infrastructure_note(note)]
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


def check_semantics(instance: Instance, calls: Sequence[PredictedCall], contract: Contract) -> Iterator[Reason]:
    """Yield the arguments that were not given, and the unsupported statements of the answer."""
    transcript = ConversationEvidence(instance["input"], calls, contract.units, contract.deeds)
    answer = compared(instance.get("output") or "")
    for shown in transcript.shown:
        if not shown.call.rejected:
            yield from _arguments(shown, transcript, contract, answer)
    yield from _deeds(transcript, contract, answer)
    meanings = meanings_of_codes(contract.explanations, contract.choices, transcript.whole())
    known = Known(transcript.whole(), answer, _about(contract), meanings)
    for fact in dict.fromkeys(unsupported(answer, known)):
        yield Reason(Code.UNSUPPORTED_ANSWER, f"{fact!r:.80}")
    for value in dict.fromkeys(unused_values(answer, known.evidence)):
        yield Reason(Code.UNUSED_VALUE, value)
    rules = (left_out, unanswered, unanswered_parts)
    for part in dict.fromkeys(part for rule in rules for part in rule(answer, known)):
        yield Reason(Code.LEFT_OUT, part)
    for name in dict.fromkeys(untold_substitutes(answer, known)):
        yield Reason(Code.NOT_FOUND_UNTOLD, name)
    done = deeds.deeds_in(transcript, contract.deeds)
    for met_not in against_condition(done, known):
        yield Reason(Code.UNASKED_CHANGE, f"the condition is not met: {met_not}")
    for claim in (*contradictions(answer, known), *other_choices(answer, known, contract.choices)):
        yield Reason(Code.CONTRADICTED_ANSWER, claim)


def _arguments(
    shown: Shown, transcript: ConversationEvidence, contract: Contract, answer: str
) -> Iterator[Reason]:
    call, known_call = shown.call, contract.calls.get(shown.call.function)
    if known_call is not None and call.arguments:
        evidence = transcript.before(call.place)
        function = Documented(known_call.schemas, known_call.document, contract.descriptions, call.function)
        required = known_call.signature.required(set(call.arguments))
        about = " ".join(_about(contract)[:2])
        for name, value in (*ungrounded(call.arguments, function, evidence),
                            *baseless_choices(call.arguments, function, required, about, evidence)):
            if is_cut_short(value, shown, evidence) or call.function not in contract.deeds and (
                is_borne_out(value, name, shown, evidence) or is_told_retry(value, name, shown, evidence, answer)
            ):
                continue
            yield Reason(Code.UNGROUNDED_ARGUMENT, f"{name} = {value!r:.80}", call.place + 1)
        for flag in (*turned_flags(call.arguments, evidence, function),
                     *turned_bounds(call.arguments, function, evidence)):
            yield Reason(Code.UNGROUNDED_ARGUMENT, flag, call.place + 1)
        for pair in (*swapped(call.arguments, evidence), *backwards(call.arguments)):
            yield Reason(Code.UNGROUNDED_ARGUMENT, f"the other way round: {pair}", call.place + 1)


def _deeds(transcript: ConversationEvidence, contract: Contract, answer: str) -> Iterator[Reason]:
    """Yield differences between what was changed, what was asked for, and what the answer claims."""
    whole, done = transcript.whole(), deeds.deeds_in(transcript, contract.deeds)
    for one in deeds.repeated(done, whole.told_text):
        yield Reason(Code.REPEATED_WRITE, one.call.function, one.call.place + 1)
    for one in deeds.hasty(done, transcript):
        yield Reason(Code.DONE_BEFORE_ASKING, one.call.function, one.call.place + 1)
    for one in deeds.unasked(done, whole):
        yield Reason(Code.UNASKED_CHANGE, one.call.function, one.call.place + 1)
    succeeded = [one for one in transcript.shown if one.call.function in contract.calls and one.seen.succeeded]
    for pair in (pair for one in succeeded for pair in swapped(one.call.given, whole, [answer])):
        yield Reason(Code.CONTRADICTED_ANSWER, f"the other way round: {pair}")
    for way in not_back(succeeded, whole):
        yield Reason(Code.CONTRADICTED_ANSWER, f"the other way round: {way}")
    for currency in dict.fromkeys(other_currencies(succeeded, whole, contract.parameters, answer)):
        yield Reason(Code.UNGROUNDED_ARGUMENT, currency)
    for shown, what in wrong_things(succeeded, transcript, answer, contract.deeds):
        yield Reason(Code.WRONG_THING, f"{shown.call.function}: {what}", shown.call.place + 1)
    for shown, what in wrong_picks(succeeded, transcript, answer, contract.deeds):
        yield Reason(Code.WRONG_THING, f"{shown.call.function}: {what}", shown.call.place + 1)
    for missing in deeds.incomplete(done, transcript, answer):
        yield Reason(Code.INCOMPLETE, missing)
    reads = [one for one in succeeded if one.call.function not in contract.deeds]
    for left in (*left_arguments(done, whole, contract.parameters, answer),
                 *left_filters(reads, whole, contract.parameters)):
        yield Reason(Code.UNUSED_VALUE, left)
    passed_over = (*untold_ids(answer, done, whole), *unread_names(answer, whole), *undeleted(answer, done, whole),
                   *undeleted(answer, done, whole), *unlooked(answer, whole))
    for name in dict.fromkeys(passed_over):
        yield Reason(Code.INCOMPLETE, name)
    for name in dict.fromkeys(second_targets(answer, done, whole)):
        yield Reason(Code.UNASKED_CHANGE, f"{name} was changed as well")
    for claim in dict.fromkeys(claimed_deeds.unmade(answer, done, whole, contract.deeds)):
        yield Reason(Code.UNMADE_ACTION, claim)
    for claim in denied_deeds.denied(answer, done, whole):
        yield Reason(Code.CONTRADICTED_ANSWER, claim)
    if claimed_deeds.only_asks(answer):
        yield Reason(Code.ONLY_ASKS, answer[:80])


def _about(contract: Contract) -> list[str]:
    record = contract.record
    about = [str(record.get(key) or "") for key in ("Name", "Description", "Introduction", "Link")]
    return about + [str(text) for text in (record.get("Function_Description") or {}).values()]
