"""The dataset card: what a file of training examples is made of, as the README.md that the Hugging Face hub shows."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from toolalpaca.core.files import replacing
from toolalpaca.core.run_log import read_log
from toolalpaca.sft.contamination import Overlap

TEMPLATE = Path(__file__).resolve().parent / "templates" / "card.md.j2"
MODEL_STAGES = ("get_elements", "instruction", "simulator", "generation", "verification")
_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
MOST_SHOWN = 20  # overlaps that the card lists one by one


@dataclass
class CardFacts:
    """All that the card states. `left_out` counts instances by reason, `overlaps` what was found in the `tests`."""

    title: str
    licence: str
    files: Sequence[str]
    example_format: str
    examples: int
    apis: int = 0
    kinds: Mapping[str, int] = field(default_factory=dict)
    categories: Counter[str] = field(default_factory=Counter)
    verified: int = 0
    left_out: Mapping[str, int] = field(default_factory=dict)
    tests: Sequence[str] = ()
    overlaps: Sequence[Overlap] = ()
    stages: Sequence[Mapping[str, Any]] = ()


def stages_in(folder: Path) -> list[dict[str, Any]]:
    """Return, for each stage that calls a model, its last entry in the folder's run log: models and fingerprints."""
    last = {entry.get("stage"): entry for entry in read_log(folder)}
    return [{"stage": name, "settings": flat_settings(last[name].get("settings") or {})}
            for name in MODEL_STAGES if name in last]


def flat_settings(settings: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Return nested settings as `a.b: value`, without those that are not set."""
    flat: dict[str, str] = {}
    for name, value in settings.items():
        if isinstance(value, Mapping):
            flat |= flat_settings(value, f"{prefix}{name}.")
        elif value not in (None, "", [], False):
            flat[f"{prefix}{name}"] = str(value)
    return flat


def size_category(examples: int) -> str:
    """Return the hub's size category for a number of examples."""
    return next((name for limit, name in _SIZES if examples < limit), "n>1M")


def card_text(facts: CardFacts) -> str:
    """Return the card: the hub's metadata and the page."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(loader=FileSystemLoader(TEMPLATE.parent), undefined=StrictUndefined, trim_blocks=True,
                              lstrip_blocks=True, keep_trailing_newline=True, autoescape=False)
    return environment.get_template(TEMPLATE.name).render(
        facts=facts, size=size_category(facts.examples), shown=list(facts.overlaps)[:MOST_SHOWN],
        hidden=max(len(facts.overlaps) - MOST_SHOWN, 0))


def write_card(path: Path, facts: CardFacts) -> None:
    """Replace the card."""
    with replacing(path) as file:
        file.write(card_text(facts))
