"""The tool executor: executes one action of the assistant, an operation of the API or an external tool."""

import json
import math
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from toolalpaca.agent.api import Api
from toolalpaca.agent.environments.credentials import Credentials, credentials_of
from toolalpaca.agent.environments.interface import Transport
from toolalpaca.conversation.observation import KeptFiles, infrastructure_note, observation_of, unknown_function
from toolalpaca.data.record_types import DATE_TIME, GET_DETAILS, RETRIEVAL
from toolalpaca.openapi.arguments import TRY_AGAIN, ArgumentError, quoted_names
from toolalpaca.openapi.http_request import build_request

PASSAGE = 600  # characters
BEST = 3  # passages that are shown
LONGEST_QUOTE = 200  # characters of a query that a message repeats

AskUser = Callable[[str], str]


def best_passages(text: str, query: str) -> str:
    """Return the passages that share the most words with the query, weighted by rarity, in the order of the text."""
    passages = _passages(text)
    words = [Counter(_words(passage)) for passage in passages]
    found_in = Counter(word for counts in words for word in counts)
    weights = {word: math.log(1 + len(passages) / found_in[word]) for word in set(_words(query)) if word in found_in}
    scores = [math.fsum(weights[word] for word in counts if word in weights) for counts in words]
    ranked = sorted(range(len(passages)), key=lambda index: (-scores[index], index))[:BEST]
    shown = [passages[index] for index in sorted(ranked) if scores[index] > 0]
    return " ... ".join(shown) if shown else f"Nothing in the file matches {query[:LONGEST_QUOTE]!r}."


def _passages(text: str) -> list[str]:
    """Return pieces of about PASSAGE characters, cut after a comma or blank if there is one."""
    pieces, start = [], 0
    while start < len(text):
        end = min(len(text), start + PASSAGE)
        if end < len(text):
            cut = max(text.rfind(sign, start + PASSAGE // 2, end) for sign in ("},", ", ", " "))
            end = cut + 1 if cut > 0 else end
        pieces.append(text[start:end].strip())
        start = end
    return pieces


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


@dataclass
class Tools:
    """The functions of one conversation, with its state.

    `ask_user` returns the user's answer to a question; `clock` returns the time.
    """

    api: Api
    transport: Transport
    ask_user: AskUser
    clock: Callable[[], datetime] = datetime.now
    credentials: Credentials = Credentials()
    files: KeptFiles = field(default_factory=KeptFiles)

    def call(self, name: str, arguments: dict[str, Any]) -> tuple[str, list[str]]:
        """Return the observation, and notes on coercions.

        Errors that the assistant can fix are observations. Raises RecordError if the API or a model cannot be reached.
        """
        if name not in self.api.names:
            valid = quoted_names(self.api.names)
            return f"{unknown_function(name)} Valid functions: {valid}. {TRY_AGAIN}", []
        try:
            if name in self.api.others:
                other = self.api.owner(name)
                tools = replace(self, api=other, transport=self.transport.other(other.record["Name"]),
                                credentials=credentials_of(other.record, real=False))
                return tools.call(name, arguments)
            if name in self.api.operations:
                return self._operation(name, arguments)
            external = {GET_DETAILS: self._get_details, RETRIEVAL: self._retrieve, DATE_TIME: self._date_time}
            return external[name](arguments), []
        except ArgumentError as error:
            return str(error), []

    def _operation(self, name: str, arguments: dict[str, Any]) -> tuple[str, list[str]]:
        binding, secret = self.api.binding(name), self.credentials
        try:
            bound = binding.bind(secret.fill(arguments, binding.signature))
            request = build_request(binding.signature, bound)
        except ArgumentError as error:
            raise ArgumentError(secret.scrub(str(error))) from None
        request = secret.attach(request, binding.signature, self.api.document)
        reply = self.transport.send(request, binding.signature.operation)
        notes = [note for note in bound.notes if note.split(":")[0] not in secret.values]
        if reply.infrastructure:
            notes.append(infrastructure_note(reply.infrastructure))
        return observation_of(reply, self.files, retrieval=RETRIEVAL in self.api.names), notes

    def _get_details(self, arguments: dict[str, Any]) -> str:
        (question,) = _texts(arguments, "Question")
        return self.ask_user(question)

    def _retrieve(self, arguments: dict[str, Any]) -> str:
        name, query = _texts(arguments, "file_name", "query")
        if name not in self.files.texts:
            known = quoted_names(list(self.files.texts))
            raise ArgumentError(f'There is no file "{name}" in this conversation. Files: {known}. {TRY_AGAIN}')
        return best_passages(self.files.texts[name], query)

    def _date_time(self, arguments: dict[str, Any]) -> str:
        _texts(arguments)
        return f"{self.clock():%Y-%m-%d %H:%M:%S, %A}"


def _texts(arguments: dict[str, Any], *names: str) -> list[str]:
    """Return the named text arguments of an external tool, under the same rules as an API's."""
    given = {name.lower(): value for name, value in arguments.items()}
    unknown = [name for name in arguments if name.lower() not in {known.lower() for known in names}]
    if unknown:
        raise ArgumentError(f"Unknown parameters: {quoted_names(unknown)}. "
                            f"Valid parameters: {quoted_names(list(names))}. {TRY_AGAIN}")
    missing = [name for name in names if given.get(name.lower()) in (None, "")]
    if missing:
        raise ArgumentError(f"Missing required parameters: {quoted_names(missing)}. {TRY_AGAIN}")
    for name in names:
        value = given[name.lower()]
        if not isinstance(value, str):
            raise ArgumentError(f'Parameter type error: "{name}", expected string, '
                                f"but got {json.dumps(value, ensure_ascii=False)}. {TRY_AGAIN}")
    return [given[name.lower()] for name in names]
