"""A corpus in figures: size, lengths and kinds of conversations, in a table next to the paper's; and the diversity of
its instructions: verb-noun pairs (Wang et al. 2022), n-grams, self-BLEU and near-duplicates."""

import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from statistics import fmean, median
from typing import Any

from toolalpaca.conversation.functions import own_functions
from toolalpaca.conversation.outcome import exclusion_reason, task_kind
from toolalpaca.conversation.steps import api_calls, predicted_calls
from toolalpaca.data.record_types import GET_DETAILS, ApiRecord, Instance
from toolalpaca.evaluation.cases import Case
from toolalpaca.report.inputs import Run

Segments = Callable[[ApiRecord, Instance], list[tuple[str, bool]]]  # the training text of an instance, in pieces

# Figures from arXiv 2306.05301 and counts over its published test files, keyed by this report's row names.
PAPER_COLUMNS: dict[str, dict[str, str]] = {
    "paper, training": {"APIs": "more than 400", "categories": "50", "instances": "3,938"},
    "paper, simulated test": {"APIs": "10", "instructions": "100", "with one golden call": "57",
                              "with several golden calls": "43", "words in an instruction": "30.3"},
    "paper, real test": {"APIs": "11", "instructions": "114", "with one golden call": "94",
                         "with several golden calls": "20", "words in an instruction": "26.5"},
}
_AUXILIARIES = {
    "be", "is", "are", "am", "was", "were", "do", "does", "did", "have", "has", "had", "can", "could", "would", "will",
    "should", "may", "want", "need", "like", "please", "let", "help", "hi", "hey", "hello", "wondering", "know", "try",
    "thank", "thanks", "looking", "trying", "planning",
}
_MODIFIERS = ("DT", "JJ", "PRP$", "CD", "POS", "RB", "PRP")
_WORDS_TO_NOUN = 6  # how far after its verb a noun may be
Tagged = tuple[str, str]

_SAMPLE = 120  # instructions in the self-BLEU sample; its cost grows quadratically
_WORD = re.compile(r"\w+(?:['’]\w+)?|[^\w\s]")
MOST_PAIRS = 50


@dataclass
class CorpusFigures:
    """The statistics of one run.

    Lengths are in words; `steps` and `calls` are per instance with a solution, and `golden` are the calls of each
    golden answer, including questions to the user, as in the counts of the paper's test files.
    """

    name: str
    apis: int
    categories: Counter[str]
    functions: list[int]
    functions_called: int
    instructions: list[int]
    answers: list[int]
    steps: list[int] = field(default_factory=list)
    calls: list[int] = field(default_factory=list)
    golden: list[int] = field(default_factory=list)
    errors: int = 0
    asked: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    refusals: int = 0
    not_shown: list[int] = field(default_factory=list)  # functions of the API that a conversation was not shown
    left_out: Counter[str] = field(default_factory=Counter)
    tokens: list[int] = field(default_factory=list)
    trained_tokens: int = 0

    def rows(self) -> dict[str, str]:
        """Return the table's cells by row name, without rows for which nothing is known."""
        counted = {
            "APIs": f"{self.apis:,}", "categories": f"{len(self.categories):,}",
            "functions per API": _mean(self.functions),
            "functions that are called": (f"{self.functions_called:,} of {sum(self.functions):,}"
                                          if self.functions else ""),
            "instructions": f"{len(self.instructions):,}",
            "words in an instruction": _mean(self.instructions),
            "functions left out of a conversation": _mean(self.not_shown),
            "instances": f"{len(self.steps):,}", "instances that failed": f"{self.errors:,}",
            "with no API call": _share(self.calls, lambda number: number == 0),
            "rightly with no API call": f"{self.refusals:,}" if self.refusals else "",
            "with one API call": _share(self.calls, lambda number: number == 1),
            "with several API calls": _share(self.calls, lambda number: number > 1),
            "with a question to the user": f"{self.asked:,}",
            **{f"asked for as {kind}": f"{count:,}" for kind, count in sorted(self.kinds.items()) if kind},
            "steps per instance": _mean(self.steps), "words in an answer": _mean(self.answers),
            "with one golden call": f"{self.golden.count(1):,}" if self.golden else "",
            "with several golden calls": f"{sum(one > 1 for one in self.golden):,}" if self.golden else "",
            "training examples": f"{len(self.steps) + self.errors - self.left_out.total():,}",
            "tokens in a training example": _mean(self.tokens),
            "median tokens": f"{median(self.tokens):,.0f}" if self.tokens else "",
            "tokens that are trained": f"{100 * self.trained_tokens / sum(self.tokens):.1f} %" if self.tokens else "",
        }
        return {name: cell for name, cell in counted.items() if cell}


def _mean(numbers: Sequence[int]) -> str:
    return f"{fmean(numbers):,.1f}" if numbers else ""


def _share(numbers: Sequence[int], wanted: Callable[[int], bool]) -> str:
    if not numbers:
        return ""
    count = sum(map(wanted, numbers))
    return f"{count:,} ({100 * count / len(numbers):.0f} %)"


def corpus_of(run: Run, segments: Segments, tokenizer: Any = None) -> CorpusFigures:
    """Return the statistics of one run. `tokenizer` is one of the package tokenizers; without it tokens are not
    counted."""
    solved = [case for case in run.cases if case.failure is None]
    made = [predicted_calls(case.instance) for case in solved]
    corpus = CorpusFigures(
        name=run.name, apis=len(run.records),
        categories=Counter(record.get("Category") or "(none)" for record in run.records),
        functions=[len(record["Function_Projection"]) for record in run.records if record.get("Function_Projection")],
        functions_called=_functions_called(run), instructions=[len(case.instruction.split()) for case in run.cases],
        answers=[len(case.answer.split()) for case in solved],
        steps=[len(calls) for calls in made], calls=[len(api_calls(calls)) for calls in made],
        golden=[len(case.golden) for case in run.cases if case.golden is not None],
        errors=len(run.cases) - len(solved),
        asked=sum(any(call.function == GET_DETAILS for call in calls) for calls in made),
        kinds=Counter(case.asked for case in run.cases),
        refusals=sum(task_kind(case.instance, case.asked) == "none" for case in solved),
        not_shown=[len(set(own_functions(case.record)) - set(shown)) for case in solved
                   if isinstance(shown := case.instance.get("functions"), list)])
    corpus.left_out.update(reason for case in run.cases if (reason := exclusion_reason(case.instance, case.asked)))
    if tokenizer is not None:
        _count_tokens(corpus, run.cases, segments, tokenizer)
    return corpus


def _functions_called(run: Run) -> int:
    """Return how many functions of the APIs are called in at least one conversation."""
    called = {(case.api, call.function) for case in run.cases for call in predicted_calls(case.instance)}
    return sum((record["Name"], name) in called for record in run.records
               for name in record.get("Function_Projection") or {})


def _count_tokens(corpus: CorpusFigures, cases: Iterable[Case], segments: Segments, tokenizer: Any) -> None:
    for case in cases:
        if exclusion_reason(case.instance, case.asked) or "Function_Description" not in case.record:
            continue
        pieces = segments(case.record, case.instance)
        lengths = [len(encoded.ids) for encoded in
                   tokenizer.encode_batch([text for text, _ in pieces], add_special_tokens=False)]
        corpus.tokens.append(sum(lengths))
        corpus.trained_tokens += sum(length for length, (_, trained) in zip(lengths, pieces, strict=True) if trained)


def corpus_table(corpora: Sequence[CorpusFigures]) -> tuple[list[str], list[list[str]]]:
    """Return header and rows: the runs first, then the paper's columns; unknown figures are empty cells."""
    columns = {corpus.name: corpus.rows() for corpus in corpora} | PAPER_COLUMNS
    names = list(dict.fromkeys(name for corpus in corpora for name in corpus.rows()))
    return ["", *columns], [[name, *(cells.get(name, "") for cells in columns.values())] for name in names]


def verb_noun(instructions: Iterable[str]) -> Counter[tuple[str, str]]:
    """Return how many instructions begin with each verb-noun pair; instructions without a pair are not counted."""
    return Counter(pair for text in instructions if (pair := first_pair(text)))


def first_pair(text: str) -> tuple[str, str] | None:
    """Return the first verb of an instruction that is followed by a noun, in lower case, and the noun in the
    singular."""
    from textblob.en import tag

    words = [(word, kind) for word, kind in tag(text, tokenize=True) if word]
    for place, (word, _) in enumerate(words):
        if _is_verb(words, place):
            noun = _noun_after(words, place)
            if noun:
                return word.lower(), noun
    return None


def _is_verb(words: Sequence[Tagged], place: int) -> bool:
    """Return whether a word is a verb that asks for something.

    The tagger takes many imperatives for nouns, so a word after "to" or "please", or one that opens a sentence before
    an article, counts as a verb too.
    """
    word, kind = words[place]
    if word.lower() in _AUXILIARIES or not word.isalpha():
        return False
    before = words[place - 1] if place else (".", ".")
    after = words[place + 1][1] if place + 1 < len(words) else "."
    if kind in ("VB", "VBP"):
        return True
    opens = before[0].lower() == "please" or before[1] in (".", ":")
    return kind.startswith("NN") and kind != "NNP" and (
        before[1] == "TO" or (opens and after in ("DT", "PRP$", "JJ", "PRP")))


def _noun_after(words: Sequence[Tagged], verb: int) -> str | None:
    """Return the last noun of the noun phrase that follows the verb."""
    noun = None
    for word, kind in words[verb + 1:verb + 1 + _WORDS_TO_NOUN]:
        if kind in ("NN", "NNS") and word.isalpha():
            noun = _noun_form(word) if kind == "NNS" else word.lower()
        elif noun or kind not in _MODIFIERS:
            break
    return noun


def _noun_form(word: str) -> str:
    from textblob.en.inflect import singularize

    return str(singularize(word.lower()))


@dataclass(frozen=True)
class NearDuplicate:
    """Two instructions, by index, and the Jaccard similarity of their words and word bigrams."""

    first: int
    second: int
    similarity: float


@dataclass
class Diversity:
    """Diversity figures of one run. `distinct_ngrams` is distinct-n (Li et al. 2016) for n from 1 to 4."""

    instructions: int
    distinct: int
    distinct_ngrams: dict[int, float] = field(default_factory=dict)
    self_bleu: float | None = None
    sample: int = 0
    near: list[NearDuplicate] = field(default_factory=list)
    near_count: int = 0  # instructions with at least one near-duplicate


def diversity(instructions: Sequence[str], seed: int = 0) -> Diversity:
    """Return the diversity of a run's instructions; texts are compared in lower case."""
    texts = [_WORD.findall(text.lower()) for text in instructions]
    found = Diversity(len(texts), len({tuple(text) for text in texts}))
    if not texts:
        return found
    found.distinct_ngrams = {size: _distinct(texts, size) for size in (1, 2, 3, 4)}
    sample = random.Random(seed).sample(texts, min(_SAMPLE, len(texts)))
    found.self_bleu, found.sample = _self_bleu(sample), len(sample)
    pairs = near_duplicates(instructions)
    found.near = sorted(pairs, key=lambda pair: (-pair.similarity, pair.first, pair.second))[:MOST_PAIRS]
    found.near_count = len({place for pair in pairs for place in (pair.first, pair.second)})
    return found


def _distinct(texts: Sequence[Sequence[str]], size: int) -> float:
    from nltk.util import ngrams

    grams = [gram for text in texts for gram in ngrams(text, size)]
    return round(len(set(grams)) / len(grams), 4) if grams else 0.0


def _self_bleu(texts: Sequence[Sequence[str]]) -> float | None:
    """Return the mean BLEU-4 of each text against all others (Zhu et al. 2018); None for fewer than two texts."""
    from nltk.translate.bleu_score import SmoothingFunction, sentence_bleu

    if len(texts) < 2:
        return None
    smooth = SmoothingFunction().method1
    scores = [sentence_bleu([*texts[:place], *texts[place + 1:]], text, smoothing_function=smooth)
              for place, text in enumerate(texts)]
    return round(float(sum(scores)) / len(scores), 4)


def near_duplicates(texts: Sequence[str]) -> list[NearDuplicate]:
    """Return the pairs of texts that are near-duplicates."""
    from toolalpaca.matching.language.near_duplicates import NearDuplicates

    index = NearDuplicates()
    return [NearDuplicate(first, place, round(similarity, 2))
            for place, text in enumerate(texts) for first, similarity in index.add(text)]
