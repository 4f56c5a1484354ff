"""The README's tables: which count, where rows end, what cells hold."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolalpaca.toolset.readme_tables import cells, plain_text, read_tables

README = Path(__file__).resolve().parents[2] / "fixtures" / "public_apis_readme.md"


@pytest.fixture(scope="module")
def tables():
    return read_tables(README.read_text(encoding="utf-8"))


def test_only_the_api_tables_count_and_every_trap_is_passed(tables):
    assert [(entry["API"], entry["Category"], entry["Link"]) for entry in tables.entries] == [
        ("Nest Box", "Birds", "https://nestbox.example/api"),
        ("Nest Box", "Birds", "https://other.example/"),
        ("Nest Box 2", "Birds", "https://third.example/"),
        ("Swifts", "Birds", "https://swifts.example/v1"),
        ("Owls [beta]", "Birds", "https://owls.example/a_(b)?q=two%20words"),
        ("Brew|er", "Tea & Coffee", "https://brewer.example"),
        ("Tea House", "Tea & Coffee", "https://teahouse.example"),
        ("Plain", "Tea & Coffee", "https://plain.example/docs"),
    ]


def test_rows_without_name_or_link_are_counted(tables):
    assert ["Cannot be called" in tables.skipped[0], "Has no name" in tables.skipped[1]] == [True, True]
    assert len(tables.skipped) == 2


def test_references_and_addresses_in_angle_brackets_are_links():
    rows = ["| [Nest *Box*][1] | Eggs | No | Yes |", "| [Owls][] | Calls | No | Yes |",
            "| <https://swifts.example/v1> | Flights | No | Yes |", "| [Gone][nowhere] | x | No | Yes |"]
    found = read_tables("\n".join(["| API | Description | Auth | HTTPS |", "|---|---|---|---|", *rows, "",
                                   "[1]: https://nestbox.example 'Nest Box'", "[OWLS]: <https://owls.example>"]))
    assert [(entry["API"], entry["Link"]) for entry in found.entries] == [
        ("Nest *Box*", "https://nestbox.example"), ("Owls", "https://owls.example"),
        ("https://swifts.example/v1", "https://swifts.example/v1")]
    assert len(found.skipped) == 1


def test_a_blank_line_inside_a_table_does_not_end_it_and_a_table_without_https_takes_it_from_the_link():
    found = read_tables("""# Sea
| API | Description | Auth | CORS |
|---|---|---|---|
| [Tides](https://tides.example) | Tide tables | `apiKey` | Yes |

| [Buoys](http://buoys.example) | Wave heights | No | No |
# Sponsors
| API | What it does |
|---|---|
| [Locks](https://locks.example) | Opening hours |
""")
    assert [(entry["API"], entry["HTTPS"], entry["Category"]) for entry in found.entries] == [
        ("Tides", True, "Sea"), ("Buoys", False, "Sea")]
    assert found.other == {"Sponsors": 1}


def test_lists_of_links_are_read_if_there_is_no_table():
    found = read_tables("""# Awesome
- [Sea](#sea)
## Sea
- [Tides](https://tides.example) - Tide tables for [ports](https://ports.example).
+ **[Buoys] (http://buoys.example)** — Wave heights ![free](https://img.example/free.png)
* 💨 [Winds](https://winds.example): Winds
* [Plain](https://plain.example)
* See [the guide](https://guide.example) first
* [Contribute](CONTRIBUTING.md)
""")
    assert [(entry["API"], entry["Description"], entry["Link"], entry["Category"]) for entry in found.entries] == [
        ("Tides", "Tide tables for ports.", "https://tides.example", "Sea"),
        ("Buoys", "Wave heights free", "http://buoys.example", "Sea"),
        ("Winds", "Winds", "https://winds.example", "Sea"), ("Plain", "", "https://plain.example", "Sea")]
    assert len(found.skipped) == 2 and not found.items


def test_tables_of_names_with_links_are_read_if_there_is_no_full_one():
    found = read_tables("""## Sea
| Name | Link |
|---|---|
| Tides | https://tides.example/docs |
| [Buoys](http://buoys.example) | |
| Winds | |
## Land
| Service | About | URL |
|---|---|---|
| Hills | Heights of hills | [docs](https://hills.example) |
""")
    assert [(entry["API"], entry["Description"], entry["Link"], entry["Category"]) for entry in found.entries] == [
        ("Tides", "", "https://tides.example/docs", "Sea"), ("Buoys", "", "http://buoys.example", "Sea"),
        ("Hills", "Heights of hills", "https://hills.example", "Land")]
    assert found.skipped == ["| Winds | |"]


WAYS = {
    "in a table of HTML": """<h2>Sea</h2><table><tr><th>API</th><th>Description</th></tr>
<tr><td><a href="https://tides.example">Tides</a></td><td>Tide tables</td></tr></table>""",
    "with the category in a column": """| API | Description | Category |
|---|---|---|
| <a href='https://tides.example' target=_blank>Tides</a> | Tide tables | Sea |""",
    "under an underlined heading": "Sea\n---\n1. [Tides](https://tides.example) – Tide tables",
    "under a line in bold": "**Sea**\n\n| 名称 | 描述 | 链接 |\n|---|---|---|\n"
                            "| Tides | Tide tables | https://tides.example |",
    "under a summary": "<details><summary>Sea</summary>\n\n- **Tides**: Tide tables ([link](https://tides.example))",
    "under an item": "- Sea\n  - Tides - Tide tables - https://tides.example\n    - [Docs](https://docs.tides.example)",
    "in a table of HTML on one line": "<h2>Sea</h2><table><thead><tr><th>API</th><th>About</th></tr></thead><tbody><tr>"
                                      "<td><a href='https://tides.example'>Tides</a></td><td>Tide tables</td></tr>"
                                      "</tbody></table>",
    "with headings in any language": "## Sea\n| Palvelu | Kuvaus | Avain |\n|---|---|---|\n"
                                     "| [Tides](https://tides.example) | Tide tables | ei |",
    "with a number and the address apart": "## Sea\n| # | Szolgáltatás | Cím | Leírás |\n|---|---|---|---|\n"
                                           "| 1 | [Tides](https://tides.example) | tides.example | Tide tables |",
    "without a header": "## Sea\n| [Tides](https://tides.example) | Tide tables | no |",
    "by a reference of its own name": "## Sea\n| API | Description |\n|---|---|\n| [Tides] | Tide tables |\n\n"
                                      "[tides]: https://tides.example",
    "beside a badge with a link": "## Sea\n| API | Description |\n|---|---|\n| [![up](https://img.example/u.svg)]"
                                  "(https://status.example) [Tides](https://tides.example) | Tide tables |",
    "with the description below": "## Sea\n- [Tides](https://tides.example)\n  Tide tables\n",
    "with a badge": "# Sea\n* [![new](https://img.example/new.svg) Tides](https://tides.example): Tide tables",
}


@pytest.mark.parametrize("markdown", WAYS.values(), ids=WAYS.keys())
def test_the_same_api_is_read_from_lists_of_many_forms(markdown):
    found = read_tables(markdown)
    assert [(entry["API"], entry["Description"], entry["Link"], entry["Category"]) for entry in found.entries] == [
        ("Tides", "Tide tables", "https://tides.example", "Sea")]
    assert not found.skipped


def test_https_is_said_in_other_words_too():
    rows = [f"| [A{number}](https://a.example) | x | {word} |" for number, word in enumerate(("Sí", "✅", "No", "❌"))]
    found = read_tables("\n".join(["| API | Descripción | HTTPS |", "|---|---|---|", *rows]))
    assert [entry["HTTPS"] for entry in found.entries] == [True, True, False, False]


def test_descriptions_are_plain_text(tables):
    by_name = {entry["API"]: entry["Description"] for entry in tables.entries}
    assert by_name["Owls [beta]"] == "Owls & their calls, see the map"
    assert by_name["Brew|er"] == "Times | temperatures for every leaf and bean"
    assert by_name["Tea House"] == "Green | black | white"


def test_auth_https_and_cors_read_as_in_the_json_form(tables):
    found = [(entry["Auth"], entry["HTTPS"], entry["Cors"]) for entry in tables.entries]
    assert found == [("", True, "no"), ("apiKey", False, "unknown"), ("OAuth", True, "yes"), ("", True, "yes"),
                     ("X-Mashape-Key", True, "unknown"), ("", True, "yes"), ("apiKey", True, "no"), ("", False, "yes")]


def test_the_reference_has_as_many_entries_as_rows_under_its_categories(reference):
    text = (reference / "public_apis_head.md").read_text(encoding="utf-8")
    rows = [line for line in text[text.index("### Animals"):].splitlines() if line.startswith("| [")]
    tables = read_tables(text)
    assert len(tables.entries) == len(rows) > 150
    assert not tables.skipped
    assert [entry["Category"] for entry in tables.entries if entry["API"] in ("Axolotl", "Auth0", "caldays")] == [
        "Animals", "Authentication & Authorization", "Calendar"]
    assert all(entry["Link"].startswith("http") and entry["Description"] for entry in tables.entries)


@pytest.mark.parametrize(("row", "expected"), [
    ("| a | b |", ["a", "b"]), ("a | b", ["a", "b"]), (r"| a \| b | c \|", ["a | b", "c |"]), ("| a | |", ["a", ""]),
    ("||", [""]),
])
def test_cells(row, expected):
    assert cells(row) == expected


@pytest.mark.parametrize(("markdown", "text"), [
    ("a  *b* c", "a *b* c"), ("[x](y) z", "x z"), ("[![i](a)](b)", "i"), ("`a` **b**", "a b"), (r"1 \* 2", "1 * 2"),
    ("&lt;3 &eacute;", "<3 é"), ("<b>x</b><br/>y", "x y"), ("<https://a.b>", "https://a.b"), ("3 < 4 > 2", "3 < 4 > 2"),
    ("snake_case and __dunder__", "snake_case and __dunder__"), ("[note] (aside)", "[note] (aside)"),
])
def test_plain_text(markdown, text):
    assert plain_text(markdown) == text


@given(st.text(alphabet="|[]()\\`-:# \n<>!*aY", max_size=60).map(
    lambda rows: f"## C\nAPI|Description|Auth|HTTPS\n|---|---|---|---|\n{rows}"))
def test_any_rows_give_entries_with_name_and_link(markdown):
    for entry in read_tables(markdown).entries:
        assert entry["API"].strip()
        assert entry["Link"].strip()
        assert all(isinstance(entry[key], str) for key in ("Description", "Auth", "Cors", "Category"))
