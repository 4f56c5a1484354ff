"""What the report shows of a results file of evaluation.py --suite."""

from pathlib import Path

from toolalpaca.evaluation.statistics import wilson
from toolalpaca.report.evaluations import evaluation_figures
from toolalpaca.report.inputs import Evaluation


def test_a_published_test_has_a_rate_for_each_category_and_its_errors():
    share = {"cases": 4, "right": wilson(1, 4), "errors": {"no_call": 2, "wrong_type": 1}}
    results = {"statistics": {"num": 4, "error_num": 0, "suite": {"name": "bfcl", "version": "bfcl-eval 1"},
                              "categories": {"simple": share}, "must_call": share}}
    shown = evaluation_figures(Evaluation("run", Path("run.json"), results))
    assert shown.judge == "scored by bfcl-eval 1" and shown.cases == 4
    assert {label: rate["count"] for label, rate in shown.rates.items()} == {"simple": 1, "all that must call": 1}
    assert [(one.label, one.value) for one in shown.figures] == [("simple: most frequent error", "no_call (2)")]
