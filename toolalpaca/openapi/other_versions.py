"""Documents of other versions, rewritten: OpenAPI 3.2 in the words of 3.1, so that what reads documents need not know
both, and Swagger 2.0 as OpenAPI 3.0.

Of 3.2 these are rewritten: references by the document's own address (`$self`), media types by reference, streams
(`itemSchema`, an array of their items), examples, the summaries of responses, and security schemes by address.
Operations of other methods and parameters in `querystring` have no counterpart: `operations` reads them as they are.

What Swagger expresses by `in: body`, `in: formData`, `consumes`, `produces` and `collectionFormat` moves to its place
in OpenAPI 3; nothing is dropped.
"""

from typing import Any
from urllib.parse import urljoin

from toolalpaca.openapi.media_types import FORM, JSON, MULTIPART
from toolalpaca.openapi.operations import METHODS, TABS
from toolalpaca.openapi.references import leads_somewhere, lookup, resolve, with_references

Part = dict[str, Any]
_SCHEMES = "#/components/securitySchemes/"
_MOVED = {"#/definitions/": "#/components/schemas/", "#/parameters/": "#/components/parameters/",
          "#/responses/": "#/components/responses/"}
_OF_THE_PARAMETER = ("name", "in", "description", "required", "allowEmptyValue", "deprecated")
_STYLES = {"csv": ("form", False), "ssv": ("spaceDelimited", False), "tsv": ("form", False),
           "pipes": ("pipeDelimited", False), "multi": ("form", True)}
_FLOWS = {"implicit": "implicit", "password": "password", "application": "clientCredentials",
          "accessCode": "authorizationCode"}


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


def is_swagger_2(document: Part) -> bool:
    """Return whether a document is written in Swagger 2.0."""
    return "openapi" not in document and str(document.get("swagger", "")).startswith("2")


def converted(document: Part) -> Part:
    """Return a Swagger 2.0 document as OpenAPI 3.0; raise ValueError for a dangling reference."""
    return _DocumentConversion(document).run()


class _DocumentConversion:
    def __init__(self, document: Part) -> None:
        self.document = document
        self.consumes = _texts(document.get("consumes")) or [JSON]
        self.produces = _texts(document.get("produces")) or [JSON]

    def run(self) -> Part:
        kept = {key: value for key, value in self.document.items()
                if key in ("info", "tags", "externalDocs", "security") or key.startswith("x-")}
        paths = {path: self._path_item(item) if not path.startswith("x-") else item
                 for path, item in _entries(self.document, "paths")}
        result = {"openapi": "3.0.3", **kept, "servers": self._servers(), "paths": paths}
        components = {key: part for key, part in self._components().items() if part}
        return {**result, "components": components} if components else result

    def _servers(self) -> list[Part]:
        host, base = self.document.get("host"), str(self.document.get("basePath") or "")
        if not host:
            return [{"url": base or "/"}]
        schemes = [scheme for scheme in _texts(self.document.get("schemes")) if scheme.startswith("http")] or ["https"]
        return [{"url": f"{scheme}://{host}{base.rstrip('/')}"} for scheme in sorted(schemes, reverse=True)]

    def _components(self) -> Part:
        parameters = {name: self._parameter(part) for name, part in _entries(self.document, "parameters")
                      if part.get("in") not in ("body", "formData")}
        return {"schemas": {name: self._schema(part) for name, part in _entries(self.document, "definitions")},
                "parameters": parameters,
                "responses": {name: self._response(part, self.produces)
                              for name, part in _entries(self.document, "responses")},
                "securitySchemes": {name: _security_scheme(part)
                                    for name, part in _entries(self.document, "securityDefinitions")}}

    def _path_item(self, item: Any) -> Any:
        if not isinstance(item, dict):
            return item
        shared = _list(item.get("parameters"))
        rest = {key: value for key, value in item.items() if key not in METHODS and key != "parameters"}
        operations = {method: self._operation(item[method], shared) for method in METHODS
                      if isinstance(item.get(method), dict)}
        plain = [parameter for parameter in shared if self._place(parameter) not in ("body", "formData")]
        return {**rest, **({"parameters": [self._parameter(one) for one in plain]} if plain else {}), **operations}

    def _operation(self, raw: Part, shared: list[Any]) -> Part:
        own = _list(raw.get("parameters"))
        left_out = ("parameters", "consumes", "produces", "schemes", "responses")
        result = {key: value for key, value in raw.items() if key not in left_out}
        plain = [one for one in own if self._place(one) not in ("body", "formData")]
        if plain:
            result["parameters"] = [self._parameter(one) for one in plain]
        body = self._request_body([*shared, *own], _texts(raw.get("consumes")) or self.consumes)
        if body:
            result["requestBody"] = body
        produces = _texts(raw.get("produces")) or self.produces
        result["responses"] = {str(status): self._response(response, produces)
                               for status, response in _entries(raw, "responses")}
        return result

    def _place(self, parameter: Any) -> Any:
        return self._opened(parameter).get("in")

    def _opened(self, part: Any) -> Part:
        if isinstance(part, dict) and isinstance(part.get("$ref"), str):
            part = lookup(self.document, part["$ref"])
        return part if isinstance(part, dict) else {}

    def _parameter(self, parameter: Any) -> Any:
        if not isinstance(parameter, dict) or "$ref" in parameter:
            return with_references(parameter, _moved)
        result = {key: value for key, value in parameter.items() if key in _OF_THE_PARAMETER or key.startswith("x-")}
        result["schema"] = self._schema_of(parameter)
        if parameter.get("type") == "array" and result.get("in") in ("query", "path", "header"):
            result |= _list_style(parameter) if result["in"] == "query" else {"explode": False}
        return result

    def _schema_of(self, parameter: Part) -> Part:
        """Return the schema that a parameter other than a body specifies in its own keys."""
        return self._schema({key: value for key, value in parameter.items()
                             if key not in (*_OF_THE_PARAMETER, "collectionFormat") and not key.startswith("x-")})

    def _request_body(self, parameters: list[Any], consumes: list[str]) -> Part | None:
        opened = [self._opened(one) for one in parameters]
        bodies = [one for one in opened if one.get("in") == "body"]
        if bodies:
            body = bodies[-1]
            kept = {key: value for key, value in body.items() if key in ("description", "required")}
            schema = self._schema(body.get("schema", {}))
            return {**kept, "content": {media: {"schema": schema} for media in consumes}}
        fields = {str(one.get("name")): one for one in opened if one.get("in") == "formData"}
        return self._form(fields, consumes) if fields else None

    def _form(self, fields: dict[str, Part], consumes: list[str]) -> Part:
        has_file = any(one.get("type") == "file" for one in fields.values())
        offered = [media for media in consumes if media in (FORM, MULTIPART)] or [FORM]
        properties = {name: {**self._schema_of(one), **({"description": one["description"]} if "description" in one
                                                        else {})} for name, one in fields.items()}
        required = [name for name, one in fields.items() if one.get("required") is True]
        schema = {"type": "object", "properties": properties, **({"required": required} if required else {})}
        encoding = {name: _list_style(one) for name, one in fields.items() if one.get("type") == "array"}
        return {"required": bool(required), "content": {
            media: {"schema": schema, **({"encoding": encoding} if encoding and media == FORM else {})}
            for media in ([MULTIPART] if has_file else offered)}}

    def _response(self, response: Any, produces: list[str]) -> Any:
        if not isinstance(response, dict) or "$ref" in response:
            return with_references(response, _moved)
        result = {key: value for key, value in response.items() if key not in ("schema", "examples", "headers")}
        result.setdefault("description", "")
        examples = dict(_entries(response, "examples", any_value=True))
        content: Part = {media: {"schema": self._schema(response["schema"])} for media in produces} \
            if "schema" in response else {}
        for media, example in examples.items():
            content.setdefault(media, {})["example"] = example
        if content:
            result["content"] = content
        if isinstance(response.get("headers"), dict):
            result["headers"] = {name: {"schema": self._schema_of(part),
                                        **({"description": part["description"]} if "description" in part else {})}
                                 for name, part in _entries(response, "headers")}
        return result

    def _schema(self, schema: Any) -> Any:
        """Return a schema with references, discriminator, file types and nullability as OpenAPI 3 writes them."""
        schema = with_references(schema, _moved)
        stack = [schema]
        while stack:
            part = stack.pop()
            if isinstance(part, list):
                stack.extend(part)
            elif isinstance(part, dict):
                if part.get("type") == "file":
                    part |= {"type": "string", "format": "binary"}
                if isinstance(part.get("discriminator"), str):
                    part["discriminator"] = {"propertyName": part["discriminator"]}
                if part.get("x-nullable") is True:
                    part["nullable"] = True
                stack.extend(value for key, value in part.items() if key not in ("example", "default", "enum"))
        return schema


def _list_style(parameter: Part) -> Part:
    """Return the keys that say how a list in a query or a form is sent."""
    written = str(parameter.get("collectionFormat", "csv"))
    style, explode = _STYLES.get(written, ("form", False))
    return {"style": style, "explode": explode, **({TABS: True} if written == "tsv" else {})}


def _moved(ref: str) -> str:
    return next((new + ref[len(old):] for old, new in _MOVED.items() if ref.startswith(old)), ref)


def _security_scheme(scheme: Part) -> Part:
    kind = scheme.get("type")
    if kind == "basic":
        kept = {key: value for key, value in scheme.items() if key != "type"}
        return {**kept, "type": "http", "scheme": "basic"}
    if kind != "oauth2":
        return scheme
    flow: Part = {key: scheme[key] for key in ("authorizationUrl", "tokenUrl") if key in scheme}
    flow["scopes"] = scheme.get("scopes") or {}
    kept = {key: value for key, value in scheme.items()
            if key not in ("flow", "authorizationUrl", "tokenUrl", "scopes")}
    return {**kept, "flows": {_FLOWS.get(str(scheme.get("flow")), "implicit"): flow}}


def _entries(part: Part, key: str, *, any_value: bool = False) -> list[tuple[str, Any]]:
    value = part.get(key)
    return [(name, inner) for name, inner in value.items() if any_value or isinstance(inner, dict)] \
        if isinstance(value, dict) else []


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _texts(value: Any) -> list[str]:
    return [item for item in _list(value) if isinstance(item, str)]
