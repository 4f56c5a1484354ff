"""Words: names split, plurals and endings taken off in one way for all who compare texts."""

import pytest

from toolalpaca.core.words import akin, name_words, singular, stem, words


@pytest.mark.parametrize(("plural", "one"), [
    ("cities", "city"), ("movies", "movie"), ("ties", "tie"), ("series", "series"), ("species", "species"),
    ("boxes", "box"), ("matches", "match"), ("classes", "class"), ("prices", "price"), ("status", "status"),
    ("analysis", "analysis"), ("ids", "id"), ("news", "news"), ("bus", "bus"), ("gas", "gas")])
def test_singular(plural, one):
    assert singular(plural) == one
    assert words(plural) == words(one)


@pytest.mark.parametrize(("first", "second"), [
    ("searching", "search"), ("planned", "plan"), ("Searches", "searched"), ("dog's", "dogs"), ("prices", "pricing"),
    ("calls", "calling"), ("series", "series")])
def test_words_with_the_same_stem(first, second):
    assert stem(first) == stem(second)


@pytest.mark.parametrize(("first", "second"), [("thing", "the"), ("red", "r"), ("string", "strong")])
def test_words_with_other_stems(first, second):
    assert stem(first) != stem(second)


def test_names_are_split():
    assert name_words("createDashboard") == ("create", "dashboard")
    assert name_words("X-Page-Size2") == ("x", "page", "size", "2")


@pytest.mark.parametrize(("first", "second", "are_akin"), [
    ("weighs", "weight", True), ("cancel", "cancellation", True), ("windy", "wind", True), ("child", "children", True),
    ("insured", "insure", True), ("post", "poster", True), ("car", "carpet", False), ("cost", "costume", False),
    ("book", "bookcase", False)])
def test_words_with_one_root(first: str, second: str, are_akin: bool) -> None:
    assert akin(first, second) is akin(second, first) is are_akin
