"""Rewards of a conversation by the scorers of stage 9, made gradual, and the weights of their components.

What a conversation is worth cannot be raised by anything but doing what was asked: see docs/reinforcement-learning.md.
"""

from dataclasses import dataclass, replace

from toolalpaca.conversation.steps import PredictedCall, predicted_calls
from toolalpaca.core.words import words
from toolalpaca.environment.answer_form import SHORTEST_RUN, is_prose, runs, takes_back, visible
from toolalpaca.environment.apis import PlayedApi
from toolalpaca.evaluation.cases import Case
from toolalpaca.evaluation.scorers.argument_comparison import RIGHT
from toolalpaca.evaluation.scorers.assignment import Match
from toolalpaca.evaluation.scorers.call_matching import CallsScore, score_calls
from toolalpaca.evaluation.scorers.extra_calls import CHANGE
from toolalpaca.evaluation.scorers.response import doubtful_facts, response_verdict
from toolalpaca.evaluation.scorers.scorer import Subject
from toolalpaca.evaluation.scorers.state import state_verdict
from toolalpaca.matching.answers import claimed_deeds
from toolalpaca.matching.answers.coverage import tells
from toolalpaca.matching.answers.denied_deeds import confirms, denies
from toolalpaca.matching.arguments import deeds
from toolalpaca.openapi.api_functions import Function


@dataclass(frozen=True)
class Weights:
    """How much each component counts; a state that no call could change does not count."""

    process: float = 0.4
    response: float = 0.3
    state: float = 0.2
    format: float = 0.1


WEIGHTS = Weights()


@dataclass(frozen=True)
class Reward:
    """What a conversation is worth, from 0 to 1, and each component; `state` is None if nothing was to be changed and
    nothing was."""

    total: float
    process: float
    response: float
    state: float | None
    format: float

    def __float__(self) -> float:
        return self.total


def reward_of(case: Case, played: PlayedApi, weights: Weights = WEIGHTS) -> Reward:
    """Return what a case's solution is worth; a case needs a golden answer."""
    calls = score_calls(case, played.functions)
    process = process_reward(calls) if calls is not None else 0.0
    shown = replace(case, instance={**case.instance, "output": visible(case.answer)})
    response = float(calls is not None and _is_right(shown, calls, played.functions))
    state, form = _state(case, played), format_reward(case, process)
    parts = [(process, weights.process), (response, weights.response), (form, weights.format),
             *([(state, weights.state)] if state is not None else [])]
    total = sum(value * weight for value, weight in parts) / (sum(weight for _, weight in parts) or 1.0)
    return Reward(total, process, response, state, form)


def process_reward(calls: CallsScore) -> float:
    """Return the share of the golden calls that were made rightly, divided by one more than the calls made in excess;
    0 if something was changed that was not asked for.

    The division makes it worth nothing to try values one after the other: N guesses are N times as likely to hit and
    pay an Nth.
    """
    if any(one.penalty == CHANGE for one in calls.extra):
        return 0.0
    required = [match for match in calls.matches if not match.golden.optional]
    excess = sum(not one.predicted.rejected and not one.predicted.seen.is_infrastructure for one in calls.extra)
    excess += sum(match.golden.optional for match in calls.wrong)
    share = sum(_credit(match, calls) for match in required) / len(required) if required else 1.0
    return share / (1 + excess)


def _credit(match: Match, calls: CallsScore) -> float:
    """Return the share of a golden call's arguments that are right; 0 if it was not made or too early."""
    if match in calls.missing or match in calls.premature:
        return 0.0
    if match.predicted is None:
        return 1.0  # another call gave what this one is for
    return sum(one.finding == RIGHT for one in match.checked) / len(match.checked) if match.checked else 1.0


def _is_right(case: Case, calls: CallsScore, functions: dict[str, Function]) -> bool:
    """Return whether the response scorer says Yes to an answer that reports what was found and done, claims no deed
    that no call did, denies none that was done, is not the instruction again and takes nothing back."""
    subject = Subject(case, functions)
    if response_verdict(subject, calls, doubtful_facts(subject)) != "Yes":
        return False
    if _repeats(case.answer, case.instruction) or takes_back(case.answer):
        return False
    known, whole = subject.conversation.deeds, subject.conversation.whole()
    if any(claimed_deeds.unmade(case.answer, deeds.deeds_in(subject.conversation, known), whole, known)):
        return False
    made = [match.predicted for match in calls.matches if match.predicted is not None]
    if all(one.seen.succeeded for one in made if one.function in functions) and denies(
            case.answer, [known[one.function] for one in made if one.function in known]):
        return False
    return not made or (tells(case.answer, made[-1], whole) if _reads(made[-1], functions)
                        else confirms(case.answer, made[-1]))


def _reads(call: PredictedCall, functions: dict[str, Function]) -> bool:
    return call.function in functions and functions[call.function].reads


def _repeats(answer: str, instruction: str) -> bool:
    """Return whether most of an answer is the instruction's own words in the same order."""
    said = words(answer)
    size = min(SHORTEST_RUN, len(said))
    found, told = runs(said, size), set(runs(words(instruction), size))
    return bool(found) and sum(run in told for run in found) > len(found) / 2


def _state(case: Case, played: PlayedApi) -> float | None:
    """Return whether the state is the golden one; None if neither side changed anything."""
    with played.scoring:
        verdict = state_verdict(case, played.golden_simulator)
    if verdict is None or (verdict.agrees and not verdict.writes):
        return None
    return float(verdict.agrees)


def format_reward(case: Case, process: float) -> float:
    """Return the share of the calls that were not refused, 0 unless the answer is a text for the user.

    The form of calls that did not serve the task earns nothing.
    """
    calls = predicted_calls(case.instance)
    if process == 0.0 or not is_prose(case.answer, [call.seen.text for call in calls], case.instruction):
        return 0.0
    return sum(not call.rejected for call in calls) / len(calls) if calls else 1.0
