"""JSON values in words."""

import pytest

from toolalpaca.core.jsons import json_type, place, type_name


@pytest.mark.parametrize(("value", "word", "schema_type"), [
    ("x", "a string", "string"), (True, "true or false", "boolean"), (3, "a number", "integer"),
    (3.0, "a number", "number"), ([], "an array", "array"), ({}, "an object", "object"), (None, "null", "null")])
def test_each_type_has_its_words(value, word, schema_type):
    assert (type_name(value), json_type(value)) == (word, schema_type)


def test_a_place_is_written_as_people_read_it():
    assert place(["users", 0, "name"]) == "users[0].name"
    assert (place([0, "id"]), place([])) == ("[0].id", "")
