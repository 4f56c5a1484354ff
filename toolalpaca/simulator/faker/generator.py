"""Values made from a JSON Schema: valid, realistic, and the same for the same draw.

A schema is turned once into a tree of small functions; making a value then costs microseconds a field.
"""

import json
from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass, field
from functools import cached_property, partial
from typing import Any

from toolalpaca.core.jsons import json_type
from toolalpaca.core.words import id_noun, name_key, name_words, singular
from toolalpaca.openapi.references import lookup
from toolalpaca.openapi.schema_check import SchemaCheck
from toolalpaca.openapi.schema_parts import Schema, SchemaFacts, followed, types_of
from toolalpaca.openapi.schemas import NAMED
from toolalpaca.simulator.faker.kinds import PROSE, field_kind, options_in, pick
from toolalpaca.simulator.faker.scalars import number_maker, text_maker, truth
from toolalpaca.simulator.faker.source import (
    NAMING,
    DistinctTexts,
    Draw,
    examples_of,
    is_page_count,
    row_holds,
    rows_of,
)
from toolalpaca.simulator.responses import WRAPPERS
from toolalpaca.simulator.semantics import COMMON_FIELDS

Make = Callable[[Draw], Any]
_KEYS = {"rate": "currency", "currency": "currency", "language": "language_code", "country": "country_code"}
_MOST_ITEMS = 1000  # whatever a document asks for
_MOST_NESTED = 80  # schemas one within the other
# A request's value for one of these speaks of the thing itself, not of what it contains.
_COMMON = COMMON_FIELDS | {"version", "format"}
# Kinds of texts of which another says something else than the example, which the rest of the document may rest on.
_TOLD_APART = frozenset({"", "title", "id", "question", "headline", "message", *PROSE})


class Maker:
    """Makes values of one standalone schema. `noun` names the thing, for fields that say little by themselves."""

    def __init__(self, root: Schema, noun: str = "") -> None:
        self.root, self._noun = root, noun
        self._facts = SchemaFacts(root)
        self._references: dict[str, Make] = {}
        self._nesting = 0
        self._make = self._compile(root, "", noun)

    def __call__(self, draw: Draw) -> Any:
        return self._make(draw)

    @cached_property
    def check(self) -> SchemaCheck:
        """Return the check against the schema; raise ValueError if it cannot be checked."""
        return SchemaCheck(self.root)

    def value_of(self, schema: Schema, name: str, draw: Draw) -> Any:
        """Return a value of a part of the schema, for the property `name`."""
        return self._compile(schema, name, self._noun)(draw)

    def shown(self, schema: Any, draw: Draw, value: Any) -> Any:
        """Return a part of a request as an answer shows it, with what answers alone have or need."""
        if isinstance(value, list):
            return [self.shown(self._facts.item(schema, place), draw, item) for place, item in enumerate(value)]
        if not isinstance(value, dict):
            return value
        parts = self._facts.properties(schema)
        needed = [name for name, part in parts.items() if name in value or name in self._facts.required(schema)
                  or followed(self.root, part).get("readOnly")]
        return {name: self.shown(self._facts.property(schema, name), draw, value[name]) if name in value
                else self.value_of(parts[name], name, draw) for name in dict.fromkeys([*needed, *value])}

    def _compile(self, schema: Any, name: str, noun: str) -> Make:
        schema = _as_schema(schema)
        if self._nesting > _MOST_NESTED:
            return lambda draw: {}
        self._nesting += 1
        make = self._once if "$ref" in schema or "allOf" in schema else self._plain
        made = make(schema, name, noun)
        self._nesting -= 1
        return made

    def _once(self, schema: Schema, name: str, noun: str) -> Make:
        """Return what makes values of a schema that refers to others, maybe to itself; compiled when first used."""
        key = json.dumps([{part: value for part, value in schema.items() if part != "$defs"}, name, noun], default=str)

        def follow(draw: Draw) -> Any:
            if draw.is_over:
                return {}
            if key not in self._references:
                self._references[key] = self._plain(self.merged(schema), name, noun)
            draw.references += 1
            value = self._references[key](draw)
            draw.references -= 1
            return value

        return follow

    def _plain(self, schema: Schema, name: str, noun: str) -> Make:
        """Return what makes values of a schema that says all by itself."""
        if "const" in schema or NAMED in schema:
            return _choice([schema.get("const", schema.get(NAMED))])
        if schema.get("enum"):
            return _with_examples(schema, name, _choice(schema["enum"]))
        for key in ("oneOf", "anyOf"):
            if schema.get(key):
                return self._branches(schema, key, name, noun)
        return _with_examples(schema, name, self._typed(schema, name, noun))

    def merged(self, schema: Schema, seen: set[str] | None = None) -> Schema:
        """Return the schema with what its `$ref` and its `allOf` parts demand merged into it, each reference once."""
        seen = set() if seen is None else seen
        result = {key: value for key, value in schema.items() if key not in ("allOf", "$ref")}
        parts = list(schema.get("allOf") or ())
        ref = schema.get("$ref")
        if ref is not None and ref not in seen:
            seen.add(ref)
            parts.append(lookup(self.root, ref))
        for part in parts:
            result = _merge(self.merged(_as_schema(part), seen), result)
        return result

    def _branches(self, schema: Schema, key: str, name: str, noun: str) -> Make:
        rest = {part: value for part, value in schema.items() if part != key}
        branches = [part for part in schema[key] if types_of(self.root, part) != ("null",)] or schema[key]
        makers = [self._compile({"allOf": [part, rest]} if rest else part, name, noun) for part in branches]
        return lambda draw: makers[int(draw.random.random() * len(makers))](draw)

    def _typed(self, schema: Schema, name: str, noun: str) -> Make:
        kinds = [kind for kind in types_of(self.root, schema) if kind != "null"]
        kind = kinds[0] if kinds else _guessed_type(schema)
        if kind == "object":
            return self._object(schema, name, noun)
        if kind == "array":
            return self._array(schema, name, noun)
        if kind in ("integer", "number"):
            make_number = number_maker(schema, name, whole=kind == "integer")
            return lambda draw: make_number(draw.random)
        if kind == "boolean":
            return lambda draw: truth(name, draw.random)
        if types_of(self.root, schema) == ("null",):
            return lambda draw: None
        return text_maker(schema, name, noun)

    def _object(self, schema: Schema, name: str, noun: str) -> Make:
        for key in schema.get("dependentSchemas", {}).keys() & schema.get("properties", {}).keys():
            schema = _merge(self.merged(_as_schema(schema["dependentSchemas"][key])), schema)
        own = singular(name_words(name)[-1]) if name_words(name) else noun
        fields = self._fields(schema, own, is_main=not name or own == self._noun or own in WRAPPERS)
        counters = [key for key, part in schema.get("properties", {}).items()
                    if _is_counter(key, followed(self.root, part))]
        extra = self._extra(schema, name, own) if not schema.get("properties") or schema.get("minProperties") else None

        rows = rows_of(self.root, schema)
        needed = [one for one in fields if one.required]

        def make(draw: Draw) -> dict[str, Any]:
            draw.depth += 1
            draw.made += len(fields)
            outer, draw.row = draw.row, rows.row(draw)
            echo = draw.echo
            made = {one.key: one.echo_or_make(draw) if one.name in echo else one.make(draw)
                    for one in (needed if draw.is_deep else fields)}
            draw.depth -= 1
            draw.row = outer
            if extra is not None:
                made |= extra(draw, len(made))
            if counters:
                _count_items(made, counters)
            return made
        return make

    def _fields(self, schema: Schema, own: str, *, is_main: bool) -> "list[_Field]":
        """Return the properties that are made: the declared ones, and what is required without being declared."""
        properties, required = schema.get("properties", {}), dict.fromkeys(schema.get("required", ()))
        ids = {key for key in properties if id_noun(key) is not None}
        fields = [_Field(key, self._compile(part, key, own), key in required, _accepts(self.root, part),
                         partial(self.shown, part),
                         is_own_id=key in ids and (id_noun(key) in ("", own) or len(ids) == 1),
                         may_echo=is_main or name_key(key) not in _COMMON)
                  for key, part in properties.items()
                  if part is not False and not (isinstance(part, dict) and part.get("writeOnly"))]
        rest = schema.get("additionalProperties", {})
        return fields + [_Field(key, self._compile(rest, key, own), True, lambda value: True, partial(self.shown, rest),
                                is_own_id=False, may_echo=is_main) for key in required if key not in properties]

    def _extra(self, schema: Schema, name: str, noun: str) -> "Callable[[Draw, int], dict[str, Any]] | None":
        """Return what makes the entries of an object whose keys the document leaves open."""
        values = schema.get("additionalProperties", schema.get("unevaluatedProperties", True))
        keys = schema.get("propertyNames")
        if (patterns := schema.get("patternProperties")) and not isinstance(values, dict):
            pattern, values = next(iter(patterns.items()))
            keys = {"pattern": pattern}
        least, most = schema.get("minProperties", 0), schema.get("maxProperties", 1000)
        if values is False:
            return None
        make = self._compile(values, name, noun)
        kind = next((_KEYS[word] for word in map(singular, name_words(name)) if word in _KEYS), "word")
        make_key = self._compile({"type": "string", **keys}, "", "") if isinstance(keys, dict) else None

        def key_of(draw: Draw) -> str:
            return str(make_key(draw)) if make_key else pick(kind, draw.random)

        def entries(draw: Draw, present: int) -> dict[str, Any]:
            if draw.is_deep and present >= least:
                return {}
            wanted = min(most, max(least, 2)) - present
            if make_key is None and (not isinstance(values, dict) or not values):
                found = {"name": pick("title", draw.random), "description": pick("sentence", draw.random)}
            else:
                draw.depth += 1
                found = {key_of(draw): make(draw) for _ in range(3)}
                draw.depth -= 1
            while len(found) < wanted and not draw.is_over:
                draw.made += 1
                found[key_of(draw) if make_key else f"{pick('word', draw.random)}_{len(found)}"] = (
                    make(draw) if values else "value")
            return dict(list(found.items())[:max(0, wanted)]) if wanted < len(found) else found
        return entries

    def _array(self, schema: Schema, name: str, noun: str) -> Make:
        prefix = [self._compile(part, name, noun) for part in schema.get("prefixItems", ())]
        items = schema.get("items", schema.get("unevaluatedItems", {}))
        inner = singular(name_words(name)[-1]) if name_words(name) else noun
        scalars = "object" not in types_of(self.root, items)
        make_item = self._compile(items, inner, inner) if items is not False else None
        if "contains" in schema and make_item is not None:
            make_item = self._compile(schema["contains"], inner, inner)
        least, most = min(schema.get("minItems", 0), _MOST_ITEMS), schema.get("maxItems")
        unique = schema.get("uniqueItems") is True
        rows = rows_of(self.root, items)
        texts = DistinctTexts(self.root, items, inner, lambda part, name: self._compile(part, name, inner))

        def make(draw: Draw) -> list[Any]:
            length = least if draw.is_deep else draw.list_length(least, most)
            distinct = rows.most(draw)
            length = length if distinct is None else max(least, min(length, distinct))
            outer, draw.item = (draw.item, draw.length, draw.row), 0
            draw.length, draw.row = length, None
            draw.depth += 1
            made = [one(draw) for one in prefix]
            tries = 0
            distinct_texts = texts.begun(draw)
            while make_item is not None and len(made) < length and tries < length * 8 and not draw.is_over:
                draw.item, tries, draw.made = len(made), tries + 1, draw.made + 1
                value = make_item(draw)
                if not all(one.lets_in(value, draw) for one in distinct_texts) and len(made) >= least:
                    break
                if not ((unique or scalars) and value in made and (unique or tries < length * 3)):
                    made.append(value)
            draw.depth -= 1
            draw.item, draw.length, draw.row = outer
            return made
        return make


@dataclass(slots=True)
class _Field:
    """One property of an object that is being made."""

    key: str
    make: Make
    required: bool
    accepts: Callable[[Any], bool]
    shown: Callable[[Draw, Any], Any]
    _: KW_ONLY
    is_own_id: bool
    may_echo: bool
    name: str = field(init=False)

    def __post_init__(self) -> None:
        self.name = name_key(self.key)

    def echo_or_make(self, draw: Draw) -> Any:
        """Return the request's value of this name if the field takes it, else one that is made."""
        if self.may_echo and not (self.is_own_id and draw.item is not None):
            value = draw.echo[self.name]
            if self.accepts(value):
                is_item = draw.item is not None and isinstance(value, str)
                return self._found(draw, value) if is_item else self.shown(draw, value)
        return self.make(draw)

    def _found(self, draw: Draw, value: str) -> Any:
        """Return the item's own name if a search for `value` finds it, else `value`."""
        made = self.make(draw) if self.name in NAMING else None
        return made if isinstance(made, str) and row_holds(made, value) else value


def _as_schema(value: Any) -> Schema:
    return value if isinstance(value, dict) else {}


def _merge(part: Schema, into: Schema) -> Schema:
    """Return one schema with the demands of both, as far as values can be made from it."""
    result = {**part, **into}
    if "properties" in part and "properties" in into:
        result["properties"] = {**part["properties"], **into["properties"]}
        for key in part["properties"].keys() & into["properties"].keys():
            result["properties"][key] = {"allOf": [part["properties"][key], into["properties"][key]]}
    for closed in (part, into):  # allows its own properties only, whatever the other adds
        if closed.get("additionalProperties") is False and "patternProperties" not in closed and "properties" in result:
            own = closed.get("properties", {})
            result["properties"] = {key: value for key, value in result["properties"].items() if key in own}
    if "required" in part and "required" in into:
        result["required"] = list(dict.fromkeys([*part["required"], *into["required"]]))
    for key, choose in (("minimum", max), ("minLength", max), ("minItems", max), ("maximum", min), ("maxLength", min),
                        ("maxItems", min), ("exclusiveMinimum", max), ("exclusiveMaximum", min)):
        if key in part and key in into:
            result[key] = choose(part[key], into[key])
    if part.get("enum") and into.get("enum"):
        result["enum"] = [value for value in part["enum"] if value in into["enum"]] or part["enum"]
    if isinstance(part.get("type"), str) and isinstance(into.get("type"), list):
        result["type"] = part["type"]
    return result


def _choice(values: list[Any]) -> Make:
    values = [value for value in values if value is not None] or values
    return lambda draw: values[int(draw.random.random() * len(values))]


def _with_examples(schema: Schema, name: str, make: Make) -> Make:
    """Use the document's own default or examples. One of several is taken by the request, the same place in every field
    of an object, so that what belongs together stays together; a list's items take one after the other. A single
    example of an id, or of a number with bounds, says what such values look like: items of a list get others, and what
    is read by arguments is another for each of them."""
    examples = examples_of(schema)
    if not examples:
        return make
    count = len(examples)
    is_number = {"minimum", "maximum"} <= schema.keys()
    is_pattern = count == 1 and (id_noun(name) is not None or is_number)
    varies = count == 1 and (is_number or len(schema.get("enum") or ()) > 1 or _is_made_well(schema, name))

    def pick_example(draw: Draw) -> Any:
        if is_pattern and draw.item is not None or varies and draw.varies and draw.item is None:
            return make(draw)
        if draw.row is not None and count > 1:
            return examples[draw.row % count]
        place = draw.item or 0
        if place >= count and isinstance(examples[0], (int, float)):
            place %= count
        if place >= count:
            return make(draw)
        return examples[(place + draw.rotation) % count] if count > 1 else examples[0]
    return pick_example


def _is_made_well(schema: Schema, name: str) -> bool:
    """Return whether other texts than an example say as much: those that a description lists, and those of a kind, but
    for prose."""
    description = str(schema.get("description", ""))
    if schema.get("type") != "string" or "pattern" in schema or "format" in schema:
        return False
    return bool(options_in(description)) or field_kind(name, "", description) not in _TOLD_APART


def _guessed_type(schema: Schema) -> str:
    if any(key in schema for key in ("minimum", "maximum", "multipleOf")):
        return "number"
    if "additionalProperties" in schema or "required" in schema:
        return "object"
    return "string"


def _accepts(root: Schema, schema: Any) -> Callable[[Any], bool]:
    """Return whether a field takes a request's value, judged by the field's type, choices and bounds."""
    types = types_of(root, schema)
    wider = (*types, "integer") if "number" in types else types
    schema = schema if isinstance(schema, dict) else {}
    choices = schema.get("enum")
    low, high = (schema[key] if isinstance(schema.get(key), (int, float)) else None for key in ("minimum", "maximum"))

    def accepts(value: Any) -> bool:
        if wider and json_type(value) not in wider or choices and value not in choices:
            return False
        return type(value) not in (int, float) or (low is None or value >= low) and (high is None or value <= high)
    return accepts


def _is_counter(name: str, schema: Schema) -> bool:
    """Return whether a field says how many items there are, and may say any number."""
    free = not schema.keys() & {"maximum", "exclusiveMaximum", "multipleOf", "enum", "const", "allOf", "anyOf", "oneOf"}
    return is_page_count(name) and free


def _count_items(made: dict[str, Any], counters: list[str]) -> None:
    """Let `total` or `count` next to the only list of an object say how long that list is, at the least."""
    lists = [value for value in made.values() if isinstance(value, list)]
    for name in counters if len(lists) == 1 else ():
        value = made.get(name)
        if type(value) is int and value < len(lists[0]):
            made[name] = len(lists[0])
