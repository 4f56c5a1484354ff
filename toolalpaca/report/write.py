"""report.py put together: read, count, draw, write the page."""

from collections.abc import Sequence
from pathlib import Path

from toolalpaca.cli import output_folder, say
from toolalpaca.replacing import replacing
from toolalpaca.report.corpus import Segments
from toolalpaca.report.inputs import read_inputs
from toolalpaca.report.page import render
from toolalpaca.report.sections import sections_of
from toolalpaca.report.traces import browser_data

PAGE, PLOTS = "index.html", "plots"


def write_report(runs: Sequence[Path], evaluations: Sequence[Path], gold: Path | None, model: Path | None,
                 output: Path, segments: Segments) -> Path:
    """Write the page and its plots into the folder `output`; the page's path."""
    inputs = read_inputs(runs, evaluations, gold, model)
    plots = output_folder(output_folder(output) / PLOTS)
    sections = sections_of(inputs, segments, plots)
    data = browser_data(inputs.runs, inputs.evaluations, segments)
    page = output / PAGE
    with replacing(page) as file:
        file.write(render(", ".join(run.name for run in inputs.runs), sections, data))
    count = sum(len(found) for found in sections.plots.values())
    say(f"report: {len(data['instances'])} instances of {len(data['apis'])} APIs · {count} plots in {plots} · "
        f"wrote {page}")
    return page
