"""The web application: a small Flask app that speaks the OpenAI protocol, with latency, faults and limits on demand,
and passes each request to the role that it is for."""

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, Response, jsonify, request
from waitress.channel import ClientDisconnected

from offline_llm.language.prompt_reading import role_of
from offline_llm.roles.assistant_role import assistant_tool_turn, assistant_turn
from offline_llm.roles.document_writer import write_document
from offline_llm.roles.instruction_writer import instruction_list
from offline_llm.roles.introduction_writer import function_list, introduction
from offline_llm.roles.judge_role import judge
from offline_llm.roles.simulator_role import simulate
from offline_llm.roles.user_role import answer_question, say_next
from offline_llm.seeding import digest, seeded_random
from offline_llm.server.batches import Batches
from offline_llm.server.chat_protocol import MODEL, ApiError, ChatReply, ChatRequest, completion, parse_request
from offline_llm.server.faults import FaultPlan, RequestLimit, malform, rate_limit_error, server_error

log = logging.getLogger("offline_llm")
ABOUT_ITSELF = (
    "This is the offline model of this project. It is not a language model: it follows fixed rules and only knows "
    "the prompts in the folder prompts/. Set OPENAI_API_KEY or OPENAI_BASE_URL to work with a real model.")

# Each takes the prompt and what identifies the sample: the server's seed, the sample's, the rounds so far.
ROLE_FUNCTIONS: dict[str, Callable[..., str]] = {
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
        return ChatReply(ABOUT_ITSELF)
    rounds = sum(message["role"] == "assistant" for message in request.messages)
    return ChatReply(ROLE_FUNCTIONS[role_of(prompt) or ""](prompt, *variant, *([f"round {rounds}"] if rounds else [])))


def safe_reply(request: ChatRequest, seed: int = 0, choice: int = 0) -> ChatReply:
    """Return the same; a prompt on which the rules fail gets an empty answer and a line in the log."""
    try:
        return reply_to(request, seed, choice)
    except Exception:  # one odd prompt must not end a whole run
        log.exception("the rules failed on a prompt that begins %r", request.messages[0]["content"][:80])
        roll = seeded_random("stumble", request.raw)
        return ChatReply(roll.choice(("I am not sure how to answer that.", ABOUT_ITSELF)))


@dataclass
class ServerSettings:
    """The server's settings, from the command line."""

    seed: int = 0
    latency: float = 0.0
    faults: dict[str, float] = field(default_factory=dict)
    hang_seconds: float = 30.0
    rpm: int | None = None
    canned: str | None = None
    api_key: str | None = None


def make_app(settings: ServerSettings, stopping: threading.Event | None = None) -> Flask:
    """Return the Flask app; `stopping` wakes all sleeping requests when the server shuts down."""
    app = Flask("offline_llm")
    app.json.sort_keys = False  # type: ignore[attr-defined]
    chat = ChatEndpoint(settings, stopping or threading.Event())
    app.add_url_rule("/v1/chat/completions", view_func=chat.answer, methods=["POST"], endpoint="chat")
    Batches(chat.body, chat.plan if settings.faults else None, settings.latency, chat.stopping).add_routes(app)
    app.add_url_rule("/health", view_func=lambda: jsonify(status="ok", model=MODEL, language_model=False),
                     endpoint="health")
    card = {"id": MODEL, "object": "model", "created": 0, "owned_by": "rules, not a language model"}
    app.add_url_rule("/v1/models", view_func=lambda: jsonify(object="list", data=[card]), endpoint="models")
    app.add_url_rule("/v1/models/<name>", view_func=lambda name: jsonify(_known(name, card)), endpoint="model")
    app.before_request(lambda: _check_key(settings.api_key))
    app.register_error_handler(ApiError, lambda error: (jsonify(error.body), error.status, error.headers))
    app.register_error_handler(404, lambda _: _problem(404, f"There is nothing at {request.path}."))
    app.register_error_handler(405, lambda _: _problem(405, f"{request.path} does not take {request.method}."))
    return app


def _problem(status: int, message: str) -> tuple[Response, int]:
    return jsonify(ApiError(status, message).body), status


def _known(name: str, card: dict[str, Any]) -> dict[str, Any]:
    if name == MODEL:
        return card
    raise ApiError(404, f"The model `{name}` does not exist", code="model_not_found", param="model")


def _check_key(wanted: str | None) -> None:
    if wanted is None or request.path == "/health":
        return
    if request.headers.get("Authorization") != f"Bearer {wanted}":
        raise ApiError(401, "Incorrect API key provided.", code="invalid_api_key", kind="authentication_error")


class ChatEndpoint:
    """Answers chat completions; one object serves all threads."""

    def __init__(self, settings: ServerSettings, stopping: threading.Event) -> None:
        self.settings, self.stopping = settings, stopping
        self.plan = FaultPlan(settings.faults, settings.seed)
        self.limit = RequestLimit(settings.rpm) if settings.rpm else None

    def answer(self) -> Response:
        """Handle one request from start to end."""
        started = time.monotonic()
        headers = self.limit.take() if self.limit else {}
        try:
            body = json.loads(request.get_data())
        except (ValueError, RecursionError):
            raise ApiError(400, "We could not parse the JSON body of your request.") from None
        chat = parse_request(body)
        content = digest(body) if self.settings.faults else 0
        fault, times = self.plan.decide(content) if self.settings.faults else (None, 0)
        if fault == "hang":
            self.stopping.wait(self.settings.hang_seconds)
        if fault == "429":
            raise rate_limit_error(content, times)
        text = json.dumps(self._completion(chat, (content, times) if fault == "malformed" else ()), ensure_ascii=False)
        self.stopping.wait(max(0.0, self.settings.latency - (time.monotonic() - started)))
        if fault == "500":
            raise server_error(content, times)
        if fault == "drop":
            return Response(_dropped(text.encode(), whole=times % 2 == 0), mimetype="application/json")
        response = Response(text, mimetype="application/json")
        response.headers.update(headers)
        return response

    def body(self, body: Any, malformed: bool) -> dict[str, Any]:
        """Return the response body for a request body, for a line of a batch; raise ApiError."""
        return self._completion(parse_request(body), (digest(body),) if malformed else ())

    def _completion(self, chat: ChatRequest, malformed: tuple[object, ...]) -> dict[str, Any]:
        """Return the response body; malformed in a way selected by `malformed`, if it is not empty."""
        canned, seed = self.settings.canned, self.settings.seed
        replies = [safe_reply(chat, seed, choice) if canned is None else ChatReply(canned) for choice in range(chat.n)]
        if malformed:
            replies = [_malformed(reply, seed, *malformed) for reply in replies]
        return completion(chat, replies)


def _malformed(reply: ChatReply, *parts: object) -> ChatReply:
    if reply.tool_calls:
        call = dict(reply.tool_calls[0])
        return ChatReply(reply.text, [{**call, "arguments": malform(call["arguments"], *parts)}])
    text = malform(reply.text, *parts)
    cut_off = 0 < len(text) < len(reply.text) and reply.text.startswith(text)
    return ChatReply(text, finish_reason="length" if cut_off and len(text) % 2 else None)


def _dropped(body: bytes, *, whole: bool) -> Iterator[bytes]:
    """Yield part of the response, or none of it, and then end the connection."""
    if not whole:
        yield body[:len(body) // 2]
    raise ClientDisconnected
