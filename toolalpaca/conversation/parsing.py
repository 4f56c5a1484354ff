"""The text after `Action Input:` as a JSON object, read strictly where possible and mended by a library where not."""

import json
import re
from dataclasses import dataclass
from typing import Any

from toolalpaca.conversation.forms import PromptForm

LONGEST_TO_MEND = 20_000  # characters; the library's time grows faster than the text

_FENCE = re.compile(r"^\s*`{1,3}(?:json|python)?\s*|\s*`{1,3}\s*$", re.IGNORECASE)
_NOTHING = {"", "none", "null", "n/a", "no input", "empty"}

_LABEL = re.compile(
    r"^[ \t>#*_`-]*(?P<speaker>assistant[ \t*_]+)?"
    r"(?P<kind>thoughts?|action[ \t_]*input|action|observation|final[ \t_]*(?:answer|response)|response|question|user)"
    r"(?:[ \t*_`]*[:\uff1a][*_]*|(?<=\w)\*\*(?=[ \t]*(?:\n|\S)))", re.IGNORECASE | re.MULTILINE)
_INLINE_ACTION = re.compile(r"\bAction:[ \t]*(?=\S)", re.IGNORECASE)
_INLINE_INPUT = re.compile(r"\bAction[ \t_]*Input[ \t]*:", re.IGNORECASE)
_FENCE_LINE = re.compile(r"^[ \t]*```[\w-]*[ \t]*$", re.MULTILINE)
_CALL = re.compile(r"^(?P<name>[^\s(){}\[\]]+)\s*\((?P<arguments>.*)\)\s*$", re.DOTALL)


@dataclass(frozen=True)
class ArgumentsText:
    """The arguments and their JSON text, with notes on what was mended; or None and the problem."""

    arguments: dict[str, Any] | None
    text: str = ""
    notes: tuple[str, ...] = ()
    problem: str = ""


def read_arguments(text: str | None) -> ArgumentsText:
    """Read one JSON object, whatever stands around it. A missing input is `{}`, and noted."""
    bare = _FENCE.sub("", _FENCE.sub("", (text or "").strip())).strip()
    if bare.lower().rstrip(".") in _NOTHING:
        return _read({}, ("mended: no action input was given, {} was taken",))
    start = 0 if bare[0] in "[\"" else max(bare.find("{"), 0)
    try:
        value, end = _STRICT.raw_decode(bare, start)
    except (ValueError, RecursionError):
        return _mended(bare)
    if isinstance(value, str) and value.lstrip().startswith("{"):
        return read_arguments(value)
    if not isinstance(value, dict):
        return _no_object(value)
    around = (bare[:start] + bare[end:]).strip("` \n\t")
    return _read(value, ("cut: text around the action input",) if around else ())


def _refuse(word: str) -> Any:
    raise ValueError(f"{word} is no JSON number")


_STRICT = json.JSONDecoder(parse_constant=_refuse)


def _mended(bare: str) -> ArgumentsText:
    """What the repair library makes of it, if that is an object with something in it."""
    import json_repair

    if len(bare) > LONGEST_TO_MEND:
        return ArgumentsText(None, problem=f"is no valid JSON and longer than {LONGEST_TO_MEND} characters")
    start = bare.find("{")
    if start < 0 and not re.match(r"""^["'\w ]+:""", bare):
        return _no_object(bare)
    candidate = _object_text(bare, start) if start >= 0 else "{" + bare + "}"
    try:
        value = json_repair.loads(candidate, skip_json_loads=True)
        json.dumps(value, allow_nan=False)
    except Exception as error:  # whatever the library makes of text that was never meant as JSON
        return ArgumentsText(None, problem=f"is no valid JSON ({type(error).__name__})")
    if not isinstance(value, dict) or not (value or re.fullmatch(r"\{\s*\}", candidate)):
        return ArgumentsText(None, problem="is no valid JSON object")
    return _read(value, ("mended: the action input was no valid JSON",))


def _object_text(text: str, start: int) -> str:
    """The object that opens at `start`, up to its closing brace or the end, its strings in double quotes."""
    written, depth, quote, index = [], 0, "", start
    while index < len(text):
        character = text[index]
        if quote and character == "\\":
            written.append(_escape(text[index:index + 2]))
            index += 2
            continue
        if quote and character == quote and _closes(text, index):
            character, quote = '"', ""
        elif not quote and character in "\"'" and _opens(text, index):
            character, quote = '"', character
        elif quote == "'" and character == '"':
            character = '\\"'
        elif not quote and character in "{}":
            depth += 1 if character == "{" else -1
        written.append(character)
        if not depth:
            break
        index += 1
    return "".join(written)


def _escape(pair: str) -> str:
    """A backslash and its character; JSON knows no escaped apostrophe."""
    return "'" if pair == "\\'" else pair


def _opens(text: str, index: int) -> bool:
    """A quote opens a string only behind a brace, bracket, comma or colon, so that an apostrophe does not."""
    return text[max(0, index - 99):index].rstrip()[-1:] in "{[,:("


def _closes(text: str, index: int) -> bool:
    return text[index + 1:index + 99].lstrip()[:1] in ("", ",", ":", "}", "]", "/")


def _no_object(value: object) -> ArgumentsText:
    shown = json.dumps(value, ensure_ascii=False, default=str)
    return ArgumentsText(None, problem=f"must be a JSON object such as {{\"name\": \"value\"}}, not {shown[:80]}")


def _read(value: dict[str, Any], notes: tuple[str, ...]) -> ArgumentsText:
    # A lone surrogate, which a JSON escape can hold, has no UTF-8 form and could not be sent to anyone.
    text = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace").decode("utf-8")
    return ArgumentsText(json.loads(text), text, notes)


@dataclass(frozen=True)
class Action:
    """A call: the function's name and its arguments, as values and as the JSON text that stands in the trace."""

    thought: str
    name: str
    arguments: dict[str, Any]
    input_text: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Answer:
    """The end of a conversation: what the user is told."""

    thought: str
    text: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Unreadable:
    """A turn that is neither; `text` is what the assistant wrote, `problem` what it is told about it."""

    text: str
    problem: str


Turn = Action | Answer | Unreadable


@dataclass(frozen=True)
class _Part:
    """A label and the text after it, up to the next label; `label` is how it was written."""

    kind: str
    text: str
    label: str = ""


def parse_turn(text: str, form: PromptForm, *, has_observation: bool = False) -> Turn:
    """Read what followed the label of the thought.

    Of several actions the first counts, and an observation that the model made up is cut with all that follows. When
    there is a final answer beside an action, the action counts, unless the conversation already has an observation
    that an answer could rest on (`has_observation`).
    """
    parts, notes = _without_invention(_with_whole_answer(_parts(text, form)))
    kinds = [part.kind for part in parts]
    if "answer" in kinds and ("action" not in kinds or has_observation):
        return _answer(parts, notes, form)
    if "action" in kinds:
        return _action(parts, notes, form)
    inline = _inline_action(parts)
    if inline:
        return _action(inline, notes, form)
    return Unreadable(_kept(parts), _how_to_write(form, "neither a call nor a final answer was found"))


def _parts(text: str, form: PromptForm) -> list[_Part]:
    """The text cut at its labels; what stands before the first one is the thought the prompt asked for."""
    found = [label for label in _LABEL.finditer(text) if _is_label(label, form)]
    starts = [label.start() for label in found] + [len(text)]
    parts = [_Part("thought", text[:starts[0]])]
    parts += [_Part(_kind(label), text[label.end():end], label[0])
              for label, end in zip(found, starts[1:], strict=True)]
    return parts if parts[0].text.strip() or len(parts) == 1 else parts[1:]


def _is_label(label: re.Match[str], form: PromptForm) -> bool:
    """Words that open ordinary sentences too count as labels only where the form uses them so."""
    word = label["kind"].lower()
    if word == "response":
        return bool(label["speaker"]) or form.answer.endswith(" Response:")
    if word in ("question", "user"):
        return not label["speaker"] and label[0].strip() == form.question
    return True


def _kind(label: re.Match[str]) -> str:
    word = re.sub(r"[ \t_]", "", label["kind"].lower())
    return {"thoughts": "thought", "actioninput": "input", "finalanswer": "answer", "finalresponse": "answer",
            "response": "answer", "user": "question"}.get(word, word)


def _with_whole_answer(parts: list[_Part]) -> list[_Part]:
    """A line such as `**Action:** Die Hard` inside an answer is part of it, unless an action input follows."""
    whole: list[_Part] = []
    for index, part in enumerate(parts):
        has_input = index + 1 < len(parts) and parts[index + 1].kind == "input"
        if part.kind == "action" and not has_input and whole and whole[-1].kind == "answer":
            whole[-1] = _Part("answer", whole[-1].text + part.label + part.text, whole[-1].label)
        else:
            whole.append(part)
    return whole


def _without_invention(parts: list[_Part]) -> tuple[list[_Part], tuple[str, ...]]:
    """Cut at the first observation or question: both are other people's to write."""
    for index, part in enumerate(parts):
        if part.kind in ("observation", "question"):
            invented = part.text.strip() or parts[index + 1:]  # the bare label is only where it should have stopped
            return parts[:index], (f"cut: the assistant wrote the {part.kind} itself",) if invented else ()
    return parts, ()


def _answer(parts: list[_Part], notes: tuple[str, ...], form: PromptForm) -> Turn:
    index = next(index for index, part in enumerate(parts) if part.kind == "answer")
    if any(part.kind == "action" for part in parts):
        notes += ("cut: an action beside the final answer",)
    answer = _clean(parts[index].text)
    if not answer:
        return Unreadable(_kept(parts), _how_to_write(form, "the final answer is empty"))
    return Answer(_thought(parts[:index]), answer, notes)


def _action(parts: list[_Part], notes: tuple[str, ...], form: PromptForm) -> Turn:
    index = next(index for index, part in enumerate(parts) if part.kind == "action")
    name_text, input_text = parts[index].text, None
    after = parts[index + 1:]
    if after and after[0].kind == "input":
        input_text, after = after[0].text, after[1:]
    elif inline := _INLINE_INPUT.search(name_text):
        name_text, input_text = name_text[:inline.start()], name_text[inline.end():]
    name, input_text = _name_and_input(name_text, input_text)
    if not name:
        return Unreadable(_kept(parts), _how_to_write(form, "the action names no function"))
    notes += tuple(f"cut: {what} after the action" for what in _surplus(after))
    read = read_arguments(input_text)
    if read.arguments is None:
        return Unreadable(_kept(parts[:index + 2]), _how_to_write(form, f"the action input of {name} {read.problem}"))
    return Action(_thought(parts[:index]), name, read.arguments, read.text, notes + read.notes)


def _inline_action(parts: list[_Part]) -> list[_Part] | None:
    """An action on the thought's own line: `Thought: I look. Action: f Action Input: {}`."""
    for index, part in enumerate(parts):
        label = _INLINE_ACTION.search(part.text) if part.kind == "thought" else None
        if label:
            rest = _Part("action", part.text[label.end():])
            return [*parts[:index], _Part("thought", part.text[:label.start()]), rest, *parts[index + 1:]]
    return None


def _name_and_input(name_text: str, input_text: str | None) -> tuple[str, str | None]:
    """The bare name; without an input of its own label, what stands behind the name is the input."""
    name_text = _clean(name_text)
    call = _CALL.match(name_text)
    if call:
        inside = call["arguments"].strip()
        return _bare(call["name"]), input_text if input_text is not None else inside or None
    first, _, rest = name_text.partition("\n")
    if input_text is None and "{" in name_text:
        first, brace, rest = name_text.partition("{")
        rest = brace + rest
    return _bare(first), input_text if input_text is not None else rest.strip() or None


def _bare(name: str) -> str:
    """A function's name without the quotes, stars, brackets and stops that models put around it."""
    return " ".join(name.split()).strip("`'\"*<>[](){} \t.,;:")


def _surplus(after: list[_Part]) -> list[str]:
    kinds = {"action": "another action", "answer": "a final answer"}
    return list(dict.fromkeys(kinds[part.kind] for part in after if part.kind in kinds))


def _thought(parts: list[_Part]) -> str:
    return "\n".join(text for part in parts if part.kind == "thought" and (text := _clean(part.text)))


def _clean(text: str) -> str:
    return _FENCE_LINE.sub("", text).strip()


def _kept(parts: list[_Part]) -> str:
    """The turn as it goes into the trace, under plain labels so that no made-up observation survives in it."""
    labels = {"thought": "", "action": "Action: ", "input": "Action Input: ", "answer": "Final Answer: "}
    return "\n".join(labels[part.kind] + part.text.strip() for part in parts if part.text.strip())


def _how_to_write(form: PromptForm, problem: str) -> str:
    return (f'Invalid format: {problem}. Write "{form.action}" with the name of one function and "{form.action_input}" '
            f'with a JSON object, or "{form.answer}" with the answer to the user.')
