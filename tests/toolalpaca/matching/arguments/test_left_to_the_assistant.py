"""Values that people leave to the assistant: the country of a town, how many of a list, this season, a code for a
weekday, their own words for a note; each with one that they do not."""

from typing import Any

import pytest
from short_conversations import Call, transcript_of

from toolalpaca.matching.arguments.borne_out import is_cut_short
from toolalpaca.matching.arguments.grounding import Documented, ungrounded
from toolalpaca.matching.language.choices import GIVEN, UNSAID, verdict

DAYS = ["mo", "tu", "we", "th", "fr"]


def ungiven(told: str, arguments: dict[str, Any], about: str = "", *calls: Call) -> list[str]:
    function = Documented(descriptions=dict.fromkeys(arguments, about))
    return [name for name, _ in ungrounded(arguments, function, transcript_of(told, *calls).whole())]


@pytest.mark.parametrize(("told", "right", "wrong"), [
    ("a crate from Wales to Kilkenny", ("GB", "IE"), ("IT", "IE")),
    ("a crate from Madrid to Portugal", ("ES", "PT"), ("IT", "PT")),
    ("a crate from Denmark to Zürich", ("DK", "CH"), ("DK", "IT")),
])
def test_country_of_a_town(told: str, right: tuple[str, str], wrong: tuple[str, str]) -> None:
    names = "fromCountry", "toCountry"
    assert ungiven(told, dict(zip(names, right, strict=True))) == []
    assert ungiven(told, dict(zip(names, wrong, strict=True)))


@pytest.mark.parametrize(("told", "name", "about", "right", "wrong"), [
    ("Does Iris Vane lead the table with 31 points?", "n", "How many; 10 if left out.", 2, 8),
    ("Which song is played most?", "n", "How many to list; 10 if left out.", 1, None),
    ("the top four throwers", "n", "How many; 10 if left out.", 4, 3),
    ("Goal alerts for the Otters, please", "season", "Season, such as 2024-25.", "2024-25", "2023-24"),
    ("Who won last season?", "season", "Season, such as 2024-25.", None, "2024-25"),
])
def test_how_many_and_which_season(told: str, name: str, about: str, right: Any, wrong: Any) -> None:
    assert right is None or ungiven(told, {name: right}, about) == []
    assert wrong is None or ungiven(told, {name: wrong}, about) == [name]


@pytest.mark.parametrize(("told", "code", "said"), [
    ("They are there on Tuesdays, aren't they?", "tu", GIVEN),
    ("any day but Friday", "mo", UNSAID),
    ("We can come soon", "we", UNSAID),
])
def test_two_letters_for_a_weekday(told: str, code: str, said: str) -> None:
    assert verdict(code, DAYS, [told]) == said


def test_a_note_in_other_words() -> None:
    told = "Log it: I couldn't find the key, but the gate was locked when I went home, so I'm sure he has it."
    assert ungiven(told, {"notes": "Key not found, but the gate was locked, so he must have it."}, "Free text.") == []
    assert ungiven(told, {"notes": "Key lost near Bristol, police told of the theft."}, "Free text.") == ["notes"]


def test_an_id_without_its_letters_is_tried_and_refused() -> None:
    calls = [("listBills", {}, [{"id": "B-7731"}]), *(
        ("payBill", {"id": "7731"}, f"Status Code: {status}. Response: {{}}") for status in (404, 200))]
    transcript = transcript_of("Pay the water bill", *calls)
    evidence, (_, refused, paid) = transcript.before(1), transcript.shown
    assert is_cut_short("7731", refused, evidence)
    assert not is_cut_short("7731", paid, evidence)
    assert not is_cut_short("7713", refused, evidence)


@pytest.mark.parametrize(("told", "right", "wrong"), [
    ("the soup was dreadful", 1, 4),
    ("the soup was superb", 5, 2),
    ("the soup was nothing special, three spoons and I had enough", 2, 7),
    ("a 4 for the soup", 4, 3),
])
def test_place_on_a_scale_that_is_told_in_words(told: str, right: int, wrong: int) -> None:
    about = "From 1 (dreadful) to 5 (superb)."
    assert ungiven(told, {"taste": right}, about) == []
    assert ungiven(told, {"taste": wrong}, about) == ["taste"]
