"""From sentences to plans: the calls, their values, what comes from where and what is missing."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from offline_llm.language.described_functions import parse_functions
from offline_llm.language.understanding import ResultReference, plan, split_clauses


def _described(name, summary, structure, **parameters):
    return f"{name}: {summary}\nParameters: {json.dumps(parameters)}\nOutput: It.\n - Structure: {structure}"


LIBRARY = parse_functions(
    "\n".join(
        (
            _described(
                "searchBooks",
                "Search for books by title",
                "Object{books: Array[#Book]}",
                title="Required. string. Title of the book.",
                author="string. Author.",
                limit="integer. The most books.",
            ),
            _described(
                "getBookDetails",
                "Get the details of a book",
                "#Book",
                bookId="Required. integer. Number of the book.",
                edition="string. One of: [paperback, hardcover]. Edition.",
            ),
            _described(
                "reserveBook",
                "Reserve a book for a reader",
                "Object{reservationId, bookId}",
                bookId="Required. integer. Number of the book.",
                reader="Required. string. Name of the reader.",
                pickupDate="Required. string. Day, in the form YYYY-MM-DD.",
                giftWrap="boolean. Wrap it.",
            ),
            _described(
                "addTags",
                "Add tags to a shelf",
                "Object{added}",
                shelf="Required. string. Name of the shelf.",
                tags="Required. Array[string]. Tags to add.",
            ),
            "\nThe detailed output format for the tools is outlined below:\n#Book: Object{bookId, title, author}",
        )
    )
)


def _one(text):
    (call,) = plan(LIBRARY, text)
    return call


def test_the_functions_are_read_with_their_types():
    search, details, reserve, tags = LIBRARY
    assert [one.type for one in reserve.parameters] == ["integer", "string", "string", "boolean"]
    assert details.parameter("edition").enum == ("paperback", "hardcover")
    assert tags.parameter("tags").type == "array"
    assert search.fields == ("books", "bookId", "title", "author")


def test_quoted_values_and_limits():
    call = _one('Can you search for books with the title "Dune" and the author "Frank Herbert", at most 5 results?')
    assert (call.function.name, call.arguments) == (
        "searchBooks",
        {"title": "Dune", "author": "Frank Herbert", "limit": 5},
    )


def test_choices_numbers_dates_and_switches():
    assert _one("Show me the details of the book with the ID 4711, the hardcover edition.").arguments == {
        "bookId": 4711,
        "edition": "hardcover",
    }
    call = _one(
        "Please reserve the book with the book ID 12 for the reader Nora Lind, pickup date May 3rd, 2026, "
        "with gift wrap turned on."
    )
    assert call.arguments == {"bookId": 12, "reader": "Nora Lind", "pickupDate": "2026-05-03", "giftWrap": True}


def test_lists():
    assert _one('Add the tags "new", "signed" and "rare" to the shelf "Window".').arguments == {
        "shelf": "Window",
        "tags": ["new", "signed", "rare"],
    }


def test_a_later_call_takes_its_id_from_an_earlier_one():
    search, details = plan(LIBRARY, 'Search for books called "Dune". Then get the details of the first book.')
    assert search.arguments == {"title": "Dune"}
    assert details.references == {"bookId": ResultReference(0, "bookId")}


def test_a_call_that_finds_the_id_is_put_before_one_that_needs_it():
    calls = plan(LIBRARY, 'What are the details of the book "Middlemarch"?')
    assert [call.function.name for call in calls] == ["searchBooks", "getBookDetails"]
    assert calls[0].arguments == {"title": "Middlemarch"}


def test_what_is_not_said_is_missing():
    call = _one('Reserve the book with the book ID 12 for the reader "Nora Lind".')
    assert call.missing == ["pickupDate"]
    assert _one("Please look for books by title.").missing == ["title"]


def test_a_detail_in_a_second_sentence_belongs_to_the_request():
    call = _one('I am decorating. Search for books with the title "Emma". The limit is 3.')
    assert call.arguments == {"title": "Emma", "limit": 3}


def test_two_requests_keep_their_values_apart():
    first, second = plan(
        LIBRARY, 'Search for books called "Emma", and then search for books called "Dune", just 2 of them.'
    )
    assert (first.arguments, second.arguments) == ({"title": "Emma"}, {"title": "Dune", "limit": 2})


def test_an_instruction_in_quotes_is_read_without_them():
    assert _one("\"Can you search for books with the title 'Emma'?\"").arguments == {"title": "Emma"}


def test_clauses_leave_quotes_whole():
    assert split_clauses('Note "First. Then run" on it. Then go.') == ['Note "First. Then run" on it.', "Then go."]


def test_without_functions_there_is_no_plan():
    assert plan([], "Search for books.") == []


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=200), st.text(max_size=200))
def test_no_text_breaks_it(instruction, documentation):
    for functions in (LIBRARY, parse_functions(f"f: {documentation}\nParameters: {{{documentation}}}")):
        for call in plan(functions, instruction):
            assert call.function in functions
            assert not call.arguments.keys() & set(call.missing)
