"""Words of texts and of identifiers such as `createDashboard` or `user_id`: split, and compared in one form."""

import re
import unicodedata
from functools import lru_cache

# Without "one", which is mostly not a number ("which one").
_NUMBER_WORDS = {
    "zero": "0", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8",
    "nine": "9", "ten": "10", "eleven": "11", "twelve": "12", "thirteen": "13", "fourteen": "14", "fifteen": "15",
    "sixteen": "16", "seventeen": "17", "eighteen": "18", "nineteen": "19", "twenty": "20", "thirty": "30",
    "forty": "40", "fifty": "50", "hundred": "100"}
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}\b)")
_WORD = re.compile(r"\d+(?:\.\d+){2,}|\d+(?:\.\d+)?|[^\W\d_]+")
ORDINAL = re.compile(r"(\d)(st|nd|rd|th)\b", re.IGNORECASE)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z][a-z])")

# Fields that hold an error's message, by `name_key`.
MESSAGE_FIELDS = frozenset({"error", "message", "msg", "detail", "details", "reason", "errormessage", "description"})

_NAME_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\W_]+")
_ID_WORDS = frozenset({"id", "uuid", "guid"})
_SAME = frozenset({"series", "species", "news", "means", "lens", "gas", "bias", "canvas", "atlas", "always", "yes"})
_IRREGULAR = {"ids": "id", "children": "child", "mice": "mouse", "geese": "goose", "teeth": "tooth", "feet": "foot"} | {
    f"{noun[:-1] if noun.endswith('f') else noun[:-2]}ves": noun
    for noun in ("wolf", "calf", "half", "shelf", "loaf", "thief", "elf", "scarf", "hoof", "dwarf", "knife", "wife")
}
_IN_IE = frozenset({"movie", "cookie", "calorie", "zombie", "selfie", "genie", "rookie", "brownie", "prairie", "hoodie",
                    "smoothie", "goalie", "pie", "tie", "die", "lie"})


def words(text: str) -> list[str]:
    """Return the words of a text, normalised for comparison."""
    return list(_words(text))


@lru_cache(maxsize=1024)  # an API's texts are compared with each of its instances
def _words(text: str) -> tuple[str, ...]:
    text = _CAMEL.sub(" ", ORDINAL.sub(r"\1", _THOUSANDS.sub("", text) if "," in text else text))
    if not text.isascii():
        text = "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))
    return tuple(map(_compared_form, _WORD.findall(text.casefold())))


@lru_cache(maxsize=1 << 14)
def _compared_form(word: str) -> str:
    if word[0].isdigit():
        is_code = word.count(".") > 1 or len(word) > 14 or (len(word) > 2 and word[0] == "0" and word[1] != ".")
        return word if is_code else f"{float(word):.15g}"
    return singular(_NUMBER_WORDS.get(word, word))


@lru_cache(maxsize=20000)
def name_words(name: str) -> tuple[str, ...]:
    """Return the words of an identifier, in lower case."""
    return tuple(word.lower() for word in _NAME_WORD.findall(name))


@lru_cache(maxsize=20000)
def name_terms(name: str) -> tuple[str, ...]:
    """Return the words of an identifier in the form in which the words of texts are compared."""
    return _words(" ".join(name_words(name)))


@lru_cache(maxsize=20000)
def name_key(name: str) -> str:
    """Return an identifier normalised for comparison: `animeId`, `anime_id` and `Anime-ID` give the same."""
    return "".join(name_words(name))


@lru_cache(maxsize=20000)
def singular(word: str) -> str:
    """Return the singular of a lower-case English noun, accurate enough to match names; other words are unchanged."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word in _SAME or len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies"):
        return word[:-1] if word[:-1] in _IN_IE else word[:-3] + "y"
    if word.endswith(("ches", "shes", "sses", "xes", "zes")):
        return word[:-2]
    return word[:-1]


@lru_cache(maxsize=1 << 15)
def stem(word: str) -> str:
    """Return a word without its suffixes, so that "searching", "searched" and "searches" give the same stem."""
    word = word.lower().replace("’", "'")
    word = singular(word.removesuffix("'s"))
    for ending in ("ing", "ed"):
        if word.endswith(ending) and len(word) > len(ending) + 3:
            word = word[:-len(ending)]
            return word[:-1] if word[-1] == word[-2] and word[-1] not in "ls" else word
    return word[:-1] if word.endswith("e") and len(word) > 4 else word


_SHORTEST_ROOT = 4  # letters that two words of one root have in common at least
_SUFFIX = re.compile(
    r"(?:e|y|t|s|al|ly|er|or|ee|ed|en|th|est|ier|iest|ing|ion|ity|ive|age|ure|able|ible|ance|ence|ment|ness|tion|ation|lation|ren)?"
)


@lru_cache(maxsize=1 << 15)
def akin(word: str, other: str) -> bool:
    """Return whether two words are forms of one or have one root: weighs and weight, cancel and cancellation."""
    short, long = sorted((stem(word), stem(other)), key=len)
    if short == long:
        return True
    root = short.rstrip("eyi")
    return len(root) >= _SHORTEST_ROOT and long.startswith(root) and bool(_SUFFIX.fullmatch(long, len(root)))


@lru_cache(maxsize=20000)
def id_noun(name: str) -> str | None:
    """Return what an identifier is the id of: "role" for `roleId`, "" for `id`, None for a name that is not an id's."""
    parts = name_words(name)
    if not parts or parts[-1] not in _ID_WORDS:
        return None
    return singular(parts[-2]) if len(parts) > 1 else ""
