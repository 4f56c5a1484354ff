"""Types of the data stages exchange: records, instances, golden calls, the external tools a record may name, and what
the keys of training examples hold."""

from enum import Enum
from typing import Any, TypedDict

StepLists = list  # [[action, action_input, log], observation]: a step in the exchange format, all strings


class StepNote(TypedDict, total=False):
    """Details of a step that the nested lists do not hold: the assistant turn it belongs to, and its reasoning."""

    turn: int
    reasoning: str


Instance = TypedDict("Instance", {
    "input": str, "output": str, "Final Thought": str, "Final Reasoning": str, "intermediate_steps": list[StepLists],
    "step_notes": list[StepNote], "Turns": list[Any], "Samples": list[Any],
    "error": str, "error_kind": str, "notes": list[str], "Verification": dict[str, Any],
    "functions": list[str],  # shown in the conversation, if the API has more than fit
}, total=False)

GET_DETAILS = "getDetails"  # asks the user
RETRIEVAL = "retrievalDataFromFile"  # searches an answer that was too long to be shown
DATE_TIME = "getCurrentDateTime"

# What a record's `external_tools` may name, and the function that the assistant then has.
FUNCTION_OF = {"getDetails": GET_DETAILS, "retrieval": RETRIEVAL, "datetime": DATE_TIME}
EXTERNAL_TOOLS = tuple(FUNCTION_OF.values())


class GoldenCall(TypedDict):
    """One call of a golden answer; `Action_Input` is a JSON object as text."""

    Action: str
    Action_Input: str


class Distractor(TypedDict, total=False):
    """A function of another API that conversations show: whose it is, its description, the shared schemas it names."""

    api: str
    description: str
    components: str


class ApiRecord(TypedDict, total=False):
    """One API with everything the stages have added; unknown keys are kept."""

    Name: str
    Description: str
    Link: str
    Category: str
    Introduction: str
    Functions: str
    Documentation: str | None
    NLDocumentation: str
    Function_Description: dict[str, str]
    Function_Projection: dict[str, list[str]]
    Instructions: list[str]  # what the user says first
    Instruction_Kinds: list[str]  # aligned with Instructions; the kinds are those of toolset/quotas.py
    Instruction_Day: str  # the day for which they were written, as 2025-03-14
    Follow_Ups: list[list[str]]  # aligned with Instructions: what the user says after each answer; left out if nothing
    Golden_Answers: list[list[GoldenCall]]
    Authentication: dict[str, str]
    external_tools: list[str]
    Instances: list[Instance]
    Distractors: dict[str, Distractor]  # by name: functions of other APIs that the conversations show as well
    Errors: dict[str, str]


class Column(Enum):
    """What a key of training examples holds, by which its column in Parquet is made."""

    TEXT = "text"
    TEXTS = "texts"
    FLAGS = "flags"
    TURNS = "turns"  # objects with the texts "from" and "value"
    OBJECTS = "objects"  # each a JSON value, since they differ from one to the next
