"""Lists in the order that a request asks for."""

from typing import Any

import pytest

from toolalpaca.simulator.ordering import in_order

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
