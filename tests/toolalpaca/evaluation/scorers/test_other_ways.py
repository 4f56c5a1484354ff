"""Solutions that are right in another way than the golden one, next to wrong ones of the same make: conditions that the
answer keeps to, texts in other words, pairs the other way round, one read in several."""

import json

import pytest
from evaluation_cases import case, golden, step

from toolalpaca.evaluation.scorers import score_all


def paths(**operations):
    """A document of functions, each with its method and the names of its parameters."""
    return json.dumps({"openapi": "3.0.0", "info": {"title": "Yard", "version": "1"}, "paths": {
        f"/{name}": {method: {"operationId": name, "responses": {"200": {"description": "It."}}, "parameters": [
            {"name": one, "in": "query", "schema": {"type": "string"}} for one in names]}}
        for name, (method, names) in operations.items()}})


YARD = paths(listBoats=("get", ("dock", "kind", "sort", "limit", "maxFee", "name", "colour", "status")),
             swapBerths=("post", ("berthA", "berthB")),
             reportLeak=("post", ("boat", "note")), listTides=("get", ("dock", "from", "to")))
BOATS = [{"boatId": "B-1", "name": "Alk", "kind": "sail", "fee": 40, "status": "afloat"},
         {"boatId": "B-2", "name": "Butt", "kind": "motor", "fee": 25, "status": "afloat"},
         {"boatId": "B-3", "name": "Dorsch", "kind": "tug", "fee": 60, "status": "afloat"}]


def verdicts(instruction, gold, steps, answer):
    (found,) = score_all([case(instruction, [gold], steps, answer, Documentation=YARD)])
    return found["process"], found["response"]


def shown(action, arguments, body):
    return step(action, arguments, f"Status Code: 200. Response: {json.dumps(body)}")


@pytest.mark.parametrize(("left", "answer", "verdict"), [
    ({"kind": "sail"}, "Only the Alk, for 40.", "Yes"),
    ({"kind": "sail"}, "The Alk for 40 and the Butt for 25.", "No"),
    ({"kind": "yawl"}, "The yawl is the Alk.", "No"),
    ({"sort": "fee"}, "1. Butt, 25\n2. Alk, 40\n3. Dorsch, 60", "Yes"),
    ({"sort": "fee"}, "1. Alk, 40\n2. Butt, 25\n3. Dorsch, 60", "No"),
    ({"limit": 2}, "The first two are the Alk and the Butt.", "Yes"),
    ({"limit": 2}, "The Alk, the Butt and the Dorsch.", "No"),
    ({"maxFee": 40}, "The Alk at 40 and the Butt at 25.", "Yes"),
    ({"maxFee": 40}, "The Butt at 25 and the Dorsch at 60.", "No"),
    ({"colour": "sail"}, "Only the Alk, for 40.", "Yes"),  # whatever the condition is called, the value is shown
    ({"status": "afloat"}, "The Alk, the Butt and the Dorsch.", "No"),  # all are, so that nothing was picked
    ({"colour": "red"}, "I found none.", "No"),
    ({"colour": "red"}, "Only the Alk, for 40.", "No"),  # which nothing shown can tell
])
def test_conditions_that_the_answer_keeps_to(left, answer, verdict):
    told = f"Boats at dock 7, {' '.join(f'{name} {value}' for name, value in left.items())}, please."
    steps = [shown("listBoats", {"dock": "7"}, BOATS)]
    assert verdicts(told, golden("listBoats", {"dock": "7", **left}), steps, answer) == (verdict, verdict)


@pytest.mark.parametrize(("wanted", "asked", "boat", "verdict"), [
    ({"kind": "motor"}, {}, "B-2", "Yes"), ({"kind": "motor"}, {}, "B-3", "No"),
    ({"kind": "motor"}, {"kind": "all"}, "B-2", "Yes"), ({"kind": "motor"}, {"kind": "sail"}, "B-2", "No"),
    ({"name": "Dorsch"}, {}, "B-3", "Yes"), ({"name": "Dorsch"}, {}, "B-1", "No"),
    ({"maxFee": 30}, {"maxFee": 100}, "B-2", "Yes"), ({"maxFee": 30}, {"maxFee": 100}, "B-1", "No"),
    ({"maxFee": 30}, {"maxFee": 20}, "B-2", "No"), ({"sort": "fee"}, {}, "B-2", "Yes"),
    ({"sort": "fee"}, {}, "B-1", "No"),
])
def test_a_wider_search_from_which_a_call_picks(wanted, asked, boat, verdict):
    calls = [golden("listBoats", {"dock": "7", **wanted}),
             golden("reportLeak", '{"boat": ${boatId from listBoats}, "note": "Leak"}')]
    steps = [shown("listBoats", {"dock": "7", **asked}, BOATS), shown("reportLeak", {"boat": boat, "note": "Leak"}, {})]
    told = f"Find the boat at dock 7, {' '.join(f'{name} {value}' for name, value in wanted.items())}, note \"Leak\"."
    (found,) = score_all([case(told, calls, steps, f"The leak of {boat} is noted.", Documentation=YARD)])
    assert found["process"] == verdict


def test_a_change_without_what_was_said_stays_wrong():
    steps = [shown("reportLeak", {"boat": "B-1"}, [{"boat": "B-1", "note": "Leak"}, {"boat": "B-2", "note": "Rust"}])]
    assert verdicts('Note "Leak" for B-1.', golden("reportLeak", {"boat": "B-1", "note": "Leak"}), steps,
                    "B-1 has the note Leak.") == ("No", "No")


@pytest.mark.parametrize(("made", "process"), [
    ({"berthA": "K9", "berthB": "K4"}, "Yes"), ({"berthA": "K9", "berthB": "K5"}, "No"),
])
def test_a_pair_the_other_way_round(made, process):
    gold = golden("swapBerths", {"berthA": "K4", "berthB": "K9"})
    assert verdicts("Swap K4 and K9.", gold, [shown("swapBerths", made, {"ok": True})], "Done.")[0] == process


@pytest.mark.parametrize(("note", "process"), [
    ("Water in the forward cabin.", "Yes"), ("There is water in the forward cabin", "Yes"),
    ("No water in the forward cabin", "No"), ("Water in the engine", "No"), ("2 leaks in the forward cabin", "No"),
])
def test_a_text_in_other_words(note, process):
    gold = golden("reportLeak", {"boat": "B-1", "note": "Water in the forward cabin"})
    steps = [shown("reportLeak", {"boat": "B-1", "note": note}, {"ok": True})]
    assert verdicts("Tell them that B-1 has water in the forward cabin.", gold, steps, "Done.")[0] == process


@pytest.mark.parametrize(("second", "response"), [
    ({"from": "2025-06-16", "to": "2025-06-30"}, "Yes"), ({"from": "2025-06-20", "to": "2025-06-30"}, "No"),
])
def test_one_read_in_two(second, response):
    gold = golden("listTides", {"dock": "7", "from": "2025-06-01", "to": "2025-06-30"})
    steps = [shown("listTides", {"dock": "7", **span}, [{"date": span["to"], "high": "10:20"}])
             for span in ({"from": "2025-06-01", "to": "2025-06-15"}, second)]
    told = "The tides at dock 7 from 1 June 2025 to 30 June 2025, please."
    assert verdicts(told, gold, steps, "15 June: 10:20, 30 June: 10:20.") == (response, response)


@pytest.mark.parametrize(("month", "process"), [("03", "Yes"), ("05", "No")])
def test_days_of_another_month_than_the_one_that_was_said(month, process):
    gold = golden("listTides", {"dock": "7", "from": "2025-03-01"})
    steps = [shown("listTides", {"dock": "7", "from": f"2025-{month}-01"}, [])]
    assert verdicts("Tides at dock 7 in March 2025?", gold, steps, "There are none.")[0] == process


def test_a_change_that_was_made_twice_is_told_twice():
    gold = golden("reportLeak", {"boat": "B-1"})
    steps = [shown("reportLeak", {"boat": "B-1"}, {"leakId": leak}) for leak in ("L-1", "L-2")]
    assert verdicts("Report the leak of B-1.", gold, steps[:1], "It is reported as L-1.") == ("Yes", "Yes")
    assert verdicts("Report the leak of B-1.", gold, steps, "It is reported as L-1 and L-2.") == ("No", "No")


@pytest.mark.parametrize(("reply", "process"), [("Yes, that is it.", "Yes"), ("No, an old one.", "No")])
def test_what_people_confirm_is_said(reply, process):
    calls = [golden("getDetails", {"Question": "Which kind?"}),
             golden("listBoats", {"kind": "${kind from getDetails}"})]
    steps = [step("getDetails", {"Question": "Do you mean a ketch?"}, reply),
             shown("listBoats", {"kind": "ketch"}, BOATS[:1])]
    (found,) = score_all([case("Show me those boats.", calls, steps, "The Alk.", Documentation=YARD)])
    assert found["process"] == process
