"""Redaction of secrets in everything stages write, in every form in which servers and libraries may echo them.

A record's `Authentication` names a value per parameter of a real API, `env:VARIABLE` for one from the environment.
Stage output is read, shared and committed, so credentials are never copied from the file in which their owner put them.
"""

import base64
import codecs
import html
import json
import os
import quopri
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

if TYPE_CHECKING:
    from toolalpaca.data.record_types import ApiRecord

FROM_ENVIRONMENT = "env:"
MASK = "***"
SHORTEST = 4  # characters; masking anything shorter would garble ordinary text
SHORTEST_IN_RECORD = 8  # so that a value such as "demo" leaves a document intact
SHORTEST_SECRET = 16  # for a key that is long and random enough to be masked in any model output
SHORTEST_PART = 12  # bytes of such a key that are masked without the rest of it
_MOST_LEVELS = 3  # of nested escapes

_ESCAPE = re.compile(r"(?:%(?:25)*[0-9a-f]{2})+|\\+u[0-9a-f]{4}(?:\\+u[0-9a-f]{4})*|\\+x[0-9a-f]{2}|\\+[\"'/\\]"
                     r"|&(?:#\d{1,12}|#x[0-9a-f]{1,12}|[a-z][a-z0-9]{1,30});"
                     r"|\\+[nrt]|\x1b\[[0-9;]{0,20}[a-z]|</?[a-z][^<>%&\\]{0,60}>|<!--[^<>]{0,60}-->",
                     re.IGNORECASE)
_CODE = re.compile(r"u([0-9a-f]{4})", re.IGNORECASE)
_SEPARATORS = re.compile(r"[\W_]+")
_PUNCTUATION = bytes(code for code in range(128) if not chr(code).isalnum())


def redacted(record: "ApiRecord", held: "ApiRecord | None" = None) -> "ApiRecord":
    """Return the record as a stage may write it: each `Authentication` value is `***`, there and wherever it occurs.

    `env:VARIABLE` is kept. `held` is this record in the file that will be replaced: values already in it are kept, so
    that a stage that works in place does not remove its user's credentials.
    """
    stated = record.get("Authentication")
    if not stated:
        return record
    held_text = json.dumps(held, ensure_ascii=False) if held else ""
    own: dict[str, Any] = (held or {}).get("Authentication") or {}
    kept = {name: value if is_variable(value) or own.get(name) == value else MASK for name, value in stated.items()}
    values = [credential_value(value) for value in stated.values() if isinstance(value, str)]
    redactor = Redactor((value for value in values if value not in held_text), SHORTEST_IN_RECORD)
    return {**redactor.value(record), "Authentication": kept}


def is_variable(value: object) -> bool:
    """Return whether the value is the name of an environment variable instead of a credential."""
    return isinstance(value, str) and bool(re.fullmatch(rf"{FROM_ENVIRONMENT}\w+", value))


def credential_value(stated: str) -> str:
    """Return the credential itself; "" if it is to come from a variable that is not set.

    Only what `is_variable` is looked up, so that no variable is read that the checks of a run do not see.
    """
    if not is_variable(stated):
        return stated
    return os.environ.get(stated.removeprefix(FROM_ENVIRONMENT), "")


def is_random(value: str) -> bool:
    """Return whether a value is long and random enough to be a key, unlike `EMPTY`, `token` or `sk-no-key-required`."""
    return len(value) >= SHORTEST_SECRET and bool(re.search(r"\d", value)) and bool(re.search(r"[^\W\d_]", value)) \
        and len(set(value.lower())) >= 8


@dataclass(frozen=True)
class _Needle:
    """A search pattern for a secret in lower-case text; `loose` patterns consist of letters and digits only.

    `part` is how many characters of it are masked without the rest; 0 if it is searched for as a whole only.
    """

    text: str
    loose: bool
    part: int = 0

    @cached_property
    def parts(self) -> list[str]:
        """Return what to search for: the whole, and all parts unless they could be words or counting."""
        found = [self.text[at:at + self.part] for at in range(len(self.text) - self.part + 1)] if self.part else []
        return [self.text, *(part for part in found if self.part > SHORTEST_PART or _is_mixed(part))]

    @cached_property
    def hints(self) -> list[str]:
        """Return texts of which one occurs in each text that holds a part."""
        half = (self.part + 1) // 2 or len(self.text)
        return [self.text[at:at + half] for at in range(0, len(self.text) - half + 1, half)]


class Redactor:
    """Masks secrets in text: in any case, escaped (percent, JSON, HTML, also twice), in base64 or hexadecimal, with
    NUL characters, line breaks or punctuation inside, and the decoded user and password of a Basic credential.

    `only_random` leaves out the secrets, and the parts of secrets, that ordinary text may hold.
    """

    def __init__(self, values: Iterable[str], shortest: int = SHORTEST, *, only_random: bool = False) -> None:
        needles = {needle for value in values for word in _words(value)
                   if len(word) >= shortest and (not only_random or is_random(word)) for needle in _needles(word)}
        self._needles = sorted(needles, key=lambda needle: len(needle.text), reverse=True)
        self._loose = list({hint.encode() for needle in self._needles if needle.loose for hint in needle.hints})
        self._strict = [needle.text for needle in self._needles if not needle.loose]

    def __bool__(self) -> bool:
        return bool(self._needles)

    def text(self, text: str, *, cut: bool = False) -> str:
        """Return the text with each secret masked; `cut` means that it was truncated, possibly within a secret."""
        if not self._needles or not (cut or self._suspects(text)):
            return text
        spans = [span for level in _levels(text) for span in self._spans(level, cut)]
        for start, end in reversed(_merged(spans)):
            text = text[:start] + MASK + text[end:]
        return text

    def data(self, data: bytes) -> bytes:
        """Return UTF-8 text as bytes with each secret masked."""
        return self.text(data.decode(errors="surrogateescape")).encode(errors="surrogateescape")

    def value(self, value: Any, *, keys: bool = False) -> Any:
        """Return a JSON value with secrets masked in its strings, and with `keys` also in the keys of its objects."""
        if not self._needles:
            return value
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.text(key) if keys and isinstance(key, str) else key: self.value(part, keys=keys)
                    for key, part in value.items()}
        return [self.value(part, keys=keys) for part in value] if isinstance(value, list) else value

    def _suspects(self, text: str) -> bool:
        """Return whether any secret occurs, at the speed of the built-in searches."""
        for _ in range(_MOST_LEVELS + 1):
            folded = (text if text.isascii() else unicodedata.normalize("NFKD", text)).casefold().replace("\0", "")
            letters = folded.encode().translate(None, _PUNCTUATION) if folded.isascii() else \
                _SEPARATORS.sub("", folded).encode(errors="replace")
            if any(needle in letters for needle in self._loose) or any(needle in folded for needle in self._strict):
                return True
            if not any(mark in text for mark in "%\\&<\x1b"):
                return False
            text, before = _ESCAPE.sub(_unescaped, text), text
            if text == before:
                return False
        return False

    def _spans(self, level: "_Level", cut: bool) -> Iterator[tuple[int, int]]:
        for needle in self._needles:
            text, places = level.letters if needle.loose else level.characters
            for part in needle.parts:
                at = text.find(part)
                while at >= 0:
                    yield level.span(places[at], places[at + len(part) - 1])
                    at = text.find(part, at + 1)
            if cut and (size := _begun(text, needle.text)):
                yield level.span(places[-size], len(level.text) - 1)


def _begun(text: str, secret: str) -> int:
    """Return how many characters of a secret's beginning end the text; 0 if there are fewer than would be masked."""
    return next((size for size in range(len(secret) - 1, SHORTEST - 1, -1) if text.endswith(secret[:size])), 0)


@dataclass(frozen=True)
class _Level:
    """A text with some of its escapes decoded; `starts` and `ends` map each character to the original."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]

    @cached_property
    def characters(self) -> tuple[str, list[int]]:
        """Return the text in lower case without NUL characters, and the index of each of its characters."""
        folded = [(part, place) for place, character in enumerate(self.text) if character != "\0"
                  for part in unicodedata.normalize("NFKD", character).casefold()]
        return "".join(part for part, _ in folded), [place for _, place in folded]

    @cached_property
    def letters(self) -> tuple[str, list[int]]:
        """Return only the letters and digits of the text, with the index of each."""
        folded = [(part, place) for part, place in zip(*self.characters, strict=True) if part.isalnum()]
        return "".join(part for part, _ in folded), [place for _, place in folded]

    def span(self, first: int, last: int) -> tuple[int, int]:
        return self.starts[first], self.ends[last]


def _levels(text: str) -> Iterator[_Level]:
    """Yield the text itself, then with its escapes decoded, then with the escapes inside those decoded."""
    level = _Level(text, range(len(text)), range(1, len(text) + 1))
    for _ in range(_MOST_LEVELS + 1):
        yield level
        parts, starts, ends, at = [], list[int](), list[int](), 0
        for match in _ESCAPE.finditer(level.text):
            decoded = _unescaped(match)
            parts += [level.text[at:match.start()], decoded]
            starts += [*level.starts[at:match.start()], *[level.starts[match.start()]] * len(decoded)]
            ends += [*level.ends[at:match.start()], *[level.ends[match.end() - 1]] * len(decoded)]
            at = match.end()
        if not at:
            return
        level = _Level("".join(parts) + level.text[at:], [*starts, *level.starts[at:]], [*ends, *level.ends[at:]])


def _unescaped(match: re.Match[str]) -> str:
    escape = match[0]
    if escape[0] in "\x1b<":  # markup, which shows nothing
        return ""
    if escape[0] == "%":
        data = bytes.fromhex(re.sub("%(?:25)*(?=[0-9a-fA-F]{2})", "", escape))
        try:
            return data.decode()
        except UnicodeDecodeError:
            return data.decode("latin-1")
    if escape[0] == "&":
        return html.unescape(escape)
    bare = escape.lstrip("\\")
    if bare in ("n", "r", "t"):
        return "\n"
    if codes := _CODE.findall(escape):
        units = "".join(chr(int(code, 16)) for code in codes)
        return units.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return chr(int(bare[1:], 16)) if bare[:1] in ("x", "X") else bare or "\\"


def _merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the spans in order, with overlapping ones merged."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged


def _words(value: str) -> set[str]:
    """Return a secret and its parts: without the name of the scheme before it, and decoded."""
    return {word for part in (value, value.strip().rpartition(" ")[2]) for word in _decoded(part.strip())}


def _needles(word: str) -> Iterator[_Needle]:
    data = word.encode(errors="replace")
    mangled = data.decode("latin-1")  # UTF-8 that a server mistook for Latin-1
    part = SHORTEST_PART if is_random(word) else 0
    for form in {word, mangled}:
        yield from _needle(form, loose=is_random(word), part=part)
    forms = {data.hex(): 2 * part, **dict.fromkeys(_base64_cores(data), part * 4 // 3)}
    for form in {*forms, *(_other_spellings(word, data) if is_random(word) else ())}:
        if len(form) >= max(SHORTEST, 8):
            yield from _needle(form, loose=True, part=forms.get(form, 0))


def _needle(form: str, *, loose: bool, part: int) -> Iterator[_Needle]:
    folded = unicodedata.normalize("NFKD", form).casefold().replace("\0", "")
    letters = "".join(filter(str.isalnum, folded))
    if loose and len(letters) >= SHORTEST:
        yield _Needle(letters, True, part)
    elif not loose:
        yield _Needle(folded, False)


def _is_mixed(text: str) -> bool:
    """Return whether a part of a key has letters and digits, and not in the order of the alphabet or of counting."""
    steps = sum(abs(ord(after) - ord(before)) > 1 for before, after in zip(text, text[1:], strict=False))
    return steps > len(text) // 2 and any(map(str.isdecimal, text)) and any(map(str.isalpha, text))


def _decoded(value: str) -> Iterator[str]:
    """Yield a value, the value without percent escapes, and the user and password if it is a Basic credential."""
    yield value
    yield unquote(value)
    texts = [value]
    with suppress(ValueError):  # not a Basic credential
        texts.append(base64.b64decode(value + "=" * (-len(value) % 4), validate=True).decode())
    for text in texts:
        user, colon, password = text.partition(":")
        if colon and text.isprintable() and "//" not in text:
            yield from (text, user, password)


def _other_spellings(word: str, data: bytes) -> Iterator[str]:
    """Yield what a long secret looks like in encodings that few servers use, as far as letters and digits go."""
    for encode in (base64.b32encode, base64.b32hexencode):
        yield from _cores(data, encode, 5, 8)
    yield from _cores(data, base64.b85encode, 4, 5, whole=True)
    yield from _cores(data, base64.a85encode, 4, 5, whole=True)
    yield from _base64_cores(word[::-1].encode(errors="replace"))
    for core in set(_base64_cores(data)):
        yield from (core[::-1], core.encode().hex(), *_base64_cores(core.encode()))
    yield from _base64_cores(data.hex().encode())
    for encoding in ("utf-16-le", "utf-16-be"):
        yield from _base64_cores(word.encode(encoding, "replace"))
    yield quopri.encodestring(data).decode()
    yield word.encode("utf-7", "replace").decode()
    yield word[::-1]
    yield codecs.encode(word, "rot13")
    for form in ("{:d}", "{:x}", "{:o}", "{:03o}", "{:06x}", "0x{:x}", "chr{:d}", "{:08b}"):  # with whatever between
        yield "".join(map(form.format, data))
    for form in ("{:d}", "u{:x}", "u{:04x}", "u{:08x}"):  # &#65, U+0041, %u0041, \\u{41}, \\U00000041
        yield "".join(form.format(ord(character)) for character in word)


def _base64_cores(data: bytes) -> Iterator[str]:
    """Yield the data as it appears inside base64 text, also the URL-safe kind."""
    for core in _cores(data, base64.b64encode, 3, 4):
        yield core
        yield core.replace("+", "-").replace("/", "_")


def _cores(data: bytes, encode: Callable[[bytes], bytes], size: int, length: int, *, whole: bool = False
           ) -> Iterator[str]:
    """Yield the data as it appears inside encoded text at each of its possible alignments.

    The encoding makes `length` characters of `size` bytes; with `whole`, each of them depends on all of those bytes.
    """
    for offset in range(size):
        encoded = encode(b"\0" * offset + data).decode().rstrip("=")
        end = offset + len(data)
        if whole:
            yield encoded[-(-offset // size) * length:end // size * length]
        else:
            yield encoded[-(-offset * length // size):end * length // size]
