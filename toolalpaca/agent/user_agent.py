"""The user agent: answers the assistant's questions from what the user knows, never as an assistant would."""

import re
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from toolalpaca.llm.chat import Message, user_message
from toolalpaca.llm.prompt_templates import Prompt

T = TypeVar("T")
PLACEHOLDERS = {"functions", "instruction", "history", "question"}
_SPEAKER = re.compile(r"^\W*(?:user|answer|reply|me)\W*:[\s*]*", re.IGNORECASE)
_ASSISTANT_TALK = re.compile(
    r"\b(as an? (?:ai|language model|assistant)|how (?:can|may) i (?:help|assist)"
    r"|i(?:'d| would) be happy to (?:help|assist)|i can(?:not|'t)? (?:help|assist) you|let me know if you need"
    r"|anything else i can)", re.IGNORECASE)


class Asker(Protocol):
    """The interface of the user agent's model, implemented by `toolalpaca.llm.chat.ChatModel`."""

    def ask(self, messages: list[Message], parse: Callable[[str], T], *, record: str) -> T:
        """Return the result of `parse` for the model's answer, asking again while that raises ValueError."""


class UserAgent:
    """Plays the user of one conversation after another; stateless."""

    def __init__(self, model: Asker, prompt: Prompt) -> None:
        self._model = model
        self._prompt = prompt

    def answer(self, question: str, *, instruction: str, functions: str, before: Sequence[tuple[str, str]],
               record: str) -> str:
        """Return the user's reply, consistent with `before`, the questions asked so far and their answers."""
        history = "\n".join(f"Assistant: {asked}\nYou: {said}" for asked, said in before) or "(nothing)"
        text = self._prompt.fill(functions=functions, instruction=instruction, history=history, question=question)
        return self._model.ask(user_message(text), users_words, record=record)


def users_words(answer: str) -> str:
    """Return the answer without label and quotes; raise ValueError if the model did not stay in its role."""
    text = " ".join(_SPEAKER.sub("", answer.strip()).split())
    if len(text) > 1 and text[0] in "\"“" and text[-1] in "\"”" and not set(text[1:-1]) & set("\"“”"):
        text = text[1:-1].strip()
    if not text:
        raise ValueError("the answer is empty; answer as the user, in one or two sentences")
    if _ASSISTANT_TALK.search(text):
        raise ValueError("this is how an assistant talks; you are the user, give the values asked for")
    return text
