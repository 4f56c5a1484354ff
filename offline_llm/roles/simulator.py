"""The server of an API: an answer that fits the operation's schema and echoes the request."""

import json
import random
import re
from collections.abc import Iterator
from typing import Any

from offline_llm.chance import dice
from offline_llm.knowledge.english import split_identifier
from offline_llm.knowledge.facts import Value, kind_of_name, lexicon, parse_value
from offline_llm.knowledge.values import draw, field_value
from offline_llm.language.prompts import labelled, sections
from offline_llm.language.requests_text import HttpRequest, path_values, read_history, read_request
from toolalpaca.core.text import stem

DEEPEST = 8
_METHODS = ("get", "post", "put", "patch", "delete", "head", "options")


def simulate(prompt: str, *variant: object) -> str:
    """Status code, response and explanation for the request in the prompt."""
    parts = sections(prompt)
    document = _json(parts.get("Operation", ""))
    path, method, operation = _operation(document)
    request = read_request(parts.get("Request", ""))
    given = {**request.query, **path_values(path, request.path),
             **(request.body if isinstance(request.body, dict) else {})}
    history = read_history(parts.get("Earlier requests and answers", ""))
    name = labelled(parts.get("API", "")).get("Name", "")
    if gone := _deleted(request, history):
        return _answer(404, {"error": f"There is nothing with the key {gone} any more."},
                       "It was deleted earlier in this conversation.")
    status, schema = _success(document, operation)
    maker = BodyMaker(document, str(operation.get("operationId", "")), given, (name, variant))
    remembered = _remembered(given, history)
    body = maker.body(schema, remembered)
    return _answer(status, body, f"The {method.upper()} request is valid, so the service answers with {status}.")


def _answer(status: int, body: Any, explanation: str) -> str:
    return (f"Status Code: {status}\nResponse: {json.dumps(body, ensure_ascii=False)}\n"
            f"Explanation: {explanation}")


def _json(text: str) -> dict[str, Any]:
    try:
        value = json.JSONDecoder().raw_decode(text[text.index("{"):])[0]
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _operation(document: dict[str, Any]) -> tuple[str, str, dict[str, Any]]:
    """Path, method and operation of the one that the prompt shows."""
    paths = document.get("paths")
    for path, item in (paths.items() if isinstance(paths, dict) else ()):
        for method, operation in (item.items() if isinstance(item, dict) else ()):
            if method in _METHODS and isinstance(operation, dict):
                return path, method, operation
    return str(document.get("path", "/")), str(document.get("method", "get")), document


def _success(document: dict[str, Any], operation: dict[str, Any]) -> tuple[int, Any]:
    """The status of success and the schema of its body."""
    responses = operation.get("responses")
    responses = responses if isinstance(responses, dict) else {}
    codes = sorted(str(code) for code in responses if re.fullmatch(r"2\d\d|2XX", str(code), re.IGNORECASE))
    code = codes[0] if codes else "default" if "default" in responses else ""
    response = resolved(document, responses.get(code) or responses.get(int(code) if code.isdigit() else code) or {})
    content = response.get("content")
    media = next((part for part in content.values() if isinstance(part, dict)), {}) if isinstance(content, dict) else {}
    return int(code) if code.isdigit() else 200, media.get("schema", {"type": "object", "properties": {}})


def resolved(document: dict[str, Any], schema: Any) -> dict[str, Any]:
    """A schema with its local reference followed; an empty one where that leads nowhere."""
    for _ in range(DEEPEST):
        if not isinstance(schema, dict) or not isinstance(schema.get("$ref"), str):
            break
        target: Any = document
        for part in schema["$ref"].removeprefix("#/").split("/"):
            part = part.replace("~1", "/").replace("~0", "~")
            target = target.get(part) if isinstance(target, dict) else None
        schema = target
    return schema if isinstance(schema, dict) else {}


def _deleted(request: HttpRequest, history: list[tuple[HttpRequest, int, Any]]) -> str | None:
    """The key of the request's path that an earlier DELETE removed, unless it was made again since."""
    for earlier, status, _ in reversed(history):
        target = earlier.path.rstrip("/")
        if earlier.method == "DELETE" and 200 <= status < 300 and request.path.rstrip("/").startswith(target) \
                and request.method != "POST":
            return target.split("/")[-1]
    return None


def _remembered(given: dict[str, Any], history: list[tuple[HttpRequest, int, Any]]) -> dict[str, Any]:
    """What earlier answers and requests said about the thing whose key the request gives; the latest wins."""
    keys = {str(value) for name, value in given.items()
            if split_identifier(name)[-1:] in (("id",), ("key",), ("slug",))}
    known: dict[str, Any] = {}
    for request, status, body in history:
        if not 200 <= status < 300:
            continue
        for thing in _objects(body):
            if keys & {str(value) for value in thing.values() if isinstance(value, str | int)}:
                known.update(thing)
                if isinstance(request.body, dict):
                    known.update({name: value for name, value in request.body.items() if value is not None})
    return known


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for part in value.values():
            yield from _objects(part)
    elif isinstance(value, list):
        for part in value:
            yield from _objects(part)


class BodyMaker:
    """Makes a body for a schema, out of the request's values, what is remembered, and values that fit."""

    def __init__(self, document: dict[str, Any], operation: str, given: dict[str, Any],
                 seed: tuple[object, ...]) -> None:
        self.document, self.operation, self.given, self.seed = document, operation, given, seed
        self.limit = next((int(value) for name, value in given.items()
                           if kind_of_name(name) in ("limit", "count") and re.fullmatch(r"\d{1,4}", str(value))), None)

    def body(self, schema: Any, remembered: dict[str, Any]) -> Any:
        """The whole body."""
        return self._value("", schema, dice("body", self.seed, self.operation, self._about()), 0, remembered)

    def _about(self) -> Any:
        """What the answer's invented parts depend on: the request's values, in no order."""
        return sorted((name, str(value)) for name, value in self.given.items())

    def _value(self, name: str, schema: Any, roll: random.Random, depth: int, remembered: dict[str, Any]) -> Any:
        schema = self._merged(resolved(self.document, schema), roll)
        kind = schema.get("type")
        if isinstance(kind, list):
            kind = next((one for one in kind if one != "null"), "string")
        if kind == "object" or (kind is None and isinstance(schema.get("properties"), dict)):
            return self._object(schema, roll, depth, remembered)
        if kind == "array":
            return self._array(name, schema, roll, depth, remembered)
        echoed = self._echo(name, kind, schema, remembered) if depth <= 3 or remembered else None
        return self._scalar(name, kind or "string", schema, roll) if echoed is None else echoed

    def _merged(self, schema: dict[str, Any], roll: random.Random) -> dict[str, Any]:
        """A schema with its allOf parts joined and one of its alternatives taken."""
        for key in ("oneOf", "anyOf"):
            options = [part for part in schema.get(key) or [] if isinstance(part, dict)] \
                if isinstance(schema.get(key), list) else []
            if options:
                return self._merged(resolved(self.document, options[0]), roll)
        if not isinstance(schema.get("allOf"), list):
            return schema
        merged: dict[str, Any] = {key: value for key, value in schema.items() if key != "allOf"}
        for part in schema["allOf"]:
            inner = resolved(self.document, part)
            properties = {**(merged.get("properties") or {}), **(inner.get("properties") or {})}
            merged = {**inner, **merged, **({"properties": properties} if properties else {})}
        merged.pop("allOf", None)
        return merged

    def _object(self, schema: dict[str, Any], roll: random.Random, depth: int,
                remembered: dict[str, Any]) -> dict[str, Any]:
        properties = schema.get("properties")
        if not isinstance(properties, dict) or depth > DEEPEST:
            return {}
        own = next((name for name in properties if split_identifier(name)[-1:] in (("id",), ("key",))), None)
        made = {own: self._value(own, properties[own], roll, depth + 1, remembered)} if own else {}
        for name, part in properties.items():
            if name != own:  # a thing has the same properties whichever request returns it
                field_roll = dice("thing", self.seed, made[own], name) if own else roll
                made[name] = self._value(name, part, field_roll, depth + 1, remembered)
        return self._with_order({name: made[name] for name in properties})

    def _with_order(self, made: dict[str, Any]) -> dict[str, Any]:
        """Pairs such as a lowest and a highest price in the right order."""
        for low, high in (("lowest", "highest"), ("lowCelsius", "highCelsius"), ("lowestPrice", "highestPrice"),
                          ("lowSalary", "highSalary"), ("lowValue", "highValue"), ("start", "end"), ("min", "max")):
            pair = [value for value in (made.get(low), made.get(high)) if isinstance(value, int | float)]
            if len(pair) == 2:
                made[low], made[high] = sorted(pair)
        return made

    def _array(self, name: str, schema: dict[str, Any], roll: random.Random, depth: int,
               remembered: dict[str, Any]) -> list[Any]:
        echoed = self.given.get(name)
        if isinstance(echoed, list):
            return echoed
        most = roll.randint(2, 3) if self.limit is None or depth > 2 else min(self.limit, roll.randint(2, 4))
        most = max(most, int(schema.get("minItems") or 0))
        items = schema.get("items", {})
        made: list[Any] = []
        for index in range(most):
            item_roll = dice("item", self.seed, self.operation, self._about(), name, index)
            item = self._value(name, items, item_roll, depth + 1, remembered if index == 0 else {})
            if item not in made or isinstance(item, dict):
                made.append(item)
        return made

    def _echo(self, name: str, kind: str | None, schema: dict[str, Any], remembered: dict[str, Any]) -> Any:
        """The request's or the remembered value for a field of that name, in the field's type."""
        for source in (self.given, remembered):
            value = source.get(name)
            if value is None and source is self.given:
                value = self._like(name)
            if value is not None and not isinstance(value, dict | list):
                typed = in_type(value, kind or "string")
                if typed is not None and (not isinstance(schema.get("enum"), list) or typed in schema["enum"]):
                    return typed
        return None

    def _like(self, name: str) -> Any:
        """A value of the request whose name ends as the field's does, such as `cityName` for `city`."""
        words = [stem(word) for word in split_identifier(name)]
        for other, value in self.given.items():
            theirs = [stem(word) for word in split_identifier(other)]
            if theirs and words and (theirs == words or theirs[:-1] == words and theirs[-1] in ("nam", "name")):
                return value
        return None

    def _scalar(self, name: str, kind: str, schema: dict[str, Any], roll: random.Random) -> Any:
        if isinstance(schema.get("enum"), list) and schema["enum"]:
            return roll.choice(schema["enum"])
        if "const" in schema:
            return schema["const"]
        known = field_value(self.operation, name, tuple(self.given))
        if known is None or (known.type != kind and not (kind == "number" and known.type == "integer")):
            known = _by_name(name, kind, schema)
        value = draw(known, roll)
        if kind == "boolean":
            return roll.random() < 0.85
        if kind in ("integer", "number"):
            return self._bounded(value, kind, schema)
        return value if isinstance(value, str) else str(value)

    def _bounded(self, value: Any, kind: str, schema: dict[str, Any]) -> Any:
        low, high = schema.get("minimum"), schema.get("maximum")
        if isinstance(low, int | float):
            value = max(low, value)
        if isinstance(high, int | float):
            value = min(high, value)
        return int(value) if kind == "integer" else value


def in_type(value: Any, kind: str) -> Any:
    """A value in a JSON type, None when it has no form in it."""
    if kind == "string":
        return value if isinstance(value, str) else json.dumps(value)
    if kind == "boolean":
        return value if isinstance(value, bool) else {"true": True, "false": False}.get(str(value).lower())
    if kind in ("integer", "number"):
        text = str(value)
        if isinstance(value, bool) or not re.fullmatch(r"-?\d{1,15}(\.\d{1,9})?", text):
            return None
        return int(float(text)) if kind == "integer" else float(text) if "." in text else int(text)
    return None


def _by_name(name: str, kind: str, schema: dict[str, Any]) -> Value:
    """What a field's name, format and example say about its values."""
    formats = {"date": "date", "date-time": "datetime", "email": "email", "uri": "url", "ipv4": "ip", "url": "url"}
    if kind == "string" and schema.get("format") in formats:
        return parse_value(formats[schema["format"]], described=False)
    found = kind_of_name(name)
    facts = lexicon().get(found, {})
    if kind in ("integer", "number"):
        if facts.get("range"):
            return Value(kind, found, low=facts["range"][0], high=facts["range"][1])
        return Value(kind, "id" if split_identifier(name)[-1:] == ("id",) else "", low=2, high=90)
    if kind == "string" and facts.get("type", "string") == "string":
        if found in ("key", "id"):
            return Value("string", "key")
        if facts.get("values"):
            return parse_value(found, described=False)
    return Value(kind, "", values=tuple(lexicon()["name"]["values"]))
