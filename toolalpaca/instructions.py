"""Stage 4's work: what users might ask of an API."""

import re

from toolalpaca.errors import RecordError
from toolalpaca.forecast import ExpectedCall, tokens_of
from toolalpaca.llm import ChatModel, user_message
from toolalpaca.model_output import numbered_items
from toolalpaca.prompts import Prompt
from toolalpaca.records import ApiRecord
from toolalpaca.structured import INSTRUCTIONS

PLACEHOLDERS = {"name", "description", "introduction", "functions", "number"}
TYPICAL_TOKENS = 45  # of one instruction
_LABEL = re.compile(r"^\W*(?:user\s+)?(?:instruction|question|request)\s*\d*\s*[*_]*:[*_]*\s*", re.IGNORECASE)
_WRAPPERS = {'"': '"', "'": "'", "“": "”", "‘": "’", "`": "`", "**": "**"}


def write_instructions(record: ApiRecord, model: ChatModel, prompt: Prompt, number: int) -> list[str]:
    """`number` different instructions for one API.

    Raises RecordError when the model gives too few; those it gave are in the error's `partial`.
    """
    if not record.get("NLDocumentation"):
        raise RecordError("no_documentation", "no functions to write instructions for; run stages 2 and 3 first")
    found: dict[str, str] = {}

    def read(answer: str) -> list[str]:
        for instruction in clean_instructions(answer):
            found.setdefault(_same(instruction), instruction)
        if len(found) < number:
            raise ValueError(f"{len(found)} different instructions so far, {number} are needed; "
                             "write a numbered list of new ones, one instruction a line")
        return list(found.values())[:number]

    try:
        return model.ask(user_message(_filled(record, prompt, number)), read, record=record["Name"],
                         reason="too_few_instructions", form=INSTRUCTIONS)
    except RecordError as error:
        error.partial = {"Instructions": list(found.values())}
        raise


def expected_calls(record: ApiRecord, prompt: Prompt, number: int) -> list[ExpectedCall]:
    """The one call an API takes when its answer is right at once."""
    return [ExpectedCall("writer", tokens_of(_filled(record, prompt, number)), TYPICAL_TOKENS * number)]


def _filled(record: ApiRecord, prompt: Prompt, number: int) -> str:
    return prompt.fill(name=record["Name"], description=record.get("Description") or "", number=str(number),
                       introduction=record.get("Introduction") or "",
                       functions=(record.get("NLDocumentation") or "").strip())


def clean_instructions(answer: str) -> list[str]:
    """The items of a numbered list without numbers, labels, quotes and superfluous blanks; repeats dropped.

    Raises ValueError for an answer that is JSON, but not of the form that was asked for.
    """
    found: dict[str, str] = {}
    structured = INSTRUCTIONS.read(answer)
    for item in structured["instructions"] if structured else numbered_items(answer):
        text = _clean(item)
        if re.search(r"\w", text):
            found.setdefault(_same(text), text)
    return list(found.values())


def _clean(item: str) -> str:
    text = _LABEL.sub("", _unwrapped(" ".join(item.split())))
    return _unwrapped(text)


def _unwrapped(text: str) -> str:
    for opening, closing in _WRAPPERS.items():
        inner = text[len(opening):len(text) - len(closing)]
        if len(text) > 2 and text.startswith(opening) and text.endswith(closing) and opening not in inner:
            text = inner.strip()
    return text


def _same(text: str) -> str:
    """Two instructions are the same when only case, blanks and punctuation tell them apart."""
    return " ".join(re.findall(r"\w+", text.casefold()))
