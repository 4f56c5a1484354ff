"""Markdown links as people write them: brackets in the text, parentheses and blanks in the address, titles, images."""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Link:
    """`[label](address)` or `![label](address)` at `start:end` of a text."""

    start: int
    end: int
    label: str
    address: str
    is_image: bool


def find_links(text: str, *, spaced: bool = False) -> Iterator[Link]:
    """The links of a text from left to right; what stands inside a link's label is left to the label.

    `spaced` also takes `[label] (address)` for a link, which Markdown does not.
    """
    joint = re.compile(r"\]\s*\(" if spaced else r"\]\(")
    brackets, parentheses = _pairs(text, "[", "]"), _pairs(text, "(", ")")
    end = 0
    for opening, closing in sorted(brackets.items()):
        start = joint.match(text, closing)
        if opening < end or not start:
            continue
        target = start.end()
        stop = parentheses.get(target - 1, text.find(")", target))
        if stop < 0:
            continue
        is_image = text[:opening].endswith("!")
        end = stop + 1
        yield Link(opening - is_image, end, text[opening + 1:closing], _address(text[target:stop]), is_image)


def without_links(text: str) -> str:
    """The text with the label of each link in its place, and of each image that is a label."""
    for _ in range(2):
        parts, end = [], 0
        for link in find_links(text):
            parts += [text[end:link.start], link.label]
            end = link.end
        text = "".join(parts) + text[end:]
    return text


def _pairs(text: str, left: str, right: str) -> dict[int, int]:
    """Where each `left` that is closed finds its `right`; escaped ones do not count."""
    pairs, waiting = {}, []
    for match in re.finditer(r"\\.|[\[\]()]", text):
        if match[0] == left:
            waiting.append(match.start())
        elif match[0] == right and waiting:
            pairs[waiting.pop()] = match.start()
    return pairs


def _address(written: str) -> str:
    """What is written between the parentheses, without blanks around it and a title; blanks inside are encoded."""
    target = written.strip()
    titled = re.fullmatch(r"(\S+)\s+(\"[^\"]*\"|'[^']*')", target)
    bracketed = re.match(r"<([^<>]*)>", target)
    address = titled[1] if titled else target
    address = bracketed[1] if bracketed else address
    return re.sub(r"\s+", "%20", html.unescape(address.strip()).replace("\\", ""))
