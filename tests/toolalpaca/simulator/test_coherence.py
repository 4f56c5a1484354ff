"""Answers brought into line with the request, whatever shape the document's schemas give them."""

import json
from datetime import datetime
from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from toolalpaca.openapi.http_request import HttpRequest
from toolalpaca.simulator.catalog import Catalog
from toolalpaca.simulator.coherence import Coherence, in_order
from toolalpaca.simulator.engine import InProcessSimulator
from toolalpaca.simulator.requests import CheckedRequest, Scene

NAMES = st.sampled_from(["id", "name", "title", "city", "price", "state", "email", "createdAt", "data", "total"])
VALUES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(),
                   st.sampled_from(["Rex", "Rome", "a rex", "2024-05-05", "2024-05-05T10:00:00Z", "lena.ortiz@x.org"]))
BODIES = st.recursive(VALUES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=5),
                      max_leaves=25)
SCENES = [Scene(), Scene('Is there a pet named "Rex" or "Milo"?', datetime(2026, 1, 5, 9, 30))]
ARGUMENTS = [{}, {"city": "Rome"}, {"city": "rex"}, {"city": "none", "minPrice": 3, "from": "2026-01-01"}]


@pytest.fixture
def operations(document):
    """The operations of the pets API."""
    catalog = Catalog([{"Name": "Pets", "Documentation": json.dumps(document)}])
    return [operation.ready() for operation in catalog.api("Pets").operations]


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(body=BODIES, written=st.dictionaries(NAMES, BODIES, max_size=3))
def test_no_shape_of_an_answer_is_too_odd(operations, body, written):
    for operation, arguments, scene in product(operations, ARGUMENTS, SCENES):
        sent: dict[str, Any] = {} if operation.method == "GET" else {"body": written}
        call = CheckedRequest("Pets", operation.name, operation.method, "/pets", arguments=arguments, **sent)
        assert len(list(Coherence(operation, call, scene, 1).candidates(body))) == 5


def test_items_without_the_sought_field_stay_as_they_are(operations):
    body = [{"id": 1, "name": "Bella"}, {"id": 2}, {"id": 3, "name": None}]
    found = next(Coherence(operations[0], CheckedRequest("Pets", "listPets", "GET", "/pets"), SCENES[1], 1)
                 .candidates(body))
    assert found[0] == {"id": 1, "name": "Rex"} and sorted(item["id"] for item in found) == [1, 2, 3]


def test_a_code_is_not_the_name_of_a_thing(operations):
    body = [{"id": 1, "name": "Bella"}, {"id": 2, "name": "Otis"}]
    for said, first in (("Which pets have P-1042 and P-77 had as neighbours?", "Bella"),
                        ("Is the pet Milo there, chip M-88?", "Milo")):
        found = next(Coherence(operations[0], CheckedRequest("Pets", "listPets", "GET", "/pets"), Scene(said), 1)
                     .candidates(body))
        assert found[0]["name"] == first


@pytest.mark.parametrize("names", [("minPlayers", "maxPlayers"), ("price_min", "price_max")])
def test_the_least_is_not_over_the_most(operations, names):
    least, most = names
    body = [{least: 9, most: 4}, {least: 2, most: 3}, {least: None, most: 4}]
    found = next(Coherence(operations[0], CheckedRequest("Pets", "listPets", "GET", "/pets"), Scene(), 1)
                 .candidates(body))
    assert found == [{least: 4, most: 9}, *body[1:]]


TEXT, FLAG, NUMBER, DAY = {"type": "string"}, {"type": "boolean", "example": False}, {"type": "number"}, {
    "type": "string", "format": "date", "example": "2024-05-05"}


def _ask(method: str, path: str, answer: dict[str, Any], query: str = "", body: dict[str, Any] | None = None,
         name: str = "", instruction: str = "") -> Any:
    """The answer to a request for the only operation of an API: `answer` are its properties, `path` may end in
    `{variable}`, for which the request has "Snorlax"; parameters take the type of what the query gives."""
    given = [pair.split("=") for pair in query.split("&") if pair]
    parameters = [{"name": key, "in": "query", "schema": {"type": "integer" if value.isdigit() else "string"}}
                  for key, value in given]
    parameters += [{"name": one, "in": "path", "required": True, "schema": TEXT} for one in ("name", "alertId")
                   if f"{{{one}}}" in path]
    operation: dict[str, Any] = {"operationId": name or "getThing", "parameters": parameters, "responses": {"200": {
        "description": "It", "content": {"application/json": {"schema": {
            "type": "object", "required": list(answer), "properties": answer}}}}}}
    if body is not None:
        operation["requestBody"] = {"content": {"application/json": {"schema": {
            "type": "object", "properties": {key: {} for key in body}}}}}
    document = {"openapi": "3.0.3", "info": {"title": "T", "version": "1"}, "paths": {path: {method: operation}}}
    session = InProcessSimulator([{"Name": "T", "Documentation": json.dumps(document)}]).begin("T", "s", instruction)
    request = HttpRequest(method.upper(), path.format(name="Snorlax", alertId="a1"), query) if body is None else \
        HttpRequest(method.upper(), path.format(name="Snorlax", alertId="a1"), query,
                    {"Content-Type": "application/json"}, content=json.dumps(body).encode())
    return session.send(request).body


def _list(**properties: Any) -> dict[str, Any]:
    return {"things": {"type": "array", "items": {
        "type": "object", "required": list(properties), "properties": properties}}}


@pytest.mark.parametrize("method, path, name, flags", [
    ("delete", "/alerts/{alertId}", "cancelAlert", {"canceled": True, "active": False}),
    ("post", "/alerts/{alertId}/archive", "archiveAlert", {"archived": True}),
    ("post", "/alerts", "saveAlert", {"saved": True, "active": True, "archived": False}),
    ("post", "/alerts/{alertId}/answers", "answerAlert", {"correct": False})])
def test_flags_of_a_write_say_that_it_has_been_done(method, path, name, flags):
    answer = _ask(method, path, {"alertId": TEXT, **dict.fromkeys(flags, FLAG)}, name=name, body={"text": "x"})
    assert {flag: answer[flag] for flag in flags} == flags


def test_a_new_thing_begins_and_has_the_address_asked_for():
    status = {"type": "string", "enum": ["passed", "failed", "running"]}
    answer = _ask("post", "/builds", {"buildId": TEXT, "status": status, "address": {**TEXT, "format": "email"}},
                  name="createBuild", body={"localPart": "tealfox"})
    assert answer["status"] == "running" and answer["address"].startswith("tealfox@")


@pytest.mark.parametrize("said, state", [
    ({"message": "hi"}, "sent"), ({"message": "hi", "sendAt": "12:15"}, "scheduled")])
def test_what_is_asked_for_a_time_is_not_done_yet(said, state):
    states = {"type": "string", "enum": ["queued", "sent", "scheduled"]}
    assert _ask("post", "/messages", {"messageId": TEXT, "state": states}, name="sendText", body=said)["state"] == state


def test_a_look_up_by_name_answers_about_that_name():
    named = {**TEXT, "example": "Eevee"}
    assert _ask("get", "/creatures/{name}", {"creatureName": named, "attack": NUMBER})["creatureName"] == "Snorlax"


def test_dates_lie_in_the_year_asked_about_and_what_was_given_stays():
    days = _ask("get", "/holidays", _list(holidayName=TEXT, date=DAY), "year=2031", name="listHolidays")["things"]
    assert {day["date"][:4] for day in days} == {"2031"}
    assert _ask("get", "/days", {"startDate": DAY, "endDate": DAY}, "startDate=2026-05-02&endDate=2026-07-01") == {
        "startDate": "2026-05-02", "endDate": "2026-07-01"}


def test_items_satisfy_filters_whose_field_has_another_name_and_stand_inside_bounds():
    items = _ask("get", "/works", _list(title=TEXT, author=TEXT, radiusKm={**NUMBER, "minimum": 1, "maximum": 5000}),
                 "authorName=Toni&minRadius=800", name="listWorks")["things"]
    assert {item["author"] for item in items} == {"Toni"} and all(item["radiusKm"] >= 800 for item in items)


def test_a_place_is_no_name_and_a_phrase_stands_in_the_text():
    holidays = _ask("get", "/holidays", _list(holidayName=TEXT, date=DAY), "country=Peru", name="listHolidays")
    assert all("Peru" not in day["holidayName"] for day in holidays["things"])
    verses = _ask("get", "/verses", _list(verse=NUMBER, text=TEXT), "phrase=still+waters", name="searchVerses")
    assert all("still waters" in verse["text"] for verse in verses["things"])


def test_items_of_a_list_have_titles_of_their_own():
    title = {**TEXT, "description": "Title, such as 'Dune', 'Emma' or 'Walden'."}
    items = _ask("get", "/books", _list(bookId=NUMBER, title=title), "limit=10", name="listBooks")["things"]
    assert sorted(item["title"] for item in items) == ["Dune", "Emma", "Walden"]
    assert len(_ask("get", "/books", _list(bookId=NUMBER, bookName=title), "bookName=Dune", name="findBooks")["things"
                                                                                                       ]) == 1


def test_two_persons_do_not_get_one_name(operations):
    body = [{"fullName": "Jan Kowalski", "email": "nora.lind@x.org"}, {"fullName": "Nora Lind", "email": "n@x.org"}]
    found = next(Coherence(operations[0], CheckedRequest("Pets", "listPets", "GET", "/pets"), Scene(), 1)
                 .candidates(body))
    assert [one["fullName"] for one in found] == ["Nora Lind", "Jan Kowalski"]


def test_a_city_lies_in_its_country():
    place = {"city": {**TEXT, "example": "Lisbon"}, "country": {**TEXT, "example": "Spain"}}
    assert _ask("get", "/reverse", place) == {"city": "Lisbon", "country": "Portugal"}
    assert _ask("get", "/reverse", place, "country=Poland") == {"city": "Krakow", "country": "Poland"}
    facts = {"country": TEXT, "capital": {**TEXT, "example": "Bergen"}, "currency": TEXT}
    assert _ask("get", "/facts", facts, "country=Canada") == {"country": "Canada", "capital": "Ottawa",
                                                              "currency": "CAD"}


def test_numbers_add_up():
    loan = _ask("get", "/loans", {"monthlyPayment": NUMBER, "totalInterest": NUMBER},
                "principal=120000&interestRate=5&years=10")
    assert loan == {"monthlyPayment": 1272.79, "totalInterest": 32734.8}
    order = _ask("get", "/order", {**_list(price=NUMBER), "totalPrice": NUMBER})
    assert order["totalPrice"] == pytest.approx(sum(item["price"] for item in order["things"]))
    prices = _ask("get", "/prices", {"lowest": {**NUMBER, "example": 9}, "highest": {**NUMBER, "example": 5},
                                     "latest": {**NUMBER, "example": 100}})
    assert prices == {"lowest": 5, "highest": 9, "latest": 7}


def test_the_first_of_a_list_is_in_the_state_that_the_user_says():
    status = {"type": "string", "enum": ["passed", "failed", "running"]}
    builds = _ask("get", "/builds", _list(buildId=NUMBER, branch=TEXT, status=status), name="listBuilds",
                  instruction="Cancel the running build of the shop.")["things"]
    assert builds[0]["status"] == "running"


def test_each_night_that_is_asked_about_comes_once():
    night = _list(date=DAY, freeBeds={**NUMBER, "minimum": 0, "maximum": 90, "example": 12})
    nights = _ask("get", "/nights", night, "from_date=2025-07-05&nights=3", name="listNights")["things"]
    assert [one["date"] for one in nights] == ["2025-07-05", "2025-07-06", "2025-07-07"]
    assert all(4 <= one["freeBeds"] <= 30 for one in nights)


def test_things_of_a_place_are_not_named_after_it_and_where_something_leads_is_what_the_user_names():
    said = "Which huts of the Blue Alps and the Red Alps are open, and which leads to the Upper Inn?"
    hut = {"type": "string", "example": "Amberger Hut"}
    huts = _ask("get", "/huts", _list(name=hut, to_inn=TEXT), "page=1", name="listHuts", instruction=said)["things"]
    assert all(one["name"].endswith(" Hut") for one in huts)
    assert huts[0]["to_inn"] == "Upper Inn"


def test_a_list_comes_in_the_order_asked_for():
    found = _ask("get", "/posts", _list(postId=NUMBER, likes=NUMBER), "sort=popular", name="listPosts")["things"]
    assert [one["likes"] for one in found] == sorted((one["likes"] for one in found), reverse=True)


def test_texts_speak_of_an_items_own_choice():
    kinds = {"type": "string", "enum": ["tiller", "hedge_trimmer", "saw"]}
    tool = _list(name={"type": "string", "example": "Honda F560 tiller"}, kind=kinds)
    document = {"openapi": "3.0.3", "info": {"title": "T", "version": "1"}, "paths": {"/tools": {"get": {
        "operationId": "findTools", "parameters": [{"name": "kind", "in": "query", "schema": kinds}],
        "responses": {"200": {"description": "They", "content": {"application/json": {"schema": {
            "type": "object", "required": ["things"], "properties": tool}}}}}}}}}
    session = InProcessSimulator([{"Name": "T", "Documentation": json.dumps(document)}]).begin("T", "s")
    found = session.send(HttpRequest("GET", "/tools", "kind=hedge_trimmer")).body["things"]
    assert len(found) > 2 and all(one["name"].endswith(" hedge trimmer") for one in found)


def test_no_two_items_of_a_list_have_one_id():
    key = {"type": "string", "example": "W-7"}
    for page in range(20):
        found = _ask("get", "/things", _list(thingId=key, price=NUMBER), f"page={page}", name="listThings")["things"]
        assert len({one["thingId"] for one in found}) == len(found)


POSTS = [{"name": "b", "likes": 3, "createdAt": "2025-01-01", "price": 3.5},
         {"name": "c", "likes": 9, "createdAt": "2025-02-01", "price": 1.0},
         {"name": "a", "likes": 5, "createdAt": "2024-12-01", "price": 2.0}]


@pytest.mark.parametrize(("arguments", "names"), [
    ({"sort": "newest"}, "cba"), ({"sort": "oldest"}, "abc"), ({"sort": "popular"}, "cab"),
    ({"sort": "most liked"}, "cab"), ({"sortBy": "name"}, "abc"), ({"sort": "-price"}, "bac"),
    ({"order_by": "price", "order": "asc"}, "cab"), ({"sort": "name:desc"}, "cba"),
    ({"sort": "relevance"}, "bca"), ({"order": 3}, "bca"), ({"name": "newest"}, "bca")])
def test_items_in_order(arguments: dict[str, Any], names: str) -> None:
    assert "".join(item["name"] for item in in_order(POSTS, arguments)) == names


def test_values_that_cannot_be_compared_leave_the_order() -> None:
    mixed: list[dict[str, Any]] = [{"price": 3}, {"price": None}, {}]
    assert in_order(mixed, {"sort": "price"}) == mixed
