"""Names in documents as words: `createDashboard`, `user_id` and `X-Page-Size` split, compared, made singular."""

import re
from functools import lru_cache

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\W_]+")
_ID_WORDS = frozenset({"id", "uuid", "guid"})
_SAME = frozenset({"series", "species", "news", "address", "status", "analysis", "progress", "business", "class"})


@lru_cache(maxsize=20000)
def words(name: str) -> tuple[str, ...]:
    """The words of a name, in lower case."""
    return tuple(word.lower() for word in _WORD.findall(name))


@lru_cache(maxsize=20000)
def plain(name: str) -> str:
    """A name as it is compared with others: `animeId`, `anime_id` and `Anime-ID` are the same."""
    return "".join(words(name))


@lru_cache(maxsize=20000)
def singular(word: str) -> str:
    """The singular of an English noun, near enough to match names."""
    if word == "ids":
        return "id"
    if word in _SAME or len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("ches", "shes", "sses", "xes", "zes")):
        return word[:-2]
    return word[:-1]


@lru_cache(maxsize=20000)
def id_noun(name: str) -> str | None:
    """What an id's name is the id of: `roleId` gives "role", `id` gives ""; None for a name that is no id's."""
    parts = words(name)
    if not parts or parts[-1] not in _ID_WORDS:
        return None
    return singular(parts[-2]) if len(parts) > 1 else ""
