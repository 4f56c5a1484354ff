"""Conversations in the environment: begun, carried on, ended and begun again, the same every time."""

import json
from datetime import datetime

import pytest
from environment_policies import APIS, begun, records

from toolalpaca.core.errors import UsageError
from toolalpaca.environment.apis import SharedApis
from toolalpaca.environment.environment import MOST_CALLS, NO_MORE_CALLS, ToolEnvironment


def record_of(name):
    return next(record for record in records() if record["Name"] == name)


def seen(environment, record, place, calls):
    environment.reset(record, place)
    return [environment.call(*call) for call in calls]


def test_a_conversation_from_reset_to_reward():
    environment = ToolEnvironment(APIS)
    record = record_of("Tidewatch")
    assert environment.reset(record, 0) == record["Instructions"][0]
    assert environment.functions[-1] == "getDetails"
    observed = environment.call("getTides", {"stationId": "BRE-01", "date": "2025-08-14"})
    assert observed.startswith("Status Code: 200. Response: {")
    height = json.loads(observed.partition("Response: ")[2])["tides"][0]["height"]
    assert environment.answer(f"The first water is {height} metres high.") is None
    reward = environment.reward()
    assert (reward.total, reward.process, reward.response, reward.state, reward.format) == (1.0, 1.0, 1.0, None, 1.0)
    assert float(reward) == 1.0


def test_nothing_can_be_done_before_it_begins_or_after_it_ends():
    environment = ToolEnvironment(APIS)
    with pytest.raises(ValueError, match="call reset first"):
        environment.call("getTides", {})
    with pytest.raises(ValueError, match="call reset first"):
        environment.reward()
    environment.reset(records()[0], 0)
    environment.answer("I cannot do that.")
    with pytest.raises(ValueError, match="is over"):
        environment.call("getTides", {})
    with pytest.raises(ValueError, match="is over"):
        environment.answer("Or can I?")


@pytest.mark.parametrize("place", [-1, 10])
def test_an_instruction_that_there_is_not(place):
    with pytest.raises(UsageError, match=f"'Tidewatch' has no instruction {place} with a golden answer"):
        ToolEnvironment(APIS).reset(records()[0], place)


def test_a_record_that_cannot_be_played():
    with pytest.raises(UsageError, match="record 'Nothing'"):
        ToolEnvironment().reset({"Name": "Nothing", "Instructions": ["Do."], "Golden_Answers": [[]]}, 0)


def test_what_is_wrong_is_told_and_the_conversation_goes_on():
    environment, _ = begun(records()[0], 0)
    assert "is not a valid function" in environment.call("getTide", {})
    assert "Missing required parameters" in environment.call("getTides", {})
    assert "Parameter type error" in environment.call("getTides", {
        "stationId": "BRE-01", "date": "2025-08-14", "days": "many"})
    assert "Status Code: 200" in environment.call("getTides", {"stationId": "BRE-01", "date": "2025-08-14"})


def test_calls_are_bounded():
    environment, calls = begun(records()[0], 0)
    observed = [environment.call(*calls[0]) for _ in range(MOST_CALLS + 1)]
    assert observed[-1] == NO_MORE_CALLS
    assert observed[-2] != NO_MORE_CALLS


def test_two_environments_know_nothing_of_each_other():
    record = record_of("Tidewatch")
    alert = {"stationId": "HUS-02", "threshold": 1.5, "email": "a@b.example"}
    one, other = ToolEnvironment(APIS), ToolEnvironment(APIS)
    one.reset(record, 3)
    other.reset(record, 3)
    number = json.loads(one.call("createSurgeAlert", alert).partition("Response: ")[2])["id"]
    assert "Status Code: 20" in one.call("deleteSurgeAlert", {"alertId": number})
    assert "Status Code: 404" in one.call("deleteSurgeAlert", {"alertId": number})
    assert "Status Code: 20" in other.call("deleteSurgeAlert", {"alertId": number})


@pytest.mark.parametrize("name", ["Tidewatch", "Bookmobile", "Nestegg"])
def test_the_same_seed_gives_the_same_conversation(name):
    record = record_of(name)
    for place in range(3):
        environment, calls = begun(record, place)
        first = seen(environment, record, place, calls)
        assert seen(environment, record, place, calls) == first, "after another conversation in it"
        assert seen(ToolEnvironment(SharedApis(seed=0)), record, place, calls) == first


def test_another_seed_gives_another_world():
    record = records()[0]
    calls = [("getSeaState", {"stationId": "NEW-07", "units": "imperial"})]
    assert len({seen(ToolEnvironment(SharedApis(seed=seed)), record, 2, calls)[0] for seed in range(4)}) > 1


def test_environments_share_what_is_the_same_for_all():
    shared, record = SharedApis(), records()[0]
    assert shared.played(record) is shared.played(record)
    assert shared.played(record).task(1) is shared.played(record).task(1)
    environments = [ToolEnvironment(shared) for _ in range(50)]
    for environment in environments:
        environment.reset(record, 0)
    assert len(shared.played(record).simulator.sessions) == 52, "and one for each task's golden answer"
    for environment in environments:
        environment.close()
    assert len(shared.played(record).simulator.sessions) == 2


def test_the_clock_stands_where_it_is_set():
    record = {**records()[0], "external_tools": ["datetime"]}
    environment = ToolEnvironment()
    environment.reset(record, 0, now=datetime(2025, 8, 14, 7, 5))
    assert environment.call("getCurrentDateTime", {}) == "2025-08-14 07:05:00, Thursday"


def test_the_user_tells_what_was_left_out_when_asked_for_it():
    record = record_of("Tidewatch")
    environment = ToolEnvironment(APIS)
    environment.reset(record, 1)
    assert environment.call("getDetails", {"Question": "What?"}).startswith("I do not understand")
    reply = environment.call("getDetails", {"Question": "At which e-mail address, and from how many metres on?"})
    values = environment.task.user.values
    assert set(values) == {"threshold", "email"}
    assert reply == f"threshold: {values['threshold']}; email: {values['email']}"
    environment.reset(record, 0)
    assert environment.call("getDetails", {"Question": "Which station?"}) == "I have told you all I know."


def test_the_user_speaks_again_if_the_record_says_so():
    record = {**records()[0], "Follow_Ups": [["And how high are the waves there?"]],
              "Golden_Answers": [[*records()[0]["Golden_Answers"][0],
                                  {"Action": "getSeaState", "Action_Input": '{"stationId": "BRE-01"}'}]]}
    environment = ToolEnvironment()
    environment.reset(record, 0)
    tides = environment.call("getTides", {"stationId": "BRE-01", "date": "2025-08-14"})
    height = json.loads(tides.partition("Response: ")[2])["tides"][0]["height"]
    assert environment.answer(f"The water is {height} m high.") == "And how high are the waves there?"
    assert environment.reward().total < 1.0
    sea = json.loads(environment.call("getSeaState", {"stationId": "BRE-01"}).partition("Response: ")[2])
    assert environment.answer(f"The waves are {sea['waveHeight']} metres high.") is None
    assert environment.reward().total == 1.0


def test_the_day_is_that_of_the_records_instructions():
    environment = ToolEnvironment()
    environment.reset({**records()[0], "external_tools": ["datetime"], "Instruction_Day": "2026-02-09"}, 0)
    assert environment.call("getCurrentDateTime", {}) == "2026-02-09 09:30:00, Monday"
