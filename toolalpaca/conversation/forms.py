"""The prompt forms and their labels, which name the parts of a conversation in its text.

A form is one entry in PROMPT_FORMS and one template, `prompts/Assistant_NAME.txt`. The scripts list the names of
PROMPT_FORMS in their help, so this module imports nothing heavy.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class PromptForm:
    """The labels of one form, each including its colon."""

    name: str
    question: str
    thought: str = "Thought:"
    action: str = "Action:"
    action_input: str = "Action Input:"
    observation: str = "Observation:"
    answer: str = "Final Answer:"

    @property
    def labels(self) -> dict[str, str]:
        """Return the form's labels by the part that each introduces."""
        return {"question": self.question, "thought": self.thought, "action": self.action, "input": self.action_input,
                "observation": self.observation, "answer": self.answer}

    @property
    def speaker(self) -> str:
        """Return the word that begins the assistant's labels, such as ASSISTANT; "" if there is none."""
        words = {label.split()[0] for label in (self.thought, self.action, self.answer) if " " in label}
        return words.pop() if len(words) == 1 and " " in self.thought else ""

    def call_text(self, thought: str, action: str, action_input: str) -> str:
        """Return a call as the assistant writes it after the thought label."""
        return f"{spaced(thought)}\n{self.action} {action}\n{self.action_input} {action_input}"

    def answer_text(self, thought: str, answer: str) -> str:
        """Return the last turn as the assistant writes it after the thought label."""
        return f"{spaced(thought)}\n{self.answer}{spaced(answer)}"


PROMPT_FORMS: dict[str, PromptForm] = {form.name: form for form in (
    PromptForm("train_v1", "Question:"),
    PromptForm("train_v2", "Question:"),
    PromptForm("test_v1", "USER:", "ASSISTANT Thought:", "ASSISTANT Action:", "ASSISTANT Action Input:",
               "ASSISTANT Observation:", "ASSISTANT Response:"),
    PromptForm("test_v2", "Question:"),
)}
TOOLS = "tools"  # the name of native tool calling, which is not a text form
LOG_FORM = PROMPT_FORMS["train_v2"]  # the form in which the steps of native tool calling are written down


def spaced(text: str) -> str:
    """Return the text preceded by the blank that separates it from its label; "" for an empty text."""
    text = text.strip()
    return f" {text}" if text else ""


def spelled(label: str) -> str:
    """Return a pattern for a label without its colon that allows for different spacing."""
    return r"[ \t\u00a0_]*".join(re.escape(word) for word in label.rstrip(": ").split())


def _any_of(part: str) -> str:
    """Return a pattern for the label of a part in any form, longest first."""
    labels = {form.labels[part] for form in PROMPT_FORMS.values()} | {LOG_FORM.labels[part]}
    return "|".join(spelled(label) for label in sorted(labels, key=len, reverse=True))


_ACTION_LABEL = re.compile(rf"^[ \t*]*(?:{_any_of('action')}|{_any_of('input')})[ \t*]*:", re.MULTILINE | re.IGNORECASE)
_THOUGHT_LABEL = re.compile(rf"^\s*(?:{_any_of('thought')})[ \t]*:", re.IGNORECASE)
_OWN_LABEL = re.compile("^[ \t]*(?:" + "|".join(_any_of(part) for part in (
    "thought", "action", "input", "observation", "answer")) + ")[ \t]*:", re.MULTILINE | re.IGNORECASE)


def thought_in(log: str) -> str:
    """Return the thought in the stored log of a step, in whichever form it was written."""
    label = _ACTION_LABEL.search(log)
    return _THOUGHT_LABEL.sub("", log[:label.start()] if label else log, count=1).strip()


def holds_label(text: str) -> bool:
    """Return whether a line of the text begins with a label of any form, except the question's label."""
    return _OWN_LABEL.search(text) is not None
