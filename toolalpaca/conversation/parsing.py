"""Parsing of the assistant's turn into a call, an answer or neither; ambiguous turns are refused."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from toolalpaca.conversation.action_input import call_in, read_arguments
from toolalpaca.conversation.forms import (
    COLON,
    LOG_FORM,
    LabelledText,
    PromptForm,
    label_words,
    labelled_parts,
    spelled,
)
from toolalpaca.conversation.functions import meant_function, names_no_function
from toolalpaca.conversation.native_calls import (
    CALL,
    MARK,
    Functions,
    NativeCall,
    call_arguments,
    find_call,
    unwrapped_call,
)
from toolalpaca.conversation.observation import INVALID_FORMAT
from toolalpaca.core.jsons import parse_json_prefix
from toolalpaca.llm.prompts import split_reasoning, without_special_tokens

_INVISIBLE = re.compile("[\u200b\u200c\u200d\u2060\ufeff]")
_FENCE_LINE = re.compile(r"^[ \t]*(?:```|~~~)[\w-]*[ \t]*$", re.MULTILINE)
_INVENTED = re.compile(r"<[|｜]?(?:tool_response|tool_result|tool▁output|function_results?|observation)[^<>]*>",
                       re.IGNORECASE)


@dataclass(frozen=True)
class Action:
    """A call: the function's name and its arguments, as values and as the JSON text stored in the trace."""

    thought: str
    name: str
    arguments: dict[str, Any]
    input_text: str
    notes: tuple[str, ...] = ()
    reasoning: str = ""


@dataclass(frozen=True)
class FinalAnswer:
    """The end of a conversation: the answer to the user."""

    thought: str
    text: str
    notes: tuple[str, ...] = ()
    reasoning: str = ""


@dataclass(frozen=True)
class Unreadable:
    """A turn that is neither; `text` is what the assistant wrote, `problem` what it is told about it."""

    text: str
    problem: str
    reasoning: str = ""


_ANSWER_NAME = re.compile(  # a function that does not exist, by which models give the answer
    r"\W*(?:final[ _]?(?:answer|response)|finish)\b(?=\W*\Z|\s*[\[(])", re.IGNORECASE)
_REPLY_NAME = re.compile(  # the same, if it is given one value only
    r"\W*(?:(?:reply|respond)(?:[ _]?to[ _]?(?:the[ _]?)?user)?|answer[ _]?(?:the[ _]?)?(?:user|question)"
    r"|(?:give|provide|send|submit)[ _]?(?:the[ _]?)?(?:final[ _]?)?(?:answer|response|reply))\W*", re.IGNORECASE)
_ANSWER_KEY = re.compile(r"(?:final[ _]?)?(?:answer|response)", re.IGNORECASE)
LONGEST_TURN = 50_000  # characters, without reasoning
Turn = Action | FinalAnswer | Unreadable


def parse_turn(text: str, form: PromptForm, *, has_observation: bool = False,
               functions: Functions | None = None) -> Turn:
    """Parse what the assistant wrote after the thought label.

    Of several actions the first counts, and an observation that the model made up is cut with everything after it. If
    there is a final answer in addition to an action, the action counts, unless the conversation already has an
    observation on which the answer could be based (`has_observation`). `functions` holds the parameters of the
    functions that may be called, by name, if known.
    """
    reasoning, text = split_reasoning(_INVISIBLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n")))
    reader = _Reader(form, has_observation, functions or {}, reasoning)
    if len(text) > LONGEST_TURN:
        return reader.unreadable(text[:LONGEST_TURN], f"the turn is longer than {LONGEST_TURN} characters")
    return reader.turn(text)


@dataclass(frozen=True)
class _Reader:
    """The context in which one turn is parsed."""

    form: PromptForm
    has_observation: bool
    functions: Functions
    reasoning: str

    def turn(self, text: str) -> Turn:
        """Return the parsed turn of a text without reasoning."""
        opened = _open_fence(self.form).match(text)
        if opened:
            text = re.sub(r"\n[ \t]*```\s*\Z", "", text[opened.end():])
        native = self._native(text)
        if native is not None:
            return native
        text = without_special_tokens(text)
        parts, notes = _without_invention(_with_whole_answer(labelled_parts(text, self.form)))
        parts = self._without_no_action(parts)
        kinds = [part.kind for part in parts]
        if "answer" in kinds and ("action" not in kinds or self.has_observation):
            return self._answer(parts, notes)
        if "action" in kinds:
            return self._action(parts, notes)
        inline = _inline(parts, self.form)
        if inline:
            return self._answer(inline, notes) if inline[-1].kind == "answer" else self._action(inline, notes)
        found = find_call("".join(part.label + part.text for part in parts), self.functions)
        if found:
            return self._call(found, notes)
        return self.unreadable(_kept(parts), "neither a call nor a final answer was found")

    def _native(self, text: str) -> Turn | None:
        """Return the call in the model's native markup if it precedes every label of a call or an answer."""
        mark = MARK.search(text)
        if mark is None:
            return None
        before = labelled_parts(text[:mark.start()], self.form)
        if any(part.kind in ("action", "input", "answer", "observation") for part in before):
            return None
        rest = _INVENTED.split(text, maxsplit=1)
        notes = ("cut: the assistant wrote the observation itself",) if len(rest) > 1 else ()
        found = find_call(rest[0], self.functions)
        return self._call(found, notes) if found else None

    def _call(self, found: NativeCall, notes: tuple[str, ...]) -> Turn:
        before = labelled_parts(without_special_tokens(found.before), self.form)
        thought = _thought([part for part in before if part.kind == "thought"])
        if found.problem:
            return self.unreadable(_bare_of_marks(thought), f"the action input {found.problem}"
                                   if found.name else found.problem)
        if self._is_answer(found.name, found.input_text):
            return FinalAnswer(thought, _answer_in(found.input_text), notes, self.reasoning)
        if not found.name:
            return self.unreadable(thought, "the call names no function")
        return self._read_call(thought, found.name, found.input_text, notes, found.before)

    def _read_call(self, thought: str, name_text: str, input_text: str | None, notes: tuple[str, ...],
                   written: str) -> Turn:
        name = meant_function(name_text, self.functions)
        if not name:
            return self.unreadable(written, "the action names no function")
        read = read_arguments(input_text, name, self.functions.get(name))
        if read.arguments is None:
            return self.unreadable(written, f"the action input of {name} {read.problem}")
        inner = call_in(read.arguments) if self.functions and name not in self.functions else None
        if inner and meant_function(inner[0], self.functions) in self.functions:  # in a wrapper for parallel calls
            return self._read_call(thought, inner[0], json.dumps(inner[1]), notes, written)
        return Action(thought, name, read.arguments, read.text, notes + read.notes, self.reasoning)

    def _without_no_action(self, parts: list[LabelledText]) -> list[LabelledText]:
        """Drop an action such as `None` together with its input; an action `Final Answer` is the answer."""
        kept: list[LabelledText] = []
        skipping = False
        for place, part in enumerate(parts, 1):
            if part.kind == "answer" and kept and kept[-1].kind == "answer" and not kept[-1].text.strip():
                kept.pop()  # an action such as `Finish` before the label of the answer itself
            if part.kind == "input" and kept and kept[-1].kind == "answer" and not kept[-1].text.strip():
                kept[-1] = LabelledText("answer", _answer_in(part.text))
                continue
            skipping = (skipping and part.kind == "input") or (
                part.kind == "action" and names_no_function(part.text, self.functions) and bool(part.text.strip()))
            given = parts[place].text if place < len(parts) and parts[place].kind == "input" else ""
            if part.kind == "action" and self._is_answer(part.text, given):
                given = (_ANSWER_NAME.split(part.text, maxsplit=1)[1:] or [""])[0].strip("[]() \n")
                kept.append(LabelledText("answer", _answer_in(given) if given else ""))
            elif not skipping:
                kept.append(part)
        return kept

    def _is_answer(self, name: str, given: str) -> bool:
        """Return whether what stands where a function's name does gives the answer, as in `Finish[...]`."""
        return meant_function(name, self.functions) not in self.functions and (_ANSWER_NAME.match(name) is not None or (
            _REPLY_NAME.fullmatch(name) is not None and _is_one_text(given)))

    def _answer(self, parts: list[LabelledText], notes: tuple[str, ...]) -> Turn:
        index = next(index for index, part in enumerate(parts) if part.kind == "answer")
        if any(part.kind == "action" for part in parts):
            notes += ("cut: an action in addition to the final answer",)
        answer = parts[index].text.strip()
        if not answer:
            return self.unreadable(_kept(parts), "the final answer is empty")
        return FinalAnswer(_thought(parts[:index]), answer, notes, self.reasoning)

    def _action(self, parts: list[LabelledText], notes: tuple[str, ...]) -> Turn:
        index = next(index for index, part in enumerate(parts) if part.kind == "action")
        stop = next((place for place, part in enumerate(parts) if place > index and part.kind in ("action", "answer")),
                    len(parts))
        name_text, input_text = parts[index].text, _input_near(parts, index, stop)
        inline = _inline_pattern(self.form, "input").search(name_text) if input_text is None else None
        if inline:
            name_text, input_text = name_text[:inline.start()], name_text[inline.end():]
        thought = _thought(parts[:index]) or _thought(parts[index:stop])
        notes += tuple(f"cut: {what} after the action" for what in _surplus(parts[stop:]))
        return self._named(thought, _unfenced(name_text), input_text, notes, _kept(parts[:stop]))

    def _named(self, thought: str, name_text: str, input_text: str | None, notes: tuple[str, ...],
               written: str) -> Turn:
        """Parse an action from the text after its label and from its input, which that text may contain as well."""
        whole = name_text[:1] in ("{", "[") or MARK.match(name_text)
        if whole and input_text is None and (found := find_call(name_text, self.functions)):
            return self._call(NativeCall(f"{thought}\n{found.before}".strip(), found.name, found.input_text,
                                         found.problem), notes)
        call = CALL.fullmatch(unwrapped_call(name_text))
        if call and input_text is None:
            given = call_arguments(call["arguments"], self.functions.get(meant_function(call["name"], self.functions)))
            if given is None:
                return self.unreadable(written, f"the action input of {call['name']} gives values without names")
            return self._read_call(thought, call["name"], given, notes, written)
        if call:
            return self._read_call(thought, call["name"], input_text, notes, written)
        first, rest = name_text, ""
        if input_text is None and "{" in name_text:
            first, brace, rest = name_text.partition("{")
            first, rest = first.partition("\n")[0], brace + rest
        elif "\n" in name_text:
            first, _, rest = name_text.partition("\n")
        elif input_text is None and re.search(r"\w\s*\[\s*\w|\w\s*=\s*\S", name_text.partition("#")[0]):
            return self.unreadable(written, "the input is in the line of the action")
        return self._read_call(thought, first, input_text if input_text is not None else rest.strip() or None, notes,
                               written)

    def unreadable(self, text: str, problem: str) -> Unreadable:
        """Return the turn with what the assistant is told about it."""
        form = self.form
        return Unreadable(text, f'{INVALID_FORMAT}: {problem}. Write "{form.action}" with the name of one function and '
                          f'"{form.action_input}" with a JSON object, or "{form.answer}" with the answer to the user.',
                          self.reasoning)


def _answer_in(text: str) -> str:
    """Return the answer in the input of an action such as `Finish`: the text, or the only value of an object or the
    one under a name for an answer."""
    if given := re.fullmatch(r"\s*\w+\s*=\s*(?P<quote>[\"'])(?P<text>.*)(?P=quote)\s*", text, re.DOTALL):
        return given["text"]
    try:
        value, _ = parse_json_prefix(text.strip())
    except ValueError:
        return text.strip()
    if isinstance(value, dict):
        named = [inner for key, inner in value.items() if len(value) == 1 or _ANSWER_KEY.fullmatch(key)]
        value = named[0] if len(named) == 1 else value
    return value if isinstance(value, str) else text.strip()


def _is_one_text(given: str) -> bool:
    """Return whether an input is a text, or an object that holds nothing but one."""
    bare = given.strip()
    try:
        value, _ = parse_json_prefix(bare)
    except ValueError:
        return bool(bare) and bare[0] not in "{["
    values = list(value.values()) if isinstance(value, dict) else [value]
    return len(values) == 1 and isinstance(values[0], str)


def _input_near(parts: Sequence[LabelledText], index: int, stop: int) -> str | None:
    """Return the input of the action at `index`: after it and before the next action, else just before it."""
    after = next((part.text for part in parts[index + 1:stop] if part.kind == "input"), None)
    if after is not None:
        return after
    return next((part.text for part in reversed(parts[:index]) if part.kind == "input"), None)


@lru_cache(maxsize=16)
def _open_fence(form: PromptForm) -> re.Pattern[str]:
    """Return a pattern for the opening of a code fence around a whole turn, which a label follows."""
    labels = "|".join(label_words(form, kind) for kind in ("thought", "action", "answer"))
    return re.compile(rf"\A\s*```[\w-]*[ \t]*\n(?=\W*(?:\w+ )?(?:{labels}))", re.IGNORECASE)


@lru_cache(maxsize=48)
def _inline_pattern(form: PromptForm, kind: str) -> re.Pattern[str]:
    labels = "|".join(spelled(one.labels[kind]) for one in (form, LOG_FORM))
    return re.compile(rf"[ \t,;|]{{0,20}}(?P<mark>[*_]{{1,2}})?\b(?:{labels})(?:(?P=mark))?[ \t]*{COLON}"
                      r"(?:(?P=mark))?[ \t]*",
                      0 if kind != "input" else re.IGNORECASE)


def _inline(parts: list[LabelledText], form: PromptForm) -> list[LabelledText] | None:
    """Return the parts with an action or answer that is on the thought's own line."""
    for index, part in enumerate(parts):
        if part.kind != "thought":
            continue
        for kind in ("action", "answer"):
            label = _inline_pattern(form, kind).search(part.text)
            if label and part.text[label.end():].strip():
                rest = [LabelledText("thought", part.text[:label.start()]), LabelledText(kind, part.text[label.end():])]
                return [*parts[:index], *rest, *parts[index + 1:]]
    return None


def _with_whole_answer(parts: list[LabelledText]) -> list[LabelledText]:
    """Keep a line such as `**Action:** Die Hard` in the answer that contains it, unless an action input follows."""
    whole: list[LabelledText] = []
    for index, part in enumerate(parts):
        has_input = index + 1 < len(parts) and parts[index + 1].kind == "input"
        if part.kind == "action" and not has_input and whole and whole[-1].kind == "answer":
            whole[-1] = LabelledText("answer", whole[-1].text + part.label + part.text, whole[-1].label)
        else:
            whole.append(part)
    return whole


def _without_invention(parts: list[LabelledText]) -> tuple[list[LabelledText], tuple[str, ...]]:
    """Cut at the first observation or question, which are not the assistant's to write."""
    for index, part in enumerate(parts):
        if part.kind in ("observation", "question"):
            invented = part.text.strip() or parts[index + 1:]  # a bare label is only where it should have stopped
            return parts[:index], (f"cut: the assistant wrote the {part.kind} itself",) if invented else ()
    return parts, ()


def _surplus(after: Sequence[LabelledText]) -> list[str]:
    kinds = {"action": "another action", "answer": "a final answer"}
    return list(dict.fromkeys(kinds[part.kind] for part in after if part.kind in kinds))


def _thought(parts: Sequence[LabelledText]) -> str:
    return "\n".join(text for part in parts if part.kind == "thought" and (text := _unfenced(part.text)))


def _unfenced(text: str) -> str:
    return _FENCE_LINE.sub("", text).strip()


def _bare_of_marks(text: str) -> str:
    return MARK.sub("", text).strip()


def _kept(parts: Sequence[LabelledText]) -> str:
    """Return the turn as stored in the trace, under plain labels so that no made-up observation survives in it."""
    labels = LOG_FORM.labels | {"thought": ""}
    return "\n".join(f"{labels[part.kind]} {part.text.strip()}".strip() for part in parts if part.text.strip())
