"""Regular expressions of schemas: which ones the validator can read, and what compiling them costs."""

import re
from functools import lru_cache
from typing import Any

LONGEST_PATTERN = 5_000  # characters
MOST_COST = 5_000_000  # of one pattern; a common core compiles it in about 60 ms
MOST_COST_TOGETHER = 50_000_000  # of all patterns of one document, apart from those that cost too much by themselves
_BACKTRACKS = 10_000  # steps of a pattern with look-around or back references, which have no linear engine
_TABLE = 15_000  # bytes of a class of Unicode letters in a compiled pattern
_RANGE = 8  # bytes of a character in a class
_TRANSLATION = 50  # bytes that cost what translating a character does; each \w outside brackets translates all again
_TOKEN = re.compile(r"\[(?:\\.|[^\]\\])*\]|\\[pP]\{[^}]*\}|\\.|\{(\d{1,10})(?:,(\d{0,10}))?\}|.", re.DOTALL)
_UNICODE_CLASS = re.compile(r"\\[pP]")
_TRANSLATED = frozenset(rf"\{letter}" for letter in "wWdDsScC")


def options() -> Any:
    """Return jsonschema-rs's options for patterns, with which none can run without end."""
    import jsonschema_rs

    return jsonschema_rs.FancyRegexOptions(backtrack_limit=_BACKTRACKS)


@lru_cache(maxsize=4096)
def is_pattern(text: str) -> bool:
    """Return whether the validator can read this regular expression, at a cost that one pattern may have."""
    import jsonschema_rs

    if not is_affordable(text):
        return False
    try:
        jsonschema_rs.Draft202012Validator({"pattern": text}, offline=True, pattern_options=options())
    except ValueError:
        return False
    return True


def is_affordable(text: str) -> bool:
    """Return whether a pattern is so short and simple that a person may have written it."""
    return len(text) <= LONGEST_PATTERN and pattern_cost(text) <= MOST_COST


@lru_cache(maxsize=4096)
def pattern_cost(text: str) -> int:
    """Return what compiling a pattern costs: roughly the bytes of the program, in which repetitions are written out."""
    sizes, last, translated = [0], 0, 0
    for match in _TOKEN.finditer(text):
        token = match[0]
        if match[1] is not None:
            sizes[-1] += max(int(match[1]), int(match[2] or 0), 1) * last - last
        elif token == "(":
            sizes.append(0)
        elif token == ")" and len(sizes) > 1:
            last = sizes.pop()
            sizes[-1] += last
        else:
            translated += token in _TRANSLATED
            last = _RANGE * len(token) + len(_UNICODE_CLASS.findall(token)) * _TABLE
            sizes[-1] += last
    return sum(sizes) + _TRANSLATION * translated * len(text)


def costly(patterns: set[str]) -> set[str]:
    """Return the patterns of a document that cannot be read: those that cost too much by themselves, and of the others
    the costliest, so that the rest can be compiled together in time."""
    left, kept = MOST_COST_TOGETHER, set[str]()
    for text in sorted(filter(is_affordable, patterns), key=lambda text: (pattern_cost(text), text)):
        left -= pattern_cost(text)
        if left < 0:
            break
        kept.add(text)
    return patterns - kept


def without_patterns(value: Any, left_out: set[str]) -> Any:
    """Return a copy of a part of a document without these patterns; as names of properties they fit all."""
    if isinstance(value, list):
        return [without_patterns(item, left_out) for item in value]
    if not isinstance(value, dict):
        return value
    kept = {key: without_patterns(part, left_out) for key, part in value.items()
            if key != "pattern" or not isinstance(part, str) or part not in left_out}
    if isinstance(named := kept.get("patternProperties"), dict):
        kept["patternProperties"] = {"" if name in left_out else name: part for name, part in named.items()}
    return kept
