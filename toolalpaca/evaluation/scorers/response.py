"""The *response* scorer: is the answer borne out by what the assistant saw, and does it rest on the calls that were
needed?

It asks the rules of the verification, with `figures_only`: a name that was not shown may still be true.
"""

from toolalpaca.conversation.steps import predicted_calls
from toolalpaca.evaluation.cases import Case
from toolalpaca.evaluation.scorers.calls import CallsScore
from toolalpaca.matching.answer_support import unsupported
from toolalpaca.matching.contradictions import contradictions
from toolalpaca.matching.evidence import Transcript
from toolalpaca.matching.known import Known


def doubtful_facts(case: Case) -> list[str]:
    """Return what a case's answer states and neither the instruction, the calls nor any observation bears out, and
    what the observations contradict."""
    if not case.answer.strip():
        return []
    about = [str(case.record.get(key) or "") for key in ("Name", "Description", "Link")]
    known = Known(Transcript(case.instruction, predicted_calls(case.instance)).whole(about), case.answer)
    found = (*unsupported(case.answer, known, figures_only=True), *contradictions(case.answer, known))
    return list(dict.fromkeys(found))


def response_verdict(case: Case, calls: CallsScore | None, facts: list[str]) -> str:
    """Return No when there is no answer, when it states what was not seen, or when a needed call was not made or made
    with other values; Uncertain when there is no golden answer to tell; else Yes."""
    if not case.answer.strip() or facts:
        return "No"
    if calls is None:
        return "Uncertain"
    return "No" if calls.missing or calls.wrong or calls.premature else "Yes"
