"""Splitting a turn at its labels, in the form's own spelling and in the variants that models write."""

import re
from dataclasses import dataclass
from functools import lru_cache

from toolalpaca.conversation.forms import PromptForm, spelled

_INPUT_WORD = r"(?:input|arguments?|args|param(?:eter)?s?)"
_SYNONYMS = {  # in addition to the form's own labels
    "thought": r"thoughts?", "action": r"action(?:[ \t_]*name)?",
    "input": rf"(?:action|tool|function)[ \t\u00a0_]*{_INPUT_WORD}",
    "observation": r"observation", "answer": r"final[ \t_]*(?:answer|response)",
    "weak_action": r"(?:tool|function)(?:[ \t_]*name)?", "weak_input": _INPUT_WORD, "weak_answer": r"answer",
}
_BEFORE = r"^[^\w\n\"'“(){}]{0,12}(?:\d{1,2}[.)][ \t]*)?[*_`\[<]{0,4}"  # list markers, headings, emoji, brackets
_AFTER = r"(?:[ \t]*#?\d{1,2})?[\])*_`> \t\u00a0]{0,12}[:：][*_]*"
_BOLD = r"(?<=\w)\*\*(?=[ \t]*(?:\n|\S))"
_CLOSING_TAG = re.compile(r"</[\w ]{1,20}>\s*\Z")


@dataclass(frozen=True)
class LabelledText:
    """A label with the text that follows it, up to the next label; `label` is the label as written."""

    kind: str
    text: str
    label: str = ""


@lru_cache(maxsize=16)
def _pattern(form: PromptForm) -> re.Pattern[str]:
    """Return the pattern for all labels of a form, each in a group named after its kind; the form's own come first."""
    groups = [rf"(?P<own_{kind}>{_own(form, label)})" for kind, label in sorted(
        form.labels.items(), key=lambda item: -len(item[1]))]
    groups += [rf"(?P<speaker_answer>assistant[ \t*_]+(?:response|{_SYNONYMS['answer']}))"]
    groups += [rf"(?:assistant[ \t*_]+)?(?P<{kind}>{words})" for kind, words in sorted(
        _SYNONYMS.items(), key=lambda item: -len(item[1]))]
    words = "|".join(groups)
    tag = rf"^\s*<(?:{words.replace('(?P<', '(?P<tag_')})>"
    heading = rf"^#+[ \t]*(?:{words.replace('(?P<', '(?P<heading_')})[ \t]*(?=\n)"
    return re.compile(rf"{_BEFORE}(?:{words})(?:{_AFTER}|{_BOLD})|{tag}|{heading}", re.IGNORECASE | re.MULTILINE)


def _own(form: PromptForm, label: str) -> str:
    """Return a pattern for a form's label whose speaker, such as ASSISTANT, may be missing."""
    speaker = form.speaker
    if speaker and label.startswith(speaker):
        return rf"(?:{spelled(speaker)}[ \t*_]+)?{spelled(label.removeprefix(speaker))}"
    return spelled(label)


def _kind(match: re.Match[str]) -> str:
    kind = str(next(name for name, text in match.groupdict().items() if text is not None))
    for prefix in ("tag_", "heading_", "own_", "speaker_"):
        kind = kind.removeprefix(prefix)
    return kind


def labelled_parts(text: str, form: PromptForm) -> list[LabelledText]:
    """Return the text split at its labels; text before the first one is the thought that the prompt asked for."""
    found = [label for label in _pattern(form).finditer(text) if _counts(label, form)]
    starts = [label.start() for label in found] + [len(text)]
    parts = [LabelledText("thought", text[:starts[0]])]
    parts += [_part(label, text[label.end():end]) for label, end in zip(found, starts[1:], strict=True)]
    parts = parts if parts[0].text.strip() or len(parts) == 1 else parts[1:]
    return _without_weak(parts)


def _counts(label: re.Match[str], form: PromptForm) -> bool:
    """Return whether a label counts; the question's label counts only exactly as the form writes it."""
    return _kind(label) != "question" or label[0].strip() == form.question


def _part(label: re.Match[str], text: str) -> LabelledText:
    if label[0].rstrip().endswith(">"):
        text = _CLOSING_TAG.sub("", text)
    if re.match(r"\s*\*\*[^*]+\Z", label[0]) and text.rstrip().endswith("**"):  # both inside the same asterisks
        text = text.rstrip()[:-2]
    return LabelledText(_kind(label), text, label[0])


def _without_weak(parts: list[LabelledText]) -> list[LabelledText]:
    """Treat words such as `Input:` as labels only where a call needs them, and as text elsewhere."""
    kinds = {part.kind for part in parts}
    whole: list[LabelledText] = []
    for place, part in enumerate(parts):
        before = whole[-1].kind if whole else ""
        after = parts[place + 1].kind if place + 1 < len(parts) else ""
        counts = {"weak_input": before == "action", "weak_answer": not kinds & {"answer", "action", "weak_action"},
                  "weak_action": before != "answer" and after in ("input", "weak_input")}
        if counts.get(part.kind, True) or not whole:
            whole.append(LabelledText(part.kind.removeprefix("weak_"), part.text, part.label))
        else:
            whole[-1] = LabelledText(before, whole[-1].text + part.label + part.text, whole[-1].label)
    return whole
