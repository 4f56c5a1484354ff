"""Misbehaviour on demand: decided by seed, content and count, and shaped like that of real endpoints."""

from collections import Counter

import pytest

from offline_llm.server.chat_protocol import ApiError
from offline_llm.server.faults import (
    MALFORMATIONS,
    FaultPlan,
    RequestLimit,
    malform,
    parse_faults,
    rate_limit_error,
    server_error,
)

DOCUMENT = '1. Name: getA\nInput: {"a": "b", "c": {"d": true}}\nOutput: x'


def test_shares_are_read():
    assert parse_faults("429=0.1, drop=0.02,") == {"429": 0.1, "drop": 0.02}
    assert parse_faults("") == {}


@pytest.mark.parametrize("text", ["503=0.1", "429", "429=x", "429=2", "429=-1", "429=0.6,500=0.6"])
def test_wrong_shares_are_refused_with_a_reason(text):
    with pytest.raises(ValueError, match=r".+"):
        parse_faults(text)


def test_faults_come_in_their_shares_and_the_same_every_time():
    shares = {"429": 0.1, "500": 0.05, "drop": 0.02, "malformed": 0.1}
    first = [FaultPlan(shares, 7).decide(content)[0] for content in range(4000)]
    plan = FaultPlan(shares, 7)
    assert [plan.decide(content)[0] for content in range(4000)] == first
    for kind, share in shares.items():
        assert share * 0.7 < Counter(first)[kind] / 4000 < share * 1.3
    assert [FaultPlan(shares, 8).decide(content)[0] for content in range(4000)] != first


def test_order_does_not_matter():
    one, other = FaultPlan({"500": 0.3}, 1), FaultPlan({"500": 0.3}, 1)
    assert [one.decide(content) for content in range(50)] == list(
        reversed([other.decide(content) for content in reversed(range(50))])
    )


def test_a_repeated_request_passes_in_the_end():
    plan = FaultPlan({"429": 0.3, "500": 0.2}, 1)
    for content in range(300):
        assert any(plan.decide(content)[0] is None for _ in range(12))


def test_rate_limits_name_a_short_wait_in_seconds_or_as_a_date():
    headers = [rate_limit_error(content, 0).headers.get("Retry-After") for content in range(100)]
    numbers = [float(value) for value in headers if value and value[0].isdigit()]
    assert numbers and all(0 < number <= 1 for number in numbers)
    assert any(value and value.endswith("GMT") for value in headers) and None in headers


def test_server_errors_have_several_codes():
    assert {server_error(content, 0).status for content in range(50)} == {500, 502, 503}


@pytest.mark.parametrize("text", [DOCUMENT, "", "plain"])
def test_every_way_of_breaking_an_answer_is_text_and_repeatable(text):
    for part in range(40):
        assert malform(text, part) == malform(text, part)
    assert len({malform(DOCUMENT, part) for part in range(40)}) > len(MALFORMATIONS)
    assert all(malform(DOCUMENT, part) != DOCUMENT for part in range(40))


def test_the_request_limit_lets_the_agreed_pace_through():
    now = [0.0]
    limit = RequestLimit(120, clock=lambda: now[0])
    passed = 0
    for _ in range(1000):  # 100 s in steps of 0.1 s
        now[0] += 0.1
        try:
            headers = limit.take()
            passed += 1
            assert headers["x-ratelimit-limit-requests"] == "120"
        except ApiError as error:
            assert error.status == 429 and 0 < float(error.headers["Retry-After"]) <= 0.5  # two a second
            assert error.headers["x-ratelimit-remaining-requests"] == "0"
    assert 198 <= passed <= 203
