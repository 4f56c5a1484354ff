"""The report on hostile runs, results and models: it is drawn within bounds, or the file is refused in one line."""

import json
import os

import pytest
import report_runs

from toolalpaca.core.errors import UsageError
from toolalpaca.evaluation.results import read_results
from toolalpaca.report.inputs import read_inputs
from toolalpaca.report.page import render, sections_of
from toolalpaca.training.loss_curve import losses

MOST_TEXTS = 200  # drawn in one plot


def page_of(tmp_path, records, model=None):
    """Return the page as text."""
    (tmp_path / "run.json").write_text(json.dumps(records))
    inputs = read_inputs([tmp_path / "run.json"], [], None, model)
    return render("title", sections_of(inputs, lambda *_: [], tmp_path), {"instances": [], "apis": []})


def with_reasons(reasons):
    return [report_runs.record("N", report_runs.instance("Show a lamp.", Verification=report_runs.verification(
        False, *reasons)))]


def with_steps(number):
    step = report_runs.step("find", {"colour": "red"})
    return [report_runs.record("N", report_runs.instance("Show a lamp.", *[step] * number))]


@pytest.mark.parametrize("records", [
    with_reasons(f"code{number}: x" for number in range(2_000)), with_steps(1_500)], ids=["reasons", "calls"])
def test_no_plot_grows_with_what_a_file_says(tmp_path, records):
    page = page_of(tmp_path, records)
    assert all(svg.partition("</svg>")[0].count("<text") <= MOST_TEXTS for svg in page.split("<svg")[1:])


@pytest.mark.parametrize("text", ["\ud800", "\udfff\ud800\x00\x1b[2J\u202e", "$\\frac{$\ufffe"])
def test_a_label_of_any_characters_is_drawn(tmp_path, text):
    records = with_reasons([f"{text}: x"])
    records[0]["Category"] = text
    assert page_of(tmp_path, records).count("<svg") >= 2


@pytest.mark.parametrize("entry", [
    {"step": "a", "loss": "b"}, {"step": [1], "loss": [1]}, {"step": None, "loss": None}, {"step": 1, "loss": 10**400},
    {"step": 10**400, "loss": 1.0}, {"step": 1, "loss": float("nan")}, {"step": 1, "loss": float("inf")},
    {"step": 1, "eval_loss": "x"}, {"step": float("nan"), "loss": 1}, {"step": True, "loss": {}}, {"loss": 1e308}])
def test_an_entry_of_a_trainers_log_that_holds_no_loss_is_left_out(tmp_path, entry):
    assert losses([entry]) == ([], [])
    log = [entry, {"step": 1, "loss": 2.5}, {"step": 2, "loss": 1.5, "eval_loss": 1.0}]
    assert losses(log) == ([(1, 2.5), (2, 1.5)], [(2, 1.0)])


@pytest.mark.parametrize("text", ["", "{}", "[]", "[" * 100_000, '{"a": ' + "9" * 5_000 + "}", "\udcff", "null", '"x"',
                                  '{"version": "1.0", "model": {"type": "BPE", "vocab": {"a": -1}, "merges": ["a"]}}'])
def test_a_tokenizer_that_is_none_is_refused_in_one_line(tmp_path, text):
    (tmp_path / "trainer_state.json").write_text('{"log_history": []}')
    (tmp_path / "tokenizer.json").write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(UsageError, match="tokenizer.json") as caught:
        page_of(tmp_path, with_steps(1), tmp_path)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 500


def test_a_tokenizer_that_is_a_pipe_is_not_waited_for(tmp_path):
    (tmp_path / "trainer_state.json").write_text('{"log_history": []}')
    os.mkfifo(tmp_path / "tokenizer.json")
    assert "<svg" in page_of(tmp_path, with_steps(1), tmp_path)


@pytest.mark.parametrize("statistics", ["", None, 5, [1], {"suite": []}, {"suite": "bfcl"}, {"suite": {"name": []}},
                                        {"suite": {"version": {}}}, {"suite": {"name": 5}}])
def test_results_whose_statistics_are_no_object_are_refused_in_one_line(tmp_path, statistics):
    (tmp_path / "e.json").write_text(json.dumps({"N": [{"id": 0, "process_correctness": "Yes"}],
                                                 "statistics": statistics}))
    with pytest.raises(UsageError, match="e.json: its 'statistics' are not") as caught:
        read_results(tmp_path / "e.json")
    assert "\n" not in str(caught.value)
