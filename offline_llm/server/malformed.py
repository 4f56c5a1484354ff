"""Answers that violate the format a prompt asked for, in the ways real chat models do."""

import random
import re
from collections.abc import Callable

from offline_llm.seeding import seeded_random

_LABELS = re.compile(r"^(\s*(?:ASSISTANT )?)(Action Input|Action|Final Answer|Response|Status Code|Process Correctness"
                     r"|Final Response Correctness|Name|Input)\s*:", re.MULTILINE)


def malform(text: str, *parts: object) -> str:
    """Return the answer `text`, malformed in one of several ways, selected by `parts`."""
    roll = seeded_random("malformed", *parts)
    return roll.choice(WAYS)(text, roll)


def _cut_off(text: str, roll: random.Random) -> str:
    return text[:max(1, int(len(text) * roll.uniform(0.3, 0.9)))]


def _refusal(text: str, roll: random.Random) -> str:
    return roll.choice(("I'm sorry, but I can't help with that.",
                        "Sure! Could you tell me a little more about what you have in mind?",
                        "As requested, I have completed the task. Let me know if you need anything else!"))


def _nothing(text: str, roll: random.Random) -> str:
    return roll.choice(("", "   \n", "..."))


def _fenced(text: str, roll: random.Random) -> str:
    """Return the answer in a code fence with prose around it: readable for a lenient parser."""
    return f"Sure, here it is:\n\n```{roll.choice(('', 'json', 'text'))}\n{text}\n```\n\nI hope this helps!"


def _wrong_labels(text: str, roll: random.Random) -> str:
    """Return the answer with other labels, or none."""
    swapped = _LABELS.sub(roll.choice((r"\1Result -", r"\1**\2**", r"\1")), text)
    return swapped if swapped != text else _unlisted(text, roll)


def _unlisted(text: str, roll: random.Random) -> str:
    """Return a list joined into one paragraph."""
    return re.sub(r"\s*\n+\s*(?:\d+\.)?\s*", " ", text)


def _broken_json(text: str, roll: random.Random) -> str:
    """Return JSON in Python's notation, with a comment, or without its closing brace."""
    return roll.choice((
        lambda: text.replace('"', "'").replace(" true", " True").replace(" false", " False"),
        lambda: text.replace("{", "{ // as asked\n", 1),
        lambda: text[:text.rfind("}")] + text[text.rfind("}") + 1:] if "}" in text else text + "}",
    ))()


WAYS: tuple[Callable[[str, random.Random], str], ...] = (
    _cut_off, _refusal, _nothing, _fenced, _wrong_labels, _broken_json)
