"""The report's plots: each is a function of the computed figures and an entry in PLOTS, under its section of the page.

They are drawn in the report's style: a PNG for papers, and an SVG that uses the page's own colours.
"""

import io
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from toolalpaca.core.files import replacing_file
from toolalpaca.core.log import one_line
from toolalpaca.evaluation.statistics import Rate
from toolalpaca.report.corpus import CorpusFigures, verb_noun
from toolalpaca.report.inputs import Inputs
from toolalpaca.report.runs import Verified
from toolalpaca.training.loss_curve import BLUE, ORANGE, draw_loss, losses

# The rest of Okabe and Ito's palette, distinguishable for colour-blind readers on white and on black.
GREEN, PINK, SKY, RED, YELLOW = "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442"
PALETTE = (BLUE, ORANGE, GREEN, PINK, SKY, RED, YELLOW)
_INK = "#1a1b1c"  # replaced by the page's text colour in an SVG
_STYLE: Any = {
    "font.size": 9, "font.sans-serif": ["DejaVu Sans"], "text.parse_math": False, "text.color": _INK,
    "axes.spines.top": False, "axes.spines.right": False, "axes.edgecolor": _INK, "axes.facecolor": "none",
    "axes.labelcolor": _INK, "axes.axisbelow": True, "xtick.color": _INK, "ytick.color": _INK,
    "legend.frameon": False, "svg.fonttype": "none", "svg.hashsalt": "report",
}
_MOST_BARS, _LONGEST_READ = 25, 1_000  # characters of a label
DrawFunction = Callable[[Any], None]


@dataclass(frozen=True)
class Plot:
    """A plot before it is drawn: `name` is its file's name, `words` its text description for screen readers."""

    name: str
    title: str
    words: str
    draw: DrawFunction  # draws on matplotlib Axes
    size: tuple[float, float] = (6.4, 3.4)  # inches


@dataclass(frozen=True)
class Drawn:
    """A drawn plot for the page."""

    name: str
    title: str
    words: str
    svg: str


def drawn(plot: Plot, folder: Path) -> Drawn:
    """Write `folder`/NAME.png on a white background and return the same plot as an SVG for the page."""
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=plot.size, layout="constrained")
        plot.draw(figure.subplots())
        with replacing_file(folder / f"{plot.name}.png") as temporary:
            FigureCanvasAgg(figure).print_figure(temporary, format="png", dpi=200)
        written = io.StringIO()
        FigureCanvasSVG(figure).print_figure(written, format="svg", facecolor="none", metadata={"Date": None})
    return Drawn(plot.name, plot.title, plot.words, _inline(plot.name, written.getvalue()))


def _inline(name: str, svg: str) -> str:
    """Return the `svg` element alone, with unique identifiers, the page's text colour and no fixed size."""
    svg = svg[svg.index("<svg"):]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'\bid="', f'id="{name}-', svg)
    svg = re.sub(r'(href="#|url\(#)', rf"\g<1>{name}-", svg)
    svg = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(r'(<svg[^>]*?) height="[^"]*"', r'\1 aria-hidden="true"', svg, count=1)
    return svg.replace(_INK, "currentColor")


def label_text(text: str, longest: int = 40) -> str:
    """Return a text as a label: shortened, printable and on one line."""
    line = one_line(text[:_LONGEST_READ], None)
    return line if len(line) <= longest else line[:longest - 1] + "…"


def bars(name: str, title: str, counts: Mapping[str, int], unit: str, colour: str = BLUE) -> Plot:
    """Return a plot of horizontal bars, the first at the top, with their values; of many only the first."""
    shown = dict(islice(counts.items(), _MOST_BARS))
    title += "" if len(shown) == len(counts) else f" (the first {len(shown)} of {len(counts):,})"
    labels, numbers = [label_text(label) for label in shown], list(shown.values())

    def draw(axes: Any) -> None:
        drawn = axes.barh(range(len(numbers)), numbers, color=colour)
        axes.bar_label(drawn, padding=2, fontsize=8)
        axes.set(xlabel=unit, yticks=range(len(labels)), yticklabels=labels)
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.invert_yaxis()
        axes.margins(x=0.08, y=0.02)

    words = ", ".join(f"{label} {count}" for label, count in shown.items())
    return Plot(name, title, words, draw, (6.4, 1.0 + 0.21 * len(labels)))


_MOST_VERBS, _MOST_NOUNS, _MOST_CALLS = 16, 5, 20


@dataclass(frozen=True)
class Figures:
    """What the plots are drawn from: the inputs and the figures computed from them."""

    inputs: Inputs
    corpora: Sequence[CorpusFigures]
    verified: Sequence[tuple[str, Verified]]
    rates: Mapping[str, Mapping[str, Rate]]  # of each evaluation, by label


def calls_per_instance(figures: Figures) -> Iterator[Plot]:
    """Yield a histogram of API calls per instance, with all runs side by side."""
    corpora = figures.corpora
    if not any(corpus.calls for corpus in corpora):
        return
    highest = min(_MOST_CALLS, max(number for corpus in corpora for number in [0, *corpus.calls]))
    names = [str(number) for number in range(highest)] + [f"{highest}{' or more' if highest == _MOST_CALLS else ''}"]

    def draw(axes: Any) -> None:
        width = 0.8 / len(corpora)
        for place, corpus in enumerate(corpora):
            counts = Counter(min(number, highest) for number in corpus.calls)
            shares = [100 * counts[number] / max(1, len(corpus.calls)) for number in range(highest + 1)]
            left = (place - (len(corpora) - 1) / 2) * width
            axes.bar([number + left for number in range(highest + 1)], shares, width,
                     color=PALETTE[place % len(PALETTE)], label=label_text(corpus.name))
        axes.set(xlabel="API calls in an instance", ylabel="instances (%)", xticks=range(highest + 1),
                 xticklabels=names)
        axes.legend()

    yield Plot("calls", "API calls per instance", _each(corpora, lambda one: one.rows().get(
        "with several API calls", "none") + " of instances with several calls"), draw)


def instruction_lengths(figures: Figures) -> Iterator[Plot]:
    """Yield the distribution of the instructions' lengths in words."""
    corpora = figures.corpora
    if not any(corpus.instructions for corpus in corpora):
        return

    def draw(axes: Any) -> None:
        longest = max(length for corpus in corpora for length in corpus.instructions)
        bins = range(0, min(longest, 200) + 5, max(1, min(longest, 200) // 30))
        for place, corpus in enumerate(corpora):
            axes.hist(corpus.instructions, bins=list(bins), histtype="step", linewidth=1.6, density=True,
                      color=PALETTE[place % len(PALETTE)], label=label_text(corpus.name))
        axes.set(xlabel="words in an instruction", ylabel="share per word")
        axes.legend()

    yield Plot("instruction_lengths", "Words in an instruction", _each(
        corpora, lambda one: one.rows().get("words in an instruction", "") + " words on average"), draw)


def categories(figures: Figures) -> Iterator[Plot]:
    """Yield the first run's APIs by category."""
    corpus = figures.corpora[0]
    yield bars("categories", f"APIs by category, {corpus.name}", dict(corpus.categories.most_common()), "APIs")


def verbs_and_nouns(figures: Figures) -> Iterator[Plot]:
    """Yield the first run's most frequent verbs, each with its most frequent nouns."""
    run = figures.inputs.runs[0]
    pairs = verb_noun(case.instruction for case in run.cases)
    if not pairs:
        return
    verbs = Counter[str]()
    for (verb, _), count in pairs.items():
        verbs[verb] += count
    rows = [(verb, count, Counter({noun: number for (other, noun), number in pairs.items() if other == verb}
                                  ).most_common(_MOST_NOUNS)) for verb, count in verbs.most_common(_MOST_VERBS)]

    def draw(axes: Any) -> None:
        for row, (_, count, nouns) in enumerate(rows):
            axes.barh(row, count, color="#8886", edgecolor="none")
            left = 0
            for place, (_, number) in enumerate(nouns):
                axes.barh(row, number, left=left, color=PALETTE[place % len(PALETTE)], edgecolor="white", linewidth=0.6)
                left += number
            axes.text(count + rows[0][1] * 0.01, row, label_text(", ".join(noun for noun, _ in nouns), 70), va="center",
                      fontsize=7)
        axes.set(yticks=range(len(rows)), yticklabels=[label_text(verb) for verb, _, _ in rows], xlabel="instructions",
                 xlim=(0, rows[0][1] * 1.9))
        axes.invert_yaxis()

    words = "; ".join(f"{verb} {count}: " + ", ".join(f"{noun} {number}" for noun, number in nouns)
                      for verb, count, nouns in rows)
    yield Plot("verbs_nouns", f"Verbs and the nouns they act on, {run.name} (a verb's {_MOST_NOUNS} most frequent "
               "coloured, the rest grey)", words, draw, (6.4, 1.0 + 0.24 * len(rows)))


def failed_checks(figures: Figures) -> Iterator[Plot]:
    """Yield for each verified run why instances failed."""
    for number, (name, found) in enumerate(figures.verified, 1):
        counts = dict(found.codes.most_common())
        if counts:
            yield bars(f"verification_{number}", f"Why instances did not pass, {name}",
                       {code.replace("_", " "): count for code, count in counts.items()}, "instances", GREEN)


def evaluation_rates(figures: Figures) -> Iterator[Plot]:
    """Yield each evaluation's rates with their 95 % intervals."""
    evaluations = figures.rates
    if not evaluations:
        return
    labels = list(dict.fromkeys(label for rates in evaluations.values() for label in rates))[:_MOST_BARS]

    def draw(axes: Any) -> None:
        step = 0.7 / len(evaluations)
        for place, (name, rates) in enumerate(evaluations.items()):
            known = [(row, rate) for row, label in enumerate(labels)
                     if (rate := rates.get(label)) and rate["share"] is not None]
            if not known:
                continue
            shares = [100 * float(rate["share"] or 0) for _, rate in known]
            spans = [[share - 100 * float(rate["low"] or 0) for share, (_, rate) in zip(shares, known, strict=True)],
                     [100 * float(rate["high"] or 0) - share for share, (_, rate) in zip(shares, known, strict=True)]]
            axes.errorbar(shares, [row + (place - (len(evaluations) - 1) / 2) * step for row, _ in known],
                          xerr=[[max(0.0, length) for length in side] for side in spans], fmt="o", markersize=5,
                          capsize=3, color=PALETTE[place % len(PALETTE)], label=label_text(name))
        axes.set(xlabel="per cent, with 95 % Wilson interval", yticks=range(len(labels)),
                 yticklabels=[label_text(label) for label in labels], xlim=(-2, 102))
        axes.invert_yaxis()
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=min(3, len(evaluations)))
        axes.grid(axis="x", alpha=0.3)

    words = "; ".join(f"{name}: " + ", ".join(f"{label} {100 * rate['share']:.0f} %" for label, rate in rates.items()
                                              if rate["share"] is not None) for name, rates in evaluations.items())
    yield Plot("evaluation", "Evaluation results", words, draw, (6.4, 1.4 + 0.5 * len(labels)))


def training_loss(figures: Figures) -> Iterator[Plot]:
    """Yield the training loss, and the validation loss if there is one."""
    trained, held_out = losses(figures.inputs.history)
    if trained:
        (first, start), (last, end) = trained[0], trained[-1]
        yield Plot("loss", "Training loss", f"from {start:.3f} at update {first} to {end:.3f} at update {last}",
                   lambda axes: draw_loss(axes, trained, held_out))


# The page's sections that show plots, and each plot under its section, in the page's order.
SECTIONS = ("corpus", "diversity", "verification", "failures", "cost", "evaluation", "training")
PLOTS: tuple[tuple[str, Callable[[Figures], Iterator[Plot]]], ...] = (
    ("corpus", calls_per_instance), ("corpus", instruction_lengths), ("corpus", categories),
    ("diversity", verbs_and_nouns), ("verification", failed_checks), ("evaluation", evaluation_rates),
    ("training", training_loss),
)


def _each(corpora: Sequence[CorpusFigures], say: Any) -> str:
    return "; ".join(f"{corpus.name}: {say(corpus)}" for corpus in corpora)
