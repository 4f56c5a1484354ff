"""YAML as its author meant it, or refused in one line that names the line."""

import re
from typing import Any

import pytest
from effort import at_most

from toolalpaca.openapi.yaml_text import MOST_COPIED, read_yaml

BOMB = "a0: &a0 [l, l, l, l, l, l, l, l, l]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 9))
MERGES = "a0: &a0 {k0: 1}\n" + "".join(f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}], k{n}: 1}}\n" for n in range(1, 40))


@pytest.mark.parametrize(("text", "value"), [
    ("base: &base {a: 1, b: 2}\nuse: {<<: *base, b: 3}", {"a": 1, "b": 3}),
    ("one: &one {a: 1}\ntwo: &two {a: 2, b: 2}\nuse: {c: 3, <<: [*one, *two]}", {"a": 1, "b": 2, "c": 3}),
    ("one: &one {a: 1}\ntwo: &two {<<: *one}\nuse: {<<: *two}", {"a": 1}),
    ("name: &name warp\nuse: {*name : *name }", {"warp": "warp"}),
    ("a: &same 1\nb: &same 2\nuse: *same", 2),
    ("use: {on: 1, no: 2, y: 3, null: 4, true: 5, ~: 6, 3.10: 7, 012: 8, 2024-01-02: 9}",
     {"on": 1, "no": 2, "y": 3, "null": 4, "true": 5, "~": 6, "3.10": 7, "012": 8, "2024-01-02": 9}),
    ("use: [on, off, Yes, NO, 2031-07-09, 22:30, 012, 1_000, =, <<, .inf]",
     ["on", "off", "Yes", "NO", "2031-07-09", "22:30", "012", "1_000", "=", "<<", ".inf"]),
    ("use: [1e3, 0x1F, 0o17, +5, .5, -0.25, 9007199254740993123, True, ~]",
     [1000.0, 31, 15, 5, 0.5, -0.25, 9007199254740993123, True, None]),
    ("use: [!!str 404, !!int '7', !!str true]", ["404", 7, "true"]),
    ("use: one\ttwo \t three\t\n  four\t# a tab between words", "one\ttwo \t three four"),
    ("use:\t1\t# a tab before a comment\n\t\n\t# and alone\n", 1),
    ("\ufeff%YAML 1.2\n---\nuse: 1\n...\n", 1), ("---\n---\nuse: 1\n---\n", 1),
    ("use: |\r\n  one\r\n  \ttwo\r\n", "one\n\ttwo\n"),
])
def test_values_are_those_that_the_author_meant(text: str, value: Any) -> None:
    assert read_yaml(text)["use"] == value


@pytest.mark.parametrize(("text", "value"), [
    ("info: {version: 1.10, title: 1984}", {"version": "1.10", "title": "1984"}),
    ("info: {type: string, enum: [1.0, 1.10, true, 0x1F], default: 1e3}",
     {"type": "string", "enum": ["1.0", "1.10", "true", "0x1F"], "default": "1e3"}),
    ("info: {type: [string, 'null'], enum: [1.0, null]}", {"type": ["string", "null"], "enum": ["1.0", None]}),
    ("info: {type: array, items: {type: string}, example: [1.10]}",
     {"type": "array", "items": {"type": "string"}, "example": ["1.10"]}),
    ("info: {name: 7, in: query, schema: {type: string}, examples: {a: {value: 1.50}}}",
     {"name": "7", "in": "query", "schema": {"type": "string"}, "examples": {"a": {"value": "1.50"}}}),
    ("info: {type: object, required: [200, on], example: {name: 7, version: 1.5}}",
     {"type": "object", "required": ["200", "on"], "example": {"name": 7, "version": 1.5}}),
    ("info: {type: number, enum: [1.10], x-since: {version: 3}}",
     {"type": "number", "enum": [1.1], "x-since": {"version": 3}}),
])
def test_numbers_where_a_document_says_that_there_is_text_stay_as_written(text: str, value: Any) -> None:
    assert read_yaml(text)["info"] == value


@pytest.mark.parametrize(("text", "words"), [
    ("a: 1\nb: 2\na: 3", "line 3, column 1: the key 'a' is given twice, first in line 1"),
    ("r:\n  200: 1\n  '200': 2", "line 3.*'200' is given twice, first in line 2"),
    ("a: 1\n---\nb: 2\n", "line 2.*a second document"),
    ("a:\n\tb: 1", "line 2.*a tab"), ("a: 1\nb: *none", "line 2.*none"),
    ("a: 1\nb: &b\n  c: *b\n", "line 3.*'b' stands inside"),
    ("a: &a x\nb:\n  <<: *a", "line 3.*merge key"), ("a: 1\n? [b]\n: 2", "line 2.*cannot be a key"),
    ("a: 1\nb: !Ref c", "line 2.*!Ref"), ("a:\n- !!python/object/apply:os.system [id]", "line 2.*tag"),
    ("a: !!set {b}", "line 1.*!!set"),
    ("a: 1\nb: 1e999", "line 2.*1e999"), ("a: 1\nb: !!int x", "line 2.*'x'"),
    ("a: 1\nb: c: d", "line 2"), ("a: 1\nb: \x01", "line 2.*x01"),
    (f"a: 1\nb: {'9' * 5000}", "line 2"), (BOMB, r"line \d.*aliases.*2,000,000"), (MERGES, r"line \d+.*aliases"),
    ("[" * 1000, "nested too deeply"),
])
def test_what_cannot_be_read_is_one_line_that_names_the_line(text: str, words: str) -> None:
    with at_most(50), pytest.raises(ValueError, match="not valid YAML") as refusal:
        read_yaml(text)
    assert re.search(words, str(refusal.value)) and "\n" not in str(refusal.value), refusal.value


def test_what_a_large_document_shares_is_within_the_bound() -> None:
    shared = "{400: {description: Bad.}, 401: {description: Who.}, 404: {description: None.}, 500: {description: Oh.}}"
    text = f"shared: &shared {shared}\n" + "".join(f"op{n}: {{responses: {{<<: *shared}}}}\n" for n in range(2_000))
    assert len(read_yaml(text)["op1999"]["responses"]) == 4 and 2_000 * len(shared) < MOST_COPIED
