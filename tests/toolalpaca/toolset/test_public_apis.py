"""The forms of a list of APIs, and names that are unique, readable and stable."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolalpaca.core.errors import UsageError
from toolalpaca.toolset.public_apis import read_source, records_of, with_unique_names

ENTRY = {"API": "A", "Description": "d", "Auth": "", "HTTPS": True, "Cors": "no", "Link": "l", "Category": "c"}


README = """# Index
* [Sea](#sea)
# Sea
| API | Description | Auth |
|---|---|---|
| [Tides](https://tides.example) | Tide tables | No |
# Harbours
* [Berths](https://berths.example) - Free berths
- **[Cranes](https://cranes.example)**: Where cranes stand
# Stars
| Name | Stars |
|---|---|
| [Tides](https://tides.example) | 5 |
"""


def names(*given_names):
    return [record["Name"] for record in with_unique_names([{"Name": name} for name in given_names])]


def test_the_json_form_becomes_ours_and_keeps_the_rest():
    record, = records_of({"count": 1, "entries": [ENTRY]}, "x.json")
    assert list(record.items()) == [("Name", "A"), ("Description", "d"), ("Link", "l"), ("Category", "c"), ("Auth", ""),
                                    ("HTTPS", True), ("Cors", "no")]


def test_our_own_form_is_left_as_it_is():
    record = {"Name": "A", "Description": "d", "Link": "l", "Category": "c", "Introduction": "i", "API": 5}
    assert records_of([record], "x.json") == [record]


@pytest.mark.parametrize("value", [
    [{"name": "A", "url": "l", "desc": "d", "tags": ["c", "x"]}], {"apis": [{"title": "A", "Link": "l", "about": "d",
                                                                             "category": "c"}]},
    {"c": [{"name": "A", "homepage": "l", "Description": "d"}]}, {"count": 1, "data": [{**ENTRY}]},
    {"A": {"url": "l", "description": "d", "category": "c"}}, [{"title": "c", "services": [{"name": "A", "url": "l",
                                                                                          "desc": "d"}]}],
    {"groups": [{"name": "c", "apis": [{"Name": "A", "Link": "l", "Description": "d"}]}]},
])
def test_other_json_lists_are_read_by_the_usual_keys(value):
    [record] = records_of(value, "x.json")
    assert [record[key] for key in ("Name", "Description", "Link", "Category")] == ["A", "d", "l", "c"]


def test_an_entry_needs_no_description_and_no_category():
    assert records_of([{"name": "A", "url": "l"}], "x.json") == [
        {"Name": "A", "Description": "", "Link": "l", "Category": "Uncategorized"}]
    assert records_of([{"Name": "A", "Link": "l"}], "x.json")[0]["Category"] == "Uncategorized"


@pytest.mark.parametrize("text", [
    '{"name": "A", "url": "l", "desc": "d, e", "category": "c"}\n\n{"name": "B", "url": "m"}\n',
    '\ufeffService,Website,About,Category\nA,l,"d,\n e",c\nB,m,,\n',
    'url;name;description;category\nl;A;d, e;c\nm;B;;\n',
    "Titel\tLink\tName\tDescription\tCategory\nx\tl\tA\td, e\tc\ny\tm\tB\n",
    "- {name: A, url: l, about: 'd, e', category: c}\n- name: B\n  url: m\n",
    "c:\n- name: A\n  url: l\n  description: d, e\nUncategorized:\n- name: B\n  url: m\n"])
def test_other_notations_of_data_are_read(tmp_path, text):
    (tmp_path / "list.txt").write_text(text)
    found = read_source(str(tmp_path / "list.txt")).records
    assert [[one[key] for key in ("Name", "Description", "Link", "Category")] for one in found] == [
        ["A", "d, e", "l", "c"], ["B", "", "m", "Uncategorized"]]


def test_what_a_readme_holds_beside_its_tables_is_counted_and_named(tmp_path):
    (tmp_path / "README.md").write_text(README)
    found = read_source(str(tmp_path / "README.md"))
    assert [record["Name"] for record in found.records] == ["Tides"]
    assert found.left_out == ("1 rows of tables that do not list APIs left out (under 'Stars')",
                              "2 list items with links left out (under 'Harbours')")


def test_names_are_put_on_one_line():
    assert records_of([{**ENTRY, "API": " A\n B "}], "x.json")[0]["Name"] == "A B"


@pytest.mark.parametrize(("value", "message"), [
    (5, "x.json: expected a JSON array"), ({}, "found an object"), ({"entries": None}, "under 'entries'"),
    ([], "lists no APIs"), ([5], "x.json: entry 0 is a number"), ([{}], "entry 0 has no key 'Name'"),
    ([ENTRY, {"API": "B"}], "entry 1 has no key 'Link'"), ([{**ENTRY, "API": None}], "'Name' is null"),
    ([{**ENTRY, "Link": 3}], "entry 0: 'Link' is a number"), ([{**ENTRY, "API": " "}], "entry 0: 'Name' is blank"),
])
def test_another_shape_is_refused_by_entry_and_key(value, message):
    with pytest.raises(UsageError, match=message):
        records_of(value, "x.json")


def test_equal_names_get_numbers():
    assert names("a", "b", "a", "a") == ["a", "b", "a 2", "a 3"]


def test_a_number_never_takes_a_real_name():
    assert names("a", "a", "a 2", "a") == ["a", "a 3", "a 2", "a 4"]
    assert names("a 2", "a 2", "a", "a") == ["a 2", "a 2 2", "a", "a 3"]


@given(st.lists(st.sampled_from(["a", "a 2", "a 2 2", "a 3", "b", "b 2"])))
def test_names_are_unique_stable_and_kept_by_their_first_owner(given_names):
    unique = names(*given_names)
    assert len(set(unique)) == len(unique) == len(given_names)
    assert names(*unique) == unique
    assert all(unique[given_names.index(name)] == name for name in given_names)
    assert all(new == old or new.startswith(old + " ") for old, new in zip(given_names, unique, strict=True))


def test_the_lists_we_ship_are_in_our_form_already(root):
    for path in (root / "data" / "public_apis.json", root / "data" / "public_apis_sample.json"):
        records = json.loads(path.read_text(encoding="utf-8"))
        assert with_unique_names(records_of(records, path.name)) == records
