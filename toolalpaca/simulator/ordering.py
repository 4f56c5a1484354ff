"""The order of a list's items as a request asks for it, such as `sort=newest`, `sortBy=name` or `order=desc`."""

from collections.abc import Mapping
from operator import itemgetter
from typing import Any

from toolalpaca.core.words import name_key, name_words
from toolalpaca.simulator.request_dates import is_date

Items = list[dict[str, Any]]
_ORDERS = frozenset({"sort", "sortby", "order", "orderby", "ordering", "sortorder", "sortfield"})
_DOWN = frozenset({"desc", "descending", "newest", "latest", "recent", "highest", "largest", "most", "popular", "best",
                   "top", "dearest", "longest"})
_UP = frozenset({"asc", "ascending", "oldest", "earliest", "lowest", "smallest", "least", "cheapest", "nearest",
                 "shortest"})
_BY_TIME = frozenset({"newest", "latest", "recent", "oldest", "earliest"})
_FIELDS = {  # what a word of an order is about
    "popular": "likes views votes stars downloads followers popularity plays score rating", "best": "rating score",
    "liked": "likes", "top": "score rating votes", "cheapest": "price fee cost rate", "dearest": "price fee cost rate",
    "nearest": "distance", "longest": "length duration distance", "shortest": "length duration distance"}


def in_order(items: Items, arguments: Mapping[str, Any]) -> Items:
    """Return the items in the order asked for, or as they are if none is or no field tells it."""
    told = [word for name, value in arguments.items() if name_key(name) in _ORDERS and isinstance(value, str)
            for word in (["desc"] if value.startswith("-") else []) + list(name_words(value))]
    field = _field(told, items[0]) if told else None
    if field is None:
        return items
    values = [item.get(field) for item in items]
    if not (all(type(value) in (int, float) for value in values) or all(isinstance(value, str) for value in values)):
        return items
    return sorted(items, key=itemgetter(field), reverse=bool(_DOWN & {*told}) and not _UP & {*told})


def _field(told: list[str], item: dict[str, Any]) -> str | None:
    """Return the field that an order is about: one whose name has its words, a time, or what a word stands for."""
    said = {*told} - _DOWN - _UP
    named = [name for name in item if said and said <= {*name_words(name)}]
    if named:
        return named[0]
    if _BY_TIME & {*told}:
        return next((name for name, value in item.items() if isinstance(value, str) and is_date(value)
                     or name_words(name)[-1:] == ("year",)), None)
    wanted = {field for word in told for field in _FIELDS.get(word, "").split()}
    return next((name for name in item if wanted & {*name_words(name)}), None)
