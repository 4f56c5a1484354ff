"""Names of a corpus: one that comes twice is found, and their ranks are those of sorted hashes."""

import hashlib

from toolalpaca.data.name_index import NameIndex, digest_of


def test_a_name_that_comes_twice_is_found_with_its_first_place():
    names = NameIndex()
    for place, name in enumerate(["a", "A", "a ", "Größe", "\ud83d"]):
        assert names.add(name, "x.json", place) is None
    assert names.add("Größe", "y.json", 0) == ("x.json", 3)
    assert names.add("\ud83d", "y.json", 1) == ("x.json", 4)
    assert len(names) == 5


def test_ranks_are_those_of_the_sorted_hashes_whatever_the_order_of_the_names():
    found = [f"Api {number}" for number in range(300)]
    ranked = sorted(hashlib.sha256(name.encode()).digest() for name in found)
    for order in (found, found[::-1]):
        names = NameIndex()
        for place, name in enumerate(order):
            names.add(name, "x.json", place)
        assert [names.at_rank(rank) for rank in (0, 1, 150, 299)] == [ranked[rank] for rank in (0, 1, 150, 299)]
    assert digest_of("Api 1") in ranked
