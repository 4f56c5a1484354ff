"""The judging stage: known verdicts are reused, the others requested, several at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from toolalpaca.core.log import log_line
from toolalpaca.evaluation.cases import Case
from toolalpaca.evaluation.judge import PLACEHOLDERS, Judgement, JudgeWork, likely_calls
from toolalpaca.evaluation.results import Entry, failed_entry, judged_entry, known_entries
from toolalpaca.llm.prompts import Prompt
from toolalpaca.runner.executor import Result
from toolalpaca.runner.stage import RunOptions, Stage, StagePlan

STAGE = "evaluation"


@dataclass(frozen=True)
class JudgeConfig:
    """Command-line options of the judge: its prompt template, and how many verdicts it gives per case."""

    template: Path
    votes: int
    run: RunOptions


class Judging:
    """One run of the stage, opened before any call."""

    def __init__(self, config: JudgeConfig, cases: Sequence[Case], output: Path) -> None:
        """Open the stage; raise UsageError for an invalid template, roles file or existing output."""
        self._cases, self._votes, self._output = cases, config.votes, output
        self._prompt = Prompt(config.template, PLACEHOLDERS)
        # The number of votes is no setting of the store's: more votes add to those that were cast.
        plan = StagePlan(STAGE, output.parent, ("judge",), "judge", {"evaluation_prompt": self._prompt.fingerprint})
        self.stage = Stage(plan, config.run)
        if not config.run.dry_run:
            self.stage.begin(output, [case.name for case in cases])

    def settings(self) -> dict[str, Any]:
        """Return the settings that determine the verdicts, for the results file."""
        settings = {name: value for name, value in self.stage.report.settings.items() if name != "num_workers"}
        return settings | {"verdicts_of": "judge", "votes": self._votes}

    def dry_run(self) -> int:
        """Print the estimated cost of judging; return the exit code."""
        return self.stage.dry_run(likely_calls(self._cases, self._prompt, self._votes))

    def entries(self, *, continue_run: bool) -> list[Entry]:
        """Return one entry per case, in order.

        Cases without a solution take no call, nor do those that `continue_run` finds in the output file.
        """
        known = known_entries(self._output, self._cases, self.settings()) if continue_run else {}
        entries = {case.name: failed_entry(case) for case in self._cases if case.failure is not None} | known
        self.stage.report.made += len(entries)
        temperature = self.stage.roles["judge"].temperature
        if self._votes > 1 and temperature == 0:
            log_line("note: votes at temperature 0 are nearly copies of one another; set --temperature, such as 0.7")
        asked = [case for case in self._cases if case.name not in entries]
        work = JudgeWork(self._prompt, self._votes)
        results: list[Result[Judgement]] = self.stage.run(asked, work, name=lambda case: case.name, unit="case")
        for case, result in zip(asked, results, strict=True):
            entries[case.name] = judged_entry(case, result.value, result.error)
        return [entries[case.name] for case in self._cases]
