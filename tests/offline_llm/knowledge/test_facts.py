"""The knowledge base: every category of the list, every operation usable."""

import re
from collections import Counter

from offline_roles import ANY_CATEGORY, CATEGORIES

from offline_llm.knowledge.facts import category, kind_of_name, nouns_of, parse_value, shape_fields


def _known():
    return [category(name, noun) for name in CATEGORIES for noun in nouns_of(name)]


def test_every_category_of_the_list_is_known():
    assert [name for name in CATEGORIES if not nouns_of(name)] == []


def test_path_parameters_are_required_parameters():
    for known in _known():
        for operation in known.operations:
            for name in re.findall(r"{(\w+)}", operation.path):
                assert operation.parameters[name][0], (operation.name, name)


def test_every_operation_needs_something_and_describes_it():
    for known in _known():
        for operation in known.operations:
            assert any(required for required, _ in operation.parameters.values()), operation.name
            assert all(value.description for _, value in operation.parameters.values()), operation.name
            assert shape_fields(operation.output, known), operation.name


def test_no_two_categories_share_an_operation():
    every = [category(name, nouns_of(name)[0]) for name in (*CATEGORIES, ANY_CATEGORY)]
    names = Counter(operation.name for one in every for operation in one.operations)
    assert [name for name, times in names.items() if times > 1] == []


ONLY_COMPUTE = {"Data Validation", "Programming"}


def test_each_category_reads_and_writes_unless_it_only_computes():
    for name in (*CATEGORIES, ANY_CATEGORY):
        methods = {operation.method for operation in category(name, nouns_of(name)[0]).operations}
        assert "get" in methods, name
        assert bool(methods & {"post", "put", "patch", "delete"}) == (name not in ONLY_COMPUTE), name


def test_a_value_line():
    value = parse_value("integer 1-20 | The most to return | 3; 5", described=True)
    assert (value.type, value.low, value.high, value.description, value.values) == (
        "integer",
        1,
        20,
        "The most to return",
        ("3", "5"),
    )


def test_kinds_of_names():
    assert [kind_of_name(name) for name in ("departureCity", "user_email", "startDate", "maxResults", "xyz")] == [
        "city",
        "email",
        "date",
        "limit",
        "",
    ]


def test_what_a_list_is_filtered_by_is_among_the_fields_of_its_items():
    filters, shown = Counter(), Counter()
    for known in _known():
        for operation in known.operations:
            lists = [part for part in operation.output.values() if isinstance(part, list)] if isinstance(
                operation.output, dict) else []
            for name, (_, value) in operation.parameters.items():
                if operation.method == "get" and value.enum and lists and shape_fields(lists[0], known):
                    filters[name] += 1
                    shown[name] += name in shape_fields(lists[0], known)
    assert sum(filters.values()) > 20
    assert {name for name in filters if shown[name] < filters[name]} <= {"sort", "interval", "units"}
    assert not shown["sort"]
