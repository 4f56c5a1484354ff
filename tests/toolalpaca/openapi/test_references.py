"""Following references: escapes, chains, siblings, and the ways a reference can be wrong."""

import pytest

from toolalpaca.openapi.references import iter_references, lookup, resolve


def test_resolve_follows_a_chain_to_the_object_at_its_end():
    document = {"components": {"schemas": {"A": {"$ref": "#/components/schemas/B"}, "B": {"type": "string"}}}}
    assert resolve(document, {"$ref": "#/components/schemas/A"}) == {"type": "string"}
    assert resolve(document, "#/components/schemas/A") == {"type": "string"}


def test_resolve_gives_back_an_object_without_reference_and_does_not_look_inside():
    schema = {"properties": {"a": {"$ref": "#/nowhere"}}}
    assert resolve({}, schema) is schema


@pytest.mark.parametrize(("ref", "value"), [
    ("#/paths/~1a~1b/x", 1), ("#/paths/~01/x", 2), ("#/paths/a%20b/x", 3), ("#/paths/%7E1a~1b/x", 1), ("#/list/1/x", 4),
    ("#/paths//x", 5)])
def test_lookup_unescapes_json_pointers(ref, value):
    document = {"paths": {"/a/b": {"x": 1}, "~1": {"x": 2}, "a b": {"x": 3}, "": {"x": 5}}, "list": [{}, {"x": 4}]}
    assert lookup(document, ref) == value


@pytest.mark.parametrize(("ref", "message"), [
    ("#/components/schemas/Nope", "leads nowhere: there is no 'Nope'"),
    ("#/list/7", "leads nowhere"), ("#/list/-1", "leads nowhere"), ("#/list/\u0663", "leads nowhere"),
    ("other.json#/a", "does not point into the document"), ("Pet", "does not point into the document"),
    ("#/text", "expected an object at '#/text', found a string"),
    ("#/loop", "leads back to itself"),
])
def test_resolve_says_what_is_wrong_with_a_reference(ref, message):
    document = {"components": {"schemas": {}}, "list": [1], "text": "x", "loop": {"$ref": "#/loop2"},
                "loop2": {"$ref": "#/loop"}}
    with pytest.raises(ValueError, match=message):
        resolve(document, {"$ref": ref})


def test_keys_beside_a_reference_count_in_31_and_not_in_30():
    for version, expected in [("3.0.3", "of A"), ("3.1.0", "of the place")]:
        document = {"openapi": version, "A": {"type": "string", "description": "of A"}}
        assert resolve(document, {"$ref": "#/A", "description": "of the place"})["description"] == expected


def test_a_rule_beside_a_reference_does_not_replace_the_targets_rule():
    document = {"openapi": "3.1.0", "A": {"minimum": 1}}
    assert resolve(document, {"$ref": "#/A", "minimum": 0}) == {"allOf": [{"minimum": 1}, {"minimum": 0}]}
    assert resolve(document, {"$ref": "#/A", "maximum": 9}) == {"minimum": 1, "maximum": 9}


def test_boolean_schemas_of_31_become_objects():
    document = {"openapi": "3.1.0", "any": True, "none": False}
    assert resolve(document, "#/any") == {}
    assert resolve(document, "#/none") == {"not": {}}


def test_iter_references_finds_real_references_only():
    document = {
        "paths": {"/a": {"$ref": "#/1"}},
        "components": {
            "schemas": {
                "example": {"$ref": "#/2"},
                "S": {"properties": {"$ref": {"type": "string"}, "default": {"items": {"$ref": "#/3"}}},
                      "example": {"$ref": "#/no"}, "default": {"$ref": "#/no"}, "enum": [{"$ref": "#/no"}],
                      "examples": [{"$ref": "#/no"}], "const": {"$ref": "#/no"}},
                "D": {"discriminator": {"propertyName": "k", "mapping": {"s": "#/4", "t": "T"}}},
            },
            "examples": {"e": {"$ref": "#/5"}, "f": {"value": {"$ref": "#/no"}}},
        },
    }
    assert list(iter_references(document)) == ["#/1", "#/2", "#/3", "#/5"]
