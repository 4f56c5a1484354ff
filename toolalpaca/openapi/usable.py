"""The usable part of a document: one operation that cannot be used does not cost the others.

Left out, each with its reason, are operations that `operations` cannot read, and those with a reference that leads
nowhere or out of the document or with too many alternatives within alternatives, in themselves or in what they refer
to. An operation stays if it can do without the part with the reference: callbacks, and of its responses the links,
headers, examples and those that report errors.
"""

from collections.abc import Iterator
from typing import Any

from toolalpaca.openapi.operations import METHODS, operations, path_item
from toolalpaca.openapi.references import iter_references, keyword_objects, lookup, pointer_parts, resolve
from toolalpaca.openapi.schema_check import check_alternatives

Part = dict[str, Any]
_OTHERS = "additionalOperations"
_MOST_FOLLOWED = 1_000_000  # references of one document, those of an operation that is left out again for each
_EXTRAS = ("headers", "links", "examples")  # of a response and its media types


def usable(document: Part, too_many: bool = False) -> tuple[Part, list[str]]:
    """Return the document without what cannot be used, and a line for each operation or path that was left out.

    `too_many` says that some schemas have too many alternatives. The document is not modified. Raises ValueError with
    the first of these lines if no operation is left.
    """
    references, left_out = _References(document, too_many), list[str]()
    items: Part = {}
    for path, value in document["paths"].items():
        if path.startswith("x-"):
            continue
        try:
            single = list(_one_by_one(path_item(document, path, value), references))
        except ValueError as error:
            left_out.append(str(error))
            continue
        kept = [item for item in single if not _is_left_out(references, path, item, left_out)]
        items |= {path: _merged(kept)} if kept else {}
    whole = {**document, "paths": items, **references.components()}
    if left_out and not operations(whole):
        raise ValueError(left_out[0])
    return whole, left_out


def _one_by_one(item: Part, references: "_References") -> Iterator[Part]:
    """Yield a path item once for each of its operations, with that operation alone."""
    common = {key: part for key, part in item.items() if key not in METHODS and key != _OTHERS}
    for method in item:
        if method in METHODS and item[method] is not None:
            yield {**common, method: references.thinned(item[method])}
    others = item.get(_OTHERS)
    for method, operation in others.items() if isinstance(others, dict) else ():
        twice = {key: item[key] for key in item if key == method.lower()}  # for which it is refused
        yield {**common, **twice, _OTHERS: {method: references.thinned(operation)}}


def _merged(single: list[Part]) -> Part:
    """Return the path item of which these hold one operation each."""
    others = {method: operation for item in single for method, operation in item.get(_OTHERS, {}).items()}
    merged = {key: part for item in single for key, part in item.items()}
    return {**merged, _OTHERS: others} if others else merged


def _is_left_out(references: "_References", path: str, item: Part, left_out: list[str]) -> bool:
    """Return whether the operation of a path item cannot be used, whose problem is then added to the list."""
    try:
        [operation] = operations({**references.document, "paths": {path: item}})
    except ValueError as error:
        left_out.append(str(error))
        return True
    problem = references.problem([item.get("parameters"), operation.raw])
    if problem:
        left_out.append(f"{operation.http_method} {' '.join(path.split())}: {problem}")
    return bool(problem)


class _References:
    """The references of a document, each followed to its end once."""

    def __init__(self, document: Part, too_many: bool) -> None:
        self.document, self._too_many = document, too_many
        self._good: set[str] = set()
        self._left = _MOST_FOLLOWED

    def problem(self, part: Any) -> str:
        """Return what is wrong with a part or with what it refers to; "" if nothing is."""
        seen: set[str] = set()
        pending = [part]
        try:
            while pending:
                current = pending.pop()
                if self._too_many:
                    check_alternatives(self.document, keyword_objects(current))
                for ref in iter_references(current):
                    if ref not in seen and ref not in self._good:
                        seen.add(ref)
                        pending.append(self._target(ref))
        except ValueError as error:
            return str(error)
        self._good |= seen
        return ""

    def _target(self, ref: str) -> Any:
        """Return what a reference points to, of a component the whole, as `bundled` takes it."""
        self._left -= 1
        if self._left < 0:
            raise ValueError("too many references would have to be followed")
        target = lookup(self.document, ref)
        parts = pointer_parts(ref)
        return self.document["components"][parts[1]][parts[2]] if parts[:1] == ["components"] and parts[2:] else target

    def components(self) -> Part:
        """Return the key `components` without those whose references cannot be followed; {} if there is none."""
        components = self.document.get("components")
        if not isinstance(components, dict):
            return {}
        return {"components": {kind: {name: part for name, part in parts.items()
                                      if not self.problem({"components": {kind: {name: part}}})}
                               if isinstance(parts, dict) else parts for kind, parts in components.items()}}

    def thinned(self, operation: Any) -> Any:
        """Return an operation without those parts that a call can do without and whose references lead nowhere."""
        if not isinstance(operation, dict) or not self.problem(operation):
            return operation
        kept = {key: part for key, part in operation.items() if key != "callbacks"}
        if isinstance(responses := operation.get("responses"), dict):
            successes = [status for status in responses if str(status).startswith("2")] or ["default"]
            kept["responses"] = {status: response for status, given in responses.items()
                                 if not self.problem(response := self._thinned_response(given)) or status in successes}
        return kept

    def _thinned_response(self, response: Any) -> Any:
        """Return a response without headers, links and examples, itself if it cannot be read."""
        try:
            opened = resolve(self.document, response)
        except ValueError:
            return response
        thin = {key: part for key, part in opened.items() if key not in _EXTRAS}
        if isinstance(content := opened.get("content"), dict):
            thin["content"] = {media: {key: part for key, part in body.items() if key not in _EXTRAS}
                               if isinstance(body, dict) else body for media, body in content.items()}
        return thin if self.problem(response) else response
