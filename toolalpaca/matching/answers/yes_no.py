"""The yes or no that an answer begins with, held against the rest of it, the question and what the calls brought."""

import re
from collections.abc import Iterator

from toolalpaca.core.words import akin, words
from toolalpaca.matching.facts.known import Known
from toolalpaca.matching.language.actions import admits
from toolalpaca.matching.language.text import denial

_BEGINS = re.compile(
    r"\W*(?P<said>yes|yep|yeah|sure|certainly|indeed|nope|no(?=\s*[,.:;!–—-]))\b(?!\.? ?\d)[\s,.:;!–—-]+"
    r"(?P<rest>[^.!?;\n]*)",
    re.IGNORECASE,
)
_AUXILIARY = r"(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|may|must)"
_ECHO = re.compile(
    rf"(?:it|he|she|they|there|you|that|this|we|I)\s+{_AUXILIARY}(?P<negation>n['’]t|\s+not)?\W*(?:$|,)", re.IGNORECASE
)
_NOT = re.compile(
    rf"\b(?:{_AUXILIARY}(?:n['’]t|\s+not)|(?:is|are|was|were|has|have|had|got)\s+no|nothing\s+{_AUXILIARY}(?:\s+\w+ed)?)"
    r"\s+(?:(?:be|been|being|yet|currently|any|a|an|the|in|on)\s+)*(?P<words>[a-z]{3,}(?:\s+[a-z]{3,})?)",
    re.IGNORECASE,
)
_QUESTION = re.compile(
    rf"(?:^|[.,;!?]\s+|\b(?:and|so|or|tell me|wonder|know)\s+)(?:if\s+|whether\s+)?{_AUXILIARY}\b[^.!?]*\?",
    re.IGNORECASE,
)
_NEGATIVE = denial(r"un\w+|any ?more|still|if|unless|or")
_REQUEST = re.compile(
    r"(?:^|[.,;!]\s+|\b(?:so|and)\s+)(?:can|could|may|might|would|will)\s+\w+[^.!?]*\?", re.IGNORECASE
)
_IF_SO = re.compile(
    r"\bif (?:so|yes|yeah|that(?:['’]s| is) (?:so|ok\w*|fine)"
    r"|(?:there|it|they|he|she) (?:is|are|does|do|has)\b(?! ?n['’o]t?))",
    re.IGNORECASE,
)
_IF_NOT = re.compile(
    r"\b(?:if not|if (?:it|there|they|he|she) \w+(?:n['’]t| not| no)|otherwise|unless|or else)\b", re.IGNORECASE
)
_LOOKS_FOR = re.compile(
    rf"(?:^|[.,;!:]\s+|\b(?:and|so|hi|hello|hey)\s+)"
    rf"(?:any\w*\b|{_AUXILIARY} there\b|(?:do|have) (?:you|we|they) (?:have|got|sell)\b)[^.!?]*\?",
    re.IGNORECASE,
)
_EXISTS = re.compile(
    r"(?:there(?:['’]s| is| are| was| were)|one|two|three|four|five|six|seven|eight|nine|ten|\d{1,2})\b"
    r"(?! no| n['’]t)",
    re.IGNORECASE,
)
_TURNS = re.compile(
    r"\b(?:but|only|however|although|though|instead|just|too|none|except|others?|most|least|maximum|minimum|\w{3,}est)\b",
    re.IGNORECASE,
)


def contradicted_yes(answer: str, known: Known) -> Iterator[str]:
    """Yield once when an answer begins with yes or no and says the opposite: it echoes the question the other way
    round, denies with yes what was asked, or says no to what it then reports as found or done."""
    match, told = _BEGINS.match(answer), known.evidence.told[0]
    if not match:
        return
    is_yes, rest = match["said"].lower() not in ("no", "nope"), match["rest"]
    last = known.evidence.results[-1:] and known.evidence.results[-1]
    questions = [one[0] for one in _QUESTION.finditer(told)]
    is_plain = bool(questions) and not any(map(_NEGATIVE.search, questions))
    echo = _ECHO.match(rest)
    if is_yes and last and last.is_empty and not admits(answer) and not re.search(r"\bbut\b", answer):
        yield "yes where nothing was found"
    elif (
        echo and is_plain and bool(echo["negation"]) is is_yes
        or is_yes and is_plain and any(_is_asked(one["words"], questions) for one in _NOT.finditer(rest))
        or not is_yes and _reports_found(match, answer, known)
    ):
        yield f"{match['said']}, {rest[:60]}"


def _is_asked(denied: str, questions: list[str]) -> bool:
    """Return whether a word that an answer denies is in a question."""
    return any(akin(word, other) for word in words(denied) for question in questions for other in words(question))


def _reports_found(match: re.Match[str], answer: str, known: Known) -> bool:
    """Return whether an answer says no to a request, or to a question for what there is, and then has nothing but what
    was done or found."""
    after, told = answer[match.start("rest") :], known.evidence.told[0]
    results = known.evidence.results
    if admits(after) or _TURNS.search(after) or not all(one.seen.succeeded for one in results):
        return False
    is_done = any(one.call.function in known.evidence.deeds for one in results)
    is_request = told.count("?") == len(_REQUEST.findall(told)) > 0
    is_granted = is_done and not _IF_NOT.search(told) and bool(_IF_SO.search(told) or is_request)
    return is_granted or bool(_LOOKS_FOR.search(told)) and bool(_EXISTS.match(match["rest"]))
