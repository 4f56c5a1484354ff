"""The calls of published tests that their own checkers must accept."""

from collections.abc import Sequence
from typing import Any

from toolalpaca.suites.nestful import TaskSolution
from toolalpaca.suites.suite import Calls, SuiteCall, SuiteCase


def perfect(case: SuiteCase) -> Calls:
    """Return the solution of a case: of BFCL, the first accepted value of every required argument of each call."""
    if isinstance(case.reference, TaskSolution):
        return case.reference.calls
    functions, accepted = case.reference
    required = {one["name"]: set(one["parameters"].get("required", ())) for one in functions}
    return [SuiteCall(name, {key: _first(values) for key, values in arguments.items()
                             if "" not in values or key in required[name]})
            for call in accepted or () for name, arguments in call.items()]


def _first(accepted: Sequence[Any]) -> Any:
    """Return the first accepted value; for an object, from the accepted values of each field."""
    return _resolved(next((value for value in accepted if value != ""), ""))


def _resolved(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _first(options) if isinstance(options, list) else _resolved(options)
                for key, options in value.items() if not isinstance(options, list) or set(map(repr, options)) != {"''"}}
    return [_resolved(part) for part in value] if isinstance(value, list) else value
