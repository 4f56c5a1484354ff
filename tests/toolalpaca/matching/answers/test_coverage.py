"""What people gave or asked for and neither a call nor the answer took up."""

import pytest
from short_conversations import Call, known_of

from toolalpaca.matching.answers.coverage import left_out, unused_values
from toolalpaca.matching.language.actions import deed_of

FORECAST = {"high": 17, "low": 9, "humidity": 63}


def weather(city: str, body: object) -> Call:
    return "getForecast", {"city": city}, body


def unused(told: str, answer: str, *calls: Call) -> list[str]:
    return list(unused_values(answer, known_of(told, answer, *calls).evidence))


@pytest.mark.parametrize(("told", "arguments"), [
    ("Send it to ruth@example.org.", {"to": "ruth@example.org"}), ("Ship order AB-1207-X.", {"order": "AB-1207-X"}),
    ("Book a table at 7:30 pm for us.", {"time": "19:30"}), ("Transfer 250 euros.", {"amount": 250}),
    ("A run of 3 miles.", {"meters": 4828}), ("Write: 'Don't be late, Ines!'", {"card": "Don't be late, Ines!"}),
    ('Search for "tea" and "a cup of coffee".', {"query": "a cup of coffee"}),
])
def test_values_that_were_used(told: str, arguments: dict) -> None:
    assert unused(told, "It is done.", ("doIt", arguments, {"ok": True})) == []


@pytest.mark.parametrize(("told", "value"), [
    ("Send it to ruth@example.org.", "ruth@example.org"), ("Ship order AB-1207-X.", "AB-1207-X"),
    ("Ring me on +45 33 12 98 07.", "+45 33 12 98 07"),
    ("Put a card in: 'Happy birthday, Ines!'", "'Happy birthday, Ines!'"),
])
def test_values_that_nothing_took_up(told: str, value: str) -> None:
    assert unused(told, "It is done.", ("doIt", {"kind": "other"}, {"ok": True})) == [value]
    assert unused(told, f"I could not use {value}.", ("doIt", {"kind": "other"}, {"ok": True})) == []


def test_a_result_that_the_answer_passes_over() -> None:
    told = "Compare the weather in Turin and Genoa."
    calls = (weather("Turin", {"high": 17, "sky": "overcast"}), weather("Genoa", {"high": 22, "sky": "sunny"}))
    both = "Turin has 17 degrees under an overcast sky, Genoa 22 and sun."
    assert list(left_out(both, known_of(told, both, *calls))) == []
    one = "Turin has 17 degrees under an overcast sky."
    assert list(left_out(one, known_of(told, one, *calls))) == ["getForecast: Genoa"]


def test_an_item_that_a_second_try_left_away() -> None:
    told = "Tag it with jazz and vinyl."
    calls = (("tag", {"tags": ["jazz", "vinyl"]}, "Status Code: 400. Response: {}"), ("tag", {"tags": ["jazz"]}, {}))
    assert list(left_out("It is tagged.", known_of(told, "It is tagged.", *calls))) == ["tags: vinyl"]
    honest = "It is tagged with jazz; vinyl is not allowed."
    assert list(left_out(honest, known_of(told, honest, *calls))) == []


@pytest.mark.parametrize(("told", "left"), [
    ("When may I see locker AB-77? It's in the north wing.", []),
    ("When may I see locker AB-77? It's somewhere upstairs.", ["AB-77"]),
    ("When may I see locker AB-77?", ["AB-77"]),
])
def test_a_thing_of_which_people_say_where_it_is_needs_no_look(told: str, left: list[str]) -> None:
    call: Call = ("listWings", {}, [{"wing": "North", "opens": "08:00"}])
    assert [*unused_values("From eight.", known_of(told, "From eight.", call).evidence)] == left


@pytest.mark.parametrize(("answer", "found"), [
    ("It's 21 degrees, so I left it.", []), ("It's 21 degrees.", ["TX-8812"]),
])
def test_what_was_given_for_a_change_whose_condition_is_not_met(answer: str, found: list[str]) -> None:
    told = "If it is over 30 degrees, order a fan for TX-8812, otherwise leave it."
    known = known_of(told, answer, ("getForecast", {}, {"high": 21}))
    known.evidence.deeds["orderFan"] = deed_of("orderFan", "POST")
    assert list(unused_values(answer, known.evidence)) == found


@pytest.mark.parametrize(("shown", "found"), [
    ("Lind and Moe, *Tides of the north*, Shore Press, 88 pages. Horn, *Wind*", []),
    ("Lind and Moe, and more of it. Horn, *Wind*", ["cite: R-1"]),
])
def test_a_long_text_that_an_answer_writes_otherwise(shown: str, found: list[str]) -> None:
    told = "Cite R-1 and R-2."
    texts = ("Lind, A., & Moe, B. (2019). Tides of the north, papers. Shore Press, Bergen. 88 pages.", "Horn: Wind")
    calls = [("cite", {"paper": paper}, {"text": text}) for paper, text in zip(("R-1", "R-2"), texts, strict=True)]
    assert list(left_out(shown, known_of(told, shown, *calls))) == found


@pytest.mark.parametrize(("told", "amount", "answer", "is_unused"), [
    ("I have 60 litres; sell a third of it.", 60, "Sold.", True),
    ("I have 60 litres; sell a third of it.", 20, "Sold.", False),
    ("I have 60 litres; sell a third of it.", 40, "Kept back.", False),
    ("I have 60 litres; what is a third of it worth?", 60, "It is worth 35 crowns.", False),  # of the 105
    ("I have 60 litres; what is a third of it worth?", 60, "It is worth 105 crowns.", True),
    ("A third of the club wants 60 litres.", 60, "Sold.", False),
])
def test_a_part_of_an_amount_that_was_taken_for_the_whole(told: str, amount: int, answer: str, is_unused: bool) -> None:
    assert bool(unused(told, answer, ("sell", {"litres": amount}, {"crowns": 105}))) is is_unused
