"""The assistant in native tool calling: the same decisions, several calls in one turn where they are independent."""

import json
from dataclasses import replace

from offline_llm.knowledge.facts import known_operation
from offline_llm.knowledge.values import shape_fields
from offline_llm.language.functions import Function, functions_from_tools
from offline_llm.language.transcript import steps_from_messages
from offline_llm.language.understanding import plan
from offline_llm.roles.assistant import Move, next_move
from offline_llm.roles.mistakes import slip
from offline_llm.roles.progress import Progress
from offline_llm.server.protocol import ChatRequest, Reply


def assistant_tool_turn(request: ChatRequest, *variant: object) -> Reply:
    """The next turn of a conversation whose request offers tools."""
    functions = [_with_known_fields(function) for function in functions_from_tools(request.tools)]
    instruction = next((message["content"] for message in request.messages if message["role"] == "user"), "")
    steps = steps_from_messages(request.messages)
    if request.raw.get("tool_choice") == "none":
        return Reply("The functions are switched off for this turn.")
    if not steps and request.raw.get("parallel_tool_calls") is not False:
        progress = Progress(plan(functions, instruction), [], functions, instruction)
        ready = progress.ready()
        arguments = [(state.call.function, progress.arguments(state) or {}) for state in ready]
        slips = [slip(instruction, index, len(ready), *one) for index, one in enumerate(arguments)]
        if len(ready) > 1 and len(ready) == len(progress.states) and not any(slips):
            return Reply("These parts do not depend on each other, so I can do them at once.",
                         [_call(function.name, values) for function, values in arguments])
    return _reply(next_move(functions, instruction, steps, *variant))


def _with_known_fields(function: Function) -> Function:
    """The function with what it returns, which `tools` do not say, as far as the knowledge base has it."""
    known = known_operation(function.name, {parameter.name for parameter in function.parameters})
    if known is None or function.fields:
        return function
    return replace(function, fields=tuple(shape_fields(known[0].output, known[1])), output=known[0].says)


def _reply(move: Move) -> Reply:
    return Reply(move.thought, [_call(move.action, move.arguments or {})]) if move.action else Reply(move.answer)


def _call(name: str, arguments: dict[str, object]) -> dict[str, str]:
    return {"name": name, "arguments": json.dumps(arguments, ensure_ascii=False)}
