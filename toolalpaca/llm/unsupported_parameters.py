"""Request parameters that a model refuses: dropped or renamed after its first refusal, or as the roles file says."""

import re
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from toolalpaca.core.words import name_key
from toolalpaca.llm.completion import DEEPEST_MESSAGE

_ESSENTIAL = frozenset({"model", "messages", "tools", "stream"})
_OTHER_NAME = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}
_AS = {"stopsequences": "stop", "maxoutputtokens": "max_tokens", "maxnewtokens": "max_tokens",
       "responseformat": "response_format", "jsonschema": "response_format",
       "responsemimetype": "response_format"}  # what servers call them in messages
_INSTEAD = re.compile(r"\b(?:use|with|by|to|of) [`'\"]?([a-z]{1,30}(?:_[a-z]{1,30}){1,4})(?!\w)", re.IGNORECASE)
_OUT_OF_RANGE = re.compile(  # a complaint about the value, which is the user's to change
    r"\b(?:maximum|minimum|above|below|at (?:most|least)|between|range|greater|less than|exceed\w*|"
    r"too (?:large|long|high|low|small|many|big))\b|[<>≤≥]", re.IGNORECASE)
_PLACES = ("param", "parameter", "loc", "field", "name", "property")  # keys of an error's body, with what it is about
_ABOUT_ERRORS = re.compile(r"err|detail|violation|invalid|message", re.IGNORECASE)
REFUSALS = (400, 422)  # HTTP statuses


class Parameters:
    """The parameters that each model of an endpoint does not accept. Thread-safe."""

    def __init__(self) -> None:
        self._changes: dict[str, dict[str, str | None]] = defaultdict(dict)  # by model: a parameter's new name, or None
        self._lock = threading.Lock()

    def state(self, model: str, changes: Mapping[str, str | None]) -> None:
        """Add a model's parameters from the roles file, each with the name to send instead, or None."""
        with self._lock:
            self._changes[model].update(changes)

    def adapted(self, request: dict[str, Any]) -> dict[str, Any]:
        """Return the request with only the parameters that the model accepts, under its names for them."""
        changes = self._changes.get(request["model"])
        if not changes:
            return request
        return {new: value for name, value in request.items() if (new := changes.get(name, name)) is not None}

    def refused(self, request: dict[str, Any], message: str, body: Any) -> str | None:
        """Learn from the `message` and parsed `body` of the refusal of an adapted `request`.

        Returns a description of the change the first time; "" if another call has just learned the same; None if no
        parameter is named that can change.
        """
        sent = {name for name in request if name not in _ESSENTIAL}
        name = _named(sent, body, message)
        if name is None or (name != "stop" and _OUT_OF_RANGE.search(message)):
            return None
        model = request["model"]
        with self._lock:
            changes = self._changes[model]
            original = next((old for old, new in changes.items() if new == name), name)
            if original in changes and changes[original] != name:
                return ""
            new = _new_name(name, message, sent, renamed=original != name)
            changes[original] = new
        done = f"it is sent as {new!r}" if new else "it is left out"
        return (f"{model}: the endpoint refuses the parameter {original!r}; {done} from now on (the roles file can say "
                "so beforehand: refused_parameters)")


def _new_name(name: str, message: str, sent: set[str], *, renamed: bool) -> str | None:
    """Return another name for a refused parameter; None if it was renamed before or has no other name."""
    if renamed:
        return None
    suggested = [word for word in _INSTEAD.findall(message) if word not in sent and word != name]
    return suggested[0] if suggested else _OTHER_NAME.get(name)


def _named(sent: set[str], body: Any, message: str) -> str | None:
    """Return the refused parameter: from the error's own field, else the first one named in its text."""
    by_word = {name_key(name): name for name in sent}
    for parameter in sent:  # written as words: "presence penalty", "top-p"
        message = re.sub(rf"\b{parameter.replace('_', '[ -]')}\b", parameter, message, flags=re.IGNORECASE)
    words = [*_fields(body), *re.findall(r"[A-Za-z][A-Za-z_]+", message)]
    found = [name for word in words if (name := by_word.get(name_key(word)) or _known_as(word, sent))]
    if not found:
        return None
    return found[-1] if "both" in message.lower() else found[0]


def _known_as(word: str, sent: set[str]) -> str | None:
    name = _AS.get(name_key(word))
    return next((one for one in (name, _OTHER_NAME.get(name or "")) if one in sent), None)


def _fields(body: Any, levels: int = DEEPEST_MESSAGE) -> Iterator[str]:
    """Yield the parameters named in an error's body, part by part: OpenAI's `param`, the `loc` or `field` of a
    validation error, the keys of an object with the errors of each."""
    for key, value in body.items() if isinstance(body, dict) and levels else ():
        if key in _PLACES:
            parts = value if isinstance(value, list) else re.split(r"[.\[\]/]", str(value))
            yield from (str(part) for part in parts)
        elif _ABOUT_ERRORS.search(key) and isinstance(value, (dict, list)):
            yield from value if key == "errors" and isinstance(value, dict) else ()
            yield from _fields(value, levels - 1)
    for entry in body if isinstance(body, list) and levels else ():
        yield from _fields(entry, levels - 1)
