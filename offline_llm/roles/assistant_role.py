"""The assistant role: from the functions, the instruction and the conversation so far to the next turn.

In native tool calling the decisions are the same, and calls that are independent are made at once.
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from offline_llm.knowledge.english import content_stems, enumerated, spoken
from offline_llm.knowledge.facts import known_operation, shape_fields
from offline_llm.language.described_functions import (
    EXTERNAL,
    GET_DETAILS,
    RETRIEVAL,
    DescribedFunction,
    function_from_tool,
    parse_functions,
)
from offline_llm.language.prompt_reading import TranscriptStep, conversation_in, read_conversation
from offline_llm.language.understanding import plan
from offline_llm.roles.final_answer import final_answer, final_thought
from offline_llm.roles.plan_progress import NO_REASON, CallState, PlanProgress, equal_json
from offline_llm.roles.slips import corrected, first_attempt
from offline_llm.seeding import seeded_random
from toolalpaca.conversation.observation import Observation

MOST_STEPS, MOST_QUESTIONS, LEAST_WORDS = 9, 2, 3


@dataclass(frozen=True)
class NextTurn:
    """The next turn: a call, or the answer if `action` is empty."""

    thought: str
    action: str = ""
    arguments: dict[str, Any] | None = None
    answer: str = ""


def assistant_turn(prompt: str, *variant: object) -> str:
    """Return the text after the prompt's last label, in the prompt's own form."""
    conversation = read_conversation(prompt)
    if conversation is None:
        return "I am ready, but I see no question."
    functions = parse_functions(conversation.head)
    move = next_move(functions, conversation.instruction, conversation.steps, *variant, earlier=conversation.earlier)
    form = conversation.form
    if move.action:
        return form.call_text(move.thought, move.action, json.dumps(move.arguments, ensure_ascii=False)).lstrip()
    return form.answer_text(move.thought, move.answer).lstrip()


def next_move(functions: Sequence[DescribedFunction], instruction: str, steps: Sequence[TranscriptStep],
              *variant: object, earlier: int = 0) -> NextTurn:
    """Return the next turn of a conversation.

    `instruction` is everything the user has said, `steps` are all steps so far, the first `earlier` of them in turns
    that have been answered.
    """
    roll = seeded_random("assistant", instruction, len(steps), variant)
    asking = any(function.name == GET_DETAILS for function in functions)
    calls = plan(functions, instruction)
    if not calls:
        return _at_a_loss(functions, instruction, steps, asking)
    progress = PlanProgress(calls, steps, functions, instruction)
    made = len(steps) - earlier
    if made < MOST_STEPS and (look := _look_into_file(progress, instruction)) is not None:
        return look
    while made < MOST_STEPS and (state := next((one for one in progress.states if one.open), None)) is not None:
        move = _next_call(progress, state, instruction, asking)
        if move is not None:
            return move
        state.given_up = _why(state)
        progress.give_up_blocked()
    new = [state for state in progress.states if not 0 <= state.answered_at < earlier]  # that were not reported before
    answer = final_answer(instruction, new, roll)
    return NextTurn(final_thought(new, roll), answer=answer)


def _why(state: CallState) -> str:
    if state.failures:
        return state.failures[-1].observation.strip() or NO_REASON
    return "a value that it needs is not known" if state.call.missing else "another step did not succeed"


def _at_a_loss(functions: Sequence[DescribedFunction], instruction: str, steps: Sequence[TranscriptStep],
               asking: bool) -> NextTurn:
    """Ask what is meant if almost nothing was said, else say that no function can do it and what the functions do."""
    if asking and not steps and len(content_stems(instruction)) < LEAST_WORDS:
        return NextTurn("I do not see yet what the user wants to have done, so I should ask.", GET_DETAILS,
                        {"Question": "Could you tell me more exactly what you would like to know or have done?"})
    able = enumerated([one.summary[:1].lower() + one.summary[1:].rstrip(".") for one in functions
                       if one.name not in EXTERNAL and one.summary][:3], "or")
    return NextTurn("None of the functions does what the user asks for, so I call nothing and say so.",
                    answer="I am sorry, but none of the functions I can use does what you ask for."
                    + (f" With them I could {able}." if able else ""))


def _next_call(progress: PlanProgress, state: CallState, instruction: str, asking: bool) -> NextTurn | None:
    """Return the next call, a question to the user that must come first, or None if the call cannot be made."""
    unknown = progress.unknown(state)
    if unknown:
        return _question(state, unknown) if asking and progress.questions < MOST_QUESTIONS else None
    arguments = progress.arguments(state)
    if arguments is None:
        return None
    function, position = state.call.function, progress.states.index(state)
    if not state.failures:
        attempt = first_attempt(instruction, position, len(progress.states), function, arguments)
        return NextTurn(_reason(progress, state), *attempt)
    return _again(state, arguments)


def _again(state: CallState, arguments: dict[str, Any]) -> NextTurn | None:
    """Return another attempt after an error: with the slip corrected, with what the error asks for, or unchanged."""
    function, last = state.call.function, state.failures[-1]
    slipped = last.action != function.name or not equal_json(last.arguments, arguments)
    if slipped and len(state.failures) == 1:
        return NextTurn(_apology(last), function.name, arguments)
    changed = corrected(function, last.arguments or arguments, last)
    if changed is not None and not any(equal_json(changed, step.arguments) for step in state.failures):
        return NextTurn(_apology(last), function.name, changed)
    if Observation(last.observation).is_infrastructure and len(state.failures) == 1:
        return NextTurn("The service had a problem of its own. I will try the same call once more.", function.name,
                        arguments)
    return None


def _apology(failure: TranscriptStep) -> str:
    problem = re.split(r"\. You need|(?<=\])\.|\. Valid", failure.observation)[0].rstrip(". ")
    if Observation(failure.observation).refuses_function:
        return f'"{failure.action}" is no function that I have. I will call the right one with the same input.'
    return f"The call was refused: {problem[:160]}. I will correct the input and call again."


def _question(state: CallState, names: list[str]) -> NextTurn:
    """Ask the user for everything that is missing in one question."""
    labels = [spoken(parameter.label) for name in names if (parameter := state.call.function.parameter(name))]
    what = state.call.function.summary.rstrip(".") or state.call.function.name
    what = what[:1].lower() + what[1:]
    wanted = enumerated([f"the {label}" for label in labels])
    return NextTurn(f"To {what} I need {wanted}, which the user has not told me. I should ask.", GET_DETAILS,
                    {"Question": f"Could you please tell me {wanted}?"})


def _reason(progress: PlanProgress, state: CallState) -> str:
    """Return the reason for the next call."""
    function, done = state.call.function, [one for one in progress.states if one.answer]
    what = function.purpose
    if state.call.references:
        names = enumerated([spoken(parameter.label) for name in state.call.references
                            if (parameter := function.parameter(name))])
        return f"The earlier result gives me the {names}. Now I can {what}."
    if progress.questions and not done:
        return f"Now that the user has told me what was missing, I can {what} with {function.name}."
    if done:
        return f"The first part is done. Next I should {what}."
    if len(progress.states) > 1:
        return f"This takes several steps. First I should {what} with {function.name}."
    return f"The user wants me to {what}. The function {function.name} does that."


def _look_into_file(progress: PlanProgress, instruction: str) -> NextTurn | None:
    """Search a response that was too long to be shown for what was asked, once per response."""
    if RETRIEVAL not in progress.functions or progress.passages:
        return None
    for state in progress.states:
        if state.answer and (match := re.search(r'kept in the file "([^"]+)"', state.answer.observation)):
            return NextTurn("The answer is too long to be shown. I will look up in the file what I need.", RETRIEVAL,
                            {"file_name": match[1], "query": instruction[:200]})
    return None


ToolCall = dict[str, str]  # name and arguments, a JSON object as text


def assistant_tool_turn(tools: Iterable[dict[str, Any]], messages: list[dict[str, Any]], *variant: object,
                        parallel: bool = True) -> tuple[str, list[ToolCall]]:
    """Return the text and the calls of the next turn of a conversation with tools."""
    functions = [_with_known_fields(function_from_tool(tool)) for tool in tools]
    talk = conversation_in(messages)
    if parallel and len(talk.steps) - talk.earlier < MOST_STEPS:
        progress = PlanProgress(plan(functions, talk.instruction), talk.steps, functions, talk.instruction)
        ready, waiting = progress.ready(), [state for state in progress.states if state.open]
        if len(ready) > 1 and len(ready) == len(waiting) and _look_into_file(progress, talk.instruction) is None:
            return ("These parts do not depend on each other, so I can do them at once.",
                    [_call(*first_attempt(talk.instruction, progress.states.index(state), len(progress.states),
                                          state.call.function, progress.arguments(state) or {})) for state in ready])
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
