"""Answers brought into line with the request, whatever shape the document's schemas give them."""

import json
from datetime import datetime
from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from toolalpaca.simulator.catalog import Catalog
from toolalpaca.simulator.coherence import Coherence
from toolalpaca.simulator.requests import CheckedRequest, Scene

NAMES = st.sampled_from(["id", "name", "title", "city", "price", "state", "email", "createdAt", "data", "total"])
VALUES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(),
                   st.sampled_from(["Rex", "Rome", "a rex", "2024-05-05", "2024-05-05T10:00:00Z", "lena.ortiz@x.org"]))
BODIES = st.recursive(VALUES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=5),
                      max_leaves=25)
SCENES = [Scene(), Scene('Is there a pet named "Rex" or "Milo"?', datetime(2026, 1, 5, 9, 30))]
ARGUMENTS = [{}, {"city": "Rome"}, {"city": "rex"}, {"city": "none", "minPrice": 3, "from": "2026-01-01"}]


@pytest.fixture
def operations(document):
    """The operations of the pets API."""
    catalog = Catalog([{"Name": "Pets", "Documentation": json.dumps(document)}])
    return [operation.ready() for operation in catalog.api("Pets").operations]


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(body=BODIES, written=st.dictionaries(NAMES, BODIES, max_size=3))
def test_no_shape_of_an_answer_is_too_odd(operations, body, written):
    for operation, arguments, scene in product(operations, ARGUMENTS, SCENES):
        sent: dict[str, Any] = {} if operation.method == "GET" else {"body": written}
        call = CheckedRequest("Pets", operation.name, operation.method, "/pets", arguments=arguments, **sent)
        assert len(list(Coherence(operation, call, scene, 1).candidates(body))) == 4


def test_items_without_the_sought_field_stay_as_they_are(operations):
    body = [{"id": 1, "name": "Bella"}, {"id": 2}, {"id": 3, "name": None}]
    found = next(Coherence(operations[0], CheckedRequest("Pets", "listPets", "GET", "/pets"), SCENES[1], 1)
                 .candidates(body))
    assert found[0] == {"id": 1, "name": "Rex"} and sorted(item["id"] for item in found) == [1, 2, 3]


def test_a_code_is_not_the_name_of_a_thing(operations):
    body = [{"id": 1, "name": "Bella"}, {"id": 2, "name": "Otis"}]
    for said, first in (("Which pets have P-1042 and P-77 had as neighbours?", "Bella"),
                        ("Is the pet Milo there, chip M-88?", "Milo")):
        found = next(Coherence(operations[0], CheckedRequest("Pets", "listPets", "GET", "/pets"), Scene(said), 1)
                     .candidates(body))
        assert found[0]["name"] == first


@pytest.mark.parametrize("names", [("minPlayers", "maxPlayers"), ("price_min", "price_max")])
def test_the_least_is_not_over_the_most(operations, names):
    least, most = names
    body = [{least: 9, most: 4}, {least: 2, most: 3}, {least: None, most: 4}]
    found = next(Coherence(operations[0], CheckedRequest("Pets", "listPets", "GET", "/pets"), Scene(), 1)
                 .candidates(body))
    assert found == [{least: 4, most: 9}, *body[1:]]
