"""Whatever JSON stands where a document or a part of one should: nothing but ValueError, on one line."""

import copy
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from toolalpaca.openapi.bundle import bundled
from toolalpaca.openapi.documents import parse_document
from toolalpaca.openapi.operations import operations
from toolalpaca.openapi.validation import validate_document

KEYS = st.sampled_from(["$ref", "parameters", "schema", "properties", "in", "name", "get", "paths", "components",
                        "allOf", "items", "content", "required", "responses", "200", "description", "type", "x-a",
                        "~/%", "examples"])
REFS = st.sampled_from(["#", "#/", "#/paths", "#/components/schemas/Pet", "#/components/responses/pet", "a#b", "%zz",
                        "#/components/schemas/~2", "#/paths/~1toys/get", "\ud800", "#/\ud800%41", "#/components"])
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | REFS
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3)
                    | st.dictionaries(KEYS | st.text(max_size=5), inner, max_size=4), max_leaves=12)
RELAXED = settings(deadline=None, max_examples=150,
                   suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


def places(value: Any, at: tuple = ()) -> list[tuple]:
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at] * bool(at) + [place for key, child in children for place in places(child, (*at, key))]


def with_part(document: dict, place: tuple, part: Any) -> dict:
    changed = copy.deepcopy(document)
    owner = changed
    for key in place[:-1]:
        owner = owner[key]
    owner[place[-1]] = part
    return changed


def use(document: Any) -> None:
    for operation in operations(document):
        bundled(document, operation)


def only_value_errors(function, argument: Any) -> None:
    try:
        function(argument)
    except ValueError as error:
        assert str(error)
        assert "\n" not in str(error)


@RELAXED
@given(document=JSON)
def test_arbitrary_json_as_a_document(document):
    only_value_errors(use, document)
    only_value_errors(validate_document, document)


@RELAXED
@given(data=st.data(), part=JSON)
def test_arbitrary_json_as_a_part_of_a_document(pets, data, part):
    place = data.draw(st.sampled_from(places(pets)))
    document = with_part(pets, place, part)
    only_value_errors(use, document)
    only_value_errors(validate_document, document)


@settings(deadline=None)
@given(text=st.text() | JSON.map(str))
def test_arbitrary_text(text):
    only_value_errors(parse_document, text)


def test_deep_nesting_is_a_value_error(pets):
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(3000):
        schema = {"type": "array", "items": schema}
    pets["components"]["schemas"]["Owner"] = schema
    only_value_errors(use, pets)
    only_value_errors(validate_document, pets)
