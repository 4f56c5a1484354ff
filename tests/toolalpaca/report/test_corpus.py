"""The figures of a report: corpus, diversity, verbs and nouns, verification, failures, cost."""

import json

import pytest
from report_runs import small_run, written

from toolalpaca.conversation.forms import PROMPT_FORMS
from toolalpaca.conversation.rendering import segments
from toolalpaca.report.corpus import corpus_of, corpus_table, diversity, first_pair, verb_noun
from toolalpaca.report.inputs import read_inputs
from toolalpaca.report.runs import file_failures, log_failures, stage_costs, total, verification_counts


def pieces(record, instance):
    return segments(PROMPT_FORMS["test_v1"], record, instance)


class Letters:
    """A tokenizer with a token per character."""

    def encode_batch(self, texts, add_special_tokens):
        return [type("Encoded", (), {"ids": list(text)}) for text in texts]


@pytest.fixture
def run(tmp_path):
    return read_inputs([written(tmp_path / "run.json", small_run())], [], None, None).runs[0]


def test_a_corpus_is_counted(run):
    corpus = corpus_of(run, pieces)
    assert corpus.rows() == {
        "APIs": "2", "categories": "2", "functions per API": "1.0",
        "functions that are called": "2 of 2", "instructions": "5",
        "words in an instruction": corpus.rows()["words in an instruction"], "instances": "4",
        "instances that failed": "1", "with no API call": "0 (0 %)", "with one API call": "3 (75 %)",
        "with several API calls": "1 (25 %)", "with a question to the user": "1", "steps per instance": "1.5",
        "words in an answer": corpus.rows()["words in an answer"], "with one golden call": "2",
        "with several golden calls": "1", "training examples": "4"}


def test_an_answer_without_a_call_is_right_and_an_example_if_no_function_could_do_it(tmp_path):
    refusal = {"input": "Paint my house.", "output": "I cannot.", "Final Thought": "", "intermediate_steps": []}
    records = [{"Name": "Lantern", "Instructions": ["Paint my house."] * 2, "Instances": [refusal] * 2,
                "Instruction_Kinds": ["none", "single"]}]
    rows = corpus_of(read_inputs([written(tmp_path / "r.json", records)], [], None, None).runs[0], pieces).rows()
    assert (rows["with no API call"], rows["rightly with no API call"], rows["training examples"]) == (
        "2 (100 %)", "1", "1")


def test_functions_that_a_conversation_was_not_shown_are_counted(tmp_path):
    instance = {"input": "Light it.", "output": "It is lit.", "Final Thought": "", "intermediate_steps": [],
                "functions": ["light"]}
    described = {"light": "Light.", "dim": "Dim.", "swing": "Swing.", "components": ""}
    records = [{"Name": "Lantern", "Instructions": ["Light it."], "Instances": [instance],
                "Function_Description": described}]
    run = read_inputs([written(tmp_path / "r.json", records)], [], None, None).runs[0]
    assert corpus_of(run, pieces).rows()["functions left out of a conversation"] == "2.0"


def test_tokens_are_those_of_the_training_text_and_the_trained_part_of_it(run):
    corpus = corpus_of(run, pieces, Letters())
    case = run.cases[0]
    whole = pieces(case.record, case.instance)
    assert corpus.tokens[0] == sum(len(text) for text, _ in whole)
    assert len(corpus.tokens) == 4
    assert corpus.trained_tokens == sum(
        len(text) for case in run.cases if case.failure is None
        for text, trained in pieces(case.record, case.instance) if trained)


def test_the_table_sets_the_paper_beside_the_runs(run):
    header, rows = corpus_table([corpus_of(run, pieces)])
    cells = {row[0]: dict(zip(header[1:], row[1:], strict=True)) for row in rows}
    assert header[1] == "run"
    assert cells["instances"] == {"run": "4", "paper, training": "3,938", "paper, simulated test": "",
                                  "paper, real test": ""}
    assert cells["with several golden calls"]["paper, simulated test"] == "43"


def test_the_same_words_again_are_less_diverse():
    varied = diversity(["Find the cheapest flight to Oslo", "Is rain expected in Lima tomorrow?", "Rename my dog"])
    same = diversity(["Find a red lantern near me today"] * 3)
    assert (varied.distinct, same.distinct) == (3, 1)
    assert varied.distinct_ngrams[2] == 1.0 > same.distinct_ngrams[2]
    assert (same.self_bleu, same.near_count) == (1.0, 3)
    assert varied.self_bleu < 0.1
    assert varied.near == []


def test_near_duplicates_are_found_by_their_places():
    text = "Please find all the holidays in Norway in the year 2024 and tell me which of them fall on a Monday {}"
    found = diversity(["Rename my dog to Rex", text.format("now"), "Is it going to rain in Lima?", text.format("soon")])
    assert [(pair.first, pair.second) for pair in found.near] == [(1, 3)]
    assert found.near[0].similarity >= 0.7
    assert found.near_count == 2


def test_no_instructions_are_no_error():
    assert diversity([]).self_bleu is None
    assert diversity(["one"]).self_bleu is None


@pytest.mark.parametrize(("text", "pair"), [
    ("Can you find a nearby restaurant in Paris?", ("find", "restaurant")),
    ("I want you to report the malicious IP address", ("report", "address")),
    ("Please search cheap flights to Oslo.", ("search", "flight")),
    ("Shorten this address for me", ("shorten", "address")),
    ("Hello!", None), ("", None),
])
def test_the_first_verb_with_its_noun(text, pair):
    assert first_pair(text) == pair


def test_pairs_are_counted():
    counted = verb_noun(["Find a lamp", "Please find the lamps", "Hm"])
    assert counted == {("find", "lamp"): 2}


def test_verification_and_failures_by_reason(run):
    found = verification_counts(run.records)
    assert (found.seen, found.passed, dict(found.codes)) == (2, 1, {"answer_breaks_request": 1})
    assert found.rows()[0][1].startswith("an API's response")
    assert verification_counts([{"Instances": [{"input": "x"}]}]) is None
    log = [{"stage": "generation", "failed_by_reason": reasons} for reasons in ({"old": 3}, {"timeout": 1})]
    assert file_failures([*run.records, {"Errors": {"instruction": "rate_limit: none left"}}]) == [
        ("instances in the file", "step_limit", 1), ("APIs in the file, instruction", "rate_limit", 1)]
    assert log_failures(log, []) == [("log of generation", "timeout", 1)]


def test_a_log_speaks_for_each_file_and_leaves_shown_ones_to_themselves():
    log = [{"stage": "generation", "files": [f"out/{name}.json"], "failed_by_reason": {"timeout": count}, "made": 5,
            "failed": count} for name, count in (("one", 3), ("two", 1), ("one", 2))]
    assert log_failures(log, ["two.json"]) == [("log of generation, one.json", "timeout", 2)]
    assert [(one.runs, one.made, one.failed) for one in stage_costs(log)] == [(3, 10, 3)]


def test_costs_are_summed_by_stage_and_unknown_where_a_price_is():
    entries = [
        {"stage": "a", "seconds": 1.5, "made": 1, "failed": 2, "calls": 3, "tokens_in": 10, "tokens_out": 2,
         "cost": 0.5, "retries": {"timeout": 2}, "settings": {"writer": {"model": "m"}}},
        {"stage": "a", "seconds": 1, "made": 3, "failed": 0, "calls": 1, "tokens_in": 5, "tokens_out": 1, "cost": 0.25},
        {"stage": "b", "seconds": 1, "made": 3, "failed": 0, "calls": 1, "cost": None}, {"stage": "c", "seconds": 2}]
    first, second, third = stage_costs(entries)
    assert (first.runs, first.made, first.failed, first.calls, first.retries, first.cost, first.models) == (
        2, 3, 0, 4, 2, 0.75, ["m"])
    assert (second.cost, third.cost, total([first, second, third]).cost) == (None, 0.0, None)
    assert total([first, third]).cost == 0.75


def test_the_published_test_set_counts_as_the_paper_says(reference, tmp_path):
    records = json.loads((reference / "eval_simulated.json").read_text())
    for record in records:
        record["Instances"] = [{"input": text, "error": "x"} for text in record["Instructions"]]
    runs = read_inputs([written(tmp_path / "run.json", records)], [], None, None).runs
    rows = corpus_of(runs[0], pieces).rows()
    assert (rows["APIs"], rows["instructions"], rows["words in an instruction"]) == ("10", "100", "30.3")
    assert (rows["with one golden call"], rows["with several golden calls"]) == ("57", "43")
