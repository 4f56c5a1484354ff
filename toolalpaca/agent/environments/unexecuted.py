"""An environment without execution, for published tests of calls alone: every call succeeds, and each field of its
response holds a value that stands for it."""

import itertools
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from toolalpaca.agent.api import Api
from toolalpaca.agent.environments.credentials import Credentials, credentials_of
from toolalpaca.agent.environments.interface import Settings, Transport
from toolalpaca.conversation.observation import Reply
from toolalpaca.openapi.http_request import HttpRequest
from toolalpaca.openapi.media_types import JSON
from toolalpaca.openapi.operations import Operation
from toolalpaca.openapi.schema_parts import choices_of, items_of, properties_of, types_of

_DONE = {"result": "done"}
_DEEPEST = 6  # levels of a response
_FIRST = 1001  # the number of the first value in a conversation


class UnexecutedApi:
    """An API on which every call succeeds without effect."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        self._numbers = itertools.count(_FIRST)

    def send(self, request: HttpRequest, operation: Operation) -> Reply:
        """Return the response that the document gives as an example of a success, else one with a value for each
        declared field, which occurs nowhere else in the conversation; without a declaration, an empty success."""
        declared = operation.responses.get("200", {}).get("content", {}).get(JSON, {})
        schema = declared.get("schema")
        if "example" in declared:
            body = declared["example"]
        else:
            body = self._value(schema, operation.name, 0) if schema and properties_of(self._document, schema) else _DONE
        return Reply(200, JSON, json.dumps(body, ensure_ascii=False).encode("utf-8", "replace"))

    def hear(self, said: str) -> None:
        """Ignore what the user says: there is nothing to adapt."""

    def other(self, api_name: str) -> "UnexecutedApi":
        """Return itself: all APIs are alike."""
        return self

    def _value(self, schema: Any, name: str, depth: int) -> Any:
        """Return a value of a field: `skyId_1003`, 1003, one item of a list, the first of several choices."""
        choices, types = choices_of(self._document, schema), types_of(self._document, schema)
        if choices:
            return choices[0]
        if "object" in types:
            fields = properties_of(self._document, schema) if depth < _DEEPEST else {}
            return {field: self._value(part, field, depth + 1) for field, part in fields.items()}
        if "array" in types:
            return [self._value(items_of(self._document, schema), name, depth + 1)] if depth < _DEEPEST else []
        if "boolean" in types:
            return True
        number = next(self._numbers)
        return number if {"integer", "number"} & set(types) else f"{name}_{number}"


class UnexecutedEnvironment:
    """Opens conversations without any execution."""

    @contextmanager
    def conversation(self, api: Api, name: str, settings: Settings, instruction: str = "",
                     now: datetime | None = None) -> Iterator[tuple[Transport, Credentials]]:
        """Yield the API with placeholders for its credentials."""
        yield UnexecutedApi(api.document), credentials_of(api.record, real=False)
