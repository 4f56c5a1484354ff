"""Observations: the text in which the assistant sees an API's answer, written and read back."""

import hashlib
import json
import mimetypes
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from toolalpaca.core.text import words

LONGEST = 4_000  # characters of an answer that go into the conversation; about 1,000 tokens

_STATUS = re.compile(r"\W*Status Code:\s*(?P<status>\d{3})\b\.?\s*(?:Response:\s*(?P<body>.*))?", re.DOTALL)
_WRITTEN = re.compile(r"\b(?:Observation:|Status Code: ?\d{3}\b)", re.IGNORECASE)
_NO_ANSWER = "No answer:"
INVALID_FORMAT = "Invalid format"  # opens what the assistant is told of a turn that could not be read
# What the executor says of a call that it does not send.
_REFUSAL = re.compile(r"\s*(?:Parameter (?:type|value) error|Missing required parameters?|Unknown parameters?)\b")
_UNKNOWN_FUNCTION = "is not a valid function"
_CUT = re.compile(r"\[cut(?::[^\]]*)?\]\s*$")
GATEWAY = (502, 503, 504)


@dataclass(frozen=True)
class Reply:
    """An API's answer; `cut` says that the body was longer than what was read, `infrastructure` that the answer (or
    its absence: status 0) came of the network or a gateway rather than of the API."""

    status: int
    content_type: str
    body: bytes
    cut: bool = False
    infrastructure: str = ""


@dataclass
class KeptFiles:
    """Where one conversation keeps answers that do not fit into it.

    Long texts are kept in memory under the names the assistant is given; images go to `folder`, named by their content
    so that running again gives the same name. Without a folder they are described but not kept.
    """

    folder: Path | None = None
    texts: dict[str, str] = field(default_factory=dict)

    def keep_text(self, text: str) -> str:
        """Keep a text and return the name under which it can be looked into."""
        name = f"response_{len(self.texts) + 1}.txt"
        self.texts[name] = text
        return name

    def keep_image(self, data: bytes, content_type: str) -> str:
        """Keep an image and return its path relative to the output file, or ""."""
        if self.folder is None:
            return ""
        name = hashlib.sha256(data).hexdigest()[:16] + (mimetypes.guess_extension(content_type) or ".bin")
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / name).write_bytes(data)
        return f"{self.folder.name}/{name}"


def observation_of(reply: Reply, files: KeptFiles, *, retrieval: bool = False) -> str:
    """Return the answer as text; `retrieval` says that the assistant can look into a kept file."""
    if not reply.status:
        return (f"{_NO_ANSWER} {reply.infrastructure}. The API did not answer in time; try again "
                "or call another function.")
    return f"Status Code: {reply.status}. Response: {_response(reply, files, retrieval)}"


def _response(reply: Reply, files: KeptFiles, retrieval: bool) -> str:
    content_type = reply.content_type.split(";")[0].strip().lower()
    if not reply.body:
        return "(no content)"
    if not _is_text(content_type, reply.body):
        return _binary(reply.body, content_type or "unknown type", files)
    text = _one_line(decoded(reply))
    if not text:
        return "(no content)"
    if len(text) <= LONGEST and not reply.cut:
        return text
    return _long(text, files, retrieval)


def _long(text: str, files: KeptFiles, retrieval: bool) -> str:
    if not retrieval:
        return f"{text[:LONGEST]} [cut: {LONGEST} of {len(text)} characters shown]"
    name = files.keep_text(text)
    return (f'The answer has {len(text)} characters and is kept in the file "{name}". '
            f"It begins: {text[:LONGEST // 8]} [cut]")


def _binary(data: bytes, content_type: str, files: KeptFiles) -> str:
    place = files.keep_image(data, content_type) if content_type.startswith("image/") else ""
    return f"[{content_type}, {len(data)} bytes{f', saved as {place}' if place else ''}]"


def _is_text(content_type: str, body: bytes) -> bool:
    if content_type.startswith("text/") or re.search(r"\b(json|xml|javascript|x-www-form-urlencoded|yaml)\b",
                                                      content_type):
        return True
    if content_type.startswith(("image/", "audio/", "video/", "font/")) or b"\0" in body[:1000]:
        return False
    return _is_utf8(body[:1000])


def _is_utf8(head: bytes) -> bool:
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start > len(head) - 4  # a character cut at the end of the sample
    return True


def decoded(reply: Reply) -> str:
    """Return the body as text in the charset that its type names, UTF-8 if there is none or it is unknown."""
    charset = re.search(r"charset=[\"']?([\w.:-]+)", reply.content_type, re.IGNORECASE)
    return _by(reply.body, charset[1] if charset else "utf-8")


def _by(body: bytes, charset: str) -> str:
    decode: Callable[[str], str] = lambda name: body.decode(name, "replace")  # noqa: E731
    try:
        return decode(charset)
    except (LookupError, UnicodeError):  # an unknown charset, or one that is for other things
        return decode("utf-8")


def _one_line(text: str) -> str:
    """Return JSON that is spread over lines without them, and other text without its line breaks."""
    text = text.strip().replace("\0", "")
    if "\n" not in text and "\r" not in text:
        return text
    if text[:1] in "{[":
        try:
            return json.dumps(json.loads(text), ensure_ascii=False)
        except (ValueError, RecursionError):
            return " ".join(text.split())
    return " ".join(text.split())


@dataclass(frozen=True)
class Leaf:
    """A value that is neither object nor array; `path` holds the names on the way to it, without list positions."""

    path: tuple[str, ...]
    value: Any

    @cached_property
    def names(self) -> frozenset[str]:
        """Return the words of the names on the way."""
        return frozenset(word for name in self.path for word in words(name.replace("_", " ")))


def holds_observation(text: str) -> bool:
    """Return whether a text that the assistant wrote holds an observation, which is not the assistant's to write."""
    return _WRITTEN.search(text) is not None


@dataclass(frozen=True)
class Observation:
    """What one step brought, read back from its text."""

    text: str

    @cached_property
    def _parts(self) -> re.Match[str] | None:
        return _STATUS.match(self.text)

    @property
    def status(self) -> int | None:
        """Return the HTTP status, None if no answer of an API is shown."""
        return int(self._parts["status"]) if self._parts else None

    @property
    def succeeded(self) -> bool:
        """Return whether it shows an API's success."""
        return self.status is not None and self.status < 400

    @property
    def is_unanswered(self) -> bool:
        """Return whether the API did not answer at all."""
        return self.text.lstrip().startswith(_NO_ANSWER)

    @property
    def is_infrastructure(self) -> bool:
        """Return whether the network or a gateway spoke in place of the API."""
        return self.is_unanswered or self.status in GATEWAY

    @property
    def refuses_arguments(self) -> bool:
        """Return whether the executor refused the arguments before any request was sent."""
        return _REFUSAL.match(self.text) is not None

    @property
    def refuses_format(self) -> bool:
        """Return whether the turn could not be read."""
        return self.text.startswith(INVALID_FORMAT)

    @property
    def refuses_function(self) -> bool:
        """Return whether the executor knows no function of that name."""
        return _UNKNOWN_FUNCTION in self.text

    @cached_property
    def body(self) -> Any:
        """Return the JSON of the answer; None if it is not JSON or not all of it is shown."""
        text = (self._parts["body"] if self._parts else None) or ""
        if text[:1] not in tuple('{["') and not re.match(r"-?\d|true|false|null", text):
            return None
        try:
            return json.JSONDecoder().raw_decode(text)[0]
        except (ValueError, RecursionError):
            return None

    @property
    def is_whole(self) -> bool:
        """Return whether the whole answer is shown."""
        return not _CUT.search(self.text)

    @cached_property
    def leaves(self) -> list[Leaf]:
        """Return the values of the answer."""
        return list(_leaves(self.body, ()))

    @cached_property
    def words(self) -> list[str]:
        """Return the words of the text."""
        return words(self.text)


@lru_cache(maxsize=256)
def read_observation(text: str) -> Observation:
    """Return what one step brought; the same text, which several rules read, is parsed once."""
    return Observation(text)


def _leaves(value: Any, path: tuple[str, ...]) -> Iterator[Leaf]:
    if isinstance(value, dict):
        for name, part in value.items():
            yield from _leaves(part, (*path, name))
    elif isinstance(value, list):
        for part in value:
            yield from _leaves(part, path)
    elif value is not None:
        yield Leaf(path, value)
