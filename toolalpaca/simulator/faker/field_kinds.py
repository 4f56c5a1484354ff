"""What a field holds, told by its name, its format or its description: an e-mail address, a price, a city."""

import re
from functools import lru_cache

from toolalpaca.core.text import id_noun, name_words, singular
from toolalpaca.simulator.faker.kind_tables import CODES, KINDS, NAMED_LIKE_THEMSELVES, PEOPLE

_OPTIONS = re.compile(r"[\"'\u2018\u201c]([\w .+#/-]{1,30})[\"'\u2019\u201d]")


@lru_cache(maxsize=20000)
def field_kind(name: str, context: str, description: str) -> str:
    """Return the kind of text in a field, "" if nothing tells; `context` is the noun of the thing it belongs to."""
    parts = tuple(singular(word) for word in name_words(name))
    if not parts:
        return _described(description)
    if id_noun(name) is not None:
        return "id"
    if parts[-1] in ("url", "uri", "link", "href"):
        return "image" if KINDS.get(parts[:1]) == "image" else "url"
    if len(parts) > 1 and parts[-2:] in KINDS:
        return KINDS[parts[-2:]]
    if parts[-1] == "name":
        return _name_kind(parts[-2] if len(parts) > 1 else context)
    if parts == ("code",) and context in CODES:
        return CODES[context]
    return KINDS.get(parts[-1:]) or _described(description) or next(
        (KINDS[word,] for word in reversed(parts) if (word,) in KINDS), "")


def _name_kind(noun: str) -> str:
    """Return the kind of the name that such a thing has."""
    if noun in PEOPLE:
        return "person"
    kind = KINDS.get((noun,), "")
    return kind if kind in NAMED_LIKE_THEMSELVES else "title"


def _described(description: str) -> str:
    """Return the kind that a description names first: "The URL of the image" is a URL."""
    for word in name_words(description)[:16]:
        kind = KINDS.get((singular(word),))
        if kind and kind not in ("title", "type", "person", "number_text", "code", "source"):
            return kind
    return ""


@lru_cache(maxsize=20000)
def options_in(description: str) -> tuple[str, ...]:
    """Return the values that a description lists as examples in quotes: "format (e.g., 'csv', 'json')"."""
    found = tuple(dict.fromkeys(option.strip() for option in _OPTIONS.findall(description)))
    return found if len(found) > 1 else ()
