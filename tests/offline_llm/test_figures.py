"""What the corpus of the offline model must show, on a sample of its APIs."""

import json
import re

import pytest
from offline_roles import converse, made_record, sample_apis, written_for

from offline_llm.language.value_mentions import find_mentions


@pytest.fixture(scope="module")
def instances():
    records = [made_record(api) for api in sample_apis()[1::4]]
    kinds = [written_for(record) for record in records]
    return [converse(record, one.text) for record, written in zip(records, kinds, strict=True) for one in written
            if one.kind != "none"]


def _calls(instance):
    return [step for step in instance["intermediate_steps"] if step[0][0] != "getDetails"]


def _succeeded(step):
    return step[1].startswith("Status Code: 2")


def _plain(text):
    return re.sub(r"\W+", " ", text).lower().strip()


def _known(text):
    """The text, and the dates in it as numbers."""
    return _plain(f"{text} {' '.join(one.iso_date or '' for one in find_mentions(text))}")


def test_a_third_make_several_calls(instances):
    assert sum(sum(map(_succeeded, _calls(one))) > 1 for one in instances) >= len(instances) / 3


def test_one_in_ten_asks_the_user(instances):
    assert sum(len(_calls(one)) < len(one["intermediate_steps"]) for one in instances) >= len(instances) / 10


def test_one_in_ten_gets_over_an_error(instances):
    recovered = [one for one in instances if not all(map(_succeeded, _calls(one))) and _succeeded(_calls(one)[-1])]
    assert len(recovered) >= len(instances) / 10


def test_nearly_all_are_solved_with_values_that_somebody_gave(instances):
    good = 0
    for one in instances:
        known, grounded = _known(one["input"]), True
        for (name, arguments, _), seen in one["intermediate_steps"]:
            values = (
                [] if name == "getDetails" or not seen.startswith("Status Code: 2") else json.loads(arguments).values()
            )
            for value in values:
                for part in value if isinstance(value, list) else [value]:
                    grounded &= isinstance(part, bool) or _plain(str(part)) in known
            known += f" {_known(seen)}"
        figures = set(re.findall(r"\d+(?:\.\d+)?", one["output"]))
        shown = set(re.findall(r"\d+(?:\.\d+)?", " ".join(seen for _, seen in one["intermediate_steps"])))
        good += grounded and figures <= shown and bool(_calls(one)) and _succeeded(_calls(one)[-1])
    assert good >= 0.95 * len(instances)
