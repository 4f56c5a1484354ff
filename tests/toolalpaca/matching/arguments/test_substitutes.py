"""What was looked for and not found, and what was taken in its place."""

import pytest
from short_conversations import known_of

from toolalpaca.matching.arguments.substitutes import untold_substitutes

SEARCHES = (("findGardens", {"name": "Rosenhof"}, []), ("findGardens", {"name": "Rosen"}, [
    {"gardenId": 4, "name": "Rosengrund"}]))


@pytest.mark.parametrize("answer", [
    "There is no Rosenhof. Did you mean Rosengrund?", "Rosengrund opens at nine.",
    "The only one like it is Rosengrund.",
])
def test_told(answer: str) -> None:
    assert list(untold_substitutes(answer, known_of("When does Rosenhof open?", answer, *SEARCHES))) == []


@pytest.mark.parametrize("answer", ["It opens at nine.", "Rosenhof opens at nine."])
def test_untold(answer: str) -> None:
    assert list(untold_substitutes(answer, known_of("When does Rosenhof open?", answer, *SEARCHES))) == ["Rosenhof"]


def test_a_wider_search_that_finds_it() -> None:
    found = ("findGardens", {"name": "Rosen"}, [{"gardenId": 5, "name": "Rosenhof Garden"}])
    answer = "It opens at nine."
    assert list(untold_substitutes(answer, known_of("When does Rosenhof open?", answer, SEARCHES[0], found))) == []


@pytest.mark.parametrize(("other", "untold"), [("Rosenhoff", []), ("Lindenhof", ["Rosenhof"])])
def test_another_form_of_a_name_that_people_gave_as_well(other: str, untold: list[str]) -> None:
    told = f"When does Rosenhof open? It may be listed as {other}."
    calls = (SEARCHES[0], ("findGardens", {"name": other}, [{"gardenId": 6, "name": other}]))
    answer = "It opens at nine."
    assert list(untold_substitutes(answer, known_of(told, answer, *calls))) == untold


@pytest.mark.parametrize(("answer", "is_untold"), [
    ("Two boats: the Wren and the Rook.", True), ("Two boats at Low Quay: the Wren and the Rook.", False),
    ("There is no harbour called Hai Quay.", False)])
def test_a_name_that_was_refused_and_replaced(answer: str, is_untold: bool) -> None:
    calls = (("listBoats", {"harbour": "Hai Quay"}, 'Status Code: 422. Response: {"message": "Unknown harbour"}'),
             ("listBoats", {"harbour": "Low Quay"}, [{"boat": "Wren"}, {"boat": "Rook"}]))
    assert bool(list(untold_substitutes(answer, known_of("Boats at Hai Quay?", answer, *calls)))) is is_untold


@pytest.mark.parametrize(("answer", "is_untold"), [
    ("Yes, there is: Pottery for All.", True), ("Yes: Pottery for All, in the morning.", False),
    ("Only Pottery for All.", False)])
def test_the_only_thing_that_a_wider_search_found(answer: str, is_untold: bool) -> None:
    found = [{"class": "P-1", "name": "Pottery for All", "part": "morning"}]
    calls = (("listClasses", {"part": "evening"}, []), ("listClasses", {}, found))
    assert bool(list(untold_substitutes(answer, known_of("An evening class?", answer, *calls)))) is is_untold


@pytest.mark.parametrize(("answer", "is_untold"), [
    ("Yes, the pie takes an hour.", True), ("There is a plum pie, which takes an hour.", False),
    ("Not that one, only a plum pie.", False)])
def test_several_words_of_which_a_later_search_left_some_out(answer: str, is_untold: bool) -> None:
    calls = (("findRecipes", {"q": "green gooseberry pie"}, []),
             ("findRecipes", {"q": "pie"}, [{"recipeId": "R-4", "title": "Plum pie", "minutes": 60}]))
    told = "Is there a green gooseberry pie in the book?"
    assert bool(list(untold_substitutes(answer, known_of(told, answer, *calls)))) is is_untold


@pytest.mark.parametrize(("days", "is_untold"), [(["mo", "we"], True), (["mo", "sa"], False)])
def test_a_condition_on_one_of_several_values(days: list[str], is_untold: bool) -> None:
    calls = (("findSmiths", {"craft": "gold", "day": "sa"}, []),
             ("findSmiths", {"craft": "gold"}, [{"name": "Ida Holm", "craft": ["gold"], "days": days}]))
    answer = "Ida Holm does."
    known = known_of("Who works gold on Saturdays?", answer, *calls)
    assert bool(list(untold_substitutes(answer, known))) is is_untold


STABLES = ("listStables", {}, [{"stableId": "ST-3", "name": "Elm Court", "boxes": 12, "side": "north"},
                               {"stableId": "ST-5", "name": "Far Field", "boxes": 30, "side": "south"}])


@pytest.mark.parametrize(("told", "answer", "is_untold"), [
    ("Is there a box left at Elmwood?", "Yes, two boxes are free.", True),
    ("Is there a box left at Elmwood?", "At Elm Court two boxes are free.", False),
    ("Is there a box left at Elmwood?", "I found no Elmwood.", False),
    ("Is there a box left at Elm Court?", "Yes, two boxes are free.", False),
    ("Is there a box left in the largest one for Bella?", "Yes, two boxes are free.", False),
    ("Is there a box left in the one on the north side? I live in Elmwood.", "Yes, two boxes are free.", False),
    ("Is there a box left on Friday?", "Yes, two boxes are free.", False)])
def test_another_of_a_list_than_the_one_that_was_named(told: str, answer: str, is_untold: bool) -> None:
    known = known_of(told, answer, STABLES, ("getBoxes", {"stableId": "ST-3"}, {"stableId": "ST-3", "free": 2}))
    assert bool(list(untold_substitutes(answer, known))) is is_untold
