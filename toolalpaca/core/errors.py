"""Errors shared by all stages, and the kinds of failure: whose fault each one is and whether to ask the model again."""

import errno
import re
from collections.abc import Mapping
from enum import Enum, StrEnum
from typing import Any

# Paths that cannot be used: no rights, too long a name, a file in the place of a folder, links that lead in a circle.
UNUSABLE_PATH = (errno.EACCES, errno.EPERM, errno.ENAMETOOLONG, errno.ENOTDIR, errno.EISDIR, errno.ELOOP)
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS)  # no space left, or read-only


class Fault(Enum):
    """Whose fault a failure is."""

    ASSISTANT = "assistant"  # the model that plays the assistant; the only fault that counts against it
    WRITER = "writer"  # a model in another role: the writer, the user, the simulator or the judge
    INFRASTRUCTURE = "infrastructure"  # the network, a server, an endpoint, this machine's memory
    FILTER = "content_filter"  # a provider, whose filter lets a prompt or an answer not pass
    INPUT = "input"  # the record, its document or the set-up of the run
    PROGRAM = "program"  # our own code


class FailureKind(StrEnum):
    """The reason why a record or an instance could not be made; its value is what files and run logs store.

    `fault` says whose fault it is; `retry_fresh` whether the next run should ask the model for new answers (because the
    answers were bad) instead of reusing stored ones (because a call failed).
    """

    fault: Fault
    retry_fresh: bool

    def __new__(cls, value: str, fault: Fault = Fault.ASSISTANT, retry_fresh: bool = False) -> "FailureKind":
        """Return the member with its two attributes."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.fault = fault
        member.retry_fresh = retry_fresh
        return member

    @property
    def counted_as(self) -> str:
        """Return the class under which evaluations and the verification count a failure that is not the assistant's."""
        return (self.fault if self.fault is Fault.FILTER else Fault.INFRASTRUCTURE).value

    STEP_LIMIT = "step_limit", Fault.ASSISTANT, True
    TOKEN_LIMIT = "token_limit", Fault.ASSISTANT, True
    TOO_LONG = "too_long", Fault.ASSISTANT
    TRUNCATED = "truncated", Fault.ASSISTANT
    EMPTY = "empty", Fault.ASSISTANT
    NO_SOLUTION = "no_solution", Fault.ASSISTANT
    MALFORMED_INSTANCE = "malformed_instance", Fault.ASSISTANT
    UNKNOWN = "unknown", Fault.ASSISTANT  # a message written by another program

    UNREADABLE_ANSWER = "unreadable_answer", Fault.WRITER, True
    UNREADABLE_VERDICT = "unreadable_verdict", Fault.WRITER, True
    INVALID_INTRODUCTION = "invalid_introduction", Fault.WRITER, True
    INVALID_FUNCTIONS = "invalid_functions", Fault.WRITER, True
    INVALID_DOCUMENT = "invalid_document", Fault.WRITER, True
    TOO_FEW_INSTRUCTIONS = "too_few_instructions", Fault.WRITER, True

    RATE_LIMIT = "rate_limit", Fault.INFRASTRUCTURE
    TIMEOUT = "timeout", Fault.INFRASTRUCTURE
    CONNECTION = "connection", Fault.INFRASTRUCTURE
    UNREADABLE_BODY = "unreadable_body", Fault.INFRASTRUCTURE
    TOO_LARGE = "too_large", Fault.INFRASTRUCTURE
    CONTENT_FILTER = "content_filter", Fault.FILTER
    UNFINISHED = "unfinished", Fault.INFRASTRUCTURE
    HTTP_4XX = "http_4xx", Fault.INFRASTRUCTURE
    HTTP_5XX = "http_5xx", Fault.INFRASTRUCTURE
    BATCH_FAILED = "batch_failed", Fault.INFRASTRUCTURE
    BATCH_EXPIRED = "batch_expired", Fault.INFRASTRUCTURE
    BATCH_INCOMPLETE = "batch_incomplete", Fault.INFRASTRUCTURE
    OUT_OF_MEMORY = "out_of_memory", Fault.INFRASTRUCTURE
    MODEL_FAILED = "model_failed", Fault.INFRASTRUCTURE
    SIMULATOR_UNAVAILABLE = "simulator_unavailable", Fault.INFRASTRUCTURE
    API_UNREACHABLE = "api_unreachable", Fault.INFRASTRUCTURE
    API_RATE_LIMIT = "api_rate_limit", Fault.INFRASTRUCTURE
    TIME_LIMIT = "time_limit", Fault.INFRASTRUCTURE  # steps and tokens are bounded, so only waiting takes that long
    NOT_RUN = "not_run", Fault.INFRASTRUCTURE

    NO_DOCUMENT = "no_document", Fault.INPUT
    NO_DOCUMENTATION = "no_documentation", Fault.INPUT
    NO_FUNCTIONS = "no_functions", Fault.INPUT
    NO_SERVER = "no_server", Fault.INPUT
    NO_USER = "no_user", Fault.INPUT
    PRIVATE_ADDRESS = "private_address", Fault.INPUT

    UNEXPECTED_ERROR = "unexpected_error", Fault.PROGRAM, True


_OLD_CODES = ((re.compile(r"http_4\d\d"), FailureKind.HTTP_4XX), (re.compile(r"http_\d\d\d"), FailureKind.HTTP_5XX),
              (re.compile(r"batch_\w+"), FailureKind.BATCH_INCOMPLETE))  # of files written before kinds were stored


def kind_from_sentence(sentence: str) -> FailureKind:
    """Return the kind of failure named at the start of a message, for files that store only the message."""
    code = sentence.split(":", 1)[0].strip()
    try:
        return FailureKind(code)
    except ValueError:
        return next((kind for pattern, kind in _OLD_CODES if pattern.fullmatch(code)), FailureKind.UNKNOWN)


def stored_kind(entry: Mapping[str, Any], key: str = "error") -> FailureKind | None:
    """Return the kind of failure stored in an object next to the message under `key`; None if it did not fail."""
    sentence, kind = entry.get(key), entry.get(f"{key}_kind")
    if not sentence:
        return None
    return kind_from_sentence(kind if isinstance(kind, str) and kind else str(sentence))


def is_out_of_memory(error: BaseException | None) -> bool:
    """Return whether an error says that this process may have no more memory, or no further thread."""
    return isinstance(error, MemoryError) or (isinstance(error, RuntimeError) and "start new thread" in str(error)) \
        or (isinstance(error, OSError) and error.errno == errno.ENOMEM) \
        or (isinstance(error, ImportError) and "failed to map segment" in str(error))


class UsageError(Exception):
    """Invalid input or setup. The message is one line that names the file or flag and what to do next; exit code 2."""


class RecordError(Exception):
    """A record that could not be made; the stage continues without it.

    `kind` is what failures are counted by; `partial` holds the record's keys that were made before the failure.
    """

    def __init__(self, kind: FailureKind, message: str) -> None:
        super().__init__(message)
        self.kind = FailureKind(kind)
        self.partial: dict[str, Any] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.kind, self.args[0]), vars(self)

    def __str__(self) -> str:
        return f"{self.kind}: {self.args[0]}"


class StageStopped(Exception):
    """The stage stops early, for example at its budget, with everything finished so far stored; exit code 3."""


class WorkersDied(StageStopped):
    """All processes that did a stage's work have died, perhaps of what they worked on."""
