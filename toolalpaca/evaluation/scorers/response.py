"""The *response* scorer: is the answer supported by what the assistant saw, does it say all that was asked for, and is
it based on the required calls?

It uses the verification's rules with `figures_only`: a name that was not shown may still be true.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from toolalpaca.evaluation.scorers.call_matching import CallsScore
from toolalpaca.evaluation.scorers.scorer import Score, ScorerFigure, Scores, Subject
from toolalpaca.matching.answers.answer_support import unsupported
from toolalpaca.matching.answers.asks import unanswered, unanswered_parts
from toolalpaca.matching.answers.claimed_deeds import claimed_only, failed_deeds, only_asks
from toolalpaca.matching.answers.contradictions import contradictions
from toolalpaca.matching.answers.coverage import left_out
from toolalpaca.matching.answers.denied_deeds import denied
from toolalpaca.matching.answers.other_values import other_choices
from toolalpaca.matching.arguments.deeds import deeds_in
from toolalpaca.matching.arguments.substitutes import untold_substitutes
from toolalpaca.matching.facts.recovery import Outcome, is_recovered, is_told, outcome_of


class ResponseScorer:
    """Judges whether the final response is right."""

    name = "response"

    def score(self, subject: Subject) -> Score:
        """Return the verdict on the response, with its unsupported facts."""
        case = subject.case
        facts = doubtful_facts(subject)
        left = gaps(subject)
        verdict = "No" if case.failure is not None or left else response_verdict(subject, subject.calls, facts)
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


def doubtful_facts(subject: Subject) -> list[str]:
    """Return what a case's answer states without support from instruction, calls or observations, or contradicts
    them."""
    known, answer = subject.known, subject.known.answer
    if not answer.strip():
        return []
    able = subject.conversation.deeds
    deeds = deeds_in(subject.conversation, able)
    found = (*unsupported(answer, known, figures_only=True), *contradictions(answer, known),
             *failed_deeds(answer, deeds), *claimed_only(answer, deeds, known.evidence, able),
             *denied(answer, deeds, known.evidence),
             *other_choices(answer, known, subject.choices))
    return list(dict.fromkeys(found))


def gaps(subject: Subject) -> list[str]:
    """Return what a case's answer leaves out: questions without a value of the kind that was asked for or without a
    word, results that were asked for, refusals, and names that were looked for, not found and replaced by another
    without a word; the whole answer if it only asks."""
    known, answer = subject.known, subject.known.answer
    if not answer.strip():
        return []
    rules = (unanswered, unanswered_parts, left_out, untold_substitutes)
    found = [part for rule in rules for part in rule(answer, known)]
    found += [*_untold_refusals(subject), *([answer[:80]] if only_asks(answer) else ())]
    return list(dict.fromkeys(found))


def _untold_refusals(subject: Subject) -> Iterator[str]:
    """Yield the golden calls that were refused, with no word of it in the answer and no later call that made up for it:
    one of the same function, or any for one that only looks something up."""
    score, answer = subject.calls, subject.known.answer
    for match in score.matches if score else ():
        call, function = match.predicted, subject.functions.get(match.golden.function)
        if score is None or call is None or outcome_of(call) not in (Outcome.NOTHING, Outcome.REFUSED):
            continue
        reads = function is not None and function.reads and any(
            outcome_of(other) is Outcome.RESULT and other.place > call.place for other in score.predicted)
        if not reads and not is_recovered(call, score.predicted) and not is_told(call, answer):
            yield f"{call.function} was refused"


def response_verdict(subject: Subject, calls: CallsScore | None, facts: list[str]) -> str:
    """Return No if there is no answer, it states something unsupported, more was changed than was asked for, or a
    required call is missing or has other values.

    Uncertain if there is no golden answer to decide; else Yes.
    """
    if not subject.case.answer.strip() or facts:
        return "No"
    if calls is None:
        return "Uncertain"
    # Of changes made in excess people are told two things where they wanted one.
    return "No" if calls.changed_more or calls.missing or calls.made_wrongly else "Yes"
