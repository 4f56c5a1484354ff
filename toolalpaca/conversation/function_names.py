"""Function names as models write them: with quotes, prefixes and words around the actual name."""

import re
from collections.abc import Collection

_EDGES = "`'\"*<>[](){} \t.,;:\\"
_PREFIX = re.compile(r"\A(?:functions?|default_api|tools?|api|namespace)[./:]", re.IGNORECASE)
_INDEX = re.compile(r":\d+\Z")
_NO_FUNCTION = re.compile(
    r"\W*(?:(?:there(?: is|'s) )?(?:none|no)\b|not\b|n/?a|null|nil|nothing|direct(?:ly)?[_ ](?:answer|response))\b.*"
    r"|\W*",
    re.IGNORECASE | re.DOTALL)
_IDENTIFIER = re.compile(r"[\w-]+")
_MOST_WORDS = 12  # a longer text is prose, not a name with a remark


def plain_name(text: str) -> str:
    """Return a name without the quotes, asterisks, brackets, prefixes and full stops that models put around it."""
    name = " ".join(text.replace("\\_", "_").split()).strip(_EDGES)
    return _INDEX.sub("", _PREFIX.sub("", name)).strip(_EDGES)


def meant_function(text: str, functions: Collection[str]) -> str:
    """Return the one function that a text names, or else the cleaned text; `functions` is empty if they are unknown."""
    name = plain_name(text)
    if not functions or name in functions:
        return name
    if "\n" not in text.strip():
        named = {word for word in _words(text) if word in functions}
        if len(named) == 1 and len(text.split()) <= _MOST_WORDS:
            return named.pop()
    alike = [function for function in functions if _folded(function) == _folded(name)]
    return alike[0] if len(alike) == 1 else name


def _words(text: str) -> list[str]:
    """Return the identifiers in a text; for dotted ones also the last part."""
    return [word for piece in text.replace("\\_", "_").split() for word in _IDENTIFIER.findall(piece)]


def _folded(name: str) -> str:
    return re.sub(r"[\W_]", "", name).casefold()


def names_no_function(text: str, functions: Collection[str]) -> bool:
    """Return whether a text says that no function is called, such as `None` or `N/A`."""
    bare = text.strip()
    return bool(bare) and plain_name(bare) not in functions and _NO_FUNCTION.fullmatch(bare) is not None
