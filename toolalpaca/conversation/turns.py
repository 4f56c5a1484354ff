"""Conversations with several user turns: the first is the instance itself, later ones are in its `Turns`."""

from typing import Any, cast

from toolalpaca.conversation.steps import steps_of
from toolalpaca.data.record_types import Instance


def user_turns(instance: Instance) -> list[Instance]:
    """Return one instance per user turn, with what the user said and the result; the first is the instance itself."""
    later: Any = instance.get("Turns")
    found = [turn for turn in later if isinstance(turn, dict)] if isinstance(later, list) else []
    return [instance, *cast(list[Instance], found)]


def merged_turns(instance: Instance) -> Instance:
    """Return a conversation as if everything had been asked at once and answered at the end.

    Checks of calls and answers against everything the user said use it. An instance with a single turn is returned
    unchanged.
    """
    turns = user_turns(instance)
    if len(turns) == 1:
        return instance
    merged: dict[str, Any] = {key: value for key, value in instance.items() if key != "Turns"}
    merged["input"] = "\n".join(turn.get("input") or "" for turn in turns)
    merged["output"] = "\n".join(turn.get("output") or "" for turn in turns)
    merged["Final Thought"] = turns[-1].get("Final Thought") or ""
    merged["intermediate_steps"] = [step for turn in turns for step in turn.get("intermediate_steps") or []]
    merged["step_notes"] = []
    before = 0
    for turn in turns:
        steps = steps_of(turn)
        merged["step_notes"] += [{"turn": before + step.turn, "reasoning": step.reasoning} for step in steps]
        before += max((step.turn for step in steps), default=0)
    return cast(Instance, merged)
