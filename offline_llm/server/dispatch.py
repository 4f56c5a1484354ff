"""Dispatch of requests to roles: the role is identified and its rules write the answer."""

import logging
from collections.abc import Callable

from offline_llm.language.prompt_sections import role_of
from offline_llm.roles.assistant_role import assistant_turn
from offline_llm.roles.document_writer import write_document
from offline_llm.roles.instruction_writer import instruction_list
from offline_llm.roles.introduction_writer import function_list, introduction
from offline_llm.roles.judge_role import judge
from offline_llm.roles.simulator_role import simulate
from offline_llm.roles.tool_calls import assistant_tool_turn
from offline_llm.roles.user_role import answer_question, say_next
from offline_llm.seeding import seeded_random
from offline_llm.server.chat_protocol import ChatReply, ChatRequest

log = logging.getLogger("offline_llm")
PLAIN = ("This is the offline model of this project. It is no language model: it follows fixed rules and only knows "
         "the prompts in the folder prompts/. Set OPENAI_API_KEY or OPENAI_BASE_URL to work with a real model.")

# Each takes the prompt and what identifies the sample: the server's seed, the sample's, the rounds so far.
ROLES: dict[str, Callable[..., str]] = {
    "introduction": introduction,
    "functions": function_list,
    "documentation": lambda prompt, *variant: write_document(prompt),
    "instruction": instruction_list,
    "user": answer_question,
    "follow_up": lambda prompt, *variant: say_next(prompt),
    "simulator": simulate,
    "judge": lambda prompt, *variant: judge(prompt),
    "assistant": assistant_turn,
}


def reply_to(request: ChatRequest, seed: int = 0, choice: int = 0) -> ChatReply:
    """Return the answer to a request; it depends only on the request, the server's seed and the choice's number."""
    variant = (*([seed] if seed else []), *request.variant(choice))
    if request.tools:
        if request.raw.get("tool_choice") == "none":
            return ChatReply("The functions are switched off for this turn.")
        return ChatReply(*assistant_tool_turn(request.tools, request.messages, *variant,
                                          parallel=request.raw.get("parallel_tool_calls") is not False))
    prompt = next((message["content"] for message in request.messages if role_of(message["content"])), None)
    if prompt is None:
        return ChatReply(PLAIN)
    rounds = sum(message["role"] == "assistant" for message in request.messages)
    return ChatReply(ROLES[role_of(prompt) or ""](prompt, *variant, *([f"round {rounds}"] if rounds else [])))


def safe_reply(request: ChatRequest, seed: int = 0, choice: int = 0) -> ChatReply:
    """Return the same; a prompt on which the rules fail gets an empty answer and a line in the log."""
    try:
        return reply_to(request, seed, choice)
    except Exception:  # one odd prompt must not end a whole run
        log.exception("the rules failed on a prompt that begins %r", request.messages[0]["content"][:80])
        return ChatReply(seeded_random("stumble", request.raw).choice(("I am not sure how to answer that.", PLAIN)))
