"""Reading a judge's two verdicts, whatever form it gave them; what cannot be read for certain is refused."""

import re
import unicodedata
from dataclasses import dataclass

from toolalpaca.structured import Form

VERDICTS = ("Yes", "No", "Uncertain")
_CHOICE = {"enum": list(VERDICTS)}
FORM = Form("verdicts", {  # where the roles file asks for JSON
    "type": "object", "additionalProperties": False,
    "properties": {"reasoning": {"type": "string"}, "process_correctness": _CHOICE,
                   "final_response_correctness": _CHOICE},
    "required": ["reasoning", "process_correctness", "final_response_correctness"]})
_MARKUP = re.compile(r"[*_`#>~\"'“”‘’|{}\[\]]+")
_LABEL = re.compile(r"\b(?:(?P<process>process)|(?:final\s+)?(?P<response>response)|final\s+answer)\s+correctness\b"
                    r"(?:\s*\([^()\n]*\))?", re.IGNORECASE)
# What may stand between the label and its verdict.
_BETWEEN = r"[\s:=\-–—]*(?:(?:is|was|verdict|answer|result)\b[\s:=\-–—]*)*"
# "no" opens sentences ("No call is missing"): it is a verdict only where it stands by itself or a reason follows.
_ENDS = r"(?=\s*(?:[.,;:!?)(/&–—-]|$|\n)|\s+(?:and|or|but|because|since|as|due|given|overall)\b)"
_NO = rf"\bno\b{_ENDS}"
_FIRST = re.compile(rf"{_BETWEEN}(?P<word>(?:yes|uncertain)\b|{_NO})", re.IGNORECASE)
# A second verdict in the same line; "uncertain" is an ordinary word too and counts only where it is joined on.
_FURTHER = re.compile(rf"(?P<word>\byes\b{_ENDS}|{_NO}|(?<=[/,;(&])\s*\buncertain\b|(?<=\bor\s)uncertain\b)",
                      re.IGNORECASE)


@dataclass(frozen=True)
class Verdicts:
    """A judge's two verdicts on one case, each Yes, No or Uncertain."""

    process: str
    response: str


def read_verdicts(answer: str) -> Verdicts:
    """The verdicts in a judge's answer, in any order and markup. Raises ValueError, with a message for the judge, when
    one is missing or two different ones are given for the same question."""
    structured = _structured(answer)
    if structured is not None:
        return structured
    text = _plain(answer)
    found: dict[str, list[set[str]]] = {"process": [], "response": []}
    for label in _LABEL.finditer(text):
        words = _verdicts_after(text, label.end())
        if words:
            found["process" if label["process"] else "response"].append(words)
    return Verdicts(_settled("Process Correctness", found["process"]),
                    _settled("Final Response Correctness", found["response"]))


def _structured(answer: str) -> Verdicts | None:
    """The verdicts of an answer that is JSON of the form asked for; any other is read as text."""
    try:
        value = FORM.read(answer)
    except ValueError:
        return None
    return value and Verdicts(value["process_correctness"], value["final_response_correctness"])


def _plain(answer: str) -> str:
    """The text without reasoning blocks and markup; underscores of keys such as process_correctness become blanks."""
    text = unicodedata.normalize("NFKC", answer).rpartition("</think>")[2]
    return _MARKUP.sub(" ", text)


def _verdicts_after(text: str, end_of_label: int) -> set[str]:
    """Every verdict given in the line that a label opens; none where the label is merely mentioned."""
    first = _FIRST.match(text, end_of_label)
    if not first:
        return set()
    rest = text[first.end():].partition("\n")[0]
    label = _LABEL.search(rest)
    further = _FURTHER.finditer(rest[:label.start()] if label else rest)
    return {match["word"].strip().capitalize() for match in [first, *further]}


def _settled(label: str, statements: list[set[str]]) -> str:
    """The one verdict of all statements; a list of all three is the question repeated and says nothing."""
    given = set().union(*(words for words in statements if len(words) < len(VERDICTS)))
    if len(given) == 1:
        return given.pop()
    problem = f'both {" and ".join(sorted(given))} are given for' if given else "there is no verdict for"
    raise ValueError(f'{problem} {label}; end with the line "{label}: " and one of Yes, No and Uncertain')
