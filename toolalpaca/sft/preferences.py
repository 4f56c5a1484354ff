"""Preference pairs: a conversation that passed the verification, and one about the same instruction that did not.

What both have in common from the beginning is the prompt; chosen and rejected are the messages after it, tool calls
included, in the form that TRL's DPOTrainer reads.
"""

from collections.abc import Sequence
from typing import Any

from toolalpaca.conversation.steps import ranked
from toolalpaca.data.record_types import Instance
from toolalpaca.sft.selection import is_verified

# Reasons of the verification that are no fault of the assistant: such a conversation is no bad example.
NOT_THE_ASSISTANT = frozenset({"no_instance", "malformed", "infrastructure", "answer_breaks_document",
                               "answer_breaks_request", "judge_failed"})


def pair_of(samples: Sequence[Instance]) -> tuple[Instance, Instance] | None:
    """Return the best conversation that passed and the worst one that the assistant failed; None without both."""
    in_order = ranked(samples)
    passed = [one for one in in_order if is_verified(one)]
    failed = [one for one in in_order if is_failure(one)]
    return (passed[0], failed[-1]) if passed and failed else None


def is_failure(instance: Instance) -> bool:
    """Return whether the verification refused a whole conversation for what the assistant did."""
    verification: Any = instance.get("Verification")
    if not isinstance(verification, dict) or verification.get("passed") or instance.get("error"):
        return False
    codes = {str(reason).partition(":")[0] for reason in verification.get("reasons") or []}
    return bool(codes - NOT_THE_ASSISTANT) and bool(str(instance.get("output") or "").strip())


def preference_example(chosen: dict[str, Any], rejected: dict[str, Any]) -> dict[str, Any] | None:
    """Return `{"prompt", "chosen", "rejected", "tools"}` from two examples in the format messages; None if they are
    the same conversation."""
    one, other = chosen["messages"], rejected["messages"]
    shared = next((place for place, (mine, theirs) in enumerate(zip(one, other, strict=False)) if mine != theirs),
                  min(len(one), len(other)))
    if not one[shared:] or not other[shared:]:
        return None
    return {"prompt": one[:shared], "chosen": one[shared:], "rejected": other[shared:], "tools": chosen["tools"]}
