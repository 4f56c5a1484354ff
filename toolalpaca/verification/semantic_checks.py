"""Stage *semantics*: every argument was given to the assistant, and the final answer is supported by the
observations."""

from collections.abc import Iterator, Sequence

from toolalpaca.conversation.steps import PredictedCall
from toolalpaca.data.reasons import Code, Reason
from toolalpaca.data.record_types import Instance
from toolalpaca.matching.answers import claimed_deeds, denied_deeds
from toolalpaca.matching.answers.answer_support import unsupported
from toolalpaca.matching.answers.asks import unanswered
from toolalpaca.matching.answers.conditions import against_condition
from toolalpaca.matching.answers.contradictions import contradictions
from toolalpaca.matching.answers.coverage import left_out, unnamed_items, unnamed_texts, unused_values
from toolalpaca.matching.answers.other_choices import other_choices
from toolalpaca.matching.answers.question_parts import unanswered_parts
from toolalpaca.matching.arguments import deeds
from toolalpaca.matching.arguments.argument_slips import baseless_choices, swapped_numbers, turned_flags
from toolalpaca.matching.arguments.directions import reversed_spans, swapped
from toolalpaca.matching.arguments.grounding import Documented, ungrounded
from toolalpaca.matching.arguments.left_arguments import left_arguments, left_filters
from toolalpaca.matching.arguments.picks import wrong_picks
from toolalpaca.matching.arguments.substitutes import untold_substitutes
from toolalpaca.matching.arguments.targets import wrong_things
from toolalpaca.matching.arguments.told_ids import second_targets, unread_names, untold_ids
from toolalpaca.matching.facts.evidence import ConversationEvidence, compared
from toolalpaca.matching.facts.known import Known
from toolalpaca.verification.contract import Contract


def check_semantics(instance: Instance, calls: Sequence[PredictedCall], contract: Contract) -> Iterator[Reason]:
    """Yield the arguments that were not given, and the unsupported statements of the answer."""
    transcript = ConversationEvidence(instance["input"], calls, contract.units)
    for shown in transcript.shown:
        if not shown.call.rejected:
            yield from _arguments(shown.call, transcript, contract)
    answer = compared(instance.get("output") or "")
    yield from _deeds(transcript, contract, answer)
    known = Known(transcript.whole(), answer, _about(contract))
    for fact in dict.fromkeys(unsupported(answer, known)):
        yield Reason(Code.UNSUPPORTED_ANSWER, f"{fact!r:.80}")
    for value in dict.fromkeys(unused_values(answer, known.evidence)):
        yield Reason(Code.UNUSED_VALUE, value)
    rules = (left_out, unnamed_items, unnamed_texts, unanswered, unanswered_parts)
    for part in dict.fromkeys(part for rule in rules for part in rule(answer, known)):
        yield Reason(Code.LEFT_OUT, part)
    for name in dict.fromkeys(untold_substitutes(answer, known)):
        yield Reason(Code.NOT_FOUND_UNTOLD, name)
    done = deeds.deeds_in(transcript, contract.deeds)
    for count in claimed_deeds.other_counts(answer, done, known):
        yield Reason(Code.CONTRADICTED_ANSWER, count)
    for met_not in against_condition(done, known):
        yield Reason(Code.UNASKED_CHANGE, f"the condition is not met: {met_not}")
    for claim in (*contradictions(answer, known), *other_choices(answer, known, contract.choices)):
        yield Reason(Code.CONTRADICTED_ANSWER, claim)


def _arguments(call: PredictedCall, transcript: ConversationEvidence, contract: Contract) -> Iterator[Reason]:
    known_call = contract.calls.get(call.function)
    if known_call is not None and call.arguments:
        evidence = transcript.before(call.place)
        function = Documented(known_call.schemas, known_call.document, contract.descriptions, call.function)
        required = known_call.signature.required(set(call.arguments))
        about = " ".join(_about(contract)[:2])
        for name, value in (*ungrounded(call.arguments, function, evidence),
                            *baseless_choices(call.arguments, function, required, about, evidence)):
            yield Reason(Code.UNGROUNDED_ARGUMENT, f"{name} = {value!r:.80}", call.place + 1)
        for flag in turned_flags(call.arguments, evidence):
            yield Reason(Code.UNGROUNDED_ARGUMENT, flag, call.place + 1)
        for pair in (pair for rule in (swapped, swapped_numbers, reversed_spans)
                     for pair in rule(call.arguments, evidence)):
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
    for name in dict.fromkeys((*untold_ids(answer, done, whole), *unread_names(answer, whole))):
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
