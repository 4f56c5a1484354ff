"""Observations: the text in which an API's response is shown to the assistant, written and parsed."""

import hashlib
import json
import mimetypes
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from toolalpaca.conversation.forms import LOG_FORM, PromptForm, holds_label, spelled
from toolalpaca.core.files import replacing_file
from toolalpaca.core.words import words
from toolalpaca.openapi.media_types import kind_of

LONGEST_SHOWN = 4_000  # characters of a response that go into the conversation; about 1,000 tokens

_STATUS = re.compile(r"\W*Status Code:\s*(?P<status>\d{3})\b\.?\s*(?:Response:\s*(?P<body>.*))?", re.DOTALL)
_WRITTEN = re.compile(rf"\b(?:{spelled(LOG_FORM.observation)}:|Status Code: ?\d{{3}}\b)", re.IGNORECASE)
_NO_ANSWER = "No answer:"
INVALID_FORMAT = "Invalid format"  # begins the observation of a turn that could not be parsed
# Observations of calls that the executor did not send.
_REFUSAL = re.compile(r"\s*(?:Parameter (?:type|value) error|Missing required parameters?|Unknown parameters?)\b")
_UNKNOWN_FUNCTION = re.compile(r'\s*".*?" is not a valid function\.', re.DOTALL)
_TEXT_TYPE = re.compile(r"\b(json|xml|javascript|x-www-form-urlencoded|yaml)\b")
_CHARSET = re.compile(r"charset=[\"']?([\w.:-]+)", re.IGNORECASE)
_NOTED = re.compile(r"step \d+: infrastructure: (?!sent |left out)")  # an argument may have that name
_CUT = re.compile(r"\[cut(?::[^\]]*)?\]\s*$")
GATEWAY = (502, 503, 504)  # statuses that come from a gateway and not from the API


@dataclass(frozen=True)
class Reply:
    """An API's response.

    `cut` says that the body was longer than what was read, `infrastructure` that the response (or its absence: status
    0) comes from the network or a gateway and not from the API.
    """

    status: int
    content_type: str
    body: bytes
    cut: bool = False
    infrastructure: str = ""


@dataclass
class KeptFiles:
    """Stores the responses of one conversation that are too large for it.

    Long texts are kept in memory under names given to the assistant; images are written to `folder`, named by their
    content so that a new run uses the same name. Without a folder they are described but not stored.
    """

    folder: Path | None = None
    texts: dict[str, str] = field(default_factory=dict)

    def keep_text(self, text: str) -> str:
        """Store a text and return the name under which it can be searched."""
        name = f"response_{len(self.texts) + 1}.txt"
        self.texts[name] = text
        return name

    def keep_image(self, data: bytes, content_type: str) -> str:
        """Store an image and return its path relative to the output file, or ""."""
        if self.folder is None:
            return ""
        name = hashlib.sha256(data).hexdigest()[:16] + (mimetypes.guess_extension(content_type) or ".bin")
        self.folder.mkdir(parents=True, exist_ok=True)
        with replacing_file(self.folder / name) as temporary:
            temporary.write_bytes(data)
        return f"{self.folder.name}/{name}"


def observation_of(reply: Reply, files: KeptFiles, *, retrieval: bool = False) -> str:
    """Return the response as text; `retrieval` says that the assistant can search stored files."""
    if not reply.status:
        return (f"{_NO_ANSWER} {reply.infrastructure}. The API did not answer in time; try again "
                "or call another function.")
    return answer_in_words(reply.status, _response(reply, files, retrieval))


def answer_in_words(status: int, response: str) -> str:
    """Return an API's answer in the notation of the published files."""
    return f"Status Code: {status}. Response: {response}"


def _response(reply: Reply, files: KeptFiles, retrieval: bool) -> str:
    content_type = kind_of(reply.content_type)
    if not reply.body:
        return "(no content)"
    if not _is_text(content_type, reply.body):
        return _binary(reply.body, content_type or "unknown type", files)
    text = _one_line(decoded(reply))
    if not text:
        return "(no content)"
    if len(text) <= LONGEST_SHOWN and not reply.cut:
        return text
    return _long(text, files, retrieval)


def _long(text: str, files: KeptFiles, retrieval: bool) -> str:
    if not retrieval:
        return f"{text[:LONGEST_SHOWN]} [cut: {LONGEST_SHOWN} of {len(text)} characters shown]"
    name = files.keep_text(text)
    return (f'The answer has {len(text)} characters and is kept in the file "{name}". '
            f"It begins: {text[:LONGEST_SHOWN // 8]} [cut]")


def _binary(data: bytes, content_type: str, files: KeptFiles) -> str:
    place = files.keep_image(data, content_type) if content_type.startswith("image/") else ""
    return f"[{content_type}, {len(data)} bytes{f', saved as {place}' if place else ''}]"


def _is_text(content_type: str, body: bytes) -> bool:
    if content_type.startswith("text/") or _TEXT_TYPE.search(content_type):
        return True
    if content_type.startswith(("image/", "audio/", "video/", "font/")) or b"\0" in body[:1000]:
        return False
    return _is_utf8(body[:1000])


def _is_utf8(head: bytes) -> bool:
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start > len(head) - 4  # a character cut off at the end of the sample
    return True


def decoded(reply: Reply) -> str:
    """Return the body as text in the charset named by its content type, UTF-8 if that is missing or unknown."""
    charset = _CHARSET.search(reply.content_type)
    return _by(reply.body, charset[1] if charset else "utf-8")


def _by(body: bytes, charset: str) -> str:
    try:
        return body.decode(charset, "replace")
    except (LookupError, UnicodeError):  # an unknown charset, or a codec that does not decode text
        return body.decode("utf-8", "replace")


def _one_line(text: str) -> str:
    """Return multi-line JSON on one line, and other text without its line breaks."""
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
    """A value that is neither object nor array; `path` holds the keys that lead to it, without list indices."""

    path: tuple[str, ...]
    value: Any

    @cached_property
    def names(self) -> frozenset[str]:
        """Return the words of the keys that lead to the value."""
        return frozenset(word for name in self.path for word in words(name.replace("_", " ")))


def unknown_function(name: str) -> str:
    """Return how the observation of a call begins that names no function which the assistant has."""
    return f'"{name}" is not a valid function.'


def infrastructure_note(reason: str) -> str:
    """Return the note on a call that failed for reasons of the network or a server."""
    return f"infrastructure: {reason}"


def is_infrastructure_note(note: Any) -> bool:
    """Return whether a note of an instance, which begins with its step, says that the network or a server failed."""
    return isinstance(note, str) and _NOTED.match(note) is not None


def holds_observation(text: str, form: PromptForm | None = None) -> bool:
    """Return whether the assistant's text, in this form if it is known, contains an observation, which it must not
    write itself."""
    return _WRITTEN.search(text) is not None or (form is not None and holds_label(text, form, ("observation",)))


@dataclass(frozen=True)
class Observation:
    """The result of one step, parsed from its text."""

    text: str

    @cached_property
    def _parts(self) -> re.Match[str] | None:
        return _STATUS.match(self.text)

    @property
    def status(self) -> int | None:
        """Return the HTTP status; None if no API response is shown."""
        return int(self._parts["status"]) if self._parts else None

    @property
    def succeeded(self) -> bool:
        """Return whether it shows a successful API response."""
        return self.status is not None and self.status < 400

    @property
    def says_not_there(self) -> bool:
        """Return whether the API says that there is no such thing, which is an answer: not found, or gone."""
        return self.status in (404, 410)

    @property
    def is_unanswered(self) -> bool:
        """Return whether the API did not respond at all."""
        return self.text.lstrip().startswith(_NO_ANSWER)

    @property
    def is_infrastructure(self) -> bool:
        """Return whether the same call may work later, since it failed for reasons of the network, a server or its
        load: no answer, 429 or 5xx."""
        return self.is_unanswered or self.status is not None and (self.status == 429 or self.status >= 500)

    @property
    def refuses_arguments(self) -> bool:
        """Return whether the executor refused the arguments before sending a request."""
        return _REFUSAL.match(self.text) is not None

    @property
    def refuses_format(self) -> bool:
        """Return whether the turn could not be parsed."""
        return self.text.startswith(INVALID_FORMAT)

    @property
    def refuses_function(self) -> bool:
        """Return whether the executor knows no function of that name."""
        return self.status is None and _UNKNOWN_FUNCTION.match(self.text) is not None

    @property
    def refuses_call(self) -> bool:
        """Return whether nothing was sent, since the call could not be parsed or does not fit the documentation."""
        return self.refuses_arguments or self.refuses_format or self.refuses_function

    @cached_property
    def body(self) -> Any:
        """Return the response as JSON; None if it is not JSON or is not shown completely."""
        text = (self._parts["body"] if self._parts else None) or ""
        if text[:1] not in tuple('{["') and not re.match(r"-?\d|true|false|null", text):
            return None
        try:
            return json.JSONDecoder().raw_decode(text)[0]
        except (ValueError, RecursionError):
            return None

    @property
    def is_whole(self) -> bool:
        """Return whether the complete response is shown."""
        return not _CUT.search(self.text)

    @cached_property
    def leaves(self) -> list[Leaf]:
        """Return the leaf values of the response."""
        return list(_leaves(self.body, ()))

    @cached_property
    def words(self) -> list[str]:
        """Return the words of the text."""
        return words(self.text)


@lru_cache(maxsize=256)
def read_observation(text: str) -> Observation:
    """Return the parsed result of one step; cached, since several rules read the same text."""
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
