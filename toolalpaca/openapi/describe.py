"""JSON schemas in words, in the notation of the published ToolAlpaca documentation.

A schema under `components` is written `#Name` wherever it is referenced; everything else is written out.
"""

import json
from collections.abc import Callable
from functools import cached_property
from typing import Any

from toolalpaca.core.jsons import json_type, text_of
from toolalpaca.core.log import one_line
from toolalpaca.openapi.discriminators import (
    discriminator_of,
    extensions_of,
    named_subtypes,
    names_of,
    schema_name,
    subtypes_of,
)
from toolalpaca.openapi.references import lookup, pointer_parts, resolve
from toolalpaca.openapi.schema_parts import (
    Schema,
    SchemaFacts,
    choices_in,
    choices_of,
    entries_in,
    followed,
    items_of,
    labelled_choices,
    list_in,
    properties_of,
    required_of,
    types_of,
)

Write = Callable[[Any], str]
MOST_SCHEMAS = 50_000  # schemas per text; nested references could grow without bound

_FORMATS = {"date": "a date (YYYY-MM-DD)", "date-time": "a date and time (RFC 3339)", "email": "an e-mail address",
            "uuid": "a UUID", "uri": "a URI", "ipv4": "an IPv4 address", "ipv6": "an IPv6 address", "time": "a time"}
# Constraints that the phrase for a schema does not mention.
_UNTOLD = frozenset({"additionalProperties", "unevaluatedProperties", "unevaluatedItems", "additionalItems",
                     "uniqueItems", "minProperties", "maxProperties", "oneOf", "anyOf", "not", "contains",
                     "propertyNames", "falseSchema"})
_ARTICLES = {"integer": "an integer", "number": "a number", "boolean": "true or false", "string": "a string",
             "array": "an array", "object": "an object", "null": "null"}


class SchemaText:
    """Writes the schemas of one document. Raises ValueError for an unresolvable reference."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        self._open: list[str] = []  # references being expanded, outermost first
        self._left = MOST_SCHEMAS

    def shape(self, schema: object) -> str:
        """Return the shape of a value: `Object{id, tags: Array[string], owner: #Person}`; scalar properties by name
        only."""
        return self._type(schema, self.shape, self._property_shape)

    def describe(self, schema: object) -> str:
        """Return the meaning of a value: type, description and choices, each ending in a full stop."""
        return f"{self._described_type(schema).removesuffix('.')}. {details(schema)}".strip()

    def listing(self, name: str, schema: object) -> str:
        """Return a component for the list at the end: its shape, for a scalar also its choices, and those that extend
        it if a discriminator tells them apart."""
        is_scalar = isinstance(schema, dict) and any(key in schema for key in ("enum", "const"))
        text = self.describe(schema) if is_scalar else self.shape(schema)
        if not isinstance(schema, dict) or "discriminator" not in schema:
            return text
        base = {"$ref": f"#/components/schemas/{name}"}
        extending = named_subtypes(self._document, base, subtypes_of(self._document, base, self._extensions))
        return " or ".join([text, *(f"#{schema_name(ref)}{_named(schema, names)}" for ref, names in extending)])

    @cached_property
    def _extensions(self) -> dict[str, list[str]]:
        return extensions_of(self._document)

    def _type(self, schema: object, item: Write, prop: Callable[[str, Any, bool], str]) -> str:
        self._left -= 1
        if self._left < 0:
            raise ValueError(f"written out, the schemas of one function come to more than {MOST_SCHEMAS:,}")
        if not isinstance(schema, dict):  # 3.1: true and false
            return "any"
        if isinstance(schema.get("$ref"), str):
            return self._reference(schema["$ref"], lambda target: self._type(target, item, prop))
        if labelled := labelled_choices(schema):
            return type_word(schema) if "type" in schema else " or ".join(
                dict.fromkeys(json_type(value) for value, _ in labelled))
        for key, word in (("allOf", " and "), ("oneOf", " or "), ("anyOf", " or ")):
            if alternatives := self._alternatives(schema, key, item):
                return word.join(alternatives)
        kind = type_word(schema)
        if kind == "array":
            places = list_in(schema, "prefixItems") or ([schema["items"]] if "items" in schema else [])
            return f"Array[{', '.join(map(item, places))}]" if places else "Array"
        if kind == "object":
            required = {name for name in list_in(schema, "required") if isinstance(name, str)}
            parts = [prop(name, value, name in required) for name, value in entries_in(schema, "properties")]
            if not parts and isinstance(schema.get("additionalProperties"), dict):
                parts = [f"*: {item(schema['additionalProperties']).strip()}"]
            return f"Object{{{', '.join(part for part in parts if part)}}}" if parts else "Object"
        return kind

    def _alternatives(self, schema: dict[str, Any], key: str, item: Write) -> list[str]:
        """Return the distinct parts of an allOf, oneOf or anyOf; the keywords next to it count as one more part."""
        parts = [part for part in list_in(schema, key) if not (isinstance(part, dict) and part.get("type") == "null")]
        if parts and (schema.get("properties") or schema.get("items")):
            parts.append({name: value for name, value in schema.items() if name != key})
        texts = list(dict.fromkeys(item(part).strip() + self._names(schema, key, part) for part in parts))
        return [text for text in texts if text != "any"] or texts if key == "allOf" else texts

    def _names(self, schema: dict[str, Any], key: str, part: Any) -> str:
        ref = part.get("$ref") if key != "allOf" and isinstance(part, dict) and discriminator_of(schema)[0] else None
        if not isinstance(ref, str):
            return ""
        names = names_of(self._document, schema, ref)
        return _named(schema, names) if names != [schema_name(ref)] else ""

    def _reference(self, ref: str, write: Write) -> str:
        parts = pointer_parts(ref)
        target = lookup(self._document, ref)
        if parts[:2] == ["components", "schemas"] and len(parts) == 3 or ref in self._open:
            return f"#{parts[-1] if parts else ''}"
        self._open.append(ref)
        try:
            return write(target if isinstance(target, bool) else resolve(self._document, target))
        finally:
            self._open.pop()

    def _property_shape(self, name: str, schema: Any, _: bool) -> str:
        if self._is_hidden(schema, "writeOnly"):
            return ""
        return name if is_plain(schema) else f"{name}: {self.shape(schema)}"

    def _is_hidden(self, schema: Any, keyword: str) -> bool:
        return isinstance(schema, dict) and followed(self._document, schema).get(keyword) is True

    def _described_property(self, name: str, schema: Any, required: bool) -> str:
        if self._is_hidden(schema, "readOnly"):
            return ""
        return f"{name}: {'Required. ' if required else ''}{self.describe(schema)}"

    def _described_item(self, schema: Any) -> str:
        """Return an item inside `Array[...]`: no full stop after a bare type, but after an object, as published."""
        head, more = self._described_type(schema), details(schema)
        return f"{head}. {more}" if more or head.startswith("Object{") else head

    def _described_type(self, schema: object) -> str:
        return self._type(schema, self._described_item, self._described_property)


def _named(schema: dict[str, Any], names: list[Any]) -> str:
    """Return the values by which a schema's discriminator names one of its alternatives."""
    return f" ({discriminator_of(schema)[0]}: {', '.join(map(str, names))})"


def is_plain(schema: object) -> bool:
    """Return whether a value is scalar, without parts that a reader would want to see."""
    if not isinstance(schema, dict):
        return True
    inner = [part for key in ("allOf", "oneOf", "anyOf") for part in list_in(schema, key)]
    return "$ref" not in schema and type_word(schema) not in ("object", "array") and all(map(is_plain, inner))


def type_word(schema: dict[str, Any]) -> str:
    """Return the type in a word, inferred from other keywords if missing; `null` next to another type is dropped."""
    kind = schema.get("type")
    kinds = [one for one in (kind if isinstance(kind, list) else [kind]) if isinstance(one, str)]
    if len(kinds) > 1:
        kinds = [one for one in kinds if one != "null"]
    if kinds:
        return " or ".join(kinds)
    if "properties" in schema or "additionalProperties" in schema:
        return "object"
    if "items" in schema:
        return "array"
    return "string" if any(isinstance(value, str) for value in choices_in(schema)) else "any"


def details(schema: object) -> str:
    """Return a schema's own description and choices, as sentences."""
    if not isinstance(schema, dict):
        return ""
    choices = labelled_choices(schema) or [(value, "") for value in choices_in(schema)]
    values = [text_of(value) + (f" ({label.rstrip('.')})" if label and label != value else "")
              for value, label in choices]
    listed = f"One of: [{', '.join(values)}]." if values else ""
    return f"{sentence(schema.get('description'))} {listed}".strip()


def sentence(text: object) -> str:
    """Return a description on one line, ending with a full stop; "" for anything but a string."""
    line = " ".join(text.split()) if isinstance(text, str) else ""
    return line if not line or line.endswith((".", "!", "?")) else f"{line}."


def expectation(root: Schema, schema: Any) -> str:
    """Return a phrase such as "an integer, at least 1" or "one of 'small', 'large'"."""
    schema = followed(root, schema)
    if "const" in schema:
        return json.dumps(schema["const"], ensure_ascii=False)
    if choices := choices_of(root, schema):
        shown = [json.dumps(value, ensure_ascii=False) for value in choices[:20]]
        return "one of " + ", ".join(shown) + (" ..." if len(choices) > 20 else "")
    kinds = types_of(root, schema)
    phrase = " or ".join(_kind(root, schema, kind) for kind in kinds) or "another value"
    return ", ".join([phrase, *_bounds(schema)])


def expected_text(root: Schema, schema: Any, error: Any) -> str:
    """Return what a value that violated `schema`, a part of `root`, should have been, given the validator's error."""
    choice = error.kind.name if error.kind.name in ("oneOf", "anyOf") else None
    branches = list_in(followed(root, schema), choice) if choice else []
    if branches:
        return ("exactly " if choice == "oneOf" else "") + "one of: " + "; ".join(
            _branch(root, branch) for branch in branches[:5])
    names = properties_of(root, schema)
    if error.kind.name == "additionalProperties" and names:
        return f"no fields but {', '.join(map(str, names))}"[:300]
    if error.kind.name in _UNTOLD:
        return one_line(error.message, 200)
    return expectation(root, schema)


def _branch(root: Schema, schema: Any) -> str:
    required = required_of(root, schema)
    return expectation(root, schema) + (f" with {', '.join(required[:5])}" if required else "")


def schema_at(root: Schema, path: list[str | int]) -> Any:
    """Return the part of a schema that applies to a path in the value; {} if several might."""
    schema, facts = root, SchemaFacts(root)
    for part in path:
        schema = facts.property(schema, part) if isinstance(part, str) else facts.item(schema, part)
    return followed(root, schema)


def _kind(root: Schema, schema: Schema, kind: str) -> str:
    if kind == "string" and schema.get("format") in _FORMATS:
        return _FORMATS[schema["format"]]
    if kind == "array" and (inner := types_of(root, items_of(root, schema))):
        return f"an array of {' or '.join(inner)} values"
    return _ARTICLES.get(kind, kind)


def _bounds(schema: Schema) -> list[str]:
    words = {"minimum": "at least {}", "maximum": "at most {}", "exclusiveMinimum": "more than {}",
             "exclusiveMaximum": "less than {}", "multipleOf": "a multiple of {}",
             "minLength": "at least {} characters", "maxLength": "at most {} characters",
             "minItems": "at least {} items", "maxItems": "at most {} items", "pattern": "matching {}"}
    return [phrase.format(schema[key]) for key, phrase in words.items() if key in schema]


def short_json(value: Any, limit: int = 80) -> str:
    """Return a value as short JSON, for quoting in a message."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= limit else f"{text[:limit]}..."
