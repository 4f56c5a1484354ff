"""Finding the operation a path means: templates such as `/users/{id}/posts` matched segment by segment."""

import re
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from urllib.parse import unquote

Target = TypeVar("Target")


@dataclass
class PathItem(Generic[Target]):
    """One path template and what answers each of its methods, methods in capitals."""

    template: str
    pattern: re.Pattern[str]
    names: tuple[str, ...]
    methods: dict[str, Target] = field(default_factory=dict)


class Router(Generic[Target]):
    """The paths of one API. Literal paths win over templates, templates with more literal text over others."""

    def __init__(self) -> None:
        self._literal: dict[str, PathItem[Target]] = {}
        self._templates: list[PathItem[Target]] = []

    def add(self, template: str, method: str, target: Target) -> None:
        """Let `target` answer `method` on `template`; what was there first stays."""
        template = normal(re.split(r"[?#]", template)[0])  # some documents write the query into the path
        self._item(template).methods.setdefault(method.upper(), target)

    def _item(self, template: str) -> PathItem[Target]:
        if "{" not in template:
            return self._literal.setdefault(unquote(template), _compiled(template))
        for item in self._templates:
            if item.template == template:
                return item
        item = _compiled(template)
        self._templates.append(item)
        self._templates.sort(key=lambda one: one.template.count("{") - len(re.sub(r"\{[^{}]*\}", "", one.template)))
        return item

    def find(self, raw_path: str, method: str) -> tuple[PathItem[Target] | None, dict[str, str]]:
        """The path that matches, one with this `method` rather than one without, and its raw variable values.

        `raw_path` is percent-encoded, so that an encoded slash stays inside its segment.
        """
        raw_path = normal(raw_path)
        found: tuple[PathItem[Target] | None, dict[str, str]] = self._literal.get(unquote(raw_path)), {}
        if found[0] is not None and method in found[0].methods:
            return found
        for item in self._templates:
            match = item.pattern.fullmatch(raw_path)
            if match and (method in item.methods or found[0] is None):
                values = dict(zip(item.names, match.groups(), strict=True))
                if method in item.methods:
                    return item, values
                found = item, values
        return found


def normal(path: str) -> str:
    """A path that starts with one slash and ends in none, but for the root."""
    return "/" + path.strip("/")


def _compiled(template: str) -> PathItem[Any]:
    names: list[str] = []
    pattern = ""
    for literal, variable in re.findall(r"([^{}]+)|\{([^{}]*)\}", template):
        if literal:
            pattern += _literal_pattern(unquote(literal))
        else:
            names.append(variable)
            pattern += "([^/]+?)"
    return PathItem(template, re.compile(pattern), tuple(names))


def _literal_pattern(text: str) -> str:
    """Matches the text as it stands or percent-encoded."""
    return "".join(re.escape(char) if char == "/" or (char.isascii() and char.isalnum()) else
                   f"(?:{re.escape(char)}|{_encoded(char)})" for char in text)


def _encoded(char: str) -> str:
    return "".join(f"%(?i:{byte:02X})" for byte in char.encode("utf-8", "surrogatepass"))
