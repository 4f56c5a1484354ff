"""The faker's tables, from kinds.yaml: names of fields, kinds of values, ranges of numbers."""

from pathlib import Path
from typing import Any

import yaml

_TABLES: dict[str, Any] = yaml.load(  # noqa: S506 - a safe loader, written in C if there is one
    (Path(__file__).resolve().parent / "kinds.yaml").read_text(encoding="utf-8"),
    Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))

FORMATS: dict[str, str] = _TABLES["formats"]
KINDS = {tuple(name.split()): kind for kind, names in _TABLES["names"].items() for name in names}
CODES: dict[str, str] = _TABLES["codes"]
PEOPLE = frozenset(_TABLES["people"])
NAMED_LIKE_THEMSELVES = frozenset(_TABLES["named_like_themselves"])
VALUES: dict[str, tuple[str, ...]] = {kind: tuple(values) for kind, values in _TABLES["values"].items()}
RANGES: dict[str, tuple[float, float]] = {word: (low, high) for word, (low, high) in _TABLES["ranges"].items()}
GOOD, BAD = frozenset(_TABLES["good"]), frozenset(_TABLES["bad"])
