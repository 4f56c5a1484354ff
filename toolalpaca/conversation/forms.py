"""The four prompt forms: how a conversation between user and assistant is written down as one text.

The same rendering serves the assistant while it works (`render_prompt`) and the examples it is trained on
(`segments`), so that a trained model meets exactly the text it has learned from. A prompt ends in a label with no
blank after it; the blank opens what the model writes.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from toolalpaca.conversation.functions import describe_functions, function_names
from toolalpaca.data.schema import ApiRecord, Instance, Step
from toolalpaca.llm.prompts import Prompt

TEMPLATE_FOLDER = Path(__file__).resolve().parents[2] / "prompts"
Segment = tuple[str, bool]  # a piece of text, and whether a model is trained to write it


@dataclass(frozen=True)
class PromptForm:
    """The labels of one form; its wording stands in `prompts/Assistant_{name}.txt`."""

    name: str
    question: str
    thought: str
    action: str
    action_input: str
    observation: str
    answer: str


def _form(name: str, question: str, speaker: str, answer: str) -> PromptForm:
    return PromptForm(name, question, f"{speaker}Thought:", f"{speaker}Action:", f"{speaker}Action Input:",
                      f"{speaker}Observation:", f"{speaker}{answer}:")


PROMPT_FORMS: dict[str, PromptForm] = {form.name: form for form in (
    _form("train_v1", "Question:", "", "Final Answer"),
    _form("train_v2", "Question:", "", "Final Answer"),
    _form("test_v1", "USER:", "ASSISTANT ", "Response"),
    _form("test_v2", "Question:", "", "Final Answer"),
)}

_ACTION_LABEL = re.compile(r"^[ \t*]*(?:ASSISTANT[ \t]+)?Action[ \t]*(?:Input)?[ \t*]*:", re.MULTILINE | re.IGNORECASE)
_THOUGHT_LABEL = re.compile(r"^\s*(?:ASSISTANT[ \t]+)?Thought[ \t]*:", re.IGNORECASE)


def stop_strings(form: PromptForm) -> list[str]:
    """Where the model must stop, since what follows is not its to write."""
    return [form.observation]


def render_prompt(form: PromptForm, record: ApiRecord, instruction: str, steps: Sequence[Step] = (), *,
                  get_details: bool = True, folder: Path = TEMPLATE_FOLDER) -> str:
    """The conversation so far, ending in the label of the thought that the assistant is to write next."""
    head = prompt_head(form, record, get_details=get_details, folder=folder)
    pieces = [opening(form, head, instruction)]
    for step in steps:
        pieces += [turn_text(form, step), observation_text(form, step)]
    return "".join(pieces)


def segments(form: PromptForm, record: ApiRecord, instance: Instance, *, get_details: bool = True,
             folder: Path = TEMPLATE_FOLDER) -> list[Segment]:
    """A finished conversation as the pieces a model is trained on: the same text as `render_prompt`, then the end.

    A turn that could not be read as an action (an empty action name) is shown but not trained.
    """
    head = prompt_head(form, record, get_details=get_details, folder=folder)
    pieces: list[Segment] = [(opening(form, head, instance["input"]), False)]
    for step in instance.get("intermediate_steps") or []:
        pieces += [(turn_text(form, step), bool(step[0][0])), (observation_text(form, step), False)]
    return [*pieces, (ending_text(form, instance.get("Final Thought") or "", instance.get("output") or ""), True)]


def prompt_head(form: PromptForm, record: ApiRecord, *, get_details: bool = True,
                folder: Path = TEMPLATE_FOLDER) -> str:
    """What stands before the question: who the assistant is, the API and its functions."""
    return assistant_prompt(form, folder).fill(
        name=record["Name"], introduction=record.get("Introduction") or record.get("Description") or "",
        functions=describe_functions(record, get_details=get_details),
        function_names=", ".join(function_names(record, get_details=get_details))).rstrip()


def opening(form: PromptForm, head: str, instruction: str) -> str:
    """Everything up to the first thought."""
    return f"{head}\n\n{form.question}{_spaced(instruction)}\n{form.thought}"


def turn_text(form: PromptForm, step: Step) -> str:
    """What the assistant wrote in one step, up to the label where it stops."""
    (action, action_input, log), _ = step
    body = action_text(form, thought_of(log), action, action_input) if action else _spaced(log)
    return f"{body}\n{form.observation}"


def action_text(form: PromptForm, thought: str, action: str, action_input: str) -> str:
    """Thought, action and input as the assistant writes them after the label of the thought."""
    return f"{_spaced(thought)}\n{form.action} {action}\n{form.action_input} {action_input}"


def observation_text(form: PromptForm, step: Step) -> str:
    """What came back in one step, and the label of the thought that follows."""
    return f"{_spaced(step[1])}\n{form.thought}"


def ending_text(form: PromptForm, thought: str, output: str) -> str:
    """The last thought and the answer to the user."""
    return f"{_spaced(thought)}\n{form.answer}{_spaced(output)}"


def thought_of(log: str) -> str:
    """The thought in a step's stored text, whichever form it was written in."""
    label = _ACTION_LABEL.search(log)
    return _THOUGHT_LABEL.sub("", log[:label.start()] if label else log, count=1).strip()


def _spaced(text: str) -> str:
    """The blank that separates a label from its text belongs to the text; an empty text has none."""
    text = text.strip()
    return f" {text}" if text else ""


@lru_cache(maxsize=16)
def assistant_prompt(form: PromptForm, folder: Path = TEMPLATE_FOLDER) -> Prompt:
    """The form's template; raises UsageError when it is missing or asks for what nobody fills."""
    return Prompt(folder / f"Assistant_{form.name}.txt", {"name", "introduction", "functions", "function_names"})
