"""The report's figures put together, section by section, as the page's template reads them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from toolalpaca.report.corpus import Corpus, Segments, corpus_of, corpus_table
from toolalpaca.report.costs import StageCost, stage_costs, total
from toolalpaca.report.diversity import Diversity, diversity
from toolalpaca.report.evaluations import Shown, comparisons, shown
from toolalpaca.report.figures import Drawn, Plot, drawn
from toolalpaca.report.inputs import Inputs, Run
from toolalpaca.report.plots import corpus_plots, loss_plot, rates_plot, reasons_plot, verb_noun_plot
from toolalpaca.report.reasons import Verified, file_failures, log_failures, verified
from toolalpaca.report.verb_noun import verb_noun


@dataclass(frozen=True)
class NearPair:
    """Two instructions that say nearly the same, each with its place (API, id)."""

    similarity: float
    first: tuple[str, int, str]
    second: tuple[str, int, str]


@dataclass
class Sections:
    """All that the page shows beside the conversations. A part that nothing is known of is empty."""

    header: list[str]
    rows: list[list[str]]
    diversity: list[tuple[Run, Diversity, list[NearPair]]]
    verified: list[tuple[str, Verified]]
    failures: list[tuple[str, str, str, int]]
    costs: list[tuple[str, list[StageCost], StageCost]]
    evaluations: list[Shown]
    comparisons: list[tuple[str, list[str]]]
    plots: dict[str, list[Drawn]] = field(default_factory=dict)


def sections_of(inputs: Inputs, segments: Segments, folder: Path) -> Sections:
    """Count everything and draw the plots into `folder`."""
    tokenizer = _tokenizer(inputs.tokenizer)
    corpora = [corpus_of(run, segments, tokenizer) for run in inputs.runs]
    header, rows = corpus_table(corpora)
    made = Sections(
        header, rows, [_diversity(run) for run in inputs.runs],
        [(run.name, found) for run in inputs.runs if (found := verified(run.records))], list(_failures(inputs)),
        [(place, costs, total(costs)) for place, entries in inputs.logs.items() if (costs := stage_costs(entries))],
        [shown(evaluation) for evaluation in inputs.evaluations], list(comparisons(inputs.evaluations)))
    for section, plot in _plots(inputs, made, corpora):
        made.plots.setdefault(section, []).append(drawn(plot, folder))
    return made


def _tokenizer(path: Path | None) -> Any:
    if path is None:
        return None
    from tokenizers import Tokenizer

    return Tokenizer.from_file(str(path))


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


def _plots(inputs: Inputs, made: Sections, corpora: Sequence[Corpus]) -> Iterator[tuple[str, Plot]]:
    """Each plot with the section that it belongs to."""
    yield from (("corpus", plot) for plot in corpus_plots(corpora))
    first = inputs.runs[0]
    pairs = verb_noun(case.instruction for case in first.cases)
    if pairs:
        yield "diversity", verb_noun_plot(pairs, first.name)
    for number, (name, found) in enumerate(made.verified):
        if found.codes:
            yield "verification", reasons_plot(f"verification_{number + 1}", f"Why instances did not pass, {name}",
                                               dict(found.codes.most_common()))
    if made.evaluations:
        yield "evaluation", rates_plot({one.name: one.rates for one in made.evaluations})
    loss = loss_plot(inputs.history)
    if loss:
        yield "training", loss
