"""Credentials of real APIs: where they come from, where they go in a request, and how they are redacted elsewhere.

A record's `Authentication` names a value per parameter, `env:VARIABLE` for one from the environment. The assistant
never sees them; the executor fills them in.
"""

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from toolalpaca.conversation.observation import Reply, decoded
from toolalpaca.core.errors import UsageError
from toolalpaca.data.record_types import ApiRecord
from toolalpaca.data.redaction import FROM_ENVIRONMENT, MASK, Redactor, credential_value, is_variable
from toolalpaca.openapi.arguments import Signature
from toolalpaca.openapi.http_request import HttpRequest
from toolalpaca.openapi.media_types import kind_of
from toolalpaca.openapi.references import resolve
from toolalpaca.openapi.styles import encoded

SIMULATED = "simulated"  # what a simulated API is sent in place of a credential


@dataclass(frozen=True)
class Credentials:
    """The values of one API by parameter name, and secrets of its server that are redacted as well."""

    values: dict[str, str] = field(default_factory=dict, repr=False)
    of_server: tuple[str, ...] = field(default=(), repr=False)

    def fill(self, arguments: dict[str, Any], signature: Signature) -> dict[str, Any]:
        """Return the arguments with the credentials for parameters of the operation."""
        if not self.values:
            return arguments
        names = signature.names
        given = {name: value for name, value in arguments.items() if name not in self.values}
        return {**given, **{name: value for name, value in self.values.items() if name in names}}

    def attach(self, request: HttpRequest, signature: Signature, document: dict[str, Any]) -> HttpRequest:
        """Return the request with the credentials that are not parameters: security schemes and the Authorization
        header. An operation that says it needs no security (`security: []`) gets none of them."""
        if not self.values or signature.operation.raw.get("security") == []:
            return request
        places = {**_scheme_places(document), "Authorization": "header"}
        rest = [name for name in self.values if name.lower() == "authorization"
                or (name in places and name not in signature.names)]
        for name in rest:
            value = self.values[name]
            if places.get(name) == "query":
                query = f"{request.query}&" if request.query else ""
                request = replace(request, query=f"{query}{encoded(name)}={encoded(value)}")
            elif places.get(name) == "cookie":
                request = replace(request, cookies={**request.cookies, name: value})
            else:
                request = replace(request, headers={**request.headers, name: value})
        return request

    def scrub(self, text: str) -> str:
        """Return the text with every credential redacted, in any encoding."""
        return self._redactor.text(text)

    def scrub_bytes(self, data: bytes) -> bytes:
        """Return a request's body with every credential redacted."""
        return self._redactor.data(data)

    def scrub_reply(self, reply: Reply) -> Reply:
        """Return a response with every credential redacted in its body, raw and decoded, and in its content type."""
        redactor = self._redactor
        if not redactor:
            return reply
        content_type = redactor.text(reply.content_type)
        text = decoded(reply).replace("\0", "")
        clean = redactor.text(text, cut=reply.cut)
        if clean == text:
            return replace(reply, content_type=content_type)
        return replace(reply, body=clean.encode("utf-8", "replace"),
                       content_type=f"{kind_of(content_type)}; charset=utf-8")

    @cached_property
    def _redactor(self) -> Redactor:
        return Redactor([*(value for value in self.values.values() if value != SIMULATED), *self.of_server])


def _scheme_places(document: dict[str, Any]) -> dict[str, str]:
    """Return where the document's API keys go: "header", "query" or "cookie" by name."""
    places = {}
    for scheme in ((document.get("components") or {}).get("securitySchemes") or {}).values():
        try:
            opened = resolve(document, scheme)
        except ValueError:
            continue  # a reference that leads nowhere names no place
        if opened.get("type") == "apiKey" and isinstance(opened.get("name"), str):
            places[opened["name"]] = str(opened.get("in"))
    return places


def credentials_of(record: ApiRecord, *, real: bool) -> Credentials:
    """Return the credentials for one API, placeholders for a simulated one; raise UsageError for a missing value."""
    stated = record.get("Authentication") or {}
    if not real:
        return Credentials(dict.fromkeys(stated, SIMULATED))
    return Credentials({name: _value(record, name, value) for name, value in stated.items()})


def _value(record: ApiRecord, name: str, value: object) -> str:
    where = f"{record['Name']!r}: Authentication {name!r}"
    if not isinstance(value, str) or not value or value == MASK:
        raise UsageError(f"{where} holds no value (no stage copies one into its output); give it as text or, to have "
                         "it in no file, as \"env:VARIABLE\"")
    if value.startswith(FROM_ENVIRONMENT) and not is_variable(value):
        raise UsageError(f"{where} begins with {FROM_ENVIRONMENT!r} and does not go on as the name of an environment "
                         "variable, which has letters, digits and underscores only")
    found = credential_value(value).strip()  # a file's last line break is not part of a key
    if not found:
        raise UsageError(f"{where} is to come from the environment variable {value.removeprefix(FROM_ENVIRONMENT)}, "
                         "which is not set")
    if not found.isprintable():
        raise UsageError(f"{where} holds a line break or another control character, which no request can carry")
    return found


def variables_of(record: ApiRecord) -> list[str]:
    """Return the environment variables that a record's `Authentication` names."""
    return [value.removeprefix(FROM_ENVIRONMENT) for value in (record.get("Authentication") or {}).values()
            if is_variable(value)]
