"""The closing report of a stage: one line on standard error and one JSON line in the folder's run_log.jsonl."""

import json
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from toolalpaca.core.files import append_line
from toolalpaca.core.jsons import to_json
from toolalpaca.core.log import log_line

LOG_NAME = "run_log.jsonl"
MOST_COUNTED = 1e15  # a larger count is not one; NaN is not smaller
_COUNTS = ("made", "failed", "calls", "from_store", "tokens_in", "tokens_out")
MOST_NAMED = 2  # files; if there are more, such as a stage's shards, the line names their folder


@dataclass
class Report:
    """The result of one run of a stage.

    `meter` holds the counts of model calls, if any were made; `counts` are further counts for the log only.
    """

    stage: str
    made: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    files: list[Path] = field(default_factory=list)
    settings: dict[str, Any] = field(default_factory=dict)
    meter: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    counts: dict[str, Any] = field(default_factory=dict)
    began: float = field(default_factory=time.monotonic)

    @property
    def exit_code(self) -> int:
        """Return 0 if anything was made, else 1."""
        return 0 if self.made else 1

    def close(self, folder: Path, example: str = "") -> int:
        """Print the summary, append the log line to `folder` and return the exit code."""
        seconds = time.monotonic() - self.began
        for line in [*self._summary(seconds), *self.notes]:
            log_line(line)
        if self.failed:
            reasons = ", ".join(f"{reason} {count}" for reason, count in self.failed.most_common())
            log_line(f"{self.stage}: failed by reason: {reasons}" + (f"; the first: {example}" if example else ""))
        entry = {"stage": self.stage, "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
                 "seconds": round(seconds, 3), "made": self.made, "failed": self.failed.total(),
                 "failed_by_reason": dict(self.failed), "files": [str(path) for path in self.files],
                 "settings": self.settings, **({"counts": self.counts} if self.counts else {}), **self.meter}
        append_line(folder / LOG_NAME, to_json(entry))
        return self.exit_code

    def _summary(self, seconds: float) -> list[str]:
        parts = [f"{self.made} made, {self.failed.total()} failed"]
        if self.meter:
            parts += [calls_in_words(self.meter), cost_in_words(self.meter)]
        parts.append(f"{seconds:.1f} s")
        parts += _files_in_words(self.files)
        return [f"{self.stage}: " + " · ".join(parts)]


def _files_in_words(files: list[Path]) -> list[str]:
    """Return a phrase per file written, or per folder with the number of files if there are many."""
    if len(files) <= MOST_NAMED:
        return [f"wrote {path}" for path in files]
    count = Counter(path.parent for path in files)
    return [f"wrote {number:,} files to {folder}" for folder, number in count.items()]


def calls_in_words(meter: dict[str, Any]) -> str:
    """Return the calls, retries, repeated requests and tokens in a meter's report, in words."""
    retries = sum(meter["retries"].values())
    return (f"{meter['calls']} calls ({meter['from_store']} more from the store), {retries} retries, "
            f"{meter.get('asked_again', 0)} asked again, "
            f"{meter['tokens_in']:,} tokens in, {meter['tokens_out']:,} out")


def cost_in_words(meter: dict[str, Any]) -> str:
    """Return the cost in dollars in words, or "cost unknown"."""
    return "cost unknown" if meter["cost"] is None else f"${meter['cost']:.4f}"


def read_log(folder: Path) -> Sequence[dict[str, Any]]:
    """Return the entries of a folder's run log, oldest first; [] if there is no log. Incomplete lines are skipped."""
    path = folder / LOG_NAME
    if not path.is_file():
        return []
    entries, torn = [], 0
    for line in filter(str.strip, path.read_text(encoding="utf-8", errors="replace").splitlines()):
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError):
            entry = None
        if _is_entry(entry):
            entries.append(entry)
        else:
            torn += 1
    if torn:
        log_line(f"warning: {path}: {torn} incomplete lines are skipped")
    return entries


def _is_entry(value: Any) -> bool:
    """Return whether a line of a log holds what `Report.close` writes, as far as anything is computed from it."""
    if not isinstance(value, dict) or not isinstance(value.get("stage"), str):
        return False
    tallies = [value.get(key) or {} for key in ("failed_by_reason", "retries")]
    if not all(isinstance(tally, dict) for tally in tallies) or not isinstance(value.get("files") or [], list):
        return False
    counts = [*(value.get(key) or 0 for key in _COUNTS), *(count for tally in tallies for count in tally.values())]
    figures = [value.get(key) or 0 for key in ("seconds", "cost")]
    return all(isinstance(count, int) and abs(count) < MOST_COUNTED for count in counts) \
        and all(isinstance(figure, int | float) and abs(figure) < MOST_COUNTED for figure in figures)
