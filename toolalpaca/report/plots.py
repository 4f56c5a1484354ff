"""How a plot is drawn and kept: one style, a PNG for papers, and an SVG that takes on the page's own colours."""

import io
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from toolalpaca.evaluation.statistics import Rate
from toolalpaca.report.corpus import Corpus

# Okabe and Ito's palette, which stays apart for colour-blind readers and on white as on black.
BLUE, ORANGE, GREEN, PINK, SKY, RED, YELLOW = (
    "#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442")
PALETTE = (BLUE, ORANGE, GREEN, PINK, SKY, RED, YELLOW)
_INK = "#1a1b1c"  # stands for the page's text colour in an SVG
_STYLE: Any = {
    "font.size": 9, "font.sans-serif": ["DejaVu Sans"], "text.parse_math": False, "text.color": _INK,
    "axes.spines.top": False, "axes.spines.right": False, "axes.edgecolor": _INK, "axes.facecolor": "none",
    "axes.labelcolor": _INK, "axes.axisbelow": True, "xtick.color": _INK, "ytick.color": _INK,
    "legend.frameon": False, "svg.fonttype": "none", "svg.hashsalt": "report",
}
Draw = Callable[[Any], None]

_MOST_CATEGORIES, _MOST_VERBS, _MOST_NOUNS = 25, 16, 5


@dataclass(frozen=True)
class Plot:
    """A plot before it is drawn: `name` is its file's, `words` say what it shows to those who do not see it."""

    name: str
    title: str
    words: str
    draw: Draw  # draws on a matplotlib Axes
    size: tuple[float, float] = (6.4, 3.4)  # inches


@dataclass(frozen=True)
class Drawn:
    """A plot for the page."""

    name: str
    title: str
    words: str
    svg: str


def drawn(plot: Plot, folder: Path) -> Drawn:
    """Write `folder`/NAME.png with a white ground and return the same drawing as an SVG for the page."""
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=plot.size, layout="constrained")
        plot.draw(figure.subplots())
        FigureCanvasAgg(figure).print_figure(folder / f"{plot.name}.png", dpi=200)
        written = io.StringIO()
        FigureCanvasSVG(figure).print_figure(written, format="svg", facecolor="none", metadata={"Date": None})
    return Drawn(plot.name, plot.title, plot.words, _inline(plot.name, written.getvalue()))


def _inline(name: str, svg: str) -> str:
    """The `svg` element alone, with identifiers of its own, the page's text colour and no fixed size."""
    svg = svg[svg.index("<svg"):]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'\bid="', f'id="{name}-', svg)
    svg = re.sub(r'(href="#|url\(#)', rf"\g<1>{name}-", svg)
    svg = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(r'(<svg[^>]*?) height="[^"]*"', r'\1 aria-hidden="true"', svg, count=1)
    return svg.replace(_INK, "currentColor")


def plain(text: str, longest: int = 40) -> str:
    """A text as a label: shortened and on one line."""
    one_line = " ".join(text.split())
    return one_line if len(one_line) <= longest else one_line[:longest - 1] + "…"


def corpus_plots(corpora: Sequence[Corpus]) -> Iterator[Plot]:
    """API calls per instance, lengths of instructions, and APIs by category."""
    if any(corpus.calls for corpus in corpora):
        yield _calls(corpora)
    if any(corpus.instructions for corpus in corpora):
        yield _lengths(corpora)
    yield _categories(corpora[0])


def _calls(corpora: Sequence[Corpus]) -> Plot:
    highest = max(number for corpus in corpora for number in [0, *corpus.calls])

    def draw(axes: Any) -> None:
        width = 0.8 / len(corpora)
        for place, corpus in enumerate(corpora):
            counts = Counter(corpus.calls)
            shares = [100 * counts[number] / max(1, len(corpus.calls)) for number in range(highest + 1)]
            left = (place - (len(corpora) - 1) / 2) * width
            axes.bar([number + left for number in range(highest + 1)], shares, width,
                     color=PALETTE[place % len(PALETTE)], label=plain(corpus.name))
        axes.set(xlabel="API calls in an instance", ylabel="instances (%)", xticks=range(highest + 1))
        axes.legend()

    return Plot("calls", "API calls per instance", _each(corpora, lambda one: one.rows().get(
        "with several API calls", "none") + " of instances with several calls"), draw)


def _lengths(corpora: Sequence[Corpus]) -> Plot:
    def draw(axes: Any) -> None:
        longest = max(length for corpus in corpora for length in corpus.instructions)
        bins = range(0, min(longest, 200) + 5, max(1, min(longest, 200) // 30))
        for place, corpus in enumerate(corpora):
            axes.hist(corpus.instructions, bins=list(bins), histtype="step", linewidth=1.6, density=True,
                      color=PALETTE[place % len(PALETTE)], label=plain(corpus.name))
        axes.set(xlabel="words in an instruction", ylabel="share per word")
        axes.legend()

    return Plot("instruction_lengths", "Words in an instruction", _each(
        corpora, lambda one: one.rows().get("words in an instruction", "") + " words on average"), draw)


def _each(corpora: Sequence[Corpus], describe: Any) -> str:
    return "; ".join(f"{corpus.name}: {describe(corpus)}" for corpus in corpora)


def _categories(corpus: Corpus) -> Plot:
    found = corpus.categories.most_common(_MOST_CATEGORIES)
    words = ", ".join(f"{name} {count}" for name, count in found)
    title = "APIs by category" + ("" if len(found) == len(corpus.categories) else f" (the {len(found)} largest)")
    return bars("categories", f"{title}, {corpus.name}", dict(found), "APIs", words)


def bars(name: str, title: str, counts: Mapping[str, int], unit: str, words: str, colour: str = BLUE) -> Plot:
    """Horizontal bars, the largest on top, with their numbers."""
    labels, numbers = [plain(label) for label in counts], list(counts.values())

    def draw(axes: Any) -> None:
        drawn = axes.barh(range(len(numbers)), numbers, color=colour)
        axes.bar_label(drawn, padding=2, fontsize=8)
        axes.set(xlabel=unit, yticks=range(len(labels)), yticklabels=labels)
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.invert_yaxis()
        axes.margins(x=0.08, y=0.02)

    return Plot(name, title, words, draw, (6.4, 1.0 + 0.21 * len(labels)))


def verb_noun_plot(pairs: Counter[tuple[str, str]], run: str) -> Plot:
    """The most frequent verbs, each with its most frequent nouns."""
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
            axes.text(count + rows[0][1] * 0.01, row, plain(", ".join(noun for noun, _ in nouns), 70), va="center",
                      fontsize=7)
        axes.set(yticks=range(len(rows)), yticklabels=[plain(verb) for verb, _, _ in rows], xlabel="instructions",
                 xlim=(0, rows[0][1] * 1.9))
        axes.invert_yaxis()

    words = "; ".join(f"{verb} {count}: " + ", ".join(f"{noun} {number}" for noun, number in nouns)
                      for verb, count, nouns in rows)
    return Plot("verbs_nouns", f"Verbs and the nouns they act on, {run} (a verb's {_MOST_NOUNS} most frequent "
                "coloured, the rest grey)", words, draw, (6.4, 1.0 + 0.24 * len(rows)))


def rates_plot(evaluations: Mapping[str, Mapping[str, Rate]]) -> Plot:
    """Each evaluation's shares with their 95 % intervals."""
    labels = list(dict.fromkeys(label for rates in evaluations.values() for label in rates))

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
                          capsize=3, color=PALETTE[place % len(PALETTE)], label=plain(name))
        axes.set(xlabel="per cent, with 95 % Wilson interval", yticks=range(len(labels)), yticklabels=labels,
                 xlim=(-2, 102))
        axes.invert_yaxis()
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=min(3, len(evaluations)))
        axes.grid(axis="x", alpha=0.3)

    words = "; ".join(f"{name}: " + ", ".join(f"{label} {100 * rate['share']:.0f} %" for label, rate in rates.items()
                                              if rate["share"] is not None) for name, rates in evaluations.items())
    return Plot("evaluation", "Evaluation results", words, draw, (6.4, 1.4 + 0.5 * len(labels)))


def loss_plot(history: Sequence[Mapping[str, Any]]) -> Plot | None:
    """The training loss, and the held-out loss where there is one; None where nothing was logged."""
    trained = [(entry["step"], entry["loss"]) for entry in history if "loss" in entry and "step" in entry]
    held_out = [(entry["step"], entry["eval_loss"]) for entry in history if "eval_loss" in entry and "step" in entry]
    if not trained:
        return None

    def draw(axes: Any) -> None:
        axes.plot(*zip(*trained, strict=True), color=BLUE, linewidth=1.6, label="training")
        if held_out:
            axes.plot(*zip(*held_out, strict=True), color=ORANGE, marker="o", label="held out")
        axes.set(xlabel="update", ylabel="loss per trained token")
        axes.grid(alpha=0.3)
        axes.legend()

    return Plot("loss", "Training loss", f"from {trained[0][1]:.3f} at update {trained[0][0]} to {trained[-1][1]:.3f} "
                f"at update {trained[-1][0]}", draw)


def reasons_plot(name: str, title: str, counts: Mapping[str, int]) -> Plot:
    """Why instances did not pass."""
    words = ", ".join(f"{code} {count}" for code, count in counts.items())
    labels = {code.replace("_", " "): count for code, count in counts.items()}
    return bars(name, title, labels, "instances", words, GREEN)
