"""Reading YAML as the JSON values that its author meant; documents and the answers of models come this way.

Types are those of YAML 1.2: a date is text, `NO` in a list of countries is not false, a key is the text it is written
as. Where a document says that a value is text, a number is kept as written: 1.10 is a version, not 1.1. Aliases and
merge keys (`<<`) are read up to a bound, since a few bytes of them can expand to gigabytes; a key that is given twice,
a second document and whatever JSON lacks are refused with the line.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import yaml

from toolalpaca.core.log import one_line

MOST_COPIED = 2_000_000  # characters and values that aliases stand for; the largest documents repeat a tenth of it
_LITERALS = frozenset({"example", "examples", "default", "enum", "const"})
# Fields of OpenAPI that hold text, or lists of texts, wherever they are not part of a literal value.
_TEXTS = frozenset({"openapi", "swagger", "version", "title", "description", "summary", "operationId", "name",
                    "pattern", "format", "url"})
_LISTS_OF_TEXTS = frozenset({"required", "tags", "scopes"})
_TAG = "tag:yaml.org,2002:"
_TYPES = {
    "null": ("null|Null|NULL|~|", "~nN\0"), "bool": ("true|True|TRUE|false|False|FALSE", "tTfF"),
    # A number with a leading zero is text: it is octal to some readers and decimal to others.
    "int": ("[-+]?(0|[1-9][0-9]*)|0x[0-9a-fA-F]+|0o[0-7]+", "-+0123456789"),
    "float": (r"[-+]?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][-+]?[0-9]+)?", "-+0123456789."),
}


def read_yaml(text: str) -> Any:
    """Return the JSON value in a YAML text; keys such as the status 200 become strings.

    Raises ValueError, one line that names the line in the text, for whatever cannot be read or has no place in JSON.
    """
    try:
        return json.loads(json.dumps(_json_value(_root(text)), allow_nan=False))
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise ValueError(f"not valid YAML: line {line}: the character {chr(error.character)!r} cannot stand in "
                         "a text") from None
    except yaml.MarkedYAMLError as error:
        raise ValueError(f"not valid YAML: {_told(error)}") from None
    except RecursionError:
        raise ValueError("not valid YAML: nested too deeply") from None
    except (yaml.YAMLError, TypeError, ValueError) as error:
        raise ValueError(f"not valid YAML: {one_line(error)}") from None


def _told(error: Any) -> str:
    """Return an error of the library in one line that begins with its place."""
    mark = error.problem_mark or error.context_mark
    where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
    problem = ", ".join(part for part in (error.context, error.problem) if part)
    if r"'\t'" in problem:
        problem = "a tab, where YAML allows spaces only"
    return one_line(f"{where}{problem}")


def _root(text: str) -> Any:
    """Return the root node of the only document in a text; empty ones around it do not count."""
    loader = _Loader(text)
    try:
        nodes: list[Any] = []
        while loader.check_node():
            mark = loader.peek_event().start_mark
            node = loader.get_node()
            if isinstance(node, yaml.ScalarNode) and not node.value and node.style is None:
                continue
            if nodes:
                raise yaml.composer.ComposerError(None, None, "a second document begins here; put each into a file",
                                                  mark)
            nodes.append(node)
        return nodes[0] if nodes else None
    finally:
        loader.dispose()


class _Loader(yaml.SafeLoader):
    """SafeLoader with the types of YAML 1.2, tabs as blanks, and a bound on what aliases stand for."""

    yaml_implicit_resolvers: dict[str, Any] = {}

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self._open: list[str] = []  # anchors of the nodes around the next one
        self._sizes: dict[int, int] = {}
        self._copied = 0

    def scan_to_next_token(self) -> None:
        """Skip blanks, comments and line breaks; unlike the library also tabs, unless they are indentation."""
        if self.index == 0 and self.peek() == "\ufeff":
            self.forward()
        while True:
            indents = self.column == 0 and not self.flow_level
            while self.peek() == " ":
                self.forward()
            if self.peek() == "\t" and (not indents or self._rest_is_blank()):
                self.forward(self._blanks_ahead())
            if self.peek() == "#":
                while self.peek() not in "\0\r\n\x85\u2028\u2029":
                    self.forward()
            if not self.scan_line_break():
                return
            if not self.flow_level:
                self.allow_simple_key = True

    def scan_plain_spaces(self, indent: int, start_mark: Any) -> Any:
        """Return the blanks between two words of a plain text; unlike the library also tabs."""
        length = self._blanks_ahead()
        blanks = self.prefix(length)
        if "\t" in blanks:
            self.forward(length)
            if self.peek() not in "\r\n\x85\u2028\u2029":
                return [blanks]
        return super().scan_plain_spaces(indent, start_mark)

    def _rest_is_blank(self) -> bool:
        return self.peek(self._blanks_ahead()) in "#\0\r\n\x85\u2028\u2029"

    def _blanks_ahead(self) -> int:
        length = 0
        while self.peek(length) in " \t":
            length += 1
        return length

    def compose_node(self, parent: Any, index: Any) -> Any:
        event = self.peek_event()
        if isinstance(event, yaml.AliasEvent):
            return self._copy(event, parent, index)
        if event.anchor is not None:
            self.anchors.pop(event.anchor, None)  # a name may be given again
            self._open.append(event.anchor)
        node = super().compose_node(parent, index)
        if event.anchor is not None:
            self._open.pop()
        if isinstance(node, yaml.ScalarNode):
            size = len(node.value)
        else:
            parts = (part for entry in node.value for part in (entry if isinstance(entry, tuple) else (entry,)))
            size = sum(self._sizes[id(part)] for part in parts)
        self._sizes[id(node)] = 1 + size
        return node

    def _copy(self, event: Any, parent: Any, index: Any) -> Any:
        if event.anchor in self._open:
            raise yaml.composer.ComposerError(
                None, None, f"the alias {event.anchor!r} stands inside what it stands for", event.start_mark)
        node = super().compose_node(parent, index)
        self._copied += self._sizes[id(node)]
        if self._copied > MOST_COPIED:
            raise yaml.composer.ComposerError(
                None, None, f"the aliases stand for more than {MOST_COPIED:,} characters", event.start_mark)
        return node


for _kind, (_pattern, _first) in _TYPES.items():
    _Loader.add_implicit_resolver(f"{_TAG}{_kind}", re.compile(rf"(?:{_pattern})\Z"),
                                  ["" if character == "\0" else character for character in _first])


def _json_value(node: Any, literal: bool = False, as_text: bool = False) -> Any:
    """Return the JSON value of a node. `literal` says that it is part of a value that a document quotes, `as_text` that
    its scalars are texts."""
    if node is None:
        return None
    if isinstance(node, yaml.ScalarNode):
        return _scalar(node, as_text)
    kind = "map" if isinstance(node, yaml.MappingNode) else "seq"
    if node.tag != f"{_TAG}{kind}":
        raise _refused(node, f"the tag {_short(node.tag)!r} means nothing here")
    if isinstance(node, yaml.SequenceNode):
        return [_json_value(item, literal, as_text) for item in node.value]
    entries = _entries(node)
    quotes_text = not literal and _is_of_text(entries)
    return {key: _json_value(value, *_position(key, value, literal, as_text, quotes_text))
            for key, value in entries.items()}


def _position(key: str, value: Any, literal: bool, as_text: bool, quotes_text: bool) -> tuple[bool, bool]:
    """Return whether the value of a key is literal, and whether its scalars are texts."""
    if literal or key.startswith("x-"):
        return True, as_text
    if key in _LITERALS:
        return True, quotes_text
    if isinstance(value, yaml.ScalarNode):
        return False, key in _TEXTS
    return False, isinstance(value, yaml.SequenceNode) and key in _LISTS_OF_TEXTS


def _is_of_text(entries: dict[str, Any]) -> bool:
    """Return whether an object is a schema of texts or of lists of texts, or a parameter or header with one."""
    kind = entries.get("type")
    kinds = kind.value if isinstance(kind, yaml.SequenceNode) else [kind]
    named = {one.value for one in kinds if isinstance(one, yaml.ScalarNode)} - {"null"}
    inner = entries.get("schema") if kind is None else entries.get("items") if named == {"array"} else None
    return named == {"string"} or isinstance(inner, yaml.MappingNode) and _is_of_text(_entries(inner))


def _entries(node: Any) -> dict[str, Any]:
    """Return the keys of a mapping with their nodes: its own, then those that it merges, of which the first win."""
    own: dict[str, Any] = {}
    merged: dict[str, Any] = {}
    lines: dict[str, int] = {}
    for key, value in node.value:
        if key.value == "<<" and getattr(key, "style", "") is None:
            for source in _merged(key, value):
                merged = {**_entries(source), **merged}
            continue
        name = _key(key)
        if name in own:
            raise _refused(key, f"the key {name[:100]!r} is given twice, first in line {lines[name]}")
        own[name], lines[name] = value, key.start_mark.line + 1
    return {**merged, **own}


def _merged(key: Any, value: Any) -> Iterator[Any]:
    for source in value.value if isinstance(value, yaml.SequenceNode) else [value]:
        if not isinstance(source, yaml.MappingNode):
            raise _refused(key, "the merge key << takes an object or a list of objects")
        yield source


def _key(node: Any) -> str:
    """Return a key as written, whatever its type."""
    if not isinstance(node, yaml.ScalarNode):
        raise _refused(node, "a list or an object cannot be a key")
    _scalar(node, True)
    return str(node.value)


def _scalar(node: Any, as_text: bool) -> Any:
    kind, text = node.tag.removeprefix(_TAG), node.value
    if kind not in ("str", *_TYPES):
        raise _refused(node, f"the tag {_short(node.tag)!r} means nothing here")
    if kind == "null":
        return None
    if kind == "str" or as_text:
        return text
    if kind == "bool":
        return text.lower() == "true"
    try:
        return _number(kind, text)
    except (ValueError, OverflowError):
        raise _refused(node, f"{text[:60]!r} is not a number that JSON can hold") from None


def _number(kind: str, text: str) -> int | float:
    if kind == "int":
        return int(text, 0) if text[:2] in ("0x", "0o") else int(text)
    number = float(text)
    if number in (float("inf"), float("-inf")) or number != number:
        raise OverflowError
    return number


def _short(tag: str) -> str:
    return tag.replace(_TAG, "!!")[:60]


def _refused(node: Any, problem: str) -> Exception:
    return yaml.constructor.ConstructorError(None, None, problem, node.start_mark)
