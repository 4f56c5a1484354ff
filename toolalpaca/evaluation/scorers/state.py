"""The *state* scorer: does a solution leave the API in the state that the golden answer leaves it in?

Both states are derived from the calls and responses by the simulator's rules for created, changed and deleted things,
so runs against a language model or a real API are compared in the same way.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from toolalpaca.conversation.steps import predicted_calls
from toolalpaca.core.errors import RecordError
from toolalpaca.core.words import name_key
from toolalpaca.data.record_types import EXTERNAL_TOOLS, ApiRecord
from toolalpaca.evaluation.cases import Case
from toolalpaca.evaluation.golden_answers import Alternatives, Placeholder, gold_calls
from toolalpaca.evaluation.golden_run import GoldenRun
from toolalpaca.evaluation.scorers.argument_comparison import RIGHT
from toolalpaca.evaluation.scorers.scorer import Score, ScorerFigure, Scores, Subject
from toolalpaca.evaluation.statistics import wilson
from toolalpaca.matching.language.values import same
from toolalpaca.openapi.operations import READING_METHODS, operations_by_name
from toolalpaca.simulator.catalog import ServedApi, ServedOperation
from toolalpaca.simulator.engine import InProcessSimulator
from toolalpaca.simulator.request_checks import Trouble
from toolalpaca.simulator.requests import CheckedRequest
from toolalpaca.simulator.state.resources import Resource, SessionResources
from toolalpaca.simulator.state.sessions import EndState, StateEntry, end_state

OPEN = "\0open"  # stands for a value that the golden answer leaves to the user's words


@dataclass(frozen=True)
class StateVerdict:
    """`agrees` is whether both states are the same, `writes` whether the golden answer changes anything; `found`
    lists the differences for readers."""

    agrees: bool
    writes: bool
    found: tuple[str, ...] = ()


@dataclass(frozen=True)
class StateStep:
    """One call that succeeded."""

    function: str
    arguments: dict[str, Any]
    body: Any


class StateScorer:
    """Judges whether both states are the same; rates are over the golden answers that change anything."""

    name = "state"

    def __init__(self) -> None:
        self._record: ApiRecord | None = None  # of the last case; those of one API follow each other

    def score(self, subject: Subject) -> Score:
        """Return Yes or No, None if no golden answer can be executed, and whether it changes anything."""
        if subject.case.record is not self._record:
            self._record, self._simulator = subject.case.record, InProcessSimulator([subject.case.record])
        verdict = state_verdict(subject.case, self._simulator, _in_golden_words(subject))
        if verdict is None:
            return Score({"state": None, "golden_writes": False})
        return Score({"state": "Yes" if verdict.agrees else "No", "golden_writes": verdict.writes},
                     found=[f"state: {line}" for line in verdict.found])

    def statistics(self, scores: Sequence[Scores]) -> dict[str, Any]:
        """Return the rate of cases that ended in the golden state under "state"."""
        states = [one["state"] for one in scores if one["golden_writes"]]
        return {"state": wilson(states.count("Yes"), len(states))}

    def figures(self, statistics: dict[str, Any]) -> Iterator[ScorerFigure]:
        """Yield that rate if any golden answer changes anything."""
        if statistics.get("state", {}).get("of"):
            yield ScorerFigure("cases that ended in the golden state", statistics["state"])


def _in_golden_words(subject: Subject) -> dict[int, dict[str, str]]:
    """Return for each call the texts that say the same as the golden ones, by argument, in the golden words."""
    matches = subject.calls.matches if subject.calls is not None else []
    return {match.predicted.place: {one.path: one.golden for one in match.checked if one.finding == RIGHT
                                    and isinstance(one.predicted, str)
                                    and isinstance(match.golden.given.get(one.path), str)}
            for match in matches if match.predicted is not None}


def state_verdict(case: Case, simulator: InProcessSimulator,
                  in_golden_words: Mapping[int, Mapping[str, str]] = MappingProxyType({})) -> StateVerdict | None:
    """Return the verdict on a case, whose golden answer is executed in the simulator; None if it has none that can
    be. What a call gave `in_golden_words` is compared in those."""
    if case.golden is None:
        return None
    golden_calls = gold_calls(case.golden)
    run = GoldenRun(case.record, case.id, simulator)
    try:
        api, functions = simulator.catalog.api(case.api), _operations(simulator, case.record)
        called = {call.function for call in golden_calls} | {call.function for call in predicted_calls(case.instance)}
        if not any(functions[name].method not in READING_METHODS for name in called & functions.keys()):
            return StateVerdict(agrees=True, writes=False)
        if list(run.problems(golden_calls)):
            return None
    except (Trouble, RecordError, ValueError):
        return None
    golden = _side(api, functions, (StateStep(step.function, _with_open(step.expected, step.arguments), step.body)
                                    for step in run.steps))
    found = state_differences(golden, _side(api, functions, _steps_of(case, in_golden_words)))
    return StateVerdict(not found, any(golden.state.values()), tuple(found))


def _steps_of(case: Case, in_golden_words: Mapping[int, Mapping[str, str]]) -> Iterable[StateStep]:
    for call in predicted_calls(case.instance):
        if call.function and not call.is_external and call.arguments is not None and call.seen.succeeded:
            known = in_golden_words.get(call.place, {})
            arguments = {name: known.get(name, value) for name, value in call.arguments.items()}
            yield StateStep(call.function, arguments, call.seen.body)


def _operations(simulator: InProcessSimulator, record: ApiRecord) -> dict[str, ServedOperation]:
    """Return an API's operations by the names known to the assistant."""
    api = simulator.catalog.api(record["Name"])
    served = {(one.path, one.method.lower()): one for one in api.operations}
    return {name: served[operation.path, operation.method.lower()]
            for name, operation in operations_by_name(record, api.document).items()
            if (operation.path, operation.method.lower()) in served}


def _side(api: ServedApi, functions: dict[str, ServedOperation], steps: Iterable[StateStep]) -> "Side":
    resources = SessionResources()
    for step in steps:
        operation = functions.get(step.function)
        if operation is not None:
            resources.learn(operation.name, operation.semantics, _call(api, operation, step), step.body,
                            api.keys_of(operation.semantics.noun))
    return Side(end_state(resources), resources)


def _call(api: ServedApi, operation: ServedOperation, step: StateStep) -> CheckedRequest:
    """Return a call from its arguments alone: those of declared parameters, and the rest as fields of the body."""
    declared = {check.name for check in operation.parameters}
    secret = set(api.record.get("Authentication") or {})
    rest = {name: value for name, value in step.arguments.items() if name not in declared | secret}
    body = next((value for name, value in rest.items() if isinstance(value, dict) and len(rest) == 1
                 and name_key(name) in ("body", "requestbody")), rest)
    return CheckedRequest(api.name, operation.name, operation.method, operation.path, body=body, arguments={
        name: value for name, value in step.arguments.items() if name in declared - secret})


def _with_open(expected: Any, filled: Any) -> Any:
    """Return the filled arguments with OPEN for each value that is not known from an earlier result."""
    if isinstance(expected, Alternatives):
        return OPEN
    if isinstance(expected, Placeholder):
        return OPEN if expected.source is None or expected.source in EXTERNAL_TOOLS else filled
    if isinstance(expected, dict):
        return {name: _with_open(value, filled[name]) for name, value in expected.items()}
    if isinstance(expected, list):
        return [_with_open(value, inner) for value, inner in zip(expected, filled, strict=True)]
    return filled


@dataclass(frozen=True)
class Side:
    """One of two conversations to compare: its final state, and everything known in it."""

    state: EndState
    known: SessionResources


def state_differences(golden: Side, predicted: Side) -> list[str]:
    """Return what the golden state has and the other lacks, and what the other has in excess, one per line."""
    found = []
    for kind, wanted, left in (("created", golden.state["created"], list(predicted.state["created"])),
                               ("changed", golden.state["changed"], list(predicted.state["changed"])),
                               ("deleted", golden.state["deleted"], list(predicted.state["deleted"]))):
        for entry in wanted:
            match = next((other for other in left
                          if _alike(entry, other, golden, predicted, is_new=kind == "created")), None)
            if match is None:
                found.append(f"not {kind}: {_shown(entry)}")
            else:
                left.remove(match)
        found += [f"{kind} in excess: {_shown(entry)}" for entry in left]
    return found


def _alike(entry: StateEntry, other: StateEntry, golden: Side, predicted: Side, *, is_new: bool) -> bool:
    """Return whether two entries describe the same change to the same thing; a new thing may have any id."""
    if entry["noun"] != other["noun"] or entry["actions"].keys() != other["actions"].keys():
        return False
    said = [(entry["given"], other["given"]),
            *((given, other["actions"][name]) for name, given in entry["actions"].items())]
    return all(_same_fields(left, right, golden, predicted) for left, right in said) and (
        is_new or any(_same_value(key, one, golden, predicted) for key in entry["keys"] for one in other["keys"]))


def _same_fields(left: dict[str, Any], right: dict[str, Any], golden: Side, predicted: Side) -> bool:
    """Return whether two sets of arguments are equal, ignoring empty ones."""
    left, right = ({name_key(name): value for name, value in fields.items() if not _is_empty(value)}
                   for fields in (left, right))
    return left.keys() == right.keys() and all(_same_value(value, right[name], golden, predicted)
                                               for name, value in left.items())


def _same_value(value: Any, other: Any, golden: Side, predicted: Side) -> bool:
    """Return whether two values are equal, or are the ids of the same thing in both conversations."""
    if value == OPEN or same(value, other, {}):
        return True
    if isinstance(value, list) and isinstance(other, list):
        return _same_items(value, other, golden, predicted)
    if isinstance(value, dict) and isinstance(other, dict):
        return _same_fields(value, other, golden, predicted)
    if not isinstance(value, (str, int)) or not isinstance(other, (str, int)):
        return False
    thing, counterpart = golden.known.named(value), predicted.known.named(other)
    return thing is not None and counterpart is not None and _same_thing(thing, counterpart)


def _same_items(items: list[Any], others: list[Any], golden: Side, predicted: Side) -> bool:
    """Return whether two lists hold the same values, in any order."""
    left = list(others)
    for item in sorted(items, key=lambda one: one == OPEN):  # what may be anything takes what is left
        match = next((place for place, one in enumerate(left) if _same_value(item, one, golden, predicted)), None)
        if match is None:
            return False
        left.pop(match)
    return not left


def _same_thing(thing: Resource, counterpart: Resource) -> bool:
    """Return whether two things with different ids are the same.

    Both are new, or the second was looked up with the values of the first.
    """
    if thing.created or counterpart.created:
        return thing.created and counterpart.created and thing.noun == counterpart.noun
    known = [*counterpart.fields.values(), *counterpart.before.values(), *counterpart.found_by.values()]
    return bool(thing.found_by) and all(any(same(value, one, {}) for one in known)
                                        for value in thing.found_by.values())


def _is_empty(value: Any) -> bool:
    return value is None or value is False or value in ("", [], {})


def _shown(entry: StateEntry) -> str:
    said = {**entry["given"], **entry["actions"]}
    keys = "" if OPEN in entry["keys"] else f" {', '.join(entry['keys'])}"
    return f"{entry['noun'] or 'thing'}{keys} {said}".replace(OPEN, "(open)")
