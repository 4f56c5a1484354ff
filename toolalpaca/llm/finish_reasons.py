"""Why a model's answer ended, by kind: servers use some thirty values of `finish_reason`, of which most mean a half."""

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
    """Return why an answer that ended so is not whole; None for a whole one.

    No reason at all, which old servers send, counts as whole; one of words never seen does not.
    """
    reason = finish_reason.strip().lower()
    if reason in ("", "none", "null"):
        return None
    return next((kind for words, kind in _KINDS if words.search(reason)), FailureKind.UNFINISHED)
