"""Whether the final answer states what the observations show: its figures, its names, and its `KEY is VALUE` claims."""

import re
from collections.abc import Iterator

from toolalpaca.evaluation.wording import words
from toolalpaca.verification.known import Known

_ADDRESS = re.compile(r"https?://[^\s\"'<>)\]]+|[\w.+-]+@[\w-]+\.[\w.-]+")
_QUOTED = re.compile(r"\"([^\"\n]{2,80})\"|“([^”\n]{2,80})”")
_LIST_NUMBER = re.compile(r"(?:^|\n)\s*(?:\d+[.)]|[-*•])\s+")
_IDENTIFIER = re.compile(r"\b(?=\w*\d)(?=\w*[A-Za-z])[\w-]{4,}\b")
_NUMBER = re.compile(r"(?<![\w.])-?\d[\d,]*(?:\.\d+)?(?!\w|\.\d)")
_ABOUT = re.compile(r"(?:about|around|approximately|roughly|nearly|almost|over|under|some|~)\s*[$€£]?$", re.IGNORECASE)
# A capitalised word inside a sentence; what opens a sentence, an item of a list or bold text is capitalised anyway.
_NAME = re.compile(r"(?<=[\w,;:)'’-] )[A-Z][\w'’-]*(?: [A-Z][\w'’-]*)*")
_ORDINARY = frozenset(words(
    "I I'm I'll I've I'd OK API URL ID IDs JSON USD EUR AM PM UTC GMT Celsius Fahrenheit Mr Mrs Ms Dr Please Yes No "
    "The This That It Here There You Your Also Additionally However Unfortunately First Second Third Then Finally Next "
    "We They He She If In On At For As To And Or But So All Both Each Note Not None A An"))
_ITEM = re.compile(r"(?:^|[:;\n])\s*(?P<name>[^:;,.()\n]{2,60}?)\s*\((?P<inside>[^()\n]{3,300})\)")


def unsupported(answer: str, known: Known) -> Iterator[str]:
    """What the answer states and nothing shows. One figure alone (`3`) is mostly a count and is passed over."""
    for match in _ADDRESS.finditer(answer):
        address = match[0].rstrip(".,;:!?*_")
        if address.casefold() not in known.plain:
            yield address
    text = _LIST_NUMBER.sub("\n", _ADDRESS.sub(" ", answer))
    for match in _QUOTED.finditer(text):
        quoted = match[1] or match[2]
        if not known.has_name(quoted):
            yield quoted
    for match in _IDENTIFIER.finditer(text):
        if match[0].casefold() not in known.plain and not set(words(match[0])) <= known.words:
            yield match[0]
    yield from _figures(text, known)
    yield from _names(text, known)
    yield from _items(text, known)


def _figures(text: str, known: Known) -> Iterator[str]:
    for match in _NUMBER.finditer(text):
        stated = match[0].replace(",", "").lstrip("-").rstrip(".")
        if len(stated) > 1 and stated not in known.words and not known.has_number(
                stated, loosely=bool(_ABOUT.search(text[:match.start()]))):
            yield match[0]


def _names(text: str, known: Known) -> Iterator[str]:
    for match in _NAME.finditer(text):
        name = re.sub(r"['’]s$", "", match[0])
        parts = [word for word in words(name) if word not in _ORDINARY]
        if parts and not known.has_name(" ".join(parts)) and not known.has_name(name):
            yield name


def _items(text: str, known: Known) -> Iterator[str]:
    """Items of a list such as `Rome (city id 7, rating 4.5)` whose name nothing shows."""
    keys = {words(leaf.path[-1])[0] for leaf in known.leaves if leaf.path and words(leaf.path[-1])}
    for match in _ITEM.finditer(text):
        name = words(match["name"])
        inside = words(match["inside"])
        if len(name) <= 5 and inside and inside[0] in keys and not any(word in known.words for word in name):
            yield match["name"]
