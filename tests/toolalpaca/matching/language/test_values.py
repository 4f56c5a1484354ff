"""When two values say the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolalpaca.core.words import words
from toolalpaca.matching.language.dates import days_in, whole_days
from toolalpaca.matching.language.text import holds
from toolalpaca.matching.language.values import same

ORDERED = {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}


@pytest.mark.parametrize(("golden", "made"), [
    (5, "5"), (5, 5.0), ("5.0", 5), (1000, "1,000"), (True, "true"), (False, "no"), ("New York", "new york"),
    ("data team", "data_team"), ("newAnalyst", "new analyst"), ("brute-force", "Brute Force"), ("Café", "cafe"),
    ("EUR/USD", "EURUSD"), ("2024-07-04", "July 4, 2024"), ("2024-07-04", "4th July 2024"),
    ("2024-07-04", "2024/07/04"),
    ("2024-07-04T10:00:00Z", "2024-07-04T12:00:00+02:00"), ("2024-07-04T10:00:00", "2024-07-04"),
    ("Canada", "CA"), ("CAN", "Canada"), ("pt", "Portuguese"), ("US dollar", "USD"), ("US", "United States"),
    (["a", "b"], ["b", "a"]), (["a", "b"], "b, a"), (["a"], "a"), ("a", ["a"]), ("EUR,USD", "USD, EUR"),
    (["x"], '["X"]'), ({"a": 1}, {"a": "1", "b": 2}), ({"a": {"b": ["c", "d"]}}, {"a": {"b": ["d", "c"]}}),
    ({"a": 1}, '{"a": 1}'), ("!", "!"), ("three", 3), ("King James Version", "KJV"),
    ("N.A.S.A.", "National Aeronautics Space Administration"),
])
def test_the_same(golden, made):
    assert same(golden, made, {})


@pytest.mark.parametrize(("golden", "made"), [
    (5, 6), (5, None), (5, [5, 6]), (True, False), (True, "maybe"), ("New York", "York"), ("EUR/USD", "EUR/GBP"),
    ("2024-07-04", "2024-07-05"), ("2024-07-04T10:00:00", "2024-07-04T11:00:00"), ("Canada", "US"), ("pt", "es"),
    (["a", "b"], ["a"]), (["a"], ["a", "b"]), (["a", "a"], ["a", "b"]), ({"a": 1}, {}), ({"a": 1}, "a"),
    ("10.0.0.2", "10.0.0.20"), ("192.168.1.1", "192.168.1.100"), ("00501", 501), ("!", "?"), ("", "x"), ("x", ""),
    ("job", "john"), ("King James Version", "kjv 2"), ("New York", "NY"), ("World Health Organization", "WTO"),
])
def test_not_the_same(golden, made):
    assert not same(golden, made, {})


def test_order_counts_where_the_schema_says_so():
    assert not same([1, 2], [2, 1], ORDERED)
    assert same([1, 2], [1, "2"], ORDERED)
    assert not same(["a", "b"], ["b", "a"], {"description": "Stops, in the order of the walk"})


def test_dates_are_read_in_both_orders_of_day_and_month():
    assert [str(day) for day in whole_days("04/05/2024")] == ["2024-04-05", "2024-05-04"]
    assert whole_days("2024-13-40") == whole_days("tomorrow") == whole_days("12345678") == []


@pytest.mark.parametrize(("text", "months"), [
    ("any Sunday in october", [10]), ("in may, if I may", [5]), ("they march on, and may win", []), ("in June", [6])])
def test_months_are_read_without_a_capital(text, months):
    assert [month for mention in days_in(text) for _, month, _ in mention.readings] == months


def test_words_are_compared_without_their_form():
    assert words("The 3rd Axolotls' Habitats, 1,000 cities") == ["the", "3", "axolotl", "habitat", "1000", "city"]
    assert holds(words("wild animals in New York"), words("new york"))
    assert not holds(words("new old york"), words("new york"))
    assert not holds(words("anything"), [])


values = st.recursive(st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
                      | st.text(max_size=12), lambda inner: st.lists(inner, max_size=3)
                      | st.dictionaries(st.text(max_size=4), inner, max_size=3), max_leaves=6)


@given(values)
def test_every_value_is_the_same_as_itself(value):
    assert same(value, value, {})


@given(values, values)
def test_no_pair_raises(golden, made):
    assert same(golden, made, {}) in (True, False)
