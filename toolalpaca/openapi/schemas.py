"""OpenAPI schemas as JSON Schemas that stand alone, and fast validators compiled from them.

A document's schemas refer to each other and, in OpenAPI 3.0, differ from JSON Schema in a few keywords. Here each is
turned into one JSON Schema (2020-12) with its references under `$defs`, which checks, repairs and made-up answers use.
"""

import re
from typing import Any

from toolalpaca.core.jsons import json_type
from toolalpaca.core.text import one_line
from toolalpaca.openapi.references import is_version_30, lookup, resolve
from toolalpaca.openapi.schema_fixes import DROPPED, mended

Schema = dict[str, Any]
_MAPS = ("properties", "patternProperties", "dependentSchemas")
_LISTS = ("allOf", "anyOf", "oneOf", "prefixItems")
_SINGLES = ("items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames",
            "unevaluatedProperties", "unevaluatedItems")
_DROPPED = frozenset({"$id", "$schema", "$anchor", "$dynamicRef", "$dynamicAnchor", "$defs", "definitions", "xml",
                      "externalDocs", "nullable", "$comment"})
_TYPES = frozenset({"string", "integer", "number", "boolean", "array", "object", "null"})
_TYPE_SLIPS = {"int": "integer", "long": "integer", "float": "number", "double": "number", "decimal": "number",
               "bool": "boolean", "str": "string", "text": "string", "date": "string", "datetime": "string",
               "file": "string", "list": "array", "dict": "object", "map": "object"}


def standalone(document: dict[str, Any], schema: Schema, *, request: bool) -> Schema:
    """`schema` with all it refers to, as one JSON Schema without references out of it.

    `request` says which way the value travels: read-only properties are not required of a request, write-only ones
    not of a response. Raises ValueError for a reference that leads nowhere.
    """
    return _Conversion(document, request).run(schema)


class _Conversion:
    def __init__(self, document: dict[str, Any], request: bool) -> None:
        self.document = document
        self.hidden = "readOnly" if request else "writeOnly"
        self.old = is_version_30(document)
        self.names: dict[str, str] = {}
        self.definitions: dict[str, Any] = {}

    def run(self, schema: Schema) -> Schema:
        converted = self.convert(schema)
        if not isinstance(converted, dict):
            converted = {} if converted else {"not": {}}
        return {**converted, "$defs": self.definitions} if self.definitions else converted

    def convert(self, schema: Any) -> Any:
        if isinstance(schema, bool):
            return schema
        if not isinstance(schema, dict):
            return {}
        if isinstance(schema.get("$ref"), str):
            reference = {"$ref": self._reference(schema["$ref"])}
            siblings = {} if self.old else {key: part for key, part in schema.items() if key != "$ref"}
            return {**self._keywords(siblings), **reference}
        return self._keywords(schema)

    def _reference(self, ref: str) -> str:
        if ref not in self.names:
            self.names[ref] = name = f"{len(self.names)}_{re.sub('[^A-Za-z0-9_-]', '_', ref.rsplit('/', 1)[-1])}"
            self.definitions[name] = True  # holds the place while the schema refers to itself
            self.definitions[name] = self.convert(lookup(self.document, ref))
        return f"#/$defs/{self.names[ref]}"

    def _keywords(self, schema: Schema) -> Schema:
        result: Schema = {}
        for key, value in schema.items():
            if key in _DROPPED:
                continue
            if key in _MAPS:
                if isinstance(value, dict):
                    result[key] = {name: self.convert(part) for name, part in value.items()}
            elif key in _LISTS:
                if isinstance(value, list) and value:
                    result[key] = [self.convert(part) for part in value]
            elif key in _SINGLES:
                result[key] = self.convert(value)
            elif (meant := mended(key, value)) is not DROPPED:
                result[key] = meant
        return self._mended(schema, result)

    def _mended(self, schema: Schema, result: Schema) -> Schema:
        _mend_type(result)
        _mend_bounds(result)
        self._mend_required(schema, result)
        if not isinstance(result.get("enum", []), list) or result.get("enum") == []:
            del result["enum"]
        return _nullable(result) if schema.get("nullable") is True and self.old else result

    def _mend_required(self, schema: Schema, result: Schema) -> None:
        required = result.pop("required", None)
        if isinstance(required, list):
            properties = schema.get("properties")
            properties = properties if isinstance(properties, dict) else {}
            kept = [name for name in required if isinstance(name, str) and not self._is_hidden(properties.get(name))]
            if kept:
                result["required"] = list(dict.fromkeys(kept))

    def _is_hidden(self, schema: Any) -> bool:
        if isinstance(schema, dict) and "$ref" in schema:
            schema = resolve(self.document, schema)
        return isinstance(schema, dict) and schema.get(self.hidden) is True


def _mend_type(schema: Schema) -> None:
    """Types that JSON Schema does not know, such as "float", get the one that was meant, or none."""
    given = schema.get("type")
    if given is None:
        schema.pop("type", None)
        return
    types = [_TYPE_SLIPS.get(str(one).lower(), one) for one in (given if isinstance(given, list) else [given])]
    known = [one for one in dict.fromkeys(types) if one in _TYPES] if all(isinstance(one, str) for one in types) else []
    if known:
        schema["type"] = known if isinstance(given, list) and len(known) > 1 else known[0]
    else:
        del schema["type"]


def _mend_bounds(schema: Schema) -> None:
    """OpenAPI 3.0 says `exclusiveMinimum: true` beside `minimum`; JSON Schema gives the number itself."""
    for exclusive, plain in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        value = schema.get(exclusive)
        if isinstance(value, bool):
            del schema[exclusive]
            if value and plain in schema:
                schema[exclusive] = schema.pop(plain)


def _nullable(schema: Schema) -> Schema:
    if "type" in schema:
        types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        schema["type"] = list(dict.fromkeys([*types, "null"]))
        if "enum" in schema and None not in schema["enum"]:
            schema["enum"] = [*schema["enum"], None]
        return schema
    return {"anyOf": [schema, {"type": "null"}]} if schema else schema


def validator(schema: Schema) -> Any:
    """A compiled validator with `is_valid` and `iter_errors`; formats count, nothing is fetched.

    A pattern that the regular expression engine cannot read is left unchecked. Raises ValueError where the schema
    itself makes no sense.
    """
    import jsonschema_rs

    for candidate in (schema, without_patterns(schema)):
        try:
            return jsonschema_rs.Draft202012Validator(candidate, validate_formats=True, offline=True)
        except ValueError as error:
            problem = one_line(error, 200)
    raise ValueError(f"a schema cannot be used: {problem}")


def without_patterns(value: Any) -> Any:
    """The schema without `pattern` and `patternProperties`; a property of that name stays."""
    if isinstance(value, list):
        return [without_patterns(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {key: without_patterns(part) for key, part in value.items()
            if not (key == "pattern" and isinstance(part, str)) and key != "patternProperties"}


def definition(root: Schema, ref: str) -> Any:
    """What a `$ref` made by `standalone` points to within the schema it made."""
    return root["$defs"][ref.removeprefix("#/$defs/")]


def followed(root: Schema, schema: Any) -> Schema:
    """`schema` with its `$ref` followed to the end and merged with what stands beside it; {} for true and false."""
    seen: set[str] = set()
    while isinstance(schema, dict) and "$ref" in schema and schema["$ref"] not in seen:
        seen.add(schema["$ref"])
        target = definition(root, schema["$ref"])
        beside = {key: part for key, part in schema.items() if key != "$ref"}
        schema = {**target, **beside} if isinstance(target, dict) else beside
    if isinstance(schema, dict):
        return {key: part for key, part in schema.items() if key != "$ref"} if "$ref" in schema else schema
    return {}


def types_of(root: Schema, schema: Any, seen: set[str] | None = None) -> tuple[str, ...]:
    """The JSON types a value may have, in the schema's order; () where it says nothing. `seen` are the references
    followed so far, none of which is followed twice."""
    seen = set() if seen is None else seen
    ref = schema.get("$ref") if isinstance(schema, dict) else None
    if ref is not None and ref in seen:
        return ()
    seen.add(ref or "")
    schema = followed(root, schema)
    if "type" in schema:
        return tuple(schema["type"]) if isinstance(schema["type"], list) else (schema["type"],)
    if "enum" in schema or "const" in schema:
        values = schema.get("enum", [schema.get("const")])
        return tuple(dict.fromkeys(json_type(value) for value in values))
    for key in ("anyOf", "oneOf", "allOf"):
        found = [kind for part in schema.get(key, ()) for kind in types_of(root, part, seen)]
        if found:
            return tuple(dict.fromkeys(found))
    if "properties" in schema:
        return ("object",)
    return ("array",) if "items" in schema else ()
