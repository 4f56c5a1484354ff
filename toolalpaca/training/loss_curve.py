"""A picture of the loss over the updates, from what the trainer logged."""

from pathlib import Path
from typing import Any


def draw_loss_curve(history: list[dict[str, Any]], path: Path) -> bool:
    """Write a PNG of the training loss, and of the held-out loss where there is one; False where nothing was logged."""
    trained = [(entry["step"], entry["loss"]) for entry in history if "loss" in entry]
    held_out = [(entry["step"], entry["eval_loss"]) for entry in history if "eval_loss" in entry]
    if not trained:
        return False

    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
    axes.plot(*zip(*trained, strict=True), label="training", linewidth=1.2)
    if held_out:
        axes.plot(*zip(*held_out, strict=True), label="held out", marker="o", linewidth=1.2)
    axes.set(xlabel="update", ylabel="loss per trained token")
    axes.grid(alpha=0.3)
    axes.legend()
    FigureCanvasAgg(figure).print_png(str(path))
    return True
