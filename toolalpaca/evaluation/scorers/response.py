"""The *response* scorer: is the answer supported by what the assistant saw, does it say all that was asked for, and is
it based on the required calls?

It uses the verification's rules with `figures_only`: a name that was not shown may still be true.
"""

from collections.abc import Sequence
from typing import Any

from toolalpaca.conversation.steps import predicted_calls
from toolalpaca.data.record_types import ApiRecord
from toolalpaca.evaluation.cases import Case
from toolalpaca.evaluation.scorers.argument_comparison import functions_of
from toolalpaca.evaluation.scorers.call_matching import CallsScore
from toolalpaca.evaluation.scorers.scorer import Score, ScorerFigure, Scores, Subject
from toolalpaca.evaluation.scorers.wider_reads import is_picked_by_answer, is_split
from toolalpaca.matching.answers.answer_support import unsupported
from toolalpaca.matching.answers.asks import unanswered
from toolalpaca.matching.answers.claimed_deeds import failed_deeds
from toolalpaca.matching.answers.contradictions import contradictions
from toolalpaca.matching.answers.denied_deeds import denied
from toolalpaca.matching.answers.other_choices import documented_choices, other_choices
from toolalpaca.matching.arguments.deeds import deeds_in
from toolalpaca.matching.arguments.substitutes import untold_substitutes
from toolalpaca.matching.facts.amounts import documented_units
from toolalpaca.matching.facts.evidence import ConversationEvidence, compared
from toolalpaca.matching.facts.known import Known
from toolalpaca.matching.language.actions import Deed, deed_of
from toolalpaca.openapi.documents import document_of


class ResponseScorer:
    """Judges whether the final response is right."""

    name = "response"

    def score(self, subject: Subject) -> Score:
        """Return the verdict on the response, with its unsupported facts."""
        case = subject.case
        facts = doubtful_facts(case)
        left = gaps(case)
        verdict = "No" if case.failure is not None or left else response_verdict(case, subject.calls, facts)
        kind = "gave_up" if not case.answer.strip() else "wrong_answer" if facts or left else None
        found = [f"the answer states {fact!r}, which nothing shows" for fact in facts]
        found += [f"the answer leaves out {part!r}" for part in left]
        return Score({"response": verdict}, kind, found)

    def statistics(self, scores: Sequence[Scores]) -> dict[str, Any]:
        """Return nothing: the verdicts are counted with those on the process."""
        return {}

    def figures(self, statistics: dict[str, Any]) -> Sequence[ScorerFigure]:
        """Return nothing: the rate of right responses is shown with the verdicts."""
        return ()


def doubtful_facts(case: Case) -> list[str]:
    """Return what a case's answer states without support from instruction, calls or observations, or contradicts
    them."""
    if not case.answer.strip():
        return []
    about = [str(case.record.get(key) or "") for key in ("Name", "Description", "Link")]
    document = document_of(case.record)
    units, choices = documented_units(document), documented_choices(document)
    conversation = ConversationEvidence(case.instruction, predicted_calls(case.instance), units)
    answer = compared(case.answer)
    known = Known(conversation.whole(), answer, about)
    deeds = deeds_in(conversation, deeds_of(case.record))
    found = (*unsupported(answer, known, figures_only=True), *contradictions(answer, known),
             *failed_deeds(answer, deeds), *denied(answer, deeds, known.evidence),
             *other_choices(answer, known, choices))
    return list(dict.fromkeys(found))


def deeds_of(record: ApiRecord) -> dict[str, Deed]:
    """Return what an API's functions change; those that only read are left out."""
    found = {name: deed_of(name, function.method) for name, function in functions_of(record).items()}
    return {name: deed for name, deed in found.items() if deed is not None}


def gaps(case: Case) -> list[str]:
    """Return what a case's answer leaves out: questions without a value of the kind that was asked for, results that
    were asked for by name, and names that were looked for, not found and replaced by another without a word."""
    if not case.answer.strip():
        return []
    conversation = ConversationEvidence(case.instruction, predicted_calls(case.instance))
    answer = compared(case.answer)
    known = Known(conversation.whole(), answer)
    return list(dict.fromkeys((*unanswered(answer, known), *untold_substitutes(answer, known))))


def response_verdict(case: Case, calls: CallsScore | None, facts: list[str]) -> str:
    """Return No if there is no answer, it states something unsupported, more was changed than was asked for, or a
    required call is missing or has other values, unless the answer makes up for conditions that a call left out.

    Uncertain if there is no golden answer to decide; else Yes.
    """
    if not case.answer.strip() or facts:
        return "No"
    if calls is None:
        return "Uncertain"
    if calls.changed_more:
        return "No"  # people are told of two things where they wanted one
    if not (calls.missing or calls.made_wrongly):
        return "Yes"
    conversation = ConversationEvidence(case.instruction, predicted_calls(case.instance))
    known = Known(conversation.whole(), compared(case.answer))
    is_other = calls.missing or calls.premature or calls.misdirected or calls.invented
    is_picked = not is_other and all(
        is_picked_by_answer(one, known.answer, known) or is_split(one, calls.predicted) for one in calls.wrong
    )
    return "Yes" if is_picked else "No"
