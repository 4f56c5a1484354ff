"""Answers as people word them: each pair is a right answer that passes and a wrong one like it that does not."""

from typing import Any

import pytest
from short_conversations import known_of

from toolalpaca.matching.answers.answer_support import unknown_names, unsupported
from toolalpaca.matching.answers.asks import unanswered_parts
from toolalpaca.matching.answers.contradictions import contradictions
from toolalpaca.matching.language.numbers import figures_in

BOATS = {"boats": [{"name": "Sea Lark", "built": 1998, "length": 12.5, "date": "2025-05-04"},
                   {"name": "Grey Gull", "built": 2012, "length": 9.25, "date": "2025-05-11"},
                   {"name": "Tern", "built": 2003, "length": 20.75, "date": "2025-06-18"}]}
PASSAGE = {"hits": [{"book": "Ruth", "chapter": 2, "verse": 14}, {"book": "Amos", "chapter": 5, "verse": 24}]}
FUND = {"fund": "Alder", "marketValue": 608829278.09, "swing": 6.54}
SPOT = {"label": "4 Mill Lane", "latitude": 14.1, "longitude": -44.5}


def faults(told: str, answer: str, body: Any, arguments: dict[str, Any] | None = None) -> list[str]:
    known = known_of(told, answer, ("lookUp", arguments or {}, body))
    return [*unsupported(answer, known), *contradictions(answer, known)]


@pytest.mark.parametrize(("told", "body", "right", "wrong"), [
    ("How old is Grey Gull?", BOATS, "Grey Gull, built in twenty twelve.", "Grey Gull, built in twenty thirteen."),
    ("How long is Sea Lark?", BOATS, "Sea Lark is twelve point five long.", "Sea Lark is twelve point six long."),
    ("Where does it say so?", PASSAGE, "In Ruth 2:14 and Amos 5:24.", "In Ruth 2:14 and Amos 5:42."),
    ("What is it worth?", FUND, "Alder is worth 608.8m.", "Alder is worth 680.8m."),
    ("How large is the swing?", FUND, "The swing runs at 6.54 points.", "The swing runs at 6.45 points."),
    ("Which boats are there?", BOATS, "Sea Lark, Grey Gull and Tern. Did you mean the one of 1987?",
     "Sea Lark, Grey Gull and Tern, the one of 1987."),
    ("When was each seen?", BOATS, "Sea Lark (12.5) on 4 May 2025, Grey Gull (9.25) on the 11th, Tern on 18 June.",
     "Sea Lark (12.5) on 4 May 2025, Grey Gull (9.25) on 12 May 2025, Tern on 18 June."),
    ("How long were they, by day?", BOATS, "12.50 on 4 May 2025, 9.25 on the 11th and 20.75 on 18 June.",
     "9.25 on 4 May 2025 and 12.50 on the 11th, then 20.75 on 18 June."),
    ("Which boats are there?", BOATS, "1. sea lark (1998, 12.5)\n2. grey gull (2012, 9.25)\n3. tern (2003, 20.75)",
     "1. sea lark (1998, 12.5)\n2. grey gull (2003, 9.25)\n3. tern (2012, 20.75)"),
    ("Which boats are there?", BOATS, "Three boats came up:\n- of the last century: Sea Lark\n- newer: Tern, Grey Gull",
     "Three boats came up:\n- of the last century: Sea Lark\n- newer: Grey Gull"),
    ("How long are they?", BOATS, "Sea Lark (1998, 12.5) and Tern (2003, 20.75).",
     "Sea Lark (2003, 12.5) and Tern (2003, 20.75)."),
    ("How many came up?", BOATS, "Three of them came up.", "Five of them came up."),
    ("How is she rated?", {"rank": 537, "wins": 847}, "Rank 537, with 847 wins.", "Rank 847, with 537 wins."),
    ("How old is she?", {"ageYears": 12}, "She is 12 years old.", "She is 12 months old."),
    ("Where is 4 Mill Lane in Porto?", SPOT, "At 14.1, -44.5. Careful, that is in the Atlantic, not in Porto.",
     "At 14.1, -44.5, in the Atlantic."),
])
def test_a_right_answer_and_a_wrong_one(told: str, body: Any, right: str, wrong: str) -> None:
    assert faults(told, right, body) == []
    assert faults(told, wrong, body) != []


def test_days_that_are_asked_for_in_parts() -> None:
    born = {"people": [{"name": "Ada Bell", "born": 1991}]}
    assert faults("Who has my birthday?", "On 20 February it is Ada Bell.", born, {"month": 2, "day": 20}) == []
    assert faults("Who has my birthday?", "On 21 February it is Ada Bell.", born, {"month": 2, "day": 20}) != []


def test_first_is_a_place_in_a_list_too() -> None:
    told = "Which boats are there, and when was the first seen?"
    late_first = {"boats": BOATS["boats"][::-1]}
    assert faults(told, "The first, Tern, was seen on 18 June 2025.", late_first) == []
    assert faults(told, "The first, Grey Gull, was seen on 11 May 2025.", late_first) != []


def test_a_list_shorter_than_was_asked_for_is_not_cut_off() -> None:
    body = {"boats": BOATS["boats"][:1], "total": 40}
    told, answer = "List all boats like Lark.", "There is 1: Sea Lark."
    assert faults(told, answer, body, {"limit": 8}) == []
    assert faults(told, answer, body, {"limit": 1}) == ["1 of 40"]


def test_a_value_of_the_kind_answers_a_part() -> None:
    told = "What is that boat, how old is it?"
    known = known_of(told, "", ("lookUp", {}, {"kind": "ketch", "years": 27}))
    assert list(unanswered_parts("A ketch of 27 years.", known)) == []
    assert list(unanswered_parts("A ketch.", known)) == ["how old is it"]


@pytest.mark.parametrize(("text", "values"), [
    ("a six-year-old", [6.0]), ("fifteen, sixteen and twenty", [15.0, 16.0, 20.0]), ("the thirty-first", []),
    ("nineteen ninety-five", [1995.0]), ("a hundred and twenty", [120.0]), ("seventy point three six", [70.36]),
    ("twenty-five", [25.0]), ("(16, 26 January 2024)", [16.0]), ("10 may: tablets", []),
])
def test_numbers_in_words(text: str, values: list[float]) -> None:
    assert [figure.values[0] for figure in figures_in(text)] == values


@pytest.mark.parametrize(("told", "answer", "right"), [
    ("For 2 adults and 3 children?", "The five of you pay 605.", True),
    ("For 2 adults and 3 children?", "The seven of you pay 605.", False),
    ("When can I retire?", "At 67 years and 3 months.", True),
    ("When can I retire?", "At 67 years and 9 months.", False),
    ("Anything this spring?", "Nothing in March, April or May.", True),
    ("Anything this spring?", "Nothing in July.", False), ("What do I owe?", "You owe R605.", True),
])
def test_what_follows_in_other_words(told: str, answer: str, right: bool) -> None:
    body = {"total": 605, "years": 67, "months": 3}
    known = known_of(told, answer, ("lookUp", {"from": "2025-03-01", "to": "2025-05-31"}, body))
    assert (list(unsupported(answer, known)) == []) is right


@pytest.mark.parametrize(("answer", "is_wrong"), [
    ("Tomorrow, Thursday 9 January, it snows.", False), ("Tomorrow (8 January) it snows.", True),
    ("The day after tomorrow, 10 January, it snows.", False), ("On 8 January (tomorrow) it snows.", True)])
def test_days_that_are_called_tomorrow(answer: str, is_wrong: bool) -> None:
    clock = ("getCurrentDateTime", {}, "2025-01-08 20:55:09, Wednesday")
    days = [{"date": f"2025-01-{day:02}"} for day in (8, 9, 10)]
    known = known_of("Snow tomorrow or the day after tomorrow?", answer, clock, ("getSnow", {}, days))
    assert bool(list(unsupported(answer, known, figures_only=True))) is is_wrong


@pytest.mark.parametrize(("answer", "doubtful"), [
    ("The manager is Tobin Ashgrove.", ["Tobin Ashgrove"]), ("The manager is Ana Reis.", []),
    ("Her number is +351 21 555 0199.", []), ("Her number is +351 21 555 0198.", ["+351 21 555 0198"])])
def test_people_and_telephone_numbers(answer: str, doubtful: list[str]) -> None:
    known = known_of("Who runs it?", answer, ("getPlace", {}, {"manager": "Ana Reis", "phone": "+351 21 555 0199"}))
    assert [one for one in unsupported(answer, known) if one in doubtful or not doubtful] == doubtful


@pytest.mark.parametrize(("answer", "unknown"), [
    ("Yes, Okoye is on duty, with Ferreira's team.", []),
    ("Yes, Lindqvist is on duty.", ["Lindqvist"]),
    ("Ada Lindqvist's shift ends at noon.", ["Lindqvist"]),
    ("There are two on duty (Lindqvist and Ferreira).", ["Lindqvist"]),
    ("It is Okoye & Lindqvist.", ["Lindqvist"]),
    ("It is at Mill Hill, in the Great Northern Ward.", []),
    ("It is at 12 Orchard Lane.", ["Orchard Lane"]), ("It is in Bay C4, Shed C5.", ["Bay C4", "Shed C5"]),
    ("On duty: Lindqvist (until noon) and Ferreira.", ["Lindqvist"]), ("On duty: One is Ferreira.", []),
    ("Ada Okoye is on duty. - Reason: the other is on leave.", []),
    ("Ada Okoye is on duty. St Nicholas will be busy!", []),
])
def test_names_that_nothing_shows(answer: str, unknown: list[str]) -> None:
    shift = {"nurse": "Ada Okoye", "deputy": "Ferreira", "ward": "Great North Ward", "site": "millhill"}
    assert list(unknown_names(answer, known_of("Who is on duty?", answer, ("getShift", {}, shift)))) == unknown


@pytest.mark.parametrize(("answer", "is_wrong"), [
    ("The note 'Night Watch' is on file.", False), ("The note 'Day Watch' is on file.", True),
    ("The note ‘Day Watch’ is on file.", True), ("It's the nurses' ward and it's Night Watch's.", False),
])
def test_what_stands_in_single_quotes_was_shown(answer: str, is_wrong: bool) -> None:
    assert bool(list(unsupported(answer, known_of("Which note?", answer, ("getNote", {}, {"title": "Night Watch"})),
                                 figures_only=True))) is is_wrong


STOCK = [{"number": 1, "name": "Oak Chest", "grams": 5792}, {"number": 2, "name": "Elm Chair", "grams": 4217},
         {"number": 4, "name": "New Ash Shelf", "grams": 2466}, {"number": 5, "name": "Fir Stool", "grams": 1430}]


@pytest.mark.parametrize(("answer", "is_wrong"), [
    ("Quite a bit: 5,792 g against 4,217, so 1,575 g more.", False),
    ("It is 1,575 g heavier (5,792 g vs. 4,217 g).", False), ("Number 4 weighs 4,217 g.", True),
])
def test_a_part_of_a_long_number_names_nothing(answer: str, is_wrong: bool) -> None:
    assert bool(faults("How much heavier is the chest than the chair?", answer, STOCK)) is is_wrong


@pytest.mark.parametrize(("answer", "is_wrong"), [
    ("Five people in all: Ann and Bo in Ulm, Cy in Bonn, Di and Ed in Trier.", False),
    ("Six people in all: Ann and Bo in Ulm, Cy in Bonn, Di and Ed in Trier.", True),
])
def test_what_several_calls_listed_is_counted_together(answer: str, is_wrong: bool) -> None:
    lists = {"Ulm": ["Ann", "Bo"], "Bonn": ["Cy"], "Trier": ["Di", "Ed"]}
    calls = [("findPlayers", {"city": city}, {"players": [{"name": name, "city": city} for name in names]})
             for city, names in lists.items()]
    assert bool(list(unsupported(answer, known_of("Who plays in Ulm, Bonn and Trier?", answer, *calls)))) is is_wrong


PIECES = [{"title": "Suite", "minutes": 17.5}, {"title": "Chaconne", "minutes": 14}, {"title": "Prelude", "minutes": 3}]


@pytest.mark.parametrize(("answer", "is_wrong"), [
    ("The Suite is longest, three and a half minutes longer than the Chaconne.", False),
    ("That is the Suite, seventeen and a half minutes long, ahead of the Chaconne.", False),
    ("The Chaconne takes three minutes.", True), ("The Suite, three minutes long, comes first.", True),
])
def test_a_number_and_a_half_is_one_number(answer: str, is_wrong: bool) -> None:
    assert bool(faults("Which one is longest?", answer, {"pieces": PIECES})) is is_wrong


@pytest.mark.parametrize(("answer", "is_wrong"), [
    ("Ada is on level 3 until 11 June 2025.", False), ("Ada has band 3 till 11 June 2025.", False),
    ("Ada is on level 2 until 11 June 2025.", True), ("Ada is on level 3 until 12 June 2025.", True),
    ("It is open from 3 until 11 June 2025.", True), ("It is closed on 3 until 11 June 2025.", True),
])
def test_a_number_of_something_before_until_begins_no_span(answer: str, is_wrong: bool) -> None:
    assert bool(faults("How does Ada stand?", answer, {"rider": "Ada", "level": 3, "validUntil": "2025-06-11"})) \
        is is_wrong
