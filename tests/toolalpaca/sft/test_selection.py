"""Several conversations of one instruction: all, the best, or a pair of one that passed and one that did not; planted
overlaps with tests are found, whatever their case and punctuation, and texts that merely share a topic are not."""

import json

import pytest
from agent_fakes import RECORD

from toolalpaca.conversation.forms import PROMPT_FORMS
from toolalpaca.conversation.steps import ranked, samples_of, with_samples
from toolalpaca.data.example_files import read_examples, write_examples
from toolalpaca.sft.build import ExampleTally, examples
from toolalpaca.sft.formats import FORMATS, Rendering
from toolalpaca.sft.selection import COMMON_RUN, Selection, overlaps, reference_texts
from toolalpaca.verification.verification_stage import findings_of, with_verification


def talk(city, output, passed=True, rank=1, reasons=()):
    call = ["getWeather", json.dumps({"city": city}), f"I look.\nAction: getWeather\nAction Input: {city}"]
    return {"input": "How warm is it in Paris?", "output": output, "Final Thought": "",
            "intermediate_steps": [[call, 'Status Code: 200. Response: {"temp": 21}']],
            "Verification": {"passed": passed, "rank": rank, "reasons": list(reasons)}}


GOOD, WORDY = talk("Paris", "21 degrees."), talk("Paris", "It is 21 degrees.", rank=2)
WRONG = talk("Lyon", "21 degrees.", False, 3, ["ungrounded_argument: step 1: city"])
UNLUCKY = talk("Rome", "21 degrees.", False, 4, ["infrastructure: step 1: timeout"])


def made(samples, name="messages", **selection):
    tally = ExampleTally()
    record = {**RECORD, "Instances": [with_samples(samples)]}
    found = list(examples([record], Rendering(name, PROMPT_FORMS["test_v1"]), Selection(**selection), tally))
    return found, dict(tally.left_out)


def test_the_first_that_did_not_fail_is_the_instance_itself() -> None:
    failed = {"input": "x", "error": "lost"}
    instance = with_samples([failed, GOOD, WRONG])
    assert instance["output"] == GOOD["output"] and instance["Samples"] == [failed, WRONG]
    assert samples_of(instance) == [GOOD, failed, WRONG] and with_samples([GOOD]) == GOOD
    assert samples_of("broken") == ["broken"] and ranked([WORDY, GOOD]) == [GOOD, WORDY]


def test_all_samples_are_examples_or_the_best_one() -> None:
    assert [len(made([WORDY, GOOD, WRONG], **selection)[0]) for selection in (
        {}, {"verified_only": True}, {"best": True})] == [3, 2, 1]
    [best], left_out = made([WORDY, GOOD, WRONG], best=True)
    assert best["messages"][-1]["content"] == "21 degrees." and left_out == {"not_best": 2}


@pytest.mark.parametrize("suffix", ["jsonl", "parquet"])
def test_a_pair_shares_its_prompt_and_differs_after_it(tmp_path, suffix) -> None:
    found, _ = made([WORDY, GOOD, WRONG, UNLUCKY], "dpo")
    write_examples(tmp_path / f"dpo.{suffix}", found, FORMATS["dpo"].columns)
    [pair] = read_examples(tmp_path / f"dpo.{suffix}")
    assert [message["role"] for message in pair["prompt"]] == ["system", "user"]
    calls = [pair[side][0]["tool_calls"][0]["function"] for side in ("chosen", "rejected")]
    assert [call["arguments"] for call in calls] == [{"city": "Paris"}, {"city": "Lyon"}]
    assert [message["role"] for message in pair["rejected"]] == ["assistant", "tool", "assistant"]
    assert {tool["function"]["name"] for tool in pair["tools"]} == {"getWeather", "setAlert", "getDetails"}


def test_a_pair_that_differs_first_in_an_answer_begins_with_the_call_before_it() -> None:
    late = talk("Paris", "19 degrees.", False, 3, ["left_out: the answer"])
    late["intermediate_steps"] = [[late["intermediate_steps"][0][0], 'Status Code: 200. Response: {"temp": 19}']]
    [pair], _ = made([GOOD, late], "dpo")
    assert [message["role"] for message in pair["prompt"]] == ["system", "user"]
    assert pair["chosen"][0] == pair["rejected"][0] and pair["chosen"][0]["role"] == "assistant"


def test_what_the_assistant_did_not_cause_is_not_a_bad_example() -> None:
    assert made([GOOD, UNLUCKY], "dpo") == ([], {"no_pair": 1})
    assert made([WRONG, UNLUCKY], "dpo") == ([], {"no_pair": 1})


def test_the_verification_looks_at_every_sample_and_ranks_them() -> None:
    record = {**RECORD, "Instances": [with_samples([WRONG, GOOD]), GOOD], "Instructions": [GOOD["input"]] * 2}
    first, second = with_verification(record, findings_of(record))["Instances"]
    assert not first["Verification"]["passed"] and first["Verification"]["rank"] == 2
    assert first["Samples"][0]["Verification"] == {**second["Verification"], "rank": 1}
    assert "rank" not in second["Verification"] and second["Verification"]["passed"]


ASKED = ("Please find me a train from Lyon to Turin on the first of March that leaves before noon and takes bicycles, "
         "and tell me what the cheapest ticket costs")


def record(name, *instructions, **functions):
    return {"Name": name, "Instructions": list(instructions), "Function_Description": {"components": "x", **functions}}


def found(tmp_path, test, corpus):
    path = tmp_path / "test.json"
    path.write_text(json.dumps([test]))
    return [(one.kind, one.corpus, one.test) for one in overlaps(corpus, reference_texts([path]))]


def test_thirteen_words_in_a_row_are_found(tmp_path):
    words = ASKED.split()
    corpus = record("Mine", "Something else", "Hello! " + " ".join(words[3:3 + COMMON_RUN]).upper() + "?")
    assert found(tmp_path, record("Trains", ASKED), corpus) == [("instructions", "Mine [1]", "Trains [0]")]


def test_twelve_words_in_a_row_are_not_enough(tmp_path):
    words = ASKED.split()
    shared = " ".join(words[3:2 + COMMON_RUN])
    corpus = record("Mine", f"{shared} and many other things that are about nothing of the kind")
    assert found(tmp_path, record("Trains", ASKED), corpus) == []


def test_a_text_with_a_word_replaced_now_and_then_is_found(tmp_path):
    words = ASKED.split()
    words[9], words[19] = "April", "dogs"
    corpus = record("Mine", " ".join(words))
    assert found(tmp_path, record("Trains", ASKED), corpus) == [("instructions", "Mine [0]", "Trains [0]")]


def test_short_texts_are_compared_whole(tmp_path):
    assert found(tmp_path, record("Jokes", "Tell me a joke."), record("Mine", "tell me a joke"))
    assert not found(tmp_path, record("Jokes", "Tell me a joke."), record("Mine", "Tell me what time it is."))


def test_functions_are_compared_by_name_and_description(tmp_path):
    text = "getTrains: List trains.\nParameters: {\"from\": \"Required. string.\"}"
    corpus = record("Mine", getTrains=text, other="other: Something that shares no words")
    assert found(tmp_path, record("Trains", getTrains=text), corpus) == [
        ("functions", "Mine.getTrains", "Trains.getTrains")]
