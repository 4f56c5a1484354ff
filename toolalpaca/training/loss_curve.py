"""The loss over the updates, from what the trainer logged: as points, on a plot's axes, and as a PNG."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

BLUE, ORANGE = "#0072B2", "#E69F00"  # of Okabe and Ito's palette, which colour-blind readers tell apart
_LARGEST = 1e100  # a loss, or an update, that can be drawn
Points = list[tuple[int, float]]  # update, loss per trained token


def losses(history: Sequence[Mapping[str, Any]]) -> tuple[Points, Points]:
    """Return the training loss and the held-out loss by update; either may be empty, and entries of
    other types are left out."""
    return _points(history, "loss"), _points(history, "eval_loss")


def _points(history: Sequence[Mapping[str, Any]], key: str) -> Points:
    return [(entry["step"], entry[key]) for entry in history if _is_number(entry.get("step"))
            and _is_number(entry.get(key))]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and abs(value) <= _LARGEST  # which NaN is not, either


def draw_loss(axes: Any, trained: Points, held_out: Points) -> None:
    """Draw both losses on a matplotlib Axes."""
    axes.plot(*zip(*trained, strict=True), color=BLUE, linewidth=1.6, label="training")
    if held_out:
        axes.plot(*zip(*held_out, strict=True), color=ORANGE, marker="o", label="held out")
    axes.set(xlabel="update", ylabel="loss per trained token")
    axes.grid(alpha=0.3)
    axes.legend()


def write_loss_png(history: Sequence[Mapping[str, Any]], path: Path) -> bool:
    """Write a PNG of the loss; return False if nothing was logged."""
    trained, held_out = losses(history)
    if not trained:
        return False

    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4), layout="constrained")
    draw_loss(figure.subplots(), trained, held_out)
    FigureCanvasAgg(figure).print_png(str(path))
    return True
