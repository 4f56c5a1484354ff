"""The assistant role in native tool calling: the same decisions, and parallel calls if they are independent."""

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from offline_llm.knowledge.facts import known_operation
from offline_llm.knowledge.sample_values import shape_fields
from offline_llm.language.described_functions import DescribedFunction, functions_from_tools
from offline_llm.language.transcript import conversation_in
from offline_llm.language.understanding import plan
from offline_llm.roles.assistant_role import next_move
from offline_llm.roles.mistakes import slip
from offline_llm.roles.plan_progress import PlanProgress

ToolCall = dict[str, str]  # name and arguments, a JSON object as text


def assistant_tool_turn(tools: Iterable[dict[str, Any]], messages: list[dict[str, Any]], *variant: object,
                        parallel: bool = True) -> tuple[str, list[ToolCall]]:
    """Return the text and the calls of the next turn of a conversation with tools."""
    functions = [_with_known_fields(function) for function in functions_from_tools(tools)]
    talk = conversation_in(messages)
    if parallel and len(talk.steps) == talk.earlier:
        progress = PlanProgress(plan(functions, talk.instruction), talk.steps, functions, talk.instruction)
        ready, waiting = progress.ready(), [state for state in progress.states if state.open]
        arguments = [(state.call.function, progress.arguments(state) or {}) for state in ready]
        slips = [slip(talk.instruction, index, len(ready), *one) for index, one in enumerate(arguments)]
        if len(ready) > 1 and len(ready) == len(waiting) and not any(slips):
            return ("These parts do not depend on each other, so I can do them at once.",
                    [_call(function.name, values) for function, values in arguments])
    move = next_move(functions, talk.instruction, talk.steps, *variant, earlier=talk.earlier)
    return (move.thought, [_call(move.action, move.arguments or {})]) if move.action else (move.answer, [])


def _with_known_fields(function: DescribedFunction) -> DescribedFunction:
    """Return the function with its result fields, which `tools` do not describe, from the knowledge base."""
    known = known_operation(function.name, {parameter.name for parameter in function.parameters})
    if known is None or function.fields:
        return function
    return replace(function, fields=tuple(shape_fields(known[0].output, known[1])), output=known[0].says)


def _call(name: str, arguments: dict[str, Any]) -> ToolCall:
    return {"name": name, "arguments": json.dumps(arguments, ensure_ascii=False)}
