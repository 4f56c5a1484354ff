"""English at the level the rules need: words of identifiers, plurals, stems, words that carry meaning."""

import re
from functools import lru_cache


def word_set(text: str) -> frozenset[str]:
    """The words of a text as a set."""
    return frozenset(text.split())


# Words that say nothing about which function is meant.
EMPTY = word_set("""
    a an the this that these those some any all each every it its they them their there here i me my we us our
    you your he his she her who whom whose which what when where why how is are was were be been being am do does
    did done have has had having can could would will shall should may might must to of in on at by for with from
    into onto about as and or but if so than then too also just only please let lets want need like help tell
    know see thanks thank hi hello hey okay not no yes up out over under between during after before until since
    through such using use used given specific specified particular certain based different new more most other
    another one ones way get make sure i'm i'd i've i'll it's that's what's there's don't can't kind kindly now
    today able possible via per look looking find show give fetch retrieve information data value values provide""")

# Verbs that ask for the same thing; each stands for its group when a sentence is matched with a function.
VERB_GROUPS = {
    "read": "get retrieve fetch show give list return display view see read tell provide check describe browse report "
            "obtain inspect load present",
    "find": "search find look seek locate discover browse query filter explore",
    "create": "create add make set open register post publish start submit book order place schedule upload save store "
              "record insert put build launch write plan reserve new",
    "change": "update change edit modify rename move set replace adjust revise correct switch",
    "delete": "delete remove cancel erase drop clear discard close revoke unsubscribe rid",
    "compute": "calculate compute convert translate generate estimate predict analyze analyse solve simplify measure "
               "score rate detect extract summarize render compare draw resolve shorten expand",
    "check": "check verify validate test confirm scan inspect decode",
    "send": "send mail deliver forward notify message dispatch",
}
_VERB_OF: dict[str, set[str]] = {}
for _group, _verbs in VERB_GROUPS.items():
    for _verb in _verbs.split():
        _VERB_OF.setdefault(_verb, set()).add(_group)

ACRONYMS = {"id": "ID", "ids": "IDs", "url": "URL", "urls": "URLs", "ip": "IP", "isbn": "ISBN", "vin": "VIN",
            "html": "HTML", "pdf": "PDF", "api": "API", "json": "JSON", "utc": "UTC", "dna": "DNA", "zip": "ZIP",
            "qr": "QR", "iata": "IATA", "icao": "ICAO", "sku": "SKU", "iban": "IBAN", "csv": "CSV", "hs": "HS",
            "sms": "SMS", "uuid": "UUID", "bpm": "BPM", "cve": "CVE", "asn": "ASN", "dns": "DNS", "ssl": "SSL"}

_IDENTIFIER = re.compile(r"[A-Z]+(?![a-z])s?|[A-Z]?[a-z]+|[A-Z]+|\d+|[^\W\d_]+")
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


@lru_cache(maxsize=8192)
def split_identifier(name: str) -> tuple[str, ...]:
    """`startDate`, `start_date` and `start-date` as ("start", "date")."""
    return tuple(part.lower() for part in _IDENTIFIER.findall(name)) or ((name.lower(),) if name else ())


def spoken(words: tuple[str, ...] | list[str]) -> str:
    """Words of an identifier as people write them: ("board", "id") as "board ID"."""
    return " ".join(ACRONYMS.get(word, word) for word in words)


@lru_cache(maxsize=32768)
def stem(word: str) -> str:
    """A crude stem, enough to match "searching" with "search" and "cities" with "city"."""
    word = word.lower().replace("’", "'")
    word = word[:-2] if word.endswith("'s") else word
    for ending, instead in (("ies", "y"), ("sses", "ss"), ("xes", "x"), ("ches", "ch"), ("shes", "sh")):
        if word.endswith(ending) and len(word) > len(ending) + 1:
            return word[:-len(ending)] + instead
    if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 3:
        word = word[:-1]
    for ending in ("ing", "ed"):
        if word.endswith(ending) and len(word) > len(ending) + 3:
            word = word[:-len(ending)]
            return word[:-1] if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "ls" else word
    return word[:-1] if word.endswith("e") and len(word) > 4 else word


def words_of(text: str) -> list[str]:
    """The words of a text in lower case."""
    return [word.lower() for word in _WORD.findall(text)]


def content_stems(text: str) -> list[str]:
    """Stems of the words that say what a text is about."""
    return [stem(word) for word in words_of(text) if word not in EMPTY and len(word) > 1]


def verb_groups(word: str) -> frozenset[str]:
    """The groups of VERB_GROUPS a word may belong to."""
    found = _VERB_OF.get(word) or _VERB_OF.get(stem(word)) or _VERB_OF.get(stem(word) + "e")
    return frozenset(found or ())


def plural(noun: str) -> str:
    """The plural of a noun, its last word at least."""
    irregular = {"person": "people", "series": "series", "species": "species", "fish": "fish", "child": "children",
                 "anime": "anime", "manga": "manga", "news": "news", "aircraft": "aircraft", "music": "music"}
    head, _, last = noun.rpartition(" ")
    if last in irregular:
        last = irregular[last]
    elif last.endswith("y") and last[-2:-1] not in "aeiou":
        last = last[:-1] + "ies"
    elif last.endswith(("s", "x", "ch", "sh")):
        last += "es"
    else:
        last += "s"
    return f"{head} {last}".strip()


def joined(parts: list[str], last: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} {last} {parts[-1]}" if parts else ""


def camel(words: list[str]) -> str:
    """Words as one camelCase name."""
    parts = [part for word in words for part in re.findall(r"[^\W_]+", word)]
    return "".join(part.lower() if index == 0 else part[:1].upper() + part[1:].lower()
                   for index, part in enumerate(parts))
