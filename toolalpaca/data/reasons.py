"""Reasons why an instance does not pass the verification: a code that is counted, and the finding in this instance."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NotRequired, TypedDict

from toolalpaca.core.errors import Fault

STAGES = ("format", "execution", "semantics", "judge")


class Code(StrEnum):
    """A reason; its value is what files store.

    `stage` finds it, `meaning` says it in words, and `fault` whose fault it is: only what is the assistant's makes a
    conversation a bad example.
    """

    stage: str
    meaning: str
    fault: Fault

    def __new__(cls, value: str, stage: str = "", meaning: str = "", fault: Fault = Fault.ASSISTANT) -> "Code":
        """Return the member with its three attributes."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.stage, member.meaning, member.fault = stage, meaning, fault
        return member

    NO_INSTANCE = "no_instance", "format", "the assistant did not finish the conversation"
    MALFORMED = "malformed", "format", "not in the form of an instance", Fault.INPUT
    LABELS_IN_TEXT = ("labels_in_text", "format",
                      "the assistant's text runs on into calls or observations of its own making")
    UNKNOWN_FUNCTION = "unknown_function", "format", "a call of a function that does not exist was answered"
    WRONG_FUNCTION = "wrong_function", "format", "a call of another API's function, which was shown among the API's own"
    UNREADABLE_INPUT = "unreadable_input", "format", "the action input is not a JSON object, but the call was answered"
    WRONG_ARGUMENTS = "wrong_arguments", "format", "arguments do not fit the document, but the call was answered"
    REFUSED_WITHOUT_REASON = ("refused_without_reason", "format",
                              "the observation reports an error in arguments that fit")
    NO_CALL = "no_call", "execution", "no call of the API succeeded"
    INFRASTRUCTURE = ("infrastructure", "execution",
                      "a call failed for reasons of the network or a server", Fault.INFRASTRUCTURE)
    CONTENT_FILTER = ("content_filter", "execution", "a provider's filter stopped the conversation", Fault.FILTER)
    NOT_RECOVERED = "not_recovered", "execution", "a call failed and was never recovered from"
    ANSWER_BREAKS_DOCUMENT = ("answer_breaks_document", "execution",
                              "an API's response does not fit the document", Fault.WRITER)
    ANSWER_BREAKS_REQUEST = ("answer_breaks_request", "execution",
                             "an API's response concerns something other than what was requested", Fault.WRITER)
    UNGROUNDED_ARGUMENT = "ungrounded_argument", "semantics", "an argument that no one supplied"
    UNSUPPORTED_ANSWER = "unsupported_answer", "semantics", "the final answer states what no observation shows"
    CONTRADICTED_ANSWER = "contradicted_answer", "semantics", "the final answer contradicts an observation"
    REPEATED_WRITE = "repeated_write", "semantics", "the same change was made twice"
    DONE_BEFORE_ASKING = "done_before_asking", "semantics", "something was changed before the user was asked"
    UNASKED_CHANGE = "unasked_change", "semantics", "something was changed that was not asked for"
    WRONG_THING = "wrong_thing", "semantics", "a call is about something other than what was named"
    INCOMPLETE = "incomplete", "semantics", "some of the things that were meant were left out"
    UNMADE_ACTION = "unmade_action", "semantics", "the final answer says that something was done which no call did"
    UNUSED_VALUE = "unused_value", "semantics", "a value that the user gave is in no call and not in the final answer"
    LEFT_OUT = "left_out", "semantics", "a part of what was asked for is not in the final answer"
    NOT_FOUND_UNTOLD = ("not_found_untold", "semantics",
                        "what was looked for was not found, and the final answer does not say so")
    ONLY_ASKS = "only_asks", "semantics", "the final answer is a question to the user"
    JUDGE_PROCESS = "judge_process", "judge", "the judge finds the calls wrong or cannot tell"
    JUDGE_RESPONSE = "judge_response", "judge", "the judge finds the final answer wrong or cannot tell"
    JUDGE_FAILED = "judge_failed", "judge", "the judge gave no verdict", Fault.WRITER


def code_of(reason: object) -> str:
    """Return the code with which a reason begins, as stored in a file; reasons of other versions may have others."""
    return str(reason).partition(":")[0].strip()


def meaning_of(code: str) -> str:
    """Return in words what a stored code says; "" for one that is not known."""
    return next((known.meaning for known in Code if known == code), "")


@dataclass(frozen=True)
class Reason:
    """One finding; `step` counts from 1 and is 0 for the instance as a whole. `stage` is its code's if not given."""

    code: Code
    detail: str
    step: int = 0
    stage: str = field(default="", kw_only=True)

    def __post_init__(self) -> None:
        object.__setattr__(self, "stage", self.stage or self.code.stage)

    def text(self) -> str:
        """Return the finding as stored in the file."""
        where = f"step {self.step}: " if self.step else ""
        return f"{self.code}: {where}{self.detail}"


class Verification(TypedDict):
    """What is written with an instance. A stage that was not reached, or not asked for, is null; `rank` is there if
    several conversations of one instruction were compared, 1 for the best; `overruled` holds the reasons of rules that
    the judge, asked to decide, did not share."""

    passed: bool
    format: bool
    execution: bool | None
    semantics: bool | None
    judge: bool | None
    reasons: list[str]
    rank: NotRequired[int]
    overruled: NotRequired[list[str]]


def verification(reasons: Iterable[Reason], reached: Iterable[str]) -> Verification:
    """Return the stored form of the stages that were reached and the reasons they found."""
    found, seen = list(reasons), set(reached)
    failed = {reason.stage for reason in found}
    stages = {stage: stage not in failed if stage in seen else None for stage in STAGES}
    return {"passed": not found, "reasons": [reason.text() for reason in found],
            **stages}  # type: ignore[typeddict-item]
