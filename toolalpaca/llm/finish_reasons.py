"""Finish reasons by kind: servers use about thirty values of `finish_reason`, most of which mean an incomplete
answer."""

import re

from toolalpaca.core.errors import FailureKind

# By the words of a reason, the first that fits: `MAX_TOKENS`, `model_length`, `guardrail_intervened`, `eos_token` ...
_KINDS: tuple[tuple[re.Pattern[str], FailureKind | None], ...] = (
    (re.compile(r"length|max|limit|truncat|budget|incomplete|window"), FailureKind.TRUNCATED),
    (re.compile(r"filter|safe|block|prohibit|recit|sensitiv|refus|polic|moderat|censor|spii|guard|risk|pii|violat"),
     FailureKind.CONTENT_FILTER),
    (re.compile(r"err|abort|cancel|fail|time|overload|malform|interrupt|unavail|insufficient|kill|disconnect|pause"),
     FailureKind.UNFINISHED),
    (re.compile(r"stop|eos|eot|end|complet|finish|tool|function|done|success|natural"), None),
)


def failure_of(finish_reason: str) -> FailureKind | None:
    """Return the kind of failure for a finish reason; None if the answer is complete.

    A missing reason, as from old servers, counts as complete; an unknown one does not.
    """
    reason = finish_reason.strip().lower()
    if reason in ("", "none", "null"):
        return None
    return next((kind for words, kind in _KINDS if words.search(reason)), FailureKind.UNFINISHED)
