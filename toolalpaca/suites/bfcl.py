"""The Berkeley Function-Calling Leaderboard, version 4: single-turn cases and its AST checker (Patil et al. 2025).

Data and checker are in the package `bfcl-eval` (requirements-suites.txt). Of its code only the checker is imported,
with a stub for the table of models, which would import the client libraries of twenty vendors.
"""

import collections
import json
import sys
import types
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from toolalpaca.data.record_types import ApiRecord
from toolalpaca.suites.suite import RIGHT, Calls, SuiteCase, SuiteFunction, SuitePackage, function_document

PACKAGE = SuitePackage("bfcl", "bfcl-eval", "bfcl_eval")
IRRELEVANCE = "irrelevance"  # no function of the case can do what is asked
_JSON_TYPES = {"dict": "object", "float": "number", "tuple": "array"}
_PYTHON_TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str, "integer": int, "number": (int, float), "boolean": bool, "array": list, "object": dict}
_COPIED = ("description", "enum", "format", "minimum", "maximum", "pattern")
_RESPONSE = {"schema": {"type": "object", "properties": {"result": {"type": "string"}}},
             "example": {"result": "done"}}  # BFCL does not say what a function returns
_MODEL = "any"  # the checker looks the model up to decide how names with dots were written: as they are


class Bfcl:
    """BFCL's five single-turn categories in Python."""

    name = PACKAGE.suite
    categories = ("simple_python", "multiple", "parallel", "parallel_multiple", IRRELEVANCE)
    must_call = frozenset(categories) - {IRRELEVANCE}

    def version(self) -> str:
        """Return the package's name and version."""
        return PACKAGE.version()

    def cases(self, category: str) -> list[SuiteCase]:
        """Return the category's cases in the order of its file."""
        data = PACKAGE.folder() / "data"
        name = f"BFCL_v4_{category}.json"
        answers = data / "possible_answer" / name
        accepted = {line["id"]: line["ground_truth"] for line in _json_lines(answers)} if answers.exists() else {}
        return [SuiteCase(case["id"], category, case_record(case), (case["function"], accepted.get(case["id"])))
                for case in _json_lines(data / name)]

    def verdict(self, case: SuiteCase, calls: Calls) -> str:
        """Return RIGHT or the checker's error class; if no function can help, any call is wrong."""
        functions, accepted = case.reference
        if accepted is None:
            return "called_where_nothing_helps" if calls else RIGHT
        if not calls:
            return "no_call"
        if any(call.arguments is None for call in calls):
            return "unreadable_arguments"
        check, language = _checker()
        try:
            found = check(functions, [{call.function: call.arguments} for call in calls], accepted, language.PYTHON,
                          case.category, _MODEL)
        except (TypeError, AttributeError, KeyError, ValueError, IndexError) as error:
            return f"checker_failed:{type(error).__name__}"  # at values of a type that it does not foresee
        return RIGHT if found["valid"] else str(found.get("error_type") or "wrong")


def case_record(case: Mapping[str, Any]) -> ApiRecord:
    """Return a case as a record: a POST operation for each function, its parameters as the properties of the body."""
    functions = [SuiteFunction(function["name"], function["description"],
                               parameter_schema({**function["parameters"], "type": "dict"}), _RESPONSE)
                 for function in case["function"]]
    messages = case["question"][0]
    system = " ".join(message["content"] for message in messages if message["role"] == "system")
    instruction = "\n".join(message["content"] for message in messages if message["role"] != "system")
    return {"Name": f"BFCL {case['id']}", "Description": system or "Functions that a program offers.",
            "Category": "BFCL", "Introduction": system, "Instructions": [instruction],
            "Documentation": json.dumps(function_document(case["id"], functions), ensure_ascii=False)}


def parameter_schema(parameter: Mapping[str, Any]) -> dict[str, Any]:
    """Return a parameter's description as a JSON Schema.

    `dict`, `float` and `tuple` are renamed, `any` has no type, and a default is kept only if it is a value of the type.
    """
    schema = {key: parameter[key] for key in _COPIED if key in parameter}
    kind = parameter.get("type")
    if isinstance(kind, str) and kind != "any":
        schema["type"] = _JSON_TYPES.get(kind, kind)
    if schema.get("type") == "array":
        schema["items"] = parameter_schema(parameter.get("items") or {})
    if isinstance(parameter.get("properties"), dict):
        schema["properties"] = {name: parameter_schema(part) for name, part in parameter["properties"].items()}
        schema |= {"required": parameter["required"]} if parameter.get("required") else {}
    default = parameter.get("default")
    if default is not None and _fits(default, schema.get("type")) and default in schema.get("enum", [default]):
        schema["default"] = default
    return schema


def _fits(value: Any, kind: str | None) -> bool:
    return kind is None or (isinstance(value, _PYTHON_TYPES[kind]) and isinstance(value, bool) == (kind == "boolean"))


def _json_lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


@cache
def _checker() -> tuple[Callable[..., dict[str, Any]], Any]:
    """Return the AST checker and its enum of languages."""
    models = types.ModuleType("bfcl_eval.constants.model_config")
    settings = types.SimpleNamespace(underscore_to_dot=False)
    models.MODEL_CONFIG_MAPPING = collections.defaultdict(lambda: settings)  # type: ignore[attr-defined]
    sys.modules.setdefault(models.__name__, models)
    from bfcl_eval.constants.enums import Language
    from bfcl_eval.eval_checker.ast_eval.ast_checker import ast_checker

    return ast_checker, Language
