"""Stage *semantics*: every argument was given to the assistant, and the final answer states what was observed."""

from collections.abc import Iterator

from toolalpaca.conversation.observation import Observation
from toolalpaca.conversation.steps import PredictedCall, predicted_calls
from toolalpaca.data.schema import GET_DETAILS, Instance
from toolalpaca.matching.answer_support import Known, contradicted, unsupported
from toolalpaca.matching.grounding import given_before, ungrounded
from toolalpaca.verification.contract import Contract
from toolalpaca.verification.reasons import Reason


def check_semantics(instance: Instance, contract: Contract) -> Iterator[Reason]:
    """Arguments that nobody gave, and statements of the answer that nothing shows."""
    calls = predicted_calls(instance)
    for call in calls:
        if call.function in contract.calls and call.arguments:
            known_call = contract.calls[call.function]
            given = given_before(instance["input"], calls, call.place)
            for name, value in ungrounded(call.arguments, known_call.schemas, known_call.document, given):
                yield Reason("semantics", "ungrounded_argument", f"{name} = {value!r:.80}", call.place + 1)
    known, answer = _known(instance, contract, calls), instance.get("output") or ""
    for fact in dict.fromkeys(unsupported(answer, known)):
        yield Reason("semantics", "unsupported_answer", f"{fact!r:.80}")
    for claim in dict.fromkeys(contradicted(answer, known)):
        yield Reason("semantics", "contradicted_answer", claim)


def _known(instance: Instance, contract: Contract, calls: list[PredictedCall]) -> Known:
    record = contract.record
    about = [str(record.get(key) or "") for key in ("Name", "Description", "Introduction", "Link")]
    about += [str(text) for text in (record.get("Function_Description") or {}).values()]
    replies = [call.observation for call in calls if call.function == GET_DETAILS]
    observations = [Observation(call.observation) for call in calls if call.function != GET_DETAILS]
    return Known([instance["input"], *replies, *about], observations)
