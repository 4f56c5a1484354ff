"""Reading what a model wrote in the role of an API: a status and a JSON body, wherever in the text they stand."""

import json
import re
from typing import Any, NamedTuple

_THOUGHT = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.DOTALL | re.IGNORECASE)
_STATUS = re.compile(r"(?:status[ _]?(?:code)?|HTTP/\d(?:\.\d)?)[\s\"'*_`]{0,12}[:=]?[\s\"'*_`]{0,12}(\d{3})\b",
                     re.IGNORECASE)
_RESPONSE = re.compile(r"^[ \t#>*_`-]{0,20}(?:response(?:[ _](?:body|json))?|body)[\"'*_`]*\s*:[*_`]*\s*",
                       re.IGNORECASE | re.MULTILINE)
_EXPLANATION = re.compile(r"^[ \t#>*_`-]{0,20}explanation[\"'*_`]*\s*:", re.IGNORECASE | re.MULTILINE)
_STATUS_KEYS = frozenset({"statuscode", "status_code", "status code"})
_BODY_KEYS = ("response", "body", "Response", "Body", "data")
_NONE = object()


class ModelAnswer(NamedTuple):
    """What a model answered; `status` is None where it named none, `body` None where it wrote null or nothing."""

    status: int | None
    body: Any


def read_answer(text: str) -> ModelAnswer:
    """The status and body in a model's answer; raises ValueError, for the model to read, where there is no body."""
    text = _THOUGHT.sub("", text).strip()
    found = _STATUS.search(text)
    status = int(found[1]) if found else None
    label = _RESPONSE.search(text)
    part = text[label.end():] if label else text[found.end():] if found and _is_line_start(text, found) else text
    explanation = _EXPLANATION.search(part)
    part = _unfenced(part[:explanation.start()] if explanation else part)
    value = _json_in(part, labelled=label is not None)
    if value is _NONE:
        if status is not None and label and not part.strip():
            return ModelAnswer(status, None)
        raise ValueError("there is no JSON body: write 'Status Code: N', then 'Response: ' and the body as JSON, "
                         "then 'Explanation: ...'")
    return _unwrapped(status, value)


def _is_line_start(text: str, match: re.Match[str]) -> bool:
    """Whether the status stands on a line of its own rather than inside a JSON body."""
    before = text[:match.start()].rsplit("\n", 1)[-1]
    return "{" not in before and '"' not in before


def _unfenced(text: str) -> str:
    fenced = re.search(r"```[ \t]*\w*[ \t]*\n?(.*?)(?:```|\Z)", text, re.DOTALL)
    return (fenced[1] if fenced else text).strip().strip("`").strip()


def _json_in(text: str, *, labelled: bool) -> Any:
    """The first JSON value in the text. A bare word or number counts only right after the label."""
    decoder = json.JSONDecoder(parse_constant=_refuse)
    start = re.search(r"[\[{]", text)
    if labelled and (start is None or start.start() > 0):
        try:
            return decoder.raw_decode(text)[0]
        except (ValueError, RecursionError):
            pass  # no plain value, so an object or array further on
    if start is None:
        return _NONE
    try:
        return decoder.raw_decode(text[start.start():])[0]
    except RecursionError:
        return _NONE
    except ValueError:
        return _mended(text[start.start():])


def _mended(text: str) -> Any:
    """Broken JSON that a library can mend: single quotes, trailing commas, comments, a missing end."""
    import json_repair

    value = json_repair.loads(text)
    return value if isinstance(value, (dict, list)) and value else _NONE


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")


def _unwrapped(status: int | None, value: Any) -> ModelAnswer:
    """Some models put status and body into one JSON object."""
    if isinstance(value, dict):
        named = next((key for key in value if key.lower() in _STATUS_KEYS), None)
        body = next((key for key in _BODY_KEYS if key in value), None)
        if named is not None and body is not None and re.fullmatch(r"\d{3}", str(value[named])):
            inner = value[body]
            return ModelAnswer(int(value[named]), _parsed_text(inner) if isinstance(inner, str) else inner)
    return ModelAnswer(status, value)


def _parsed_text(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
