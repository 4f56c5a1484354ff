"""Kinds of values: pools that are the same whichever threads ask first; names, ids and numbers that look like an
example."""

import random
import re
import threading

import pytest

from toolalpaca.simulator.faker import kinds
from toolalpaca.simulator.faker.kinds import alike, name_like, range_around
from toolalpaca.simulator.faker.scalars import number_maker


def test_many_threads_draw_the_same_pools_as_one():
    names = ("url", "product", "title", "isbn", "person")
    alone = {kind: kinds.pool(kind) for kind in names}
    kinds._POOLS.clear()
    kinds._POOLS.update(kinds.VALUES)
    drawn: dict[str, tuple[str, ...]] = {}
    threads = [threading.Thread(target=lambda kind=kind: drawn.update({kind: kinds.pool(kind)})) for kind in names * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert drawn == alone


def like(example: str, *, is_title: bool = False, is_name: bool = True) -> str:
    make = name_like(example, is_title=is_title, is_name=is_name)
    return make(random.Random(3)) if make else ""


@pytest.mark.parametrize(("example", "form"), [
    ("Amberger Hütte", r"[A-Z]\w+ Hütte"), ("Franz-Senn-Hütte", r"[A-Z]\w+-Hütte"), ("Rosenhof", r"[A-Z]\w+"),
    ("Museum of Modern Art", r"Museum of [A-Z]\w+"), ("The Brass Feather", r"The [A-Z]\w+ Feather"),
    ("Miller's Inn", r"[A-Z]\w+'s Inn"), ("Honda F560 tiller", r"Honda [A-Z]\d{3} tiller"),
    ("Gate B12", r"Gate [A-Z]\d\d"),
])
def test_another_name_of_the_same_kind(example: str, form: str) -> None:
    assert re.fullmatch(form, like(example)) and like(example) != example


@pytest.mark.parametrize("example", ["", "granite", "Partly cloudy", "Repairing the north fence", "EUR", "2026",
                                     "It is open all year.", "One Two Three Four Five Six"])
def test_other_texts_are_not_names(example: str) -> None:
    assert like(example) == ""


def test_one_word_is_a_name_in_a_field_for_names_only() -> None:
    assert like("Approved", is_name=False) == "" and like("Amberger Hütte", is_name=False)


def test_titles_and_names_differ() -> None:
    assert like("Clockwork Heron", is_title=True) != like("Clockwork Heron")


def test_an_id_keeps_its_beginning() -> None:
    assert re.fullmatch(r"ST-\d{3}", alike("ST-204", random.Random(1)))


@pytest.mark.parametrize(("example", "name", "low", "high"), [
    (345, "walking_minutes", 138, 862), (1987, "year", 1962, 2012), (47.1, "latitude", 45.6, 48.6),
    (-4, "low", -10, -1.6)])
def test_numbers_are_of_the_examples_size(example: float, name: str, low: float, high: float) -> None:
    assert range_around(example, name) == pytest.approx((low, high), abs=0.6)
    make = number_maker({"type": "number", "minimum": -5000, "maximum": 5000, "example": example}, name, whole=False)
    assert all(low - 1 <= make(random.Random(seed)) <= high + 1 for seed in range(50))


def test_bounds_win_over_the_example() -> None:
    make = number_maker({"type": "integer", "minimum": 4, "maximum": 6, "example": 6}, "beds", whole=True)
    assert {make(random.Random(seed)) for seed in range(50)} == {4, 5, 6}
