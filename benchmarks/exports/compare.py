"""A trainer's tokens beside those of train.py: the same ones, the same ones trained, or how they differ.

    python benchmarks/exports/compare.py MODEL TEMPLATE

gives the tiny model another chat template and the special tokens that occur in it, as run.py --template does.
"""

import json
import re
import sys
from collections import Counter
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

from cell import parser_of

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

Example = dict[str, Any]  # "ids", and "trained": 0 or 1 for each


def outcome(found: list[Example] | str, file: Path, model: Path) -> str:
    """Return in words what became of a cell."""
    if isinstance(found, str):
        return found
    expected = reference(file.with_suffix(".jsonl"), file.stem, model)
    if len(found) != len(expected):
        return f"wrong: {len(found)} examples instead of {len(expected)}"
    pairs = [(_up_to_end(one, model), _up_to_end(other, model)) for one, other in zip(found, expected, strict=True)]
    kinds = [_difference(one, other, model) for one, other in pairs]
    words = [f"{count} of {len(pairs)} {kind}" for kind, count in Counter(kinds).most_common()]
    shown = next((_first_difference(*pair, model) for pair, kind in zip(pairs, kinds, strict=True)
                  if "other" in kind), "")
    return "; ".join(words) + shown


def _difference(one: Example, other: Example, model: Path) -> str:
    """Return how a trainer's example differs from ours."""
    if one == other:
        return "the same tokens, the same trained"
    if one["ids"] != other["ids"]:
        texts = ["".join("".join(trained_texts(example, model)).split()) for example in (one, other)]
        return f"other tokens, {'the same' if texts[0] == texts[1] else 'other'} trained text"
    differing = {tokenizer_of(model).decode([token]).strip() for token, mine, theirs in
                 zip(one["ids"], one["trained"], other["trained"], strict=True) if mine != theirs}
    return "the same tokens, the same trained but for line breaks around a turn" if differing == {""} else (
        f"the same tokens, others trained, such as {sorted(differing)[-1][:30]!r}")


def _first_difference(one: Example, other: Example, model: Path) -> str:
    """Return the text around the first token, or the first label, in which the examples differ."""
    place = next((place for place, (mine, theirs) in enumerate(zip(
        zip(*one.values(), strict=True), zip(*other.values(), strict=True), strict=False)) if mine != theirs), 0)
    shown = [tokenizer_of(model).decode(example["ids"][max(place - 6, 0):place + 14])[:80] for example in (one, other)]
    return f"; first {shown[0]!r} instead of {shown[1]!r}"


def _up_to_end(example: Example, model: Path) -> Example:
    """Return the example up to its last trained token that is not blank, its first token, which nothing predicts, as
    not trained."""
    decode = tokenizer_of(model).decode
    last = next((place for place in range(len(example["ids"]) - 1, -1, -1)
                 if example["trained"][place] and decode([example["ids"][place]]).strip()), -1) + 1
    return {"ids": example["ids"][:last], "trained": [0, *example["trained"][1:last]]}


def trained_texts(example: Example, model: Path) -> list[str]:
    """Return the trained pieces of an example as text."""
    pairs = zip(example["trained"], example["ids"], strict=True)
    return [tokenizer_of(model).decode([token for _, token in group])
            for trained, group in groupby(pairs, key=lambda pair: pair[0]) if trained]


@cache
def tokenizer_of(model: Path) -> Any:
    """Return the tokenizer of the tiny model."""
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(model)


@cache
def reference(file: Path, name: str, model: Path) -> list[Example]:
    """Return what the examples of a JSONL file are as train.py trains them; `sharegpt` as its twin `messages`."""
    rows = [json.loads(line) for line in file.with_stem("messages" if name == "sharegpt" else name).read_text(
        encoding="utf-8").splitlines()]
    if name == "text":
        tokenizer = tokenizer_of(model)
        return [_all_trained(tokenizer(row["text"] + tokenizer.eos_token)["input_ids"]) for row in rows]
    if name == "dpo":
        return [_pair_side(row, side, model) for row in rows for side in ("chosen", "rejected")]
    from toolalpaca.training.encoders import ChatEncoder

    chat = ChatEncoder(tokenizer_of(model))
    return [{"ids": tokens.input_ids.tolist(), "trained": tokens.trained.astype(int).tolist()}
            for row in rows for tokens in chat.encode(chat.examples(row))]


def _all_trained(ids: list[int]) -> Example:
    return {"ids": ids, "trained": [1] * len(ids)}


def _pair_side(row: dict[str, Any], side: str, model: Path) -> Example:
    """Return one side of a pair: everything after the prompt is trained, answers of functions included."""
    apply = tokenizer_of(model).apply_chat_template
    prompt = apply(row["prompt"], tools=row["tools"], add_generation_prompt=True)["input_ids"]
    whole = apply(row["prompt"] + row[side], tools=row["tools"])["input_ids"]
    return {"ids": whole, "trained": [int(place >= len(prompt)) for place in range(len(whole))]}


def give_template(model: Path, template: Path) -> None:
    """Save the tiny model with another template and with that template's special tokens."""
    from transformers import AutoModelForCausalLM

    tokenizer, text = tokenizer_of(model), template.read_text(encoding="utf-8")
    ends = sorted(set(re.findall(r"<\|\w+\|>", text)))
    tokenizer.add_special_tokens({"additional_special_tokens": ends})
    if "<|im_end|>" in ends:
        tokenizer.eos_token = "<|im_end|>"
    tokenizer.chat_template = text
    tokenizer.save_pretrained(model)
    made = AutoModelForCausalLM.from_pretrained(model)
    made.resize_token_embeddings(len(tokenizer))
    made.config.eos_token_id = tokenizer.eos_token_id
    made.save_pretrained(model)


if __name__ == "__main__":
    parser = parser_of(__doc__)
    parser.add_argument("model", type=Path, help="the folder of the tiny model")
    parser.add_argument("template", type=Path, help="the file of the chat template")
    give_template(**vars(parser.parse_args()))
