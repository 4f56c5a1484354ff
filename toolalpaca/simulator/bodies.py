"""Request bodies: which media type one is in, reading it, and checking it against the schema of that type."""

import io
import json
from typing import Any

from toolalpaca.core.jsons import json_path
from toolalpaca.openapi.coercion import TextReader
from toolalpaca.openapi.describe import expectation, expected_text, schema_at, short_json
from toolalpaca.openapi.operations import RequestBody
from toolalpaca.openapi.schema_check import SchemaCheck
from toolalpaca.openapi.schema_parts import Schema
from toolalpaca.openapi.schemas import standalone
from toolalpaca.simulator.request_errors import Refusal

MAX_BODY = 1024 * 1024  # bytes
NO_BODY = object()
_MESSAGES = 5


class BodyCheck:
    """The body of one operation, made ready to be read from many requests."""

    def __init__(self, document: dict[str, Any], body: RequestBody) -> None:
        self.required = body.required
        self.types = {media.split(";")[0].strip().lower(): _TypeCheck(document, schema)
                      for media, schema in body.content.items()}

    def read(self, content_type: str, data: bytes) -> Any:
        """Return the checked value, or NO_BODY; raise Refusal."""
        if not data:
            if self.required:
                raise Refusal(400, "the request body is required but missing", location="body",
                              expected=", ".join(self.types) or None)
            return NO_BODY
        media = content_type.split(";")[0].strip().lower()
        check = self._check(media)
        if check is None:
            raise Refusal(415, f"the media type {media!r} is not supported" if media else
                          "the header Content-Type is missing", location="header", parameter="Content-Type",
                          expected=" or ".join(self.types))
        value = _parsed(media, content_type, data, check.reader)
        if isinstance(value, str) and "string" not in check.reader.types and not _is_json(media):
            return value  # XML and the like for a schema of objects: no one here can tell
        return check.checked(value)

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
        self.schema = self._check.schema
        self.reader = TextReader(self.schema, self.schema)

    def checked(self, value: Any) -> Any:
        """Return the value itself; raise Refusal 422 that names what is wrong and what was expected."""
        if self._check.is_valid(value):
            return value
        problems = [self._problem(value, error) for error in self._check.errors(value)[:_MESSAGES]]
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
            return f"the body field '{name}' is required but missing", name, _expected(self.schema, path)
        found = value
        for part in path:
            found = found[part]
        expected, name = expected_text(self.schema, schema, error), json_path(path)
        where = f"the body field '{name}'" if name else "the body"
        return f"{where} is {short_json(found)}, expected {expected}", name, expected


def _expected(root: Schema, path: list[str | int]) -> str | None:
    schema = schema_at(root, path)
    return expectation(root, schema) if schema else None


def _is_json(media: str) -> bool:
    return media == "application/json" or media.endswith("+json")


def _parsed(media: str, content_type: str, data: bytes, reader: TextReader) -> Any:
    if _is_json(media):
        return parse_json(data)
    if media in ("application/x-www-form-urlencoded", "multipart/form-data"):
        return _form(content_type, data, reader)
    return data.decode("utf-8", "replace")


def parse_json(data: bytes) -> Any:
    """Return the JSON value of a body; raise Refusal 400 saying where it breaks off."""
    try:
        value = json.loads(data.decode("utf-8"), parse_constant=_refuse_constant)
        if b"\\u" in data:
            json.dumps(value, ensure_ascii=False).encode()  # a lone surrogate is no text that could be answered with
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


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON number")


def _form(content_type: str, data: bytes, reader: TextReader) -> dict[str, Any]:
    from werkzeug.formparser import FormDataParser
    from werkzeug.http import parse_options_header

    media, options = parse_options_header(content_type)
    try:
        _, fields, files = FormDataParser(silent=False).parse(io.BytesIO(data), media, len(data), options)
    except Exception as error:  # the parser meets broken forms with several kinds of error
        raise Refusal(400, f"the form cannot be read: {type(error).__name__}", location="body") from None
    pairs: dict[str, str | list[str]] = {key.removesuffix("[]"): fields.getlist(key) for key in fields}
    pairs |= {key: file.read().decode("utf-8", "replace") for key, file in files.items()}
    return reader.object(pairs)


class _Anything:
    """Takes any body, for documents that ask for one without saying of what type."""

    reader = TextReader({}, {})

    def checked(self, value: Any) -> Any:
        return value


_ANYTHING: Any = _Anything()
