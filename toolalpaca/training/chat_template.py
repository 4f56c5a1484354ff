"""A tokenizer's chat template: the form of messages that it takes, and which characters of its text a turn is.

Templates differ in whether they know tools and system messages, and in how they want arguments; it is found out by
trying. For a template that does not know tools they are written out as text, in the form that open models have in
common: the tools as JSON in the system message, a call as JSON inside `<tool_call>`, an answer inside `<tool_response>`
in a message of the user.
"""

import copy
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from os.path import commonprefix
from typing import Any

from transformers import PreTrainedTokenizerBase

from toolalpaca.core.log import one_line
from toolalpaca.training.chat_forms import (
    ChatConversation,
    calls_alone,
    content_in_parts,
    one_call_a_turn,
    reasoning_in_text,
    system_in_first_message,
    text_in_reasoning,
    tools_as_text,
    unchanged,
    with_named_ids,
    with_short_ids,
    with_texts,
)

TextSpan = tuple[int, int]
_MARKS = re.compile(r"\{%-?\s*generation\s*-?%\}")
_PARTS = re.compile(r"<[^<>]*>|\s+|[^<\s]+")  # of a prompt's end
_TAG = re.compile(r"<[^<>]*>|\[/?\w+\]")
_PROBE = "zx81probe"
_WAYS_OUT = "give another template with --chat_template, or train on --format segments"


@dataclass(frozen=True)
class Rendered:
    """A conversation as text, the characters that the assistant writes, and whether the last turn needs the
    end-of-sequence token, since the template gives it no end."""

    text: str
    turns: list[TextSpan]
    needs_end: bool


class ChatTemplate:
    """Renders conversations with the template of a tokenizer."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase) -> None:
        self.tokenizer = tokenizer
        self.ends = tuple({token.content for token in tokenizer.added_tokens_decoder.values() if token.special}
                          | {str(tokenizer.eos_token)})
        self.forms = next(filter(self._shows, product(
            (unchanged, with_texts, calls_alone, tools_as_text), (unchanged, system_in_first_message),
            (unchanged, content_in_parts), (unchanged, with_short_ids, with_named_ids))), (tools_as_text,))
        self.closing = self._find_opening_at_the_end() or self._find_closing()
        self.has_marks = bool(_MARKS.search(str(tokenizer.chat_template))) and self._marks_say_where_turns_end()

    def adapted(self, conversation: ChatConversation) -> ChatConversation:
        """Return the conversation in the form that the template takes."""
        if not self._takes_parallel_calls:
            conversation = one_call_a_turn(conversation)
        if not self._takes_text_with_reasoning:
            conversation = text_in_reasoning(conversation)
        if self._takes_reasoning_in_text:
            conversation = reasoning_in_text(conversation)
        return self._in_forms(conversation)

    def _in_forms(self, conversation: ChatConversation) -> ChatConversation:
        for form in self.forms:
            conversation = form(conversation)
        return conversation

    @cached_property
    def _takes_parallel_calls(self) -> bool:
        """Return whether all calls of a turn are written, of which Llama 3's templates refuse several and gpt-oss's
        write the first alone."""
        conversation = _probe_conversation()
        [call] = conversation["messages"][2]["tool_calls"]
        another = {**call, "id": "call_2", "function": {**call["function"], "name": f"{_PROBE}another"}}
        conversation["messages"][2]["tool_calls"].append(another)
        conversation["messages"].insert(4, {**conversation["messages"][3], "tool_call_id": "call_2"})
        return self._writes(conversation, f"{_PROBE}another")

    @cached_property
    def _takes_text_with_reasoning(self) -> bool:
        """Return whether a call may have both a text and reasoning, which gpt-oss's templates refuse."""
        conversation = _probe_conversation()
        conversation["messages"][2]["reasoning_content"] = "r"
        return self._writes(conversation, "")

    @cached_property
    def _takes_reasoning_in_text(self) -> bool:
        """Return whether reasoning is written at the beginning of a text only, as by templates that do not know it."""
        conversation = _probe_conversation()
        conversation["messages"][-1]["reasoning_content"] = thought = f"{_PROBE}thought"
        return not self._writes(conversation, thought) and self._writes(reasoning_in_text(conversation), thought)

    def _writes(self, conversation: ChatConversation, text: str) -> bool:
        """Return whether the template takes a conversation and writes a text in it."""
        try:
            return text in self.render(self._in_forms(conversation))
        except ValueError:
            return False

    def render(self, conversation: ChatConversation, *, add_generation_prompt: bool = False) -> str:
        """Return the conversation as text; raise ValueError if the template refuses it."""
        try:
            return str(self.tokenizer.apply_chat_template(
                conversation["messages"], tools=conversation.get("tools") or None, tokenize=False,
                add_generation_prompt=add_generation_prompt))
        except Exception as error:  # a template may raise whatever it likes, and Jinja adds its own
            raise ValueError(f"the chat template refuses it ({one_line(error)}); {_WAYS_OUT}") from None

    def marked(self, conversation: ChatConversation) -> Rendered:
        """Return the text with the turns that `{% generation %}` marks."""
        from transformers.utils.chat_template_utils import render_jinja_template

        tools = conversation.get("tools") or None
        settings: dict[str, Any] = dict(self.tokenizer.special_tokens_map)
        try:
            found: Any = render_jinja_template(
                [conversation["messages"]], tools=tools, return_assistant_tokens_mask=True,
                chat_template=self.tokenizer.get_chat_template(tools=tools), **settings)
        except Exception as error:  # as above
            raise ValueError(f"the chat template refuses it ({one_line(error)}); {_WAYS_OUT}") from None
        [text], [spans] = found
        turns: list[TextSpan] = []
        for start, end in spans:
            if start < end and not (turns and text[turns[-1][1]:end].strip() in self.ends):  # a second end of one turn
                turns.append((start, self._end(text, start, end) or end))
        if not turns:
            raise ValueError("the chat template marks no text as the assistant's, so nothing could be learned from it; "
                             f"{_WAYS_OUT}")
        return Rendered(text, turns, not text[:turns[-1][1]].endswith(self.ends))

    def _marks_say_where_turns_end(self) -> bool:
        """Return whether each marked turn ends in a token at which the model stops, or the last one in none."""
        try:
            rendered = self.marked(self.adapted(_probe_conversation()))
        except ValueError:
            return True  # what is wrong is said of the first example
        return all(rendered.text[:end].endswith(self.ends) for _, end in rendered.turns[:-1])

    def whole(self, conversation: ChatConversation) -> Rendered | None:
        """Return the text with each turn as the template writes it from its prompt to its end.

        None if the template writes a turn differently once others follow, or does not end a turn in between.
        """
        text, messages = self.render(conversation), conversation["messages"]
        indices = [index for index, message in enumerate(messages) if message["role"] == "assistant"]
        turns: list[TextSpan] = []
        for index in indices:
            start = self._turn_start(conversation, index, text)
            written = self._without_closing(self.render({**conversation, "messages": messages[:index + 1]}))
            if start is None or len(written) <= start or not text.startswith(written):
                return None
            end = self._end(text, start, len(written))
            if end is None and index != indices[-1]:
                return None
            turns.append((start, end or len(written)))
        needs_end = not text[:turns[-1][1]].endswith(self.ends)
        return Rendered(text[:turns[-1][1]] if needs_end else text, turns, needs_end)

    def last_turn(self, conversation: ChatConversation) -> Rendered:
        """Return the prompt that the template makes for the last message, and the assistant's turn after it.

        Raises ValueError if the template's text does not tell what the turn is.
        """
        messages = conversation["messages"]
        before = {**conversation, "messages": messages[:-1]}
        text, prompt = self._without_closing(self.render(conversation)), self.render(before, add_generation_prompt=True)
        earlier = self._without_closing(self.render(before))
        opening = prompt.removeprefix(commonprefix([prompt, earlier]))
        turn = text[len(prompt):] if text.startswith(prompt) else ""
        if not turn and any(token in opening for token in self.ends):
            turn = _turn_after(opening, text, earlier, messages[-1].get("reasoning_content") or "")
        if not turn:
            without = "build the examples with --reasoning drop, " if "reasoning_content" in messages[-1] else ""
            raise ValueError(f"message {len(messages) - 1}: it cannot be told which text of the chat template is this "
                             f"turn; {without}{_WAYS_OUT}")
        return Rendered(prompt + turn, [(len(prompt), len(prompt) + len(turn))], not turn.endswith(self.ends))

    def _turn_start(self, conversation: ChatConversation, index: int, text: str) -> int | None:
        prompt = self.render({**conversation, "messages": conversation["messages"][:index]},
                             add_generation_prompt=True)
        return len(prompt) if text.startswith(prompt) else None

    def _without_closing(self, text: str) -> str:
        """Return the text of a conversation up to the end of its last turn."""
        return text.rstrip().removesuffix(self.closing).rstrip() if self.closing else text.rstrip()

    def _end(self, text: str, start: int, end: int) -> int | None:
        """Return the end of a turn with its end token: its own, or the special token that comes next, at which such
        models stop. None if there is neither."""
        turn = text[start:end].rstrip()
        if turn.endswith(self.ends):
            return start + len(turn)
        rest = text[end:].lstrip()
        following = max((token for token in self.ends if rest.startswith(token)), key=len, default="")
        return len(text) - len(rest) + len(following) if following else None

    def _find_opening_at_the_end(self) -> str:
        """Return the opening of the assistant's turn, or its beginning, that some templates put after every
        conversation, asked for or not; "" for others."""
        messages = [{"role": "user", "content": "q"}, {"role": "assistant", "content": f"{_PROBE}a"}]
        try:
            asked, text = (self.render({"messages": messages[:count]}).rstrip() for count in (1, 2))
            is_always_asked = asked == self.render({"messages": messages[:1]}, add_generation_prompt=True).rstrip()
        except ValueError:
            return ""
        tail = commonprefix([asked[::-1], text.rpartition(f"{_PROBE}a")[2][::-1]])[::-1]
        _, end, opening = tail.rpartition(str(self.tokenizer.eos_token))
        return opening.strip() if end or is_always_asked and opening.rstrip().endswith(self.ends) else ""

    def _find_closing(self) -> str:
        """Return the special token that the template puts after a whole conversation, and not after every turn."""
        messages = [{"role": "user", "content": "q"}, {"role": "assistant", "content": f"{_PROBE}a"}]
        try:
            text = self.render({"messages": messages}).rstrip()
            longer = self.render({"messages": [*messages, {"role": "user", "content": "q"}]})
        except ValueError:
            return ""
        last = max((token for token in self.ends if text.endswith(token)), key=len, default="")
        return last if last and not longer.startswith(text) and longer.startswith(text.removesuffix(last)) and (
            text.removesuffix(last).rstrip().endswith(self.ends)) else ""

    def check_shown(self, conversation: ChatConversation, rendered: Rendered) -> None:
        """Raise ValueError unless the trained text holds what the assistant says, or the call that it makes."""
        trained = "".join(rendered.text[start:end] for start, end in rendered.turns)
        messages = conversation["messages"][-1:] if conversation.get("last_only") else conversation["messages"]
        for index, message in enumerate(messages):
            if message["role"] == "assistant":
                content = message["content"] if isinstance(message["content"], str) else message["content"][0]["text"]
                names = [call["function"]["name"] for call in message.get("tool_calls") or []]
                if not all(name in trained for name in names) or (not names and content.strip() not in trained):
                    raise ValueError(f"message {index}: the chat template does not show what the assistant says there; "
                                     f"{_WAYS_OUT}")

    def _shows(self, forms: tuple[Callable[[ChatConversation], ChatConversation], ...]) -> bool:
        """Return whether a conversation in this form is rendered with everything in it, arguments as plain JSON."""
        conversation = copy.deepcopy(_probe_conversation())
        try:
            for form in forms:
                conversation = form(conversation)
            text = self.render(conversation)
        except Exception:  # a template that raises does not take this form, whatever it raises
            return False
        parts = ("call", "answer", "tool", "system", "key", "value", "last")
        in_order = text.find(f"{_PROBE}beside") < text.find(f"{_PROBE}answer")  # or left out
        return in_order and all(f"{_PROBE}{part}" in text for part in parts) and not (
            f"'{_PROBE}key'" in text or f'\\"{_PROBE}key' in text)


def _turn_after(opening: str, text: str, earlier: str, reasoning: str) -> str:
    """Return the last turn of a text, to be written after a prompt that ends in `opening`; "" if it is not clear.

    The turn begins after the longest beginning of the opening that comes after the text of what was said `earlier`;
    without any, as where an answer goes on after a tool's, it is all that the template adds. If the rest of the opening
    is a tag, such as the `<think>` that some templates end a prompt with, the turn closes it first, unless the prompt
    has, after the `reasoning`.
    """
    known, opening = len(commonprefix([text, earlier])), opening.lstrip()
    for end in sorted((match.end() for match in _PARTS.finditer(opening)), reverse=True):
        place = text.rfind(opening[:end])
        if place >= 0 and place + end > known:
            turn, rest = text[place + end:], opening[end:].strip()
            tags = _TAG.findall(rest)
            if not rest or len(tags) == 2 and rest.endswith(tags[1]) and _tag_name(tags[0]) == _tag_name(tags[1]):
                return turn
            is_open = tags == [rest] and not re.match(r"[<\[]/|<\|end", rest, re.IGNORECASE)
            before = f"{reasoning}\n" if reasoning and reasoning not in turn else ""
            return f"{before}{_closing_of(rest)}\n\n{turn.lstrip()}" if is_open else ""
    return text[known:] if known == len(earlier) else ""


def _closing_of(tag: str) -> str:
    """Return the tag that closes what a tag opens: `</think>`, `[/THINK]` or `<|END_THINKING|>`."""
    start = re.search(r"start|begin", tag, re.IGNORECASE)
    if start is None:
        return f"{tag[0]}/{tag[1:]}"
    end = "END" if start[0].isupper() else "end"
    return tag[:start.start()] + end + tag[start.end():]


def _tag_name(tag: str) -> str:
    """Return what a tag is about, such as THINKING for `<|START_THINKING|>` and `<|END_THINKING|>`."""
    return re.sub(r"[\W_]|start|begin|end|of", "", tag, flags=re.IGNORECASE)


def _probe_conversation() -> ChatConversation:
    call = {"id": "call_1", "type": "function", "function": {
        "name": f"{_PROBE}call", "arguments": {f"{_PROBE}key": f"{_PROBE}value"}}}
    tool = {"type": "function", "function": {"name": f"{_PROBE}tool", "description": "d", "parameters": {
        "type": "object", "properties": {"x": {"type": "string", "description": "d"}}, "required": ["x"]}}}
    return {"tools": [tool], "messages": [
        {"role": "system", "content": f"{_PROBE}system"}, {"role": "user", "content": "q"},
        {"role": "assistant", "content": f"{_PROBE}beside", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_1", "name": f"{_PROBE}call", "content": f"{_PROBE}answer"},
        {"role": "assistant", "content": f"{_PROBE}last"}]}
