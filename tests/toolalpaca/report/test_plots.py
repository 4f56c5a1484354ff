"""Plots: each entry of the list is drawn into its section, as a file for papers and as an SVG for the page."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import report_runs

from toolalpaca.report import page, plots
from toolalpaca.report.inputs import read_inputs
from toolalpaca.report.plots import Plot, bars


def named(section: str) -> Callable[[plots.Figures], Iterator[Plot]]:
    def colours(figures: plots.Figures) -> Iterator[Plot]:
        yield bars(f"{section}_colours", "Colours", {"blue": 2, "red": 1}, "things")

    return colours


def test_a_new_plot_is_shown_in_any_section(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(page, "PLOTS", tuple((section, named(section)) for section in plots.SECTIONS))
    run = tmp_path / "run.json"
    run.write_text(json.dumps(report_runs.small_run()), encoding="utf-8")
    made = page.write_report(read_inputs([run], [], None, None), tmp_path / "out", lambda *_: [])
    written = made.read_text(encoding="utf-8")
    for section in plots.SECTIONS:
        assert (tmp_path / f"out/plots/{section}_colours.png").exists()
        assert f"{section}_colours.png" in written
    monkeypatch.setattr(page, "PLOTS", (("costs", named("costs")),))
    with pytest.raises(ValueError, match="under costs"):
        page.write_report(read_inputs([run], [], None, None), tmp_path / "out", lambda *_: [])
