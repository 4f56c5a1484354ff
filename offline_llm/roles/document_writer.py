"""The writer of OpenAPI documents: from the numbered list of functions to a valid OpenAPI 3.0 document."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from offline_llm.knowledge.english import (
    EMPTY_WORDS,
    camel,
    enumerated,
    plural,
    split_identifier,
    spoken,
    verb_groups,
    words_of,
)
from offline_llm.knowledge.facts import (
    JSON_TYPES,
    Category,
    KnownOperation,
    Value,
    bounds,
    draw,
    kind_of_name,
    lexicon,
    parse_value,
)
from offline_llm.language.described_functions import DescribedParameter, parse_parameters
from offline_llm.language.parameter_values import values_of
from offline_llm.language.prompt_reading import labelled, sections
from offline_llm.roles.introduction_writer import category_for
from offline_llm.seeding import seeded_random

_ENTRY = re.compile(r"^\s*\d+[.)]\s*(?:\*\*)?Name:?(?:\*\*)?:?\s*(\S+).*?(?=^\s*\d+[.)]\s*(?:\*\*)?Name|\Z)",
                    re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class ListedFunction:
    """One entry of the numbered list."""

    name: str
    description: str
    parameters: list[DescribedParameter]
    output: str


def listed_functions(text: str) -> Iterator[ListedFunction]:
    """Yield the entries of a numbered list of functions."""
    for match in _ENTRY.finditer(text):
        part = {label: re.search(rf"^\s*(?:\*\*)?{label}:?(?:\*\*)?:?\s*(.*)$", match[0], re.MULTILINE)
                for label in ("Description", "Input", "Output")}
        body = {label: found[1].strip() if found else "" for label, found in part.items()}
        yield ListedFunction(match[1].strip("*`"), body["Description"], list(parse_parameters(body["Input"])),
                             body["Output"])


def write_document(prompt: str) -> str:
    """Return the document as JSON text."""
    parts = sections(prompt)
    api = labelled(parts.get("API", ""))
    known = category_for(api)
    by_name = {operation.name: operation for operation in known.operations}
    paths: dict[str, dict[str, Any]] = {}
    for function in listed_functions(parts.get("Functions", "")):
        operation = by_name.get(function.name)
        method, path = (operation.method, operation.path) if operation else guessed_request(function)
        while method in paths.get(path, {}):
            path = f"{path}/{'-'.join(split_identifier(function.name))}"
        paths.setdefault(path, {})[method] = _operation(function, method, path, operation, known)
    link = api.get("Link", "")
    document = {"openapi": "3.0.0",
                "info": {"title": api.get("Name") or "API", "version": "1.0.0",
                         "description": api.get("Description", "")},
                "servers": [{"url": link if re.match(r"https?://\S+$", link) else "https://api.example.com"}],
                "paths": paths}
    components = used_components(paths, known)
    if '"#/components/schemas/Error"' in json.dumps(paths):
        components["Error"] = {"type": "object", "required": ["error"], "properties": {
            "error": {"type": "string", "description": "What went wrong."}}}
    if components:
        document["components"] = {"schemas": components}
    return json.dumps(document, ensure_ascii=False)


def _operation(function: ListedFunction, method: str, path: str, known: KnownOperation | None,
               about: Category) -> dict[str, Any]:
    body = [one for one in function.parameters if method in ("post", "put", "patch") and f"{{{one.name}}}" not in path]
    outside = [one for one in function.parameters if one not in body]
    operation: dict[str, Any] = {"operationId": function.name, "summary": function.description.rstrip(".") or
                                 function.name, "description": function.description}
    if outside:
        operation["parameters"] = [_parameter(one, path, known, about) for one in outside]
    if body:
        schema = {"type": "object", "required": [one.name for one in body if one.required],
                  "properties": {one.name: {**_schema(one, known, about), "description": one.description}
                                 for one in body}}
        if not schema["required"]:
            del schema["required"]
        operation["requestBody"] = {"required": any(one.required for one in body),
                                    "content": {"application/json": {"schema": schema}}}
    shape = field_schema("result", known.output, about) if known else _guessed_response(function)
    operation["responses"] = {"200": {"description": function.output or "Successful response.",
                                      "content": {"application/json": {"schema": shape}}}}
    if "{" in path:
        operation["responses"]["404"] = {
            "description": "Nothing was found under that value.",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}}
    return operation


def _parameter(one: DescribedParameter, path: str, known: KnownOperation | None, about: Category) -> dict[str, Any]:
    inside = f"{{{one.name}}}" in path
    description = re.sub(r"\s*One of: [^.]*\.", "", one.description).strip() or one.description
    return {"name": one.name, "in": "path" if inside else "query", "required": inside or one.required,
            "description": description, "schema": _schema(one, known, about)}


def _schema(one: DescribedParameter, known: KnownOperation | None, about: Category) -> dict[str, Any]:
    if known and one.name in known.parameters:
        return value_schema(known.parameters[one.name][1], one.name, about)
    kind = one.type or "string"
    value = values_of(one)
    schema = value_schema(value if value.type == kind else Value(kind), one.name, about)
    if kind == "array":
        schema["items"] = {"type": one.items} if one.items != "array" else {}
    if one.items in ("integer", "number") and kind == "array":
        schema["example"] = [int(value) for value in schema["example"]]
    if one.enum and kind == "string":
        schema["enum"] = list(dict.fromkeys(one.enum))
    if kind == "string" and re.search("YYYY-MM-DD", one.description):
        schema["format"] = "date"
    return schema


def _guessed_response(function: ListedFunction) -> dict[str, Any]:
    """Return a schema made from the words in an entry's Output: "id, title and author" become three fields."""
    text = re.sub(r"\(.*?\)", "", function.output)
    listed = re.split(r"\b(?:with|including|contains|containing|includes|namely)\b|:", text)[-1]
    names = [camel([word for word in words_of(part) if word not in EMPTY_WORDS][:3])
             for part in re.split(r",|\band\b|\bor\b|;|\.", listed)]
    fields = {name: guessed_schema(name) for name in names if 1 < len(name) < 30}
    fields = dict(list(fields.items())[:8]) or {"message": {"type": "string", "description": "What was done."}}
    schema = {"type": "object", "properties": fields}
    is_list = re.search(r"\b(list|array|lists)\b", function.output, re.IGNORECASE)
    return {"type": "array", "items": schema} if is_list else schema


def guessed_request(function: ListedFunction) -> tuple[str, str]:
    """Return a method and a path for a function known only from its list entry."""
    verb, *rest = split_identifier(function.name) or ("get",)
    groups = verb_groups(verb)
    reading = bool(groups & {"read", "find", "check"}) or verb in ("random", "count", "calculate", "convert", "compare")
    method = "delete" if "delete" in groups else "put" if "change" in groups and not reading else \
        "get" if reading or not groups else "post"
    noun = "-".join(rest[:3]) or verb
    keys = [one for one in function.parameters if one.required and one.label[-1:] in (("id",), ("key",), ("slug",))]
    if method in ("get", "put", "delete") and keys:
        return method, f"/{plural(noun) if len(rest) == 1 else noun}/{{{keys[0].name}}}"
    return method, f"/{noun}"


_OPTION = re.compile(r"[\w .+#/-]{1,30}")  # what the simulator accepts as one of several values in a description
_MOST_OPTIONS = 8


def value_schema(value: Value, name: str, category: Category | None = None) -> dict[str, Any]:
    """Return the schema of one Value with bounds and an example, without its description.

    A name has the same example wherever it occurs in the documents of a category.
    """
    schema: dict[str, Any] = {"type": value.type if value.type in JSON_TYPES else "string"}
    if value.type == "array":
        schema["items"] = {"type": "string"}
    if value.enum:
        schema["enum"] = list(value.values)
    if value.format:
        schema["format"] = value.format
    if value.type in ("integer", "number"):
        exact = int if value.type == "integer" else float
        schema["minimum"], schema["maximum"] = map(exact, bounds(value))
    if value.type != "object":
        about = (category.name, category.noun) if category else ()
        schema["example"] = draw(value, seeded_random("example", *about, name))
    return schema


def field_schema(name: str, shape: Any, category: Category) -> dict[str, Any]:
    """Return the schema of a response field; entities become references."""
    if isinstance(shape, list):
        return {"type": "array", "items": field_schema(name, shape[0], category)}
    if isinstance(shape, dict):
        return object_schema(shape, category)
    if shape in category.entities:
        return {"$ref": f"#/components/schemas/{component(shape)}"}
    value = parse_value(shape, described=False)
    return {**value_schema(value, name, category), "description": _described(name, value)}


def _described(name: str, value: Value) -> str:
    """Return a field's description, with some of its values if they are strings that a reader would not guess."""
    text = spoken(split_identifier(name)).capitalize()
    options = [f"'{one}'" for one in value.values if _OPTION.fullmatch(one)][:_MOST_OPTIONS]
    plain = value.type == "string" and not value.enum and not value.format and len(options) > 1
    return f"{text}, such as {enumerated(options, 'or')}." if plain else f"{text}."


def object_schema(fields: dict[str, Any], category: Category) -> dict[str, Any]:
    """Return the schema of an object in which all of these fields are required."""
    return {"type": "object", "required": list(fields),
            "properties": {name: field_schema(name, shape, category) for name, shape in fields.items()}}


def component(entity: str) -> str:
    """Return the name of an entity among a document's components."""
    return "".join(word.capitalize() for word in split_identifier(entity))


def used_components(schema: Any, category: Category) -> dict[str, Any]:
    """Return the components that a schema refers to, directly or through others."""
    by_component = {component(entity): entity for entity in category.entities}
    found: dict[str, Any] = {}
    pending = [schema]
    while pending:
        part = pending.pop()
        if isinstance(part, list):
            pending.extend(part)
        elif isinstance(part, dict):
            name = str(part.get("$ref", "")).rpartition("/")[2]
            if name in by_component and name not in found:
                found[name] = object_schema(category.entities[by_component[name]], category)
                pending.append(found[name])
            pending.extend(value for value in part.values() if isinstance(value, dict | list))
    return found


def guessed_schema(name: str) -> dict[str, Any]:
    """Return the schema of a response field of which only the name is known."""
    kind = kind_of_name(name)
    value = parse_value(kind, described=False) if kind in lexicon() and kind not in ("key", "id") else Value("string")
    return {**value_schema(value, name), "description": _described(name, value)}
