"""The answer in a model's text, without reasoning blocks and the chat template's special tokens.

Used for every role and stage: by the endpoint for server responses and by the parser of the assistant's turns.
"""

import re

_TAG = r"(?:seed:)?(?:think(?:ing)?|reason(?:ing)?|scratch_?pad|reflection)"
_OPEN = re.compile(rf"<{_TAG}>|\[THINK\]|<\|START_THINKING\|>|<\|begin_of_thought\|>|◁think▷", re.IGNORECASE)
_CLOSE = re.compile(rf"</{_TAG}>|\[/THINK\]|<\|END_THINKING\|>|<\|end_of_thought\|>|◁/think▷", re.IGNORECASE)
_TAGS = re.compile(f"{_OPEN.pattern}|{_CLOSE.pattern}", re.IGNORECASE)
_ANALYSIS = re.compile(  # of the channels in which gpt-oss writes, with its tokens or after a server dropped them
    r"(?:<\|start\|>assistant)?<\|channel\|>analysis<\|message\|>(?P<tokens>.*?)(?:<\|end\|>|(?=<\|start\|>)|\Z)"
    r"|\Aanalysis(?=[A-Z])(?P<bare>.*?)assistant(?=final|commentary)(?:final)?", re.DOTALL)
_FINAL = re.compile(r"(?:<\|start\|>assistant)?<\|channel\|>final<\|message\|>")
_RESPONSE = re.compile(  # what opens a response; all before the first two is reasoning
    r"\A(?P<thought>.*?)(?:\[BEGIN FINAL RESPONSE\]|<\|begin_of_solution\|>)|\A\s*(?:<response>"
    r"|<\|START_(?:RESPONSE|TEXT)\|>|<answer>(?=\W*(?:\w+ )?(?:thought|action|final answer)\b))",
    re.DOTALL | re.IGNORECASE)
_RESPONSE_END = re.compile(r"\[END FINAL RESPONSE\]|<\|end_of_solution\|>|<\|END_(?:RESPONSE|TEXT)\|>|</response>"
                           r"|</answer>", re.IGNORECASE)

_ROLE = r"(?:assistant|user|system|tool|model)"
_HEADER = re.compile(  # what opens the assistant's own turn
    rf"\A\s*(?:<s>|<bos>|<\|begin_of_text\|>|<\|start_header_id\|>{_ROLE}<\|end_header_id\|>|<\|im_start\|>{_ROLE}"
    rf"|<start_of_turn>{_ROLE}|<\|start\|>assistant(?=<\|channel\|>)|<\|assistant\|>)\s*")
_END = re.compile(  # what ends a turn, or opens the next one
    r"<\|(?:im_end|eot_id|eom_id|end|endoftext|end_of_text|end_of_turn|return|call|user|observation|im_start"
    r"|start_header_id|END_OF_TURN_TOKEN|start_of_role|end_of_role|eot|eos)\|>|<｜end▁of▁sentence｜>|<｜User｜>"
    r"|<end_of_turn>|<start_of_turn>|<turn\|>|<eos>|<eod>|\[\|endofturn\|\]|\[e~\[|\s\[/?INST\]|</s>(?=\s*(?:\Z|[<\[]))")


def split_reasoning(text: str) -> tuple[str, str]:
    """Return the reasoning in a text and the text without it.

    A closing tag alone ends reasoning that the template opened in the prompt; nothing that follows an unclosed block is
    part of the answer.
    """
    found: list[str] = []

    def keep(match: re.Match[str]) -> str:
        found.append(match["tokens"] or match["bare"] or "")
        return ""

    text = _FINAL.sub("", _ANALYSIS.sub(keep, text))
    outside: list[str] = []
    place, opened = 0, False
    for tag in _TAGS.finditer(text):
        part, place = text[place:tag.start()], tag.end()
        closes = _CLOSE.fullmatch(tag[0]) is not None
        if opened:
            found.append(part)
            opened = not closes
        elif closes:  # the block was opened in the prompt: all before it is reasoning
            found += [*outside, part]
            outside = []
        else:
            outside.append(part)
            opened = True
    (found if opened else outside).append(text[place:])
    answer = "".join(outside)
    if response := _RESPONSE.match(answer):
        found.append(response["thought"] or "")
        answer = _RESPONSE_END.split(answer[response.end():], maxsplit=1)[0]
    return "\n".join(part.strip() for part in found if part.strip()), answer


def without_special_tokens(text: str) -> str:
    """Return the text without the tokens that begin an assistant's turn, up to the first token that ends one."""
    while header := _HEADER.match(text):
        text = text[header.end():]
    end = _END.search(text)
    return text[:end.start()].rstrip() if end else text


def answer_in(text: str) -> tuple[str, str]:
    """Return the reasoning and the answer in a model's text, both without special tokens."""
    reasoning, answer = split_reasoning(text)
    return reasoning, without_special_tokens(answer)
