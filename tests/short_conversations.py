"""Conversations in a few words, for tests of what answers may state."""

import json
from typing import Any

from toolalpaca.conversation.steps import PredictedCall
from toolalpaca.matching.facts.evidence import ConversationEvidence
from toolalpaca.matching.facts.known import Known
from toolalpaca.matching.language.actions import deed_of

Call = tuple[str, dict[str, Any], Any]  # the function, its arguments, and the body or the text that came back


def transcript_of(instruction: str, *calls: Call) -> ConversationEvidence:
    """Return a conversation in which each call brought a body with status 200, or a text as it is, with an API of POST
    operations, of which those change something whose names do not say that they read."""
    deeds = {name: deed for name, _, _ in calls if (deed := deed_of(name, "POST")) is not None}
    return ConversationEvidence(instruction, [
        PredictedCall(place, function, arguments,
                      seen if isinstance(seen, str) else f"Status Code: 200. Response: {json.dumps(seen)}")
        for place, (function, arguments, seen) in enumerate(calls)], deeds=deeds)


def known_of(instruction: str, answer: str, *calls: Call) -> Known:
    """Return what an answer at the end of such a conversation may state."""
    return Known(transcript_of(instruction, *calls).whole(), answer)
