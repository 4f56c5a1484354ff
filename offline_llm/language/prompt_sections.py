"""Parsing the project's prompts: which role a prompt is for, and its sections."""

import re
from functools import lru_cache

from toolalpaca.conversation.rendering import read_prompt

# How the first line of each role's prompt begins. Any other prompt is answered as plain chat.
FIRST_LINES = {
    "You introduce public web APIs": "introduction",
    "You design the functions that a public web API": "functions",
    "You turn a list of functions into an OpenAPI document": "documentation",
    "You write what people would ask an assistant": "instruction",
    "You play a user who has given an assistant": "user",
    "You play a user who has an answer from": "follow_up",
    "You play the server of a web API": "simulator",
    "You judge how well an assistant solved": "judge",
    "You are an assistant who answers questions with the help of the": "assistant",
    "You are a careful assistant who solves a user's task": "assistant",
    "You are an assistant who uses the functions of the": "assistant",
    "You are an assistant with access to the": "assistant",
}
_SECTION = re.compile(r"^## (.+)$", re.MULTILINE)
_CLOSING = re.compile(r"\n+(?:Write|Answer)\b[^\n]*\bnow\.\s*\Z")


def role_of(prompt: str) -> str | None:
    """Return the role that a prompt's first line asks for; None for a prompt that is not the project's.

    An assistant's prompt is also recognised by its labels, whatever its wording.
    """
    first = prompt.lstrip().split("\n", 1)[0]
    role = next((role for start, role in FIRST_LINES.items() if first.startswith(start)), None)
    return role or ("assistant" if read_prompt(prompt) else None)


@lru_cache(maxsize=256)
def sections(prompt: str) -> dict[str, str]:
    """Return the text under each `## Heading` without the closing request; of repeated headings the first."""
    pieces = _SECTION.split(_CLOSING.sub("", prompt))
    found: dict[str, str] = {}
    for heading, text in zip(pieces[1::2], pieces[2::2], strict=True):
        if heading.strip() in found:
            last = next(reversed(found))
            found[last] += f"\n## {heading}{text}"
        else:
            found[heading.strip()] = text.strip("\n")
    return found


def labelled(text: str) -> dict[str, str]:
    """Return the `Label: value` lines of a section."""
    return {label: value.strip() for label, value in re.findall(r"^(\w[\w ]*): ?(.*)$", text, re.MULTILINE)}
