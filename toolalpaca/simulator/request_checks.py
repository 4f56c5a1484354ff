"""Parameters and bodies of requests: taken out of a request as the document says, typed, and checked; and the errors
that stop a request from being answered."""

import json
from dataclasses import KW_ONLY, dataclass, field
from typing import Any
from urllib.parse import unquote, unquote_plus

from toolalpaca.core.jsons import json_path, refuse_constant
from toolalpaca.openapi.coercion import TextMember, TextReader
from toolalpaca.openapi.describe import expectation, expected_text, schema_at, short_json
from toolalpaca.openapi.media_types import FORM, MULTIPART, is_json, is_sequence, kind_of, sequence_values
from toolalpaca.openapi.operations import Parameter, PropertyEncoding, RequestBody
from toolalpaca.openapi.schema_check import SchemaCheck
from toolalpaca.openapi.schema_parts import Schema
from toolalpaca.openapi.schemas import standalone
from toolalpaca.openapi.styles import (
    Decode,
    affixes,
    encoded_value,
    parts_of_list,
    parts_of_object,
    separator_of,
)
from toolalpaca.simulator.form_bodies import read_form


@dataclass(eq=False)
class Refusal(Exception):
    """The request breaks the API's document; the answer is an error of the API, and no language model is asked.

    `parameter` and `location` say which value is wrong and `expected` what would be right, if there is one.
    """

    status: int
    message: str
    _: KW_ONLY
    parameter: str | None = None
    location: str | None = None
    expected: str | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.message

    @property
    def body(self) -> dict[str, Any]:
        """Return what the client is told."""
        parts = {"error": self.message, "parameter": self.parameter, "in": self.location, "expected": self.expected}
        return {key: value for key, value in parts.items() if value is not None}


class Trouble(Exception):
    """No answer of the API can be given, because of the simulator or the model it asks.

    It goes out with the header `X-Simulator-Error: CODE`, which an answer of an API never has.
    """

    def __init__(self, code: str, message: str, status: int = 503) -> None:
        super().__init__(message)
        self.code, self.status = code, status


NOT_GIVEN = object()


def header_key(name: str) -> str:
    """Return a header's name as requests have it: WSGI makes no difference between `_` and `-`."""
    return name.lower().replace("_", "-")


@dataclass
class RawRequest:
    """A request's values as texts: `query` in order with repeats, `path` still percent-encoded, headers by key."""

    path: dict[str, str]
    query: dict[str, list[str]]
    headers: dict[str, str]
    cookies: dict[str, str]
    encoded_query: str = ""  # in which a list's commas can be told from those of its items


class ParameterCheck:
    """One parameter, made ready to be read from many requests."""

    def __init__(self, document: dict[str, Any], parameter: Parameter) -> None:
        self.name, self.location = parameter.name, parameter.location
        self.required, self.style, self.explode = parameter.required, parameter.style, parameter.explode
        self._check = SchemaCheck(standalone(document, parameter.schema, request=True))
        self.schema = self._check.schema
        self.reader = TextReader(self.schema, self.schema)
        self._is_json, self._is_form = parameter.is_json, kind_of(parameter.media_type or "") == FORM
        self._may_be_empty = bool(parameter.raw.get("allowEmptyValue")) and not parameter.required
        self._may_be_unsaid = (self.location in ("query", "cookie") and self.reader.is_object and not self._is_json
                               and (self.explode or self.style == "deepObject") and self._check.is_valid({}))
        self._plain = not (self.reader.is_array or self.reader.is_object or self._is_json)

    def read(self, request: RawRequest) -> Any:
        """Return the checked value, or NOT_GIVEN; raise Refusal."""
        try:
            candidates = self._candidates(request)
        except ValueError as error:
            raise self._refusal(str(error)) from None
        if candidates is NOT_GIVEN:
            if self.required and not self._may_be_unsaid:
                raise self._refusal("is required but missing")
            return {} if self.required else NOT_GIVEN  # an empty object is written as nothing
        for value in candidates:
            if self._check.is_valid(value):
                return value
        raise self._invalid(candidates[0])

    def _candidates(self, request: RawRequest) -> Any:
        if self.location == "query":
            return self._from_query(request)
        if self.location == "querystring":
            return self._from_whole_query(request)
        if self.location == "path":
            text: Any = request.path.get(self.name, NOT_GIVEN)
            return NOT_GIVEN if text is NOT_GIVEN else self._from_text(text, _decoded)
        if self.location == "cookie":
            return self._from_cookies(request.cookies)
        text = request.headers.get(header_key(self.name), NOT_GIVEN)
        return NOT_GIVEN if text is NOT_GIVEN else self._from_text(text, str)

    def _from_cookies(self, cookies: dict[str, str]) -> Any:
        if self.style == "cookie" and self.explode and self.reader.is_object:
            inner = {name: [cookies[name]] for name in self.reader.properties if name in cookies}
            return self.reader.objects(inner) if inner else NOT_GIVEN
        if self.name not in cookies:
            return NOT_GIVEN
        return self._from_text(cookies[self.name], str if self.style == "cookie" else _decoded)

    def _from_query(self, request: RawRequest) -> Any:
        query = request.query
        texts = query.get(self.name)
        if self._plain:
            if texts is None:
                return NOT_GIVEN
            if self._may_be_empty and texts == [""]:
                return NOT_GIVEN
            if len(texts) > 1:
                raise ValueError(f"is given {len(texts)} times, expected one value")
            return self.reader.one(texts[0])
        if self._is_json:
            return NOT_GIVEN if texts is None else self.reader.document(texts[-1])
        if self.reader.is_array:
            return self._list_from_query(request)
        return self._object_from_query(texts, request)

    def _from_whole_query(self, request: RawRequest) -> Any:
        if not request.encoded_query:
            return NOT_GIVEN
        if self._is_form and self.reader.is_object:
            return self.reader.objects({name: list(texts) for name, texts in request.query.items()})
        return self.reader.one(unquote(request.encoded_query, errors="strict"))

    def _lists(self, texts: list[str]) -> list[Any]:
        """Return the lists that these texts may be; an empty text is either not an item or an empty one."""
        return [[], self.reader.items([""])] if texts in ([], [""]) else [
            self.reader.items(texts), self.reader.each(texts)]

    def _list_from_query(self, request: RawRequest) -> Any:
        name = self.name if self.name in request.query else f"{self.name}[]"
        texts = request.query.get(name)
        if texts is None:
            return NOT_GIVEN
        if self.explode or len(texts) > 1:
            return self._lists(texts)
        return self._list_from_text(encoded_value(request.encoded_query, name), separator_of(self.style), unquote_plus)

    def _list_from_text(self, text: str, separator: str, decode: Decode) -> list[Any]:
        plain = decode(text)
        items = self.reader.split(plain, separator)
        return self._lists(parts_of_list(text, separator, decode) if items == plain.split(separator) else items)

    def _object_from_query(self, texts: list[str] | None, request: RawRequest) -> Any:
        query = request.query
        if self.style == "deepObject":
            start = f"{self.name}["
            if pairs := _nested({key[len(start):-1]: value for key, value in query.items()
                                 if key.startswith(start) and key.endswith("]")}):
                return self.reader.objects(pairs)
        elif self.explode and texts is None:
            pairs = {key: query[key] for key in self.reader.properties if key in query}
            if pairs:
                return self.reader.objects(pairs)
        if texts is None:
            return NOT_GIVEN
        return self._from_text(encoded_value(request.encoded_query, self.name), unquote_plus)

    def _from_text(self, text: str, decode: Decode) -> Any:
        """Return a value from one text as it was sent: a path segment, a header, a cookie, or an unexploded object."""
        prefix, separator = affixes(self.name, self.style, self.explode, is_object=self.reader.is_object)
        text = text.removeprefix(prefix)
        plain = decode(text)
        if self._is_json:
            return self.reader.document(plain)
        if self.reader.is_array:
            return self._list_from_text(text, separator, decode)
        if self._plain or plain[:1] == "{":
            return self.reader.one(plain)
        pairs = parts_of_object(text, separator, self.explode and self.style not in ("form", "cookie"), decode)
        return [plain] if pairs is None else self.reader.objects(pairs)

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


def _decoded(text: str) -> str:
    return unquote(text, errors="strict")


def _nested(values: dict[str, list[str]]) -> dict[str, TextMember]:
    """Return the properties of a deep object, by keys such as `name` and `created][0`: with one more level in brackets
    one is a list or an object."""
    pairs: dict[str, TextMember] = {}
    deeper: dict[str, dict[str, list[str]]] = {}
    for key, texts in values.items():
        name, bracket, inner = key.partition("][")
        if bracket:
            deeper.setdefault(name, {})[inner] = texts
        else:
            pairs[key] = texts
    for name, inside in deeper.items():
        is_list = all(key.isdigit() or not key for key in inside)
        pairs[name] = [text for texts in inside.values() for text in texts] if is_list else inside
    return pairs


MAX_BODY = 1024 * 1024  # bytes
NO_BODY = object()
_MOST_PROBLEMS = 5  # that a refusal names


class BodyCheck:
    """The body of one operation, made ready to be read from many requests."""

    def __init__(self, document: dict[str, Any], body: RequestBody) -> None:
        self.required = body.required
        self.types = {kind_of(media): _TypeCheck(document, schema)
                      for media, schema in body.content.items()}
        self._encodings = {kind_of(media): body.encoding(media) for media in body.content}

    def read(self, content_type: str, data: bytes) -> Any:
        """Return the checked value, or NO_BODY; raise Refusal."""
        if not data:
            if self.required:
                raise Refusal(400, "the request body is required but missing", location="body",
                              expected=", ".join(self.types) or None)
            return NO_BODY
        media = kind_of(content_type)
        check = self._check(media)
        if check is None:
            raise Refusal(415, f"the media type {media!r} is not supported" if media else
                          "the header Content-Type is missing", location="header", parameter="Content-Type",
                          expected=" or ".join(self.types))
        values = _parsed(media, content_type, data, check.reader, self._encodings.get(media, {}))
        if isinstance(values[0], str) and "string" not in check.reader.types and not is_json(media):
            return values[0]  # XML and the like for a schema of objects, which cannot be checked here
        return check.checked(values)

    def shown(self, content_type: str, value: Any) -> Any:
        """Return a body that was read as answers may show it, NO_BODY if that is as it is."""
        check = self._check(kind_of(content_type))
        if check is None or not check.hides or not isinstance(value, dict):
            return NO_BODY
        return {name: check.facts.without("writeOnly", check.facts.property(check.schema, name), part)
                for name, part in value.items()}

    def _check(self, media: str) -> "_TypeCheck | None":
        if not self.types:
            return _ANYTHING
        for candidate in (media, f"{media.split('/')[0]}/*", "*/*"):
            if candidate in self.types and media:
                return self.types[candidate]
        return None


class _TypeCheck:
    def __init__(self, document: dict[str, Any], schema: Schema) -> None:
        self._check = SchemaCheck(standalone(document, schema, request=True))
        self.schema, self.facts = self._check.schema, self._check.facts
        self.reader = TextReader(self.schema, self.schema)
        self.hides = '"writeOnly": true' in json.dumps(self.schema)

    def checked(self, values: list[Any]) -> Any:
        """Return the first valid value; raise Refusal 422 that names what is wrong with the first one and what was
        expected."""
        for value in values:
            if self._check.is_valid(value):
                return value
        value = values[0]
        problems = [self._problem(value, error) for error in self._check.errors(value)[:_MOST_PROBLEMS]]
        if not problems:
            raise Refusal(422, self._check.problems(value, "body")[0], location="body")
        _, parameter, expected = problems[0]
        raise Refusal(422, "; ".join(message for message, _, _ in problems), parameter=parameter or None,
                      location="body", expected=expected)

    def _problem(self, value: Any, error: Any) -> tuple[str, str, str | None]:
        path = list(error.instance_path)
        schema = schema_at(self.schema, path)
        if error.kind.name == "required":
            path = [*path, error.kind.value]
            name = json_path(path)
            missing = schema_at(self.schema, path)
            return (f"the body field '{name}' is required but missing", name,
                    expectation(self.schema, missing) if missing else None)
        found = value
        for part in path:
            found = found[part]
        expected, name = expected_text(self.schema, schema, error), json_path(path)
        where = f"the body field '{name}'" if name else "the body"
        return f"{where} is {short_json(found)}, expected {expected}", name, expected


_ANYTHING = _TypeCheck({}, {})  # for documents that ask for a body without saying of what type


def _parsed(media: str, content_type: str, data: bytes, reader: TextReader,
            encoding: dict[str, PropertyEncoding]) -> list[Any]:
    """Return the values that a body may have, likeliest first: several only if it is a form."""
    if is_json(media):
        return [_json_body(data)]
    if is_sequence(media) and reader.is_array:
        return [_sequence(content_type, data)]
    is_text = "string" in reader.types and "object" not in reader.types
    if media in (FORM, MULTIPART) and not is_text:
        try:
            return read_form(content_type, data, reader, encoding)
        except ValueError as error:
            raise Refusal(400, f"the form cannot be read: {error}", location="body") from None
    return [data.decode("utf-8", "replace")]


def _json_body(data: bytes) -> Any:
    """Return the JSON value of a body; raise Refusal 400 naming the place at which it is malformed."""
    try:
        value = json.loads(data.decode("utf-8"), parse_constant=refuse_constant)
        if b"\\u" in data:
            json.dumps(value, ensure_ascii=False).encode()  # no answer could hold a lone surrogate
        return value
    except json.JSONDecodeError as error:
        problem = f"{error.msg} at line {error.lineno} column {error.colno}"
    except UnicodeDecodeError as error:
        problem = f"not UTF-8 at byte {error.start}"
    except UnicodeEncodeError:
        problem = "a lone surrogate is not a character"
    except RecursionError:
        problem = "nested too deeply"
    except ValueError as error:
        problem = str(error)[:200]
    raise Refusal(400, f"the request body is not valid JSON: {problem}", location="body", expected="valid JSON")


def _sequence(content_type: str, data: bytes) -> list[Any]:
    try:
        return sequence_values(data.decode("utf-8", "replace"), content_type)
    except (ValueError, RecursionError):
        media = kind_of(content_type)
        raise Refusal(400, f"the request body is not valid {media}", location="body", expected=media) from None
