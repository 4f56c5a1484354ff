"""Golden answers that are more than JSON."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolalpaca.evaluation.golden_answers import GoldCall, Placeholder, gold_calls, golden_arguments


@pytest.mark.parametrize(("written", "read"), [
    ('{"a": 1}', {"a": 1}), ("", {}), ("{}", {}), (None, {}), ({"a": 1}, {"a": 1}),
    ('{"id": ${id from find}}', {"id": Placeholder("id from find", "find")}),
    ('{"id":  ${the id  from find}, "b": "x"}', {"id": Placeholder("the id  from find", "find"), "b": "x"}),
    ('{"day": ${some day}", "b": 1}', {"day": Placeholder("some day", None), "b": 1}),
    ('{"id": ${id from log, "key": ${key from log}}', {"id": Placeholder("id from log", "log"),
                                                        "key": Placeholder("key from log", "log")}),
    ('{"day": "{start date}"}', {"day": Placeholder("start date", None)}),
    ('{"day": "${start date}"}', {"day": Placeholder("start date", None)}),
    ('{"all": [${some one}]}', {"all": [Placeholder("some one", None)]}),
    ('{"header": "Bearer ${token from log}"}', {"header": Placeholder("token from log", "log")}),
    ('{"text": "a \\"quoted\\" word", "id": ${id from f}}',
     {"text": 'a "quoted" word', "id": Placeholder("id from f", "f")}),
    ("{'a': 1,}", {"a": 1}), ("[1]", None), ("7", None),
])
def test_arguments(written, read):
    assert golden_arguments(written) == read


def test_optional_calls():
    calls = gold_calls([{"Action": "[Optional]update", "Action_Input": "{}"},
                            {"Action": " [optional] update", "Action_Input": "{}"}, {"Action": "get"}])
    assert calls == [GoldCall("update", {}, True), GoldCall("update", {}, True), GoldCall("get", {}, False)]


def test_sources():
    written = '{"a": ${id from g}, "b": [{"c": ${x from h}}], "d": ${any}}'
    assert gold_calls([{"Action": "f", "Action_Input": written}])[0].sources() == {"g", "h"}


@given(st.text(st.sampled_from('{}[]"$:,\\ab1 from'), max_size=60))
def test_no_text_raises(text):
    read = golden_arguments(text)
    assert read is None or isinstance(read, dict)
