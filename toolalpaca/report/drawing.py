"""Drawing plots in the report's style: a PNG for papers, and an SVG that uses the page's own colours."""

import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# Okabe and Ito's palette, distinguishable for colour-blind readers on white and on black.
BLUE, ORANGE, GREEN, PINK, SKY, RED, YELLOW = (
    "#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442")
PALETTE = (BLUE, ORANGE, GREEN, PINK, SKY, RED, YELLOW)
_INK = "#1a1b1c"  # replaced by the page's text colour in an SVG
_STYLE: Any = {
    "font.size": 9, "font.sans-serif": ["DejaVu Sans"], "text.parse_math": False, "text.color": _INK,
    "axes.spines.top": False, "axes.spines.right": False, "axes.edgecolor": _INK, "axes.facecolor": "none",
    "axes.labelcolor": _INK, "axes.axisbelow": True, "xtick.color": _INK, "ytick.color": _INK,
    "legend.frameon": False, "svg.fonttype": "none", "svg.hashsalt": "report",
}
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
        FigureCanvasAgg(figure).print_figure(folder / f"{plot.name}.png", dpi=200)
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
    """Return a text as a label: shortened and on one line."""
    one_line = " ".join(text.split())
    return one_line if len(one_line) <= longest else one_line[:longest - 1] + "…"


def bars(name: str, title: str, counts: Mapping[str, int], unit: str, words: str, colour: str = BLUE) -> Plot:
    """Return a plot of horizontal bars, the first at the top, with their values."""
    labels, numbers = [label_text(label) for label in counts], list(counts.values())

    def draw(axes: Any) -> None:
        drawn = axes.barh(range(len(numbers)), numbers, color=colour)
        axes.bar_label(drawn, padding=2, fontsize=8)
        axes.set(xlabel=unit, yticks=range(len(labels)), yticklabels=labels)
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.invert_yaxis()
        axes.margins(x=0.08, y=0.02)

    return Plot(name, title, words, draw, (6.4, 1.0 + 0.21 * len(labels)))
