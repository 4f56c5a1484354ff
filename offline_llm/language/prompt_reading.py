"""Parsing of the project's prompts: the role that one is for, its sections, the conversation in it, and the HTTP
requests that the simulator shows."""

import ast
import json
import re
import shlex
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from offline_llm.language.described_functions import DATE_TIME, GET_DETAILS, RETRIEVAL
from toolalpaca.conversation.forms import LOG_FORM, PromptForm
from toolalpaca.conversation.observation import Observation
from toolalpaca.conversation.rendering import read_prompt

# How the first line of each role's prompt begins. Any other prompt is answered as plain chat.
FIRST_LINES = {
    "You introduce public web APIs": "introduction",
    "You design the functions that a public web API": "functions",
    "You turn a list of functions into an OpenAPI document": "documentation",
    "You write what people would ask an assistant": "instruction",
    "You play a user who has given an assistant": "user",
    "You play a user who has an answer from": "follow_up",
    "You play the server of a web API": "simulator",
    "You judge how well an assistant solved": "judge",
    "You are an assistant who answers questions with the help of the": "assistant",
    "You are a careful assistant who solves a user's task": "assistant",
    "You are an assistant who uses the functions of the": "assistant",
    "You are an assistant with access to the": "assistant",
}
_SECTION = re.compile(r"^## (.+)$", re.MULTILINE)
_CLOSING = re.compile(r"\n+(?:Write|Answer)\b[^\n]*\bnow\.\s*\Z")


def role_of(prompt: str) -> str | None:
    """Return the role that a prompt's first line asks for; None for a prompt that is not the project's.

    An assistant's prompt is also recognised by its labels, whatever its wording.
    """
    first = prompt.lstrip().split("\n", 1)[0]
    role = next((role for start, role in FIRST_LINES.items() if first.startswith(start)), None)
    return role or ("assistant" if read_prompt(prompt) else None)


@lru_cache(maxsize=256)
def sections(prompt: str) -> dict[str, str]:
    """Return the text under each `## Heading` without the closing request; of repeated headings the first."""
    pieces = _SECTION.split(_CLOSING.sub("", prompt))
    found: dict[str, str] = {}
    for heading, text in zip(pieces[1::2], pieces[2::2], strict=True):
        if heading.strip() in found:
            last = next(reversed(found))
            found[last] += f"\n## {heading}{text}"
        else:
            found[heading.strip()] = text.strip("\n")
    return found


def labelled(text: str) -> dict[str, str]:
    """Return the `Label: value` lines of a section."""
    return {label: value.strip() for label, value in re.findall(r"^(\w[\w ]*): ?(.*)$", text, re.MULTILINE)}


@dataclass(frozen=True)
class TranscriptStep:
    """A call that was made and its result. `arguments` is None if the input was not a JSON object."""

    action: str
    arguments: dict[str, Any] | None
    observation: str

    @property
    def succeeded(self) -> bool:
        """Return whether the observation is a successful response."""
        if self.action in (GET_DETAILS, RETRIEVAL, DATE_TIME):
            return not (Observation(self.observation).refuses_arguments
                        or self.observation.startswith(("Invalid", "There is no file")))
        return Observation(self.observation).succeeded

    @property
    def response(self) -> Any:
        """Return the response as JSON; None if there is none."""
        return Observation(self.observation).body


@dataclass(frozen=True)
class Transcript:
    """A conversation so far: everything the user has said, in order, and all steps.

    The first `earlier` steps belong to turns that have been answered; `head` is the prompt's text before the
    conversation.
    """

    said: tuple[str, ...]
    steps: list[TranscriptStep]
    earlier: int = 0
    form: PromptForm = LOG_FORM
    head: str = ""

    @property
    def instruction(self) -> str:
        """Return everything the user has said as one text."""
        return " ".join(self.said)


def read_conversation(prompt: str) -> Transcript | None:
    """Return the conversation at the end of an assistant's prompt; None if there is none."""
    found = read_prompt(prompt)
    if found is None:
        return None
    steps = [TranscriptStep(step.action, parse_arguments(step.input), step.observation) for step in found.steps]
    return Transcript(found.questions, steps, found.earlier, found.form, found.head)


def parse_arguments(text: str) -> dict[str, Any] | None:
    """Return the JSON object in an action input; None if it is not one."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def conversation_in(messages: list[dict[str, Any]]) -> Transcript:
    """Return a conversation in native tool calling, its steps in the order of their results."""
    calls: dict[str, tuple[str, dict[str, Any] | None]] = {}
    said: list[str] = []
    steps: list[TranscriptStep] = []
    earlier = 0
    for message in messages:
        tool_calls = message.get("tool_calls")
        for call in tool_calls if isinstance(tool_calls, list) else []:
            function = call.get("function") if isinstance(call, dict) else None
            if isinstance(function, dict):
                calls[str(call.get("id"))] = (str(function.get("name")),
                                              parse_arguments(str(function.get("arguments") or "")))
        if message["role"] == "tool":
            name, arguments = calls.get(str(message.get("tool_call_id")), ("", None))
            steps.append(TranscriptStep(name, arguments, message["content"].strip()))
        elif message["role"] == "user" and not Observation(message["content"]).refuses_format:
            said.append(message["content"])
            earlier = len(steps)
    return Transcript(tuple(said), steps, earlier)


@dataclass
class ShownRequest:
    """A request: its method, its path, and the values in its query and body."""

    method: str = "GET"
    path: str = "/"
    query: dict[str, str] = field(default_factory=dict)
    body: Any = None


def read_request(text: str) -> ShownRequest:
    """Return the request in a curl command or a `requests` call; parts that cannot be parsed keep their defaults."""
    text = text.strip()
    if text.startswith("curl"):
        return _from_curl(text)
    return _from_python(text) or _from_words(text)


def _from_curl(text: str) -> ShownRequest:
    try:
        words = shlex.split(text.replace("\\\n", " "))
    except ValueError:
        return _from_words(text)
    request, url = ShownRequest(method=""), ""
    for index, word in enumerate(words[1:], 1):
        before = words[index - 1]
        if before in ("-X", "--request"):
            request.method = word.upper()
        elif before in ("-d", "--data", "--data-raw", "--json"):
            request.body = _json_or_text(word)
        elif re.match(r"https?://", word) and before not in ("-H", "--header"):
            url = word
    request.method = request.method or ("POST" if request.body is not None else "GET")
    return _with_url(request, url)


def _from_python(text: str) -> ShownRequest | None:
    try:
        call = next(node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call))
        given = [ast.literal_eval(one) for one in call.args]
        named = {one.arg: ast.literal_eval(one.value) for one in call.keywords if one.arg}
    except (SyntaxError, ValueError, StopIteration, RecursionError, MemoryError):
        return None
    function = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    if function != "request":
        given.insert(0, function)
    url = given[1] if len(given) > 1 else named.get("url", "")
    request = _with_url(ShownRequest(str(given[0]).upper()), str(url))
    params = named.get("params") or {}
    pairs = params.items() if isinstance(params, dict) else params if isinstance(params, list) else []
    request.query |= {str(pair[0]): str(pair[1]) for pair in pairs if isinstance(pair, tuple) and len(pair) == 2}
    request.body = named["json"] if "json" in named else _json_or_text(named["data"]) if "data" in named else None
    return request


def _from_words(text: str) -> ShownRequest:
    url = re.search(r"https?://[^\s'\"]+|(?<=\s)/[^\s'\"]+", text)
    method = re.search(r"\b(GET|POST|PUT|PATCH|DELETE)\b", text)
    return _with_url(ShownRequest(method[1] if method else "GET"), url[0] if url else "/")


def _with_url(request: ShownRequest, url: str) -> ShownRequest:
    try:
        parts = urlsplit(url)
    except ValueError:
        return request
    request.path = unquote(parts.path) or "/"
    request.query = dict(parse_qsl(parts.query))
    return request


def _json_or_text(text: Any) -> Any:
    if not isinstance(text, str):
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return dict(parse_qsl(text)) or text


def path_values(template: str, path: str) -> dict[str, str]:
    """Return the values of a path's `{parameters}`, wherever in `path` the template begins; {} if it does not match."""
    pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(template))
    try:
        match = re.search(f"{pattern}/?$", path)
    except re.error:
        return {}
    return match.groupdict() if match else {}


def read_history(text: str) -> list[tuple[ShownRequest, int, Any]]:
    """Return the earlier requests with the status and body of each response."""
    found = []
    for block in re.split(r"\n\n(?=Request: )", text.strip()):
        status = re.search(r"^Status Code:\s*(\d{3})", block, re.MULTILINE)
        body = re.search(r"^Response:\s*(.*)", block, re.MULTILINE)
        if status:
            request = read_request(block[:status.start()].strip().removeprefix("Request:"))
            found.append((request, int(status[1]), _json_or_text(body[1]) if body else None))
    return found
