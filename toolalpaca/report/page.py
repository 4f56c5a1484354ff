"""The report's page: the figures of each section, the style and the data in one HTML file."""

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from toolalpaca.core.cli import output_folder
from toolalpaca.core.errors import UsageError
from toolalpaca.core.files import replacing
from toolalpaca.core.jsons import to_json
from toolalpaca.core.log import log_line, one_line
from toolalpaca.report.conversations import browser_data
from toolalpaca.report.corpus import Diversity, Segments, corpus_of, corpus_table, diversity
from toolalpaca.report.evaluations import EvaluationFigures, comparisons, evaluation_figures
from toolalpaca.report.inputs import Inputs, Run
from toolalpaca.report.plots import PLOTS, SECTIONS, Drawn, Figures, drawn
from toolalpaca.report.runs import (
    StageCost,
    Verified,
    file_failures,
    log_failures,
    stage_costs,
    total,
    verification_counts,
)

TEMPLATES = Path(__file__).resolve().parent / "templates"
SCRIPTS = ("dom.js", "state.js", "search.js", "list.js", "json.js", "golden.js", "trace.js", "main.js")
# Characters that would end the script element, or a line in old JavaScript engines, are written as escapes.
_ESCAPES = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026", 0x2028: "\\u2028", 0x2029: "\\u2029"}

PAGE, PLOT_FOLDER = "index.html", "plots"


@dataclass(frozen=True)
class NearPair:
    """Two instructions that are nearly the same, each with its location (API, id)."""

    similarity: float
    first: tuple[str, int, str]
    second: tuple[str, int, str]


@dataclass
class Sections:
    """Everything the page shows in addition to the conversations; unknown parts are empty."""

    header: list[str]
    rows: list[list[str]]
    diversity: list[tuple[Run, Diversity, list[NearPair]]]
    verified: list[tuple[str, Verified]]
    failures: list[tuple[str, str, str, int]]
    costs: list[tuple[str, list[StageCost], StageCost]]
    evaluations: list[EvaluationFigures]
    comparisons: list[tuple[str, list[str]]]
    plots: dict[str, list[Drawn]] = field(default_factory=lambda: {section: [] for section in SECTIONS})


def sections_of(inputs: Inputs, segments: Segments, folder: Path) -> Sections:
    """Compute all sections and draw the plots into `folder`; raise ValueError for a plot under an unknown section."""
    if unknown := {section for section, _ in PLOTS}.difference(SECTIONS):
        raise ValueError(f"a plot is under {', '.join(sorted(unknown))}; the page's sections are {', '.join(SECTIONS)}")
    tokenizer = _tokenizer(inputs.tokenizer)
    corpora = [corpus_of(run, segments, tokenizer) for run in inputs.runs]
    header, rows = corpus_table(corpora)
    made = Sections(
        header, rows, [_diversity(run) for run in inputs.runs],
        [(run.name, found) for run in inputs.runs if (found := verification_counts(run.records))],
        list(_failures(inputs)),
        [(place, costs, total(costs)) for place, entries in inputs.logs.items() if (costs := stage_costs(entries))],
        [evaluation_figures(evaluation) for evaluation in inputs.evaluations], list(comparisons(inputs.evaluations)))
    figures = Figures(inputs, corpora, made.verified, {one.name: one.plotted for one in made.evaluations})
    for section, plots in PLOTS:
        made.plots[section].extend(drawn(plot, folder) for plot in plots(figures))
    return made


def _tokenizer(path: Path | None) -> Any:
    if path is None:
        return None
    from tokenizers import Tokenizer

    try:
        return Tokenizer.from_file(str(path))
    except Exception as error:  # the library has none of its own
        raise UsageError(f"{path}: is not a tokenizer ({one_line(error)})") from None


def _diversity(run: Run) -> tuple[Run, Diversity, list[NearPair]]:
    found = diversity([case.instruction for case in run.cases])
    places = [(case.api, case.id, case.instruction) for case in run.cases]
    return run, found, [NearPair(pair.similarity, places[pair.first], places[pair.second]) for pair in found.near]


def _failures(inputs: Inputs) -> Iterator[tuple[str, str, str, int]]:
    for run in inputs.runs:
        for row in file_failures(run.records):
            yield run.name, *row
    for place, entries in inputs.logs.items():
        shown_files = [run.path.name for run in inputs.runs if run.path.parent == Path(place)]
        for row in log_failures(entries, shown_files):
            yield place, *row


def render(title: str, sections: Sections, data: dict[str, Any]) -> str:
    """Return the whole page as text. Everything except our own style and script is escaped."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined,
                              trim_blocks=True, lstrip_blocks=True)
    script = "\n".join((TEMPLATES / name).read_text(encoding="utf-8") for name in SCRIPTS)
    return environment.get_template("report.html.j2").render(
        title=title, sections=sections, data=embedded(data), instances=len(data["instances"]), apis=len(data["apis"]),
        style=(TEMPLATES / "style.css").read_text(encoding="utf-8"), script=script, script_hash=_hash(script))


def embedded(value: Any) -> str:
    """Return JSON that is safe inside a script element, whatever strings it contains."""
    text = to_json(value, compact=True)
    return text.translate(_ESCAPES).encode("utf-8", "replace").decode("utf-8")


def _hash(script: str) -> str:
    """Return the hash by which the page's content security policy allows its one script and no other."""
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def write_report(inputs: Inputs, output: Path, segments: Segments) -> Path:
    """Write the page and its plots into the folder `output`; return the page's path."""
    plots = output_folder(output_folder(output) / PLOT_FOLDER)
    sections = sections_of(inputs, segments, plots)
    data = browser_data(inputs.runs, inputs.evaluations)
    page = output / PAGE
    with replacing(page) as file:
        file.write(render(", ".join(run.name for run in inputs.runs), sections, data))
    count = sum(len(found) for found in sections.plots.values())
    log_line(f"report: {len(data['instances'])} instances of {len(data['apis'])} APIs · {count} plots in {plots} · "
             f"wrote {page}")
    return page
