"""JSON values in words; broken JSON text repaired in bounded time."""

import time
from contextlib import suppress

import pytest

from toolalpaca.core.jsons import json_path, json_type, parse_json, parse_json_object, repair_json, type_name


@pytest.mark.parametrize(("value", "word", "schema_type"), [
    ("x", "a string", "string"), (True, "true or false", "boolean"), (3, "a number", "integer"),
    (3.0, "a number", "number"), ([], "an array", "array"), ({}, "an object", "object"), (None, "null", "null")])
def test_each_type_has_its_words(value, word, schema_type):
    assert (type_name(value), json_type(value)) == (word, schema_type)


def test_a_place_is_written_as_people_read_it():
    assert json_path(["users", 0, "name"]) == "users[0].name"
    assert (json_path([0, "id"]), json_path([])) == ("[0].id", "")


HOSTILE = [lambda n: '{"a": ' + '"' * n, lambda n: "{'a': '" + "b', " * n, lambda n: '{"a": ' + "{" * n,
           lambda n: '{"a' + ":b'" * n, lambda n: '{"a": "' + '" \n' * n, lambda n: "{a: " + "word " * n,
           lambda n: '{"a": ' + "(" * n, lambda n: '{"a": ' + "/*" * n, lambda n: "[" + '"a" ' * n]


@pytest.mark.parametrize("text", HOSTILE)
def test_repair_takes_time_linear_in_the_length(text):
    def seconds(n):
        began = time.process_time()
        with suppress(ValueError):
            repair_json(text(n))
        return time.process_time() - began

    seconds(100)
    assert seconds(8_000) < 20 * max(seconds(1_000), 0.01)


@pytest.mark.parametrize("text", ["NaN", '{"a": 1e400}', "{} x", "[" * 100_000, "", '{"a": Infinity}'])
def test_what_is_not_strictly_json(text):
    with pytest.raises(ValueError):
        parse_json(text)


def test_objects_are_repaired():
    assert parse_json_object("{'a': [1, 2,], // one\n 'b': True") == {"a": [1, 2], "b": True}
    assert parse_json_object("a: 1") is parse_json_object("[1]") is None
    with pytest.raises(ValueError, match="longer than"):
        repair_json("{" * 600_000)
