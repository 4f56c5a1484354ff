"""Stage 2: an API's introduction, its functions and its OpenAPI document, each written from the previous one."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from toolalpaca.core.errors import RecordError, StageStopped, UsageError
from toolalpaca.core.urls import server_base
from toolalpaca.data.record_types import ApiRecord
from toolalpaca.data.records import serialise
from toolalpaca.llm.chat import ChatModel, user_message
from toolalpaca.llm.prompts import DOCUMENT, FUNCTIONS, INTRODUCTION, Prompt, document_in, numbered_items
from toolalpaca.llm.usage import LikelyCall, tokens_of
from toolalpaca.openapi.other_versions import converted, is_swagger_2
from toolalpaca.openapi.validation import validate_document
from toolalpaca.runner.executor import TaskContext, unexpected

SHORTEST_INTRODUCTION = 8  # words
_TYPICAL = {"introduction": 130, "functions": 450, "documentation": 1600}  # tokens of an answer
_ABOUT = {"name", "description", "link", "category"}


class ElementPrompts:
    """The three templates of this stage, from one folder."""

    def __init__(self, folder: Path) -> None:
        self.introduction = Prompt(folder / "Introduction.txt", _ABOUT)
        self.functions = Prompt(folder / "Functions.txt", _ABOUT | {"introduction"})
        self.documentation = Prompt(folder / "Documentation.txt", _ABOUT | {"introduction", "functions"})

    def fingerprints(self) -> dict[str, str]:
        """Return the fingerprints of the templates, which change when a template changes."""
        return {f"{name}_prompt": prompt.fingerprint for name, prompt in vars(self).items()}


@dataclass(frozen=True)
class ElementsWork:
    """The work of this stage: from a record to its three elements."""

    prompts: ElementPrompts

    def begin(self, context: TaskContext) -> Callable[[ApiRecord], dict[str, Any]]:
        """Return `write_elements` with the writer's model."""
        return partial(write_elements, model=context.models["writer"], prompts=self.prompts)


def write_elements(record: ApiRecord, model: ChatModel, prompts: ElementPrompts) -> dict[str, Any]:
    """Return `Introduction`, `Functions` and `Documentation` (JSON text) of one API, written from its list entry.

    Raises RecordError; its `partial` holds what had been written before, with a document of None.
    """
    about = _about(record)
    made: dict[str, Any] = {}
    ask = partial(model.ask, record=record["Name"])
    try:
        made["Introduction"] = ask(user_message(prompts.introduction.fill(**about)), read_introduction,
                                   form=INTRODUCTION)
        about["introduction"] = made["Introduction"]
        made["Functions"] = ask(user_message(prompts.functions.fill(**about)), read_functions, form=FUNCTIONS)
        about["functions"] = made["Functions"]
        document = ask(user_message(prompts.documentation.fill(**about)), partial(read_document, link=about["link"]),
                       form=DOCUMENT)
    except (UsageError, StageStopped):
        raise
    except Exception as error:  # the next stage relies on the key, whatever went wrong
        failure = error if isinstance(error, RecordError) else unexpected(error)
        failure.partial = {**made, "Documentation": None}
        raise failure from None
    return {**made, "Documentation": serialise(document)}


def likely_calls(record: ApiRecord, prompts: ElementPrompts) -> list[LikelyCall]:
    """Return the three calls that an API takes if each answer is right the first time."""
    about = _about(record)
    calls, earlier = [], 0
    for element, prompt in vars(prompts).items():
        text = prompt.fill(**about, introduction="", functions="")
        calls.append(LikelyCall("writer", tokens_of(text) + earlier, _TYPICAL[element]))
        earlier += _TYPICAL[element]
    return calls


def _about(record: ApiRecord) -> dict[str, str]:
    return {key.lower(): str(record.get(key) or "") for key in ("Name", "Description", "Link", "Category")}


_PREAMBLE = re.compile(r"\A[^\n]{1,80}:\s*\n\s*(?=\S)|\A#[^\n]*\n+")  # Here is the paragraph:
_EMPHASIS = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1")


def read_introduction(answer: str) -> str:
    """Return the paragraph of prose in an answer, without a line that announces it, a heading or emphasis; raise
    ValueError if there is none."""
    text = _EMPHASIS.sub(r"\2", _PREAMBLE.sub("", answer.strip()).strip('"').strip())
    if len(text.split()) < SHORTEST_INTRODUCTION:
        raise ValueError("a paragraph that introduces the API is needed")
    return text


def read_functions(answer: str) -> str:
    """Return the numbered list of functions without surrounding text; raise ValueError if there is none."""
    structured = FUNCTIONS.read(answer)
    if structured:
        return "\n\n".join(
            f"{place}. Name: {one['name']}\nDescription: {one['description']}\nInput: {one['input'] or '{}'}\n"
            f"Output: {one['output']}" for place, one in enumerate(structured["functions"], 1))
    text = re.sub(r"^\s*```\w*\s*$", "", answer, flags=re.MULTILINE).strip()
    start = re.search(r"^\W*1\s*[.)]", text, re.MULTILINE)
    items = numbered_items(text)
    named = [item for item in items if re.match(r"\W*Name\W*:\W*\w", item)]
    if not named or len(named) < len(items):
        raise ValueError("a numbered list is needed, each item with the lines Name:, Description:, Input: and Output:")
    if start is None:  # numbered in another way
        return "\n\n".join(f"{place}. {item}" for place, item in enumerate(items, 1))
    return text[start.start():].strip()


def read_document(answer: str, link: str) -> dict[str, Any]:
    """Return the valid OpenAPI document in an answer, its servers set from `link`; raise ValueError with what is
    wrong."""
    document = document_in(answer)
    if is_swagger_2(document):
        document = converted(document)
    if not document.get("servers") and link:
        document["servers"] = [{"url": server_base(link)}]
    validate_document(document)
    return document
