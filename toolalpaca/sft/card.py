"""The dataset card: what a file of training examples is made of, as the README.md that the Hugging Face hub shows."""

import html
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from toolalpaca.conversation.outcome import REASONS
from toolalpaca.core.errors import UsageError
from toolalpaca.core.files import replacing
from toolalpaca.core.log import one_line
from toolalpaca.core.run_log import read_log
from toolalpaca.data.corpus_files import is_file_name, output_place
from toolalpaca.sft.build import ExampleTally
from toolalpaca.sft.selection import Overlap

CARD_NAME = "README.md"
CARD_MARK = "<!-- written by build_dataset.py --card -->"
TEMPLATE = Path(__file__).resolve().parent / "templates" / "card.md.j2"
MODEL_STAGES = ("get_elements", "instruction", "simulator", "generation", "verification")
_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
_MARKED_WITHIN = 100_000  # characters
MOST_SHOWN = 20  # overlaps that the card lists one by one


@dataclass
class CardFacts:
    """All that the card states. `files` are the data files by split, `left_out` counts instances by reason, `overlaps`
    is what was found in the `tests`."""

    title: str
    licence: str
    files: Mapping[str, str]
    example_format: str
    examples: int
    apis: int = 0
    kinds: Mapping[str, int] = field(default_factory=dict)
    categories: Mapping[str, int] = field(default_factory=dict)
    verified: int = 0
    left_out: Mapping[str, int] = field(default_factory=dict)
    tests: Sequence[str] = ()
    overlaps: Sequence[Overlap] = ()
    stages: Sequence[Mapping[str, Any]] = ()


def check_card(folder: Path) -> None:
    """Raise UsageError if the folder holds another README.md, which the card would replace."""
    path = folder / CARD_NAME
    if path.exists() and not _is_card(path):
        raise UsageError(f"{path}: exists and is not a card of an earlier run; give -out a folder of its own")


def _is_card(path: Path) -> bool:
    if not path.is_file():
        return False
    with open(path, encoding="utf-8", errors="replace") as file:
        return CARD_MARK in file.read(_MARKED_WITHIN)


@dataclass(frozen=True)
class DescribedBuild:
    """A build of training examples as its card describes it: the corpus read, the file written, its format and licence,
    the tests that it was compared with."""

    source: Path
    output: Path
    example_format: str
    licence: str
    tests: Sequence[Path]


def card_facts(build: DescribedBuild, tallies: Mapping[Path, ExampleTally]) -> CardFacts:
    """Return what the card of a build says; `tallies` has what became of the instances, by the file they went to.

    The first file is the split `train`, the second, if the APIs were split, `test`.
    """
    every = list(tallies.values())
    return CardFacts(
        title=build.output.stem, licence=build.licence, example_format=build.example_format,
        examples=sum(one.kept for one in every),
        files={split: _data_file(path) for split, path in zip(("train", "test"), tallies, strict=False)},
        apis=sum(one.categories.total() for one in every), kinds=_summed(one.kinds for one in every),
        categories=_summed(one.categories for one in every), verified=sum(one.verified for one in every),
        left_out={REASONS[reason]: count for reason, count in _summed(one.left_out for one in every).items()},
        tests=[path.name for path in build.tests], overlaps=[overlap for one in every for overlap in one.overlaps],
        stages=stages_in(output_place(build.source, None)))


def _data_file(path: Path) -> str:
    return path.name if is_file_name(path) else f"{path.name}/part-*"


def _summed(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for one in counts:
        total.update(one)
    return dict(total.most_common())


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


_MARKUP = re.compile(r"[\\`*|~]|\](?=[(\[:])")


def as_text(value: object) -> str:
    """Return a value as one line of Markdown in which no HTML, link, image, code or cell begins or ends."""
    return _MARKUP.sub(r"\\\g<0>", html.escape(one_line(value), quote=False))


def as_code(value: object) -> str:
    """Return a value as code in one line, which may be in a table: without backquotes and bars."""
    return "`{}`".format(one_line(value).replace("`", "'").replace("|", "¦"))


def card_text(facts: CardFacts) -> str:
    """Return the card: the hub's metadata and the page."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(loader=FileSystemLoader(TEMPLATE.parent), undefined=StrictUndefined, trim_blocks=True,
                              lstrip_blocks=True, keep_trailing_newline=True, autoescape=False)
    environment.filters |= {"text": as_text, "code": as_code}
    return environment.get_template(TEMPLATE.name).render(
        facts=facts, mark=CARD_MARK, size=size_category(facts.examples), shown=list(facts.overlaps)[:MOST_SHOWN],
        hidden=max(len(facts.overlaps) - MOST_SHOWN, 0))


def write_card(folder: Path, facts: CardFacts) -> Path:
    """Write the card of a folder, in place of an earlier one; return its path."""
    with replacing(folder / CARD_NAME) as file:
        file.write(card_text(facts))
    return folder / CARD_NAME
