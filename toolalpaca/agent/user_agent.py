"""The user agent: answers the assistant's questions, and says the next thing after an answer, never as an assistant."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from toolalpaca.llm.chat import Message, user_message
from toolalpaca.llm.prompts import Prompt

T = TypeVar("T")
PLACEHOLDERS = {"functions", "instruction", "day", "history", "question"}
FOLLOW_UP_PLACEHOLDERS = {"instruction", "left", "history"}
END = "END"  # said by a user who wants nothing more
_SPEAKER = re.compile(r"^\W*(?:user|answer|reply|me)\W*:[\s*]*", re.IGNORECASE)
_ASSISTANT_TALK = re.compile(
    r"\b(as an? (?:ai|language model|assistant)|how (?:can|may) i (?:help|assist)"
    r"|i(?:'d| would) be happy to (?:help|assist)|i can(?:not|'t)? (?:help|assist) you"
    r"|let me know if you need (?:(?:any|more|further|some) )*(?:help|assistance)|^let me know if you need"
    r"|anything else i can)", re.IGNORECASE)


class Asker(Protocol):
    """The interface of the user agent's model, implemented by `toolalpaca.llm.chat.ChatModel`."""

    def ask(self, messages: list[Message], parse: Callable[[str], T], *, record: str) -> T:
        """Return the result of `parse` for the model's answer, asking again while that raises ValueError."""


@dataclass(frozen=True)
class UserScene:
    """What a user knows besides their own words: what they are after, the functions in words, and which day it is."""

    instruction: str
    functions: str
    day: str


class UserAgent:
    """Plays the user of one conversation after another; stateless."""

    def __init__(self, model: Asker, prompt: Prompt, follow_up: Prompt) -> None:
        self._model = model
        self._prompt = prompt
        self.follow_up = follow_up

    def answer(self, question: str, scene: UserScene, *, before: Sequence[tuple[str, str]], record: str) -> str:
        """Return the user's reply, consistent with `before`, the questions asked so far and their answers."""
        history = "\n".join(f"Assistant: {asked}\nYou: {said}" for asked, said in before) or "(nothing)"
        text = self._prompt.fill(functions=scene.functions, instruction=scene.instruction, day=scene.day,
                                 history=history, question=question)
        return self._model.ask(user_message(text), users_words, record=record)

    def next_words(self, left: Sequence[str], said: Sequence[tuple[str, str]], *, record: str) -> str | None:
        """Return what the user says after an answer, None if they want nothing more.

        `left` is what they are still after, the next thing first; `said` are their words so far and the answers.
        """
        history = "\n".join(f"You: {words}\nAssistant: {answer}" for words, answer in said)
        wanted = "\n".join(f"{number}. {' '.join(one.split())}" for number, one in enumerate(left, start=1))
        text = self.follow_up.fill(instruction=said[0][0], left=wanted, history=history)
        words = self._model.ask(user_message(text), users_words, record=record)
        return None if words.strip(".*") == END else words


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
