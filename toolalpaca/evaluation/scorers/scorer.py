"""The interface of a scorer: its input for a case, its findings, and the figures derived from them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

from toolalpaca.conversation.steps import predicted_calls
from toolalpaca.evaluation.cases import Case
from toolalpaca.evaluation.scorers.call_matching import CallsScore, score_calls
from toolalpaca.evaluation.statistics import Rate
from toolalpaca.matching.answers.other_values import documented_choices, documented_texts
from toolalpaca.matching.arguments.documented import meanings_of_codes
from toolalpaca.matching.facts.amounts import documented_units
from toolalpaca.matching.facts.evidence import ConversationEvidence, compared
from toolalpaca.matching.facts.known import Known
from toolalpaca.matching.language.actions import deeds_of
from toolalpaca.openapi.api_functions import Function
from toolalpaca.openapi.documents import document_of

Scores = dict[str, Any]  # of one case, as the results file holds them: all scorers' fields, "error_class" and "found"


@dataclass(frozen=True)
class Subject:
    """One case to score, with its API's functions."""

    case: Case
    functions: dict[str, Function]

    @cached_property
    def calls(self) -> CallsScore | None:
        """Return the predicted calls compared with the golden ones; None without a golden answer or a solution."""
        return score_calls(self.case, self.functions)

    @cached_property
    def document(self) -> dict[str, Any] | None:
        """Return the document of the case's API."""
        return document_of(self.case.record)

    @cached_property
    def choices(self) -> dict[str, frozenset[str]]:
        """Return the choices that the document gives for properties and parameters."""
        return documented_choices(self.document)

    @cached_property
    def conversation(self) -> ConversationEvidence:
        """Return what was said and shown, with what the document says of units and changes."""
        units = documented_units(self.document, [str(self.case.record.get("Introduction") or "")])
        calls = predicted_calls(self.case.instance)
        return ConversationEvidence(self.case.instruction, calls, units, deeds_of(self.functions))

    @cached_property
    def known(self) -> Known:
        """Return what the answer may state."""
        about = [str(self.case.record.get(key) or "") for key in ("Name", "Description", "Link")]
        evidence = self.conversation.whole()
        meanings = meanings_of_codes(documented_texts(self.document), self.choices, evidence)
        return Known(evidence, compared(self.case.answer), about, meanings)


@dataclass(frozen=True)
class Score:
    """One scorer's result for a case: fields for the results file, the error class if it is wrong, and findings, one
    per line."""

    fields: dict[str, Any]
    error_class: str | None = None
    found: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class ScorerFigure:
    """A figure over all cases, for the printed table and the report: a rate with its interval, a number or words."""

    label: str
    value: Rate | float | str


class Scorer(Protocol):
    """Scores cases without a model. A new one is a file in this package and an entry in SCORERS."""

    name: str  # also the heading of its section in docs/scoring.md

    def score(self, subject: Subject) -> Score:
        """Return the result for one case. No two scorers may use the same field."""

    def statistics(self, scores: Sequence[Scores]) -> dict[str, Any]:
        """Return the scorer's part of the results file's statistics, from the scores of all cases."""

    def figures(self, statistics: dict[str, Any]) -> Iterable[ScorerFigure]:
        """Return the figures to show for such statistics; an older file may lack them."""
