"""What is asked of the writer: whole numbers that keep to the shares over many APIs."""

import argparse
from collections import Counter

import pytest

from toolalpaca.core.cli import fraction
from toolalpaca.toolset.quotas import DEFAULT_MIX, INSTRUCTION_KINDS, apportioned, ordered_kinds, orders, parse_mix


class Template:
    """A template that is never filled."""

    def fill(self, **values: str) -> str:
        return ""


def test_a_mix_is_read():
    fractions = parse_mix("single=0.5, multi=0.4,none=0.1")
    assert {kind: part for kind, part in fractions.items() if part} == {"single": 0.5, "multi": 0.4, "none": 0.1}
    assert list(fractions) == list(INSTRUCTION_KINDS)


@pytest.mark.parametrize("text", ["single=0.5", "single", "double=1", "single=1.5,multi=-0.5", "single=1,single=0", "",
                                  "0.3"])
def test_another_mix_is_refused(text):
    with pytest.raises(argparse.ArgumentTypeError):
        parse_mix(text)


@pytest.mark.parametrize("text", ["-0.1", "1.1", "nan", "half"])
def test_a_share_lies_between_0_and_1(text):
    with pytest.raises(argparse.ArgumentTypeError):
        fraction(text)


@pytest.mark.parametrize("number", [1, 3, 10, 37])
def test_whole_numbers_add_up_and_keep_to_the_shares_over_many_apis(number):
    parts, total = {"single": 0.55, "multi": 0.35, "missing": 0.1}, Counter()
    for api in range(2000):
        counts = apportioned(number, parts, f"api {api}")
        assert sum(counts.values()) == number
        assert all(abs(counts[kind] - number * part) < 1 for kind, part in parts.items())
        total.update(counts)
    for kind, part in parts.items():
        assert total[kind] / (2000 * number) == pytest.approx(part, abs=0.03)


def test_orders_by_form():
    plain, story = Template(), Template()
    kinds = {"single": 0.5, "multi": 0.5, "missing": 0.0}
    both = orders("Lantern", 10, [plain, story], 0.4, kinds)
    assert [(order.prompt, order.number) for order in both] == [(plain, 6), (story, 4)]
    assert +ordered_kinds(both) == {"single": 5, "multi": 5}
    assert [order.form for order in orders("Lantern", 10, [plain], 0, kinds)] == ["plain"]
    assert [order.form for order in orders("Lantern", 10, [plain, story], 1, kinds)] == ["story"]


@pytest.mark.parametrize(("number", "parts"), [(10, 3), (2, 5), (1, 1), (7, 7)])
def test_the_parts_of_an_order_come_to_the_order(number, parts):
    order = orders("Lantern", number, [Template()], 0.0, DEFAULT_MIX)[0]
    divided = order.divided(parts)
    assert len(divided) == min(parts, number) and all(one.number == sum(one.kinds.values()) > 0 for one in divided)
    assert ordered_kinds(divided) == ordered_kinds([order])
