"""Functions parsed from prompts: the natural-language documentation, the writer's numbered list, and native `tools`."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from offline_llm.knowledge.english import split_identifier

GET_DETAILS, RETRIEVAL, DATE_TIME = "getDetails", "retrievalDataFromFile", "getCurrentDateTime"
EXTERNAL = frozenset({GET_DETAILS, RETRIEVAL, DATE_TIME})
TYPE_OF_WORD = {"string": "string", "str": "string", "text": "string", "integer": "integer", "int": "integer",
         "number": "number", "float": "number", "double": "number", "boolean": "boolean", "bool": "boolean",
         "array": "array", "list": "array", "object": "object", "dict": "object", "date": "string"}


@dataclass(frozen=True)
class DescribedParameter:
    """One parameter of a function; `items` is the type of an array's items, `type` is "" if the text gives none."""

    name: str
    type: str
    required: bool
    description: str = ""
    enum: tuple[str, ...] = ()
    items: str = "string"

    @cached_property
    def label(self) -> tuple[str, ...]:
        """Return the words of its name."""
        return split_identifier(self.name)


@dataclass(frozen=True)
class DescribedFunction:
    """One function; `fields` are the names of its result's fields, outermost first; `returns_list` if it contains a
    list."""

    name: str
    summary: str
    parameters: tuple[DescribedParameter, ...]
    output: str = ""
    fields: tuple[str, ...] = ()
    returns_list: bool = False

    def parameter(self, name: str) -> DescribedParameter | None:
        """Return its parameter of that name; None if there is none."""
        return next((parameter for parameter in self.parameters if parameter.name == name), None)

    @property
    def purpose(self) -> str:
        """Return what it does, as it follows "to"."""
        what = self.summary.rstrip(".") or f"call {self.name}"
        return what[:1].lower() + what[1:]

    @property
    def required(self) -> list[DescribedParameter]:
        """Return the required parameters."""
        return [parameter for parameter in self.parameters if parameter.required]


_HEADER = re.compile(r"^(?:\d+\.\s*)?([^\s:]+): ?(.*)$")
_SCHEMA = re.compile(r"^#([^\s:]+): (.*)$", re.MULTILINE)
_STRUCTURE_WORD = re.compile(r"#?[^\s{}\[\]:,.]+|[{}\[\]:,]")


@lru_cache(maxsize=512)
def parse_functions(text: str) -> tuple[DescribedFunction, ...]:
    """Return the functions of a natural-language documentation anywhere in `text`, including external ones."""
    lines = text.split("\n")
    schemas = dict(_SCHEMA.findall(text))
    starts = [index for index, line in enumerate(lines) if re.match(r"\s*Parameters:\s*\{", line)]
    functions, previous_end = [], 0
    for index, start in enumerate(starts):
        header = _header_above(lines, start, previous_end)
        if header is not None:
            name, summary = header
            end = starts[index + 1] if index + 1 < len(starts) else len(lines)
            functions.append(_function(name, summary, lines[start], lines[start + 1:end], schemas))
        previous_end = start + 1
    unique = {function.name: function for function in reversed(functions)}
    return tuple(reversed(unique.values()))


def _header_above(lines: list[str], start: int, lowest: int) -> tuple[str, str] | None:
    """Return the name and summary in the nearest line above the parameters that begins with `NAME: `."""
    for index in range(start - 1, lowest - 1, -1):
        match = _HEADER.match(lines[index])
        if match and match[1] not in ("Output", "Structure", "Format"):
            return match[1], " ".join([match[2], *lines[index + 1:start]]).strip()
        if not lines[index].strip():
            return None
    return None


def _function(name: str, summary: str, parameters: str, rest: list[str], schemas: dict[str, str]) -> DescribedFunction:
    output = next((line.partition(":")[2].strip() for line in rest if line.startswith("Output:")), "")
    structure = next((line.partition("Structure:")[2].strip() for line in rest
                      if line.strip().startswith("- Structure:")), "")
    opened = _opened(structure, schemas)
    return DescribedFunction(name, summary, tuple(parse_parameters(parameters.partition(":")[2])), output,
                             tuple(_field_names(opened)), "Array[Object" in opened)


def parse_parameters(text: str) -> Iterator[DescribedParameter]:
    """Yield the parameters in `{"name": "Required. TYPE. DESCRIPTION", ...}`."""
    try:
        value, _ = json.JSONDecoder(strict=False).raw_decode(text.strip())
    except (ValueError, RecursionError):
        value = dict(re.findall(r'"([^"]+)"\s*:\s*"((?:[^"\\]|\\.)*)"', text))
    if isinstance(value, dict):
        for name, description in value.items():
            yield parameter_from_text(name, description if isinstance(description, str) else json.dumps(description))


def parameter_from_text(name: str, text: str) -> DescribedParameter:
    """Return a parameter parsed from its description in words."""
    required = re.match(r"\s*required\b", text, re.IGNORECASE) is not None
    body = re.sub(r"^\s*(?:required|optional)\b[.,:]?\s*", "", text, flags=re.IGNORECASE).strip()
    match = re.match(r"([A-Za-z]+)\b(?:(?:\[|\s+of\s+)#?([A-Za-z]+))?", body)
    kind = TYPE_OF_WORD.get(match[1].lower(), "") if match else ""
    usual = "string" if kind == "array" else ""
    items = TYPE_OF_WORD.get((match[2] or "string").lower().rstrip("s"), usual) if match else ""
    if match and match[2] and items == "string" and match[2].lower().rstrip("s") not in TYPE_OF_WORD:
        items = "object"
    enum = re.search(r"one of:?\s*(?:\[([^\]]*)\]|([^.]*))", body, re.IGNORECASE)
    choices = enum[1] if enum and enum[1] is not None else enum[2] if enum else ""
    description = re.sub(r"^[A-Za-z]+(?:\[.*?\])?\.\s*", "", body, count=1) if kind else body
    listed = tuple(filter(None, (choice.strip(" '\"`") for choice in choices.split(","))))
    return DescribedParameter(name, kind, required, description, listed, items or "string")


def _opened(structure: str, schemas: dict[str, str]) -> str:
    """Return a structure with each `#Name` reference expanded once."""
    for _ in range(4):
        match = next((found for found in re.finditer(r"#([^\s{}\[\],:]+)", structure) if found[1] in schemas), None)
        if match is None:
            return structure
        structure = structure.replace(match[0], schemas[match[1]])[:20000]
    return structure


def _field_names(structure: str) -> Iterator[str]:
    """Yield the names of the fields in `Object{a, b: Array[Object{c}]}`, outer ones first, in order."""
    seen, parts = set(), _STRUCTURE_WORD.findall(structure)
    for index, part in enumerate(parts):
        before = parts[index - 1] if index else ""
        if before in ("{", ",") and part not in ("}", "{", "]", "[") and not part.startswith("#") and part not in seen:
            seen.add(part)
            yield part


def function_from_tool(tool: dict[str, Any]) -> DescribedFunction:
    """Return the function in one of a request's native `tools`, which describe results only in free text."""
    summary, *rest = str(tool.get("description") or "").split("\n")
    structure = next((line.partition("Structure:")[2].strip() for line in rest if "Structure:" in line), "")
    return DescribedFunction(str(tool["name"]), summary.strip(), tuple(_parameters_from_schema(tool.get("parameters"))),
                             " ".join(rest), tuple(_field_names(structure)), "Array[Object" in structure)


def _parameters_from_schema(schema: object) -> Iterator[DescribedParameter]:
    properties = schema.get("properties") if isinstance(schema, dict) else None
    required = schema.get("required") if isinstance(schema, dict) else None
    required = required if isinstance(required, list) else []
    for name, part in (properties.items() if isinstance(properties, dict) else ()):
        part = part if isinstance(part, dict) else {}
        items, enum = part.get("items"), part.get("enum")
        kind = part.get("type")
        kind = next((one for one in kind if one != "null"), "") if isinstance(kind, list) else kind
        yield DescribedParameter(name, TYPE_OF_WORD.get(str(kind), ""), name in required,
                                 str(part.get("description") or ""),
                                 tuple(str(value) for value in enum) if isinstance(enum, list) else (),
                                 TYPE_OF_WORD.get(str(items.get("type")) if isinstance(items, dict) else "", "string"))
