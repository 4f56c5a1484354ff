"""The paths of one API: which of its templates a request's path means, literal ones before others."""

import re
from bisect import insort
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Generic, TypeVar
from urllib.parse import unquote

from toolalpaca.openapi.http_request import split_path

Routed = TypeVar("Routed")
VARIABLE = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True)
class Route(Generic[Routed]):
    """What answers a method on a path, for requests with this fixed part of a query; `variables` are path variables
    that a document writes into the query."""

    target: Routed
    query: frozenset[tuple[str, str]] = frozenset()
    variables: tuple[tuple[str, str], ...] = ()


@dataclass
class PathItem(Generic[Routed]):
    """One path template and the routes of each of its methods, methods in capitals."""

    template: str
    methods: dict[str, list[Route[Routed]]] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)  # patterns of the values of some variables

    @cached_property
    def names(self) -> list[str]:
        """Return the names of the path variables in order."""
        return VARIABLE.findall(self.template)

    @cached_property
    def patterns(self) -> list[re.Pattern[str]]:
        """Return what matches percent-encoded paths, with a group for each variable; compiled when first needed.

        Of several variables in one segment, such as `{name}.{format}`, the first takes as much as it can; a pattern
        with what is known of their values comes before one for any values.
        """
        return [re.compile("".join(literal_pattern(literal) if literal else f"({values.get(name, '[^/]+')})"
                                   for literal, name in self._pieces))
                for values in ([self.values, {}] if self.values else [self.values])]

    @cached_property
    def _pieces(self) -> list[tuple[str, str]]:
        """Return the template's literal texts, decoded, and the names of its variables in order, each with ""."""
        return [(unquote(literal), name) for literal, name in re.findall(r"([^{}]+)|\{([^{}]*)\}", self.template)]

    def match(self, raw_path: str, path: str) -> dict[str, str] | None:
        """Return the raw values of the variables in a percent-encoded path; None if it is another path. `path` is the
        same decoded, at whose ends most templates are told apart without their patterns."""
        if not path.startswith(self._pieces[0][0]) or not path.endswith(self._pieces[-1][0]):
            return None
        found = next((match for pattern in self.patterns if (match := pattern.fullmatch(raw_path))), None)
        return dict(zip(self.names, found.groups(), strict=True)) if found else None

    @cached_property
    def fixed_text(self) -> str:
        """Return the template without its variables."""
        return VARIABLE.sub("", self.template)

    def add(self, method: str, route: Route[Routed]) -> None:
        """Add a route after those that fix as much of a query."""
        routes = self.methods.setdefault(method, [])
        routes.append(route)
        routes.sort(key=lambda one: -len(one.query))

    def routes(self, method: str, query: list[tuple[str, str]]) -> list[Route[Routed]]:
        """Return the routes whose fixed query a request has, those that fix most first; else those that fix least."""
        routes = self.methods[method]
        if len(routes) == 1:
            return routes
        given = set(query)
        fitting = [route for route in routes if route.query <= given] or [routes[-1]]
        return [route for route in fitting if len(route.query) == len(fitting[0].query)]


class Router(Generic[Routed]):
    """The paths of one API. Literal paths win over templates, templates with more literal text over others."""

    def __init__(self) -> None:
        self._literal: dict[str, PathItem[Routed]] = {}
        self._templates: dict[str, PathItem[Routed]] = {}
        self._by_slashes: dict[int, list[PathItem[Routed]]] = {}  # templates by their number of slashes, best first

    def add(self, template: str, method: str, target: Routed, values: dict[str, str] | None = None) -> None:
        """Let `target` answer `method` on `template`, after what was there first; `values` has patterns for the values
        of some path variables."""
        path, query = split_path(template)
        variables = tuple((name, value[1:-1]) for name, value in query if re.fullmatch(r"\{[^{}]*\}", value))
        fixed = frozenset(pair for pair in query if "{" not in pair[1])
        item = self._item(normal(path))
        item.add(method.upper(), Route(target, fixed, variables))
        item.values |= values or {}

    def _item(self, template: str) -> PathItem[Routed]:
        if "{" not in template:
            return self._literal.setdefault(unquote(template), PathItem(template))
        if template not in self._templates:
            item = self._templates[template] = PathItem(template)
            alike = self._by_slashes.setdefault(unquote(item.fixed_text).count("/"), [])
            insort(alike, item, key=lambda one: (one.template.count("{") - len(one.fixed_text), -len(one.fixed_text)))
        return self._templates[template]

    def matches(self, raw_path: str, method: str) -> Iterator[tuple[PathItem[Routed], dict[str, str]]]:
        """Yield the paths that match and have this `method`, best first, or else one that has not, each with its raw
        variable values.

        `raw_path` is percent-encoded, so that an encoded slash stays inside its segment.
        """
        raw_path = normal(raw_path)
        path = unquote(raw_path)
        literal = self._literal.get(path)
        others = [(literal, dict[str, str]())] if literal is not None and method not in literal.methods else []
        if literal is not None and not others:
            yield literal, {}
        any_has_method = literal is not None and not others
        for item in self._by_slashes.get(raw_path.count("/"), ()):
            if (method in item.methods or not others) and (values := item.match(raw_path, path)) is not None:
                if method in item.methods:
                    any_has_method = True
                    yield item, values
                else:
                    others.append((item, values))
        if not any_has_method:
            yield from others[:1]


def normal(path: str) -> str:
    """Return a path that starts with one slash and ends in none, but for the root."""
    return "/" + path.strip("/")


def literal_pattern(text: str) -> str:
    """Return a pattern for the text, percent-encoded or not."""
    return "".join(re.escape(char) if char == "/" or (char.isascii() and char.isalnum()) else
                   f"(?:{re.escape(char)}|{_encoded(char)})" for char in text)


def _encoded(char: str) -> str:
    return "".join(f"%(?i:{byte:02X})" for byte in char.encode("utf-8", "surrogatepass"))
