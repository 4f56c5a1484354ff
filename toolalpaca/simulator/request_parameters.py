"""The parameters of an operation: taken out of a request as their style says, typed, and checked."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from toolalpaca.core.jsons import json_path
from toolalpaca.openapi.coercion import TextReader
from toolalpaca.openapi.describe import expectation, expected_text, schema_at, short_json
from toolalpaca.openapi.operations import Parameter
from toolalpaca.openapi.schema_check import SchemaCheck
from toolalpaca.openapi.schemas import standalone
from toolalpaca.simulator.request_errors import Refusal

MISSING = object()
_SEPARATORS = {"form": ",", "simple": ",", "spaceDelimited": " ", "pipeDelimited": "|"}


@dataclass
class RawRequest:
    """A request's values as texts: `query` in order with repeats, `path` still percent-encoded, headers lower-case."""

    path: dict[str, str]
    query: dict[str, list[str]]
    headers: dict[str, str]
    cookies: dict[str, str]


class ParameterCheck:
    """One parameter, made ready to be read from many requests."""

    def __init__(self, document: dict[str, Any], parameter: Parameter) -> None:
        self.name, self.location = parameter.name, parameter.location
        self.required, self.style, self.explode = parameter.required, parameter.style, parameter.explode
        self._check = SchemaCheck(standalone(document, parameter.schema, request=True))
        self.schema = self._check.schema
        self.reader = TextReader(self.schema, self.schema)
        self._is_json = "schema" not in parameter.raw and "content" in parameter.raw
        self._may_be_empty = bool(parameter.raw.get("allowEmptyValue")) and not parameter.required
        self._plain = not (self.reader.is_array or self.reader.is_object or self._is_json)

    def read(self, request: RawRequest) -> Any:
        """Return the checked value, or MISSING; raise Refusal."""
        try:
            candidates = self._candidates(request)
        except ValueError as error:
            raise self._refusal(str(error)) from None
        if candidates is MISSING:
            if self.required:
                raise self._refusal("is required but missing")
            return MISSING
        for value in candidates:
            if self._check.is_valid(value):
                return value
        raise self._invalid(candidates[0])

    def _candidates(self, request: RawRequest) -> Any:
        if self.location == "query":
            return self._from_query(request.query)
        if self.location == "path":
            text: Any = request.path.get(self.name, MISSING)
            return MISSING if text is MISSING else self._from_text(unquote(text, errors="strict"))
        values = request.headers if self.location == "header" else request.cookies
        text = values.get(self.name.lower() if self.location == "header" else self.name, MISSING)
        return MISSING if text is MISSING else self._from_text(text)

    def _from_query(self, query: dict[str, list[str]]) -> Any:
        texts = query.get(self.name)
        if self._plain:
            if texts is None:
                return MISSING
            if self._may_be_empty and texts == [""]:
                return MISSING
            if len(texts) > 1:
                raise ValueError(f"is given {len(texts)} times, expected one value")
            return self.reader.one(texts[0])
        if self._is_json:
            return MISSING if texts is None else self.reader.one(texts[-1])
        if self.reader.is_array:
            texts = texts if texts is not None else query.get(f"{self.name}[]")
            return MISSING if texts is None else self._lists(self._split(texts))
        return self._object_from_query(texts, query)

    def _lists(self, texts: list[str]) -> list[Any]:
        """Return the lists that these texts may be; an empty text is no item or an empty one."""
        return [[], self.reader.items([""])] if texts in ([], [""]) else [self.reader.items(texts)]

    def _split(self, texts: list[str]) -> list[str]:
        if self.explode or len(texts) > 1 or texts[0][:1] == "[":
            return texts
        return texts[0].split(_SEPARATORS.get(self.style, ",")) if texts[0] else []

    def _object_from_query(self, texts: list[str] | None, query: dict[str, list[str]]) -> Any:
        if self.style == "deepObject":
            start = f"{self.name}["
            pairs: dict[str, Any] = {key[len(start):-1]: value for key, value in query.items()
                                     if key.startswith(start) and key.endswith("]")}
            if pairs:
                return [self.reader.object(pairs)]
        elif self.explode and texts is None:
            pairs = {key: query[key] for key in self.reader.properties if key in query}
            if pairs:
                return [self.reader.object(pairs)]
        return MISSING if texts is None else self._from_text(texts[-1], _SEPARATORS.get(self.style, ","))

    def _from_text(self, text: str, separator: str = ",") -> Any:
        """Return a value from one text: a path segment, a header, a cookie, or an unexploded object."""
        text = self._unprefixed(text)
        if self._plain or self._is_json or text[:1] in ("[", "{"):
            return self.reader.one(text)
        parts = text.split("." if self.style == "label" and self.explode else separator) if text else []
        if self.reader.is_array:
            return self._lists(parts)
        if self.explode and self.style != "form":
            return [self.reader.object(dict(part.split("=", 1) for part in parts if "=" in part))]
        if len(parts) % 2:
            return [text]
        return [self.reader.object(dict(zip(parts[::2], parts[1::2], strict=True)))]

    def _unprefixed(self, text: str) -> str:
        if self.style == "label":
            return text.removeprefix(".")
        if self.style == "matrix":
            return text.removeprefix(f";{self.name}=").replace(f";{self.name}=", ",")
        return text

    def _invalid(self, value: Any) -> Refusal:
        error = next(iter(self._check.errors(value)), None)
        if error is None:
            return self._refusal(f"has the value {short_json(value)}")
        path = list(error.instance_path)
        expected = expected_text(self.schema, schema_at(self.schema, path), error)
        inner = f", wrong at {json_path(path)}" if path else ""
        return self._refusal(f"has the value {short_json(value)}{inner}, expected {expected}", expected)

    def _refusal(self, problem: str, expected: str | None = None) -> Refusal:
        expected = expected or expectation(self.schema, self.schema)
        return Refusal(400, f"the {self.location} parameter '{self.name}' {problem}", parameter=self.name,
                       location=self.location, expected=expected)
