"""Plots: each entry of the list is drawn into its section, as a file for papers and as an SVG for the page."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import report_runs

from toolalpaca.report import page, plots
from toolalpaca.report.plots import Plot, bars


def colours(figures: plots.Figures) -> Iterator[Plot]:
    yield bars("colours", "Colours", {"blue": 2, "red": 1}, "things", "blue 2, red 1")


def test_a_new_plot_is_one_function_and_one_entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(page, "PLOTS", (*plots.PLOTS, ("corpus", colours)))
    run = tmp_path / "run.json"
    run.write_text(json.dumps(report_runs.small_run()), encoding="utf-8")
    written = page.write_report([run], [], None, None, tmp_path / "out", lambda *_: [])
    assert (tmp_path / "out/plots/colours.png").exists()
    assert "colours.png" in written.read_text(encoding="utf-8")
