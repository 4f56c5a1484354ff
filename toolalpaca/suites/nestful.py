"""NESTFUL: tasks whose calls use the results of earlier calls, and its comparison of call sequences (Basu et al. 2024).

Data and checker are in the package `nestful-wrapper` (requirements-suites.txt), which holds the 300 tasks of the
benchmark's first version. A task's functions return stand-ins (`generation.py --unexecuted`); an argument that has the
value of a field that was returned is a reference to that field, as the benchmark writes it: `$var2.geoId$`.
"""

import json
import random
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from toolalpaca.agent.api import Api
from toolalpaca.agent.environments.interface import UnexecutedApi
from toolalpaca.agent.tools import Tools
from toolalpaca.conversation.observation import read_observation
from toolalpaca.data.record_types import ApiRecord
from toolalpaca.suites.suite import RIGHT, Calls, SuiteCall, SuiteCase, SuiteFunction, SuitePackage, function_document
from toolalpaca.toolset.documentation import keys_of

PACKAGE = SuitePackage("nestful", "nestful-wrapper", "nestful")
_FILES = {"executable": "executable/executable", "glaive": "non-executable/non-executable-glaive",
          "sgd": "non-executable/non-executable-sgd"}
_RESULT = ("var_result", "varResult")  # the last step, which names the results and calls nothing
_REFERENCE = re.compile(r"\$(var_?\d+)((?:[.\[][^$]*)?)\$")
_STEP = re.compile(r"[^.\[\]]+")
_JSON_TYPES = {"string", "number", "integer", "boolean", "array", "object"}
_OTHER_TYPES = {"float": "number"}
_DISTRACTORS = 5  # functions that a task does not need

TaskStep = dict[str, Any]  # a golden call: name, arguments and label
Spec = dict[str, Any]  # a function as the benchmark describes it


class TaskSolution(NamedTuple):
    """A task's golden calls as the benchmark writes them, and as a model makes them."""

    steps: list[TaskStep]
    calls: list[SuiteCall]


class Nestful:
    """NESTFUL's three sets of tasks."""

    name = PACKAGE.suite
    categories = tuple(_FILES)
    must_call = frozenset(categories)

    def version(self) -> str:
        """Return the package's name and version."""
        return PACKAGE.version()

    def cases(self, category: str) -> list[SuiteCase]:
        """Return those tasks of the set whose solution can be carried out with the functions as they are described, in
        the order of its file."""
        return _cases(category)

    def verdict(self, case: SuiteCase, calls: Calls) -> str:
        """Return RIGHT if the checker finds the same calls with the same values and references, else what is wrong."""
        solution: TaskSolution = case.reference
        golden = solution.steps
        if not calls:
            return "no_call"
        if any(call.arguments is None for call in calls):
            return "unreadable_arguments"
        steps = with_references(golden, calls)
        if _are_same(steps, golden, check_values=True):
            return RIGHT
        names, wanted = Counter(step["name"] for step in steps), Counter(step["name"] for step in golden)
        if wanted - names:
            return "missing_call"
        if set(names) - set(wanted):
            return "other_function"
        return "wrong_values" if _are_same(steps, golden, check_values=False) else "wrong_arguments"


@cache
def _cases(category: str) -> list[SuiteCase]:
    tasks, specs = (_read(f"{_FILES[category]}-{part}.json") for part in ("data", "spec"))
    known = {spec["name"]: spec for spec in specs}
    return list(_solvable(category, tasks, known))


def _solvable(category: str, tasks: Sequence[Mapping[str, Any]], specs: Mapping[str, Spec]) -> Iterator[SuiteCase]:
    for number, task in enumerate(tasks):
        name, steps = f"{category} {number}", golden_steps(task)
        record = task_record(name, task, specs)
        calls = played(record, steps)
        if calls is not None:
            yield SuiteCase(name, category, record, TaskSolution(steps, calls))


def golden_steps(task: Mapping[str, Any]) -> list[TaskStep]:
    """Return the calls of a task's solution."""
    return [step for step in task["output"] if step["name"] not in _RESULT]


def played(record: ApiRecord, steps: Sequence[TaskStep]) -> list[SuiteCall] | None:
    """Return the calls as a model makes them that sees what each one returns; None if one is refused or refers to what
    is not returned."""
    api = Api({**record, **keys_of(record)}, get_details=False)
    tools = Tools(api, UnexecutedApi(api.document), ask_user=lambda question: "")
    memory: dict[str, Any] = {}
    calls = []
    for step in steps:
        arguments = _resolved(step["arguments"], memory)
        seen = read_observation(tools.call(step["name"], arguments)[0])
        if not seen.succeeded or _REFERENCE.search(json.dumps(arguments)):
            return None
        memory[step.get("label", "")] = seen.body
        calls.append(SuiteCall(step["name"], arguments, seen.body))
    return calls


def task_record(name: str, task: Mapping[str, Any], specs: Mapping[str, Spec]) -> ApiRecord:
    """Return a task as a record: a POST operation for each function that it needs and for some others."""
    needed = list(dict.fromkeys(step["name"] for step in golden_steps(task) if step["name"] in specs))
    others = sorted(set(specs) - set(needed))
    drawn = random.Random(name).sample(others, min(_DISTRACTORS, len(others)))
    functions = [_described(specs[function]) for function in sorted([*needed, *drawn])]
    return {"Name": f"NESTFUL {name}", "Description": "Functions whose results other functions take.",
            "Category": "NESTFUL", "Introduction": "", "Instructions": [task["input"]],
            "Documentation": json.dumps(function_document(name, functions), ensure_ascii=False)}


def _described(spec: Spec) -> SuiteFunction:
    takes = spec.get("query_parameters") or {}
    body = _object_schema(takes)
    required = [key for key, one in takes.items() if one.get("required")]
    return SuiteFunction(spec["name"], spec.get("description") or spec["name"],
                         body | ({"required": required} if required else {}),
                         {"schema": _object_schema(spec.get("output_parameters") or {})})


def _object_schema(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": {name: described_schema(one) for name, one in properties.items()
                                             if isinstance(one, dict)}}


def described_schema(described: Mapping[str, Any]) -> dict[str, Any]:
    """Return a described parameter or field as a JSON Schema; choices are texts, of which empty ones say nothing."""
    schema: dict[str, Any] = {"description": described.get("description") or ""}
    kind = str(described.get("type"))
    kind = _OTHER_TYPES.get(kind, kind)
    if kind in _JSON_TYPES:
        schema["type"] = kind
    if kind == "array":
        schema["items"] = described_schema(described["items"]) if isinstance(described.get("items"), dict) else {}
    if kind == "object" and isinstance(described.get("properties"), dict):
        schema |= _object_schema(described["properties"])
    choices = [value for value in described.get("allowed_values") or described.get("enum") or [] if value]
    return schema | ({"enum": choices} if choices else {})


def with_references(golden: Sequence[TaskStep], calls: Calls) -> list[TaskStep]:
    """Return the calls as the benchmark writes them: each with the label of the golden call that it stands for, and a
    reference for each argument that has the value to which the golden call refers."""
    left, memory, steps = list(golden), dict[str, Any](), list[TaskStep]()
    for call in calls:
        given = dict(call.arguments or {})
        named = [step for step in left if step["name"] == call.function]
        meant = next((step for step in named if _texts(_resolved(step["arguments"], memory)) == _texts(given)),
                     named[0] if named else None)
        if meant is not None:
            left.remove(meant)
            expected = _texts(_resolved(meant["arguments"], memory))
            given |= {name: meant["arguments"][name] for name, text in _texts(given).items()
                      if expected.get(name) == text}
            if meant.get("label"):
                memory[meant["label"]] = call.response
        steps.append({"name": call.function, "arguments": given})
    return steps


def _texts(arguments: Mapping[str, Any]) -> dict[str, str]:
    """Return the values as the benchmark's checker compares them."""
    return {name: str(value) for name, value in arguments.items()}


def _resolved(value: Any, memory: Mapping[str, Any]) -> Any:
    """Return a value with its references replaced by what the calls returned; those that cannot be are kept."""
    if isinstance(value, dict):
        return {key: _resolved(part, memory) for key, part in value.items()}
    if isinstance(value, list):
        return [_resolved(part, memory) for part in value]
    if not isinstance(value, str):
        return value
    whole = _REFERENCE.fullmatch(value)
    if whole:
        return _referred(whole, memory)
    return _REFERENCE.sub(lambda reference: str(_referred(reference, memory)), value)


def _referred(reference: re.Match[str], memory: Mapping[str, Any]) -> Any:
    value = memory.get(reference[1])
    try:
        for name in _STEP.findall(reference[2]):
            value = value[int(name)] if isinstance(value, list) else value[name]  # type: ignore[index]
    except (LookupError, TypeError, ValueError):
        value = None
    return reference[0] if value is None else value


def _are_same(steps: Sequence[TaskStep], golden: Sequence[TaskStep], *, check_values: bool) -> bool:
    """Return what the benchmark's checker says of two sequences; without values it compares the arguments' names."""
    from nestful import Catalog, SequencingData

    given, wanted = (SequencingData.model_validate({"output": [dict(step) for step in one]}) for one in (steps, golden))
    return bool(given.is_same_as(wanted, Catalog(), check_values=check_values))


def _read(name: str) -> Any:
    return json.loads((PACKAGE.folder().parent / "data_v1" / name).read_text(encoding="utf-8"))
