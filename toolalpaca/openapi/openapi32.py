"""OpenAPI 3.2 documents in the words of 3.1, so that what reads documents need not know both.

Rewritten are references by the document's own address (`$self`), media types by reference, streams (`itemSchema`, an
array of their items), examples, the summaries of responses, and security schemes by address. Operations of other
methods and parameters in `querystring` have no counterpart: `operations` reads them as they are.
"""

from typing import Any
from urllib.parse import urljoin

from toolalpaca.openapi.references import leads_somewhere, resolve

Part = dict[str, Any]
_SCHEMES = "#/components/securitySchemes/"


def as_31(document: Part) -> Part:
    """Return the document as 3.1 has it, itself if it is of another version than 3.2; raise ValueError for one that is
    nested too deeply. The document is not modified."""
    if not str(document.get("openapi", "")).startswith("3.2"):
        return document
    own = document.get("$self")
    try:
        renamed = _with_own_references(document, own) if isinstance(own, str) and own else document
        return _rewritten(renamed, renamed)
    except RecursionError:
        raise ValueError("the JSON is nested too deeply") from None


def _with_own_references(value: Any, own: str, key: str = "") -> Any:
    """Return a copy in which references by the document's own address, those of discriminators included, point into
    it."""
    if isinstance(value, list):
        return [_with_own_references(item, own) for item in value]
    if not isinstance(value, dict):
        return value
    return {name: _local(part, own) if isinstance(part, str) and (name == "$ref" or key == "mapping")
            else _with_own_references(part, own, name) for name, part in value.items()}


def _local(ref: str, own: str) -> str:
    address, sign, fragment = ref.partition("#")
    try:
        return f"#{fragment}" if address and sign and urljoin(own, address) == urljoin(own, "") else ref
    except ValueError:
        return ref


def _rewritten(document: Part, value: Any, key: str = "") -> Any:
    if isinstance(value, list):
        return [_scheme_names(item) if key == "security" else _rewritten(document, item) for item in value]
    if not isinstance(value, dict):
        return value
    rewrite = {"content": _media_type, "examples": _example, "responses": _response}.get(key)
    return {name: _rewritten(document, rewrite(document, name, part) if rewrite and isinstance(part, dict) else part,
                             name) for name, part in value.items()}


def _media_type(document: Part, name: str, body: Part) -> Part:
    """Return a media type object with its reference resolved and the schema of a stream."""
    if "/" not in name:
        return body  # a property that is called `content`
    opened = resolve(document, body) if leads_somewhere(document, body.get("$ref")) else body
    if "itemSchema" not in opened or "schema" in opened:
        return opened
    kept = {key: part for key, part in opened.items() if key != "itemSchema"}
    return {**kept, "schema": {"type": "array", "items": opened["itemSchema"]}}


def _example(document: Part, name: str, example: Part) -> Part:
    given = next((example[key] for key in ("dataValue", "serializedValue") if key in example), None)
    return example if given is None or "value" in example else {**example, "value": given}


def _response(document: Part, name: str, response: Part) -> Part:
    return {**response, "description": response.get("summary", "")} if "description" not in response and \
        "$ref" not in response else response


def _scheme_names(requirement: Any) -> Any:
    if not isinstance(requirement, dict):
        return requirement
    return {name.removeprefix(_SCHEMES): scopes for name, scopes in requirement.items()}
