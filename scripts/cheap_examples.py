"""Choose training examples that cost little: short ones, of APIs that have several, so that they share a prompt.

    python scripts/cheap_examples.py -api runs/experiment/sft_data.json -out runs/experiment/sft_cheap.json \
        --tokenizer runs/experiment/base --longest 1200 --conversation 350 --per_api 7
"""

import argparse
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from toolalpaca.core.cli import positive_int, run_main, stage_parser
from toolalpaca.core.log import log_line
from toolalpaca.data.example_files import read_examples, write_examples

_CONVERSATION = "\n\nUSER:"  # what begins after the prompt that the examples of an API share


def chosen(examples: list[Any], tokenizer: Any, longest: int, conversation: int, per_api: int) -> list[Any]:
    """Return the examples within both limits, in tokens, of the prompts that are left with at least `per_api`."""
    prompts = [example[0][0].partition(_CONVERSATION)[0] for example in examples]
    known = list(dict.fromkeys(prompts))
    shared = dict(zip(known, _lengths(tokenizer, known), strict=True))
    groups: dict[str, list[Any]] = {}
    lengths = _lengths(tokenizer, ["".join(example[0]) for example in examples])
    for example, prompt, whole in zip(examples, prompts, lengths, strict=True):
        if whole <= longest and whole - shared[prompt] <= conversation:
            groups.setdefault(prompt, []).append(example)
    return [example for group in groups.values() if len(group) >= per_api for example in group]


def _lengths(tokenizer: Any, texts: list[str]) -> list[int]:
    return [len(ids) for ids in tokenizer(texts)["input_ids"]]


def parse_args(argv: list[str] | None) -> argparse.Namespace:
    parser = stage_parser(__doc__)
    parser.add_argument("-api", required=True, metavar="FILE", nargs="+", type=Path,
                        help="examples in the format segments")
    parser.add_argument("-out", required=True, metavar="FILE", type=Path, help="the chosen ones")
    parser.add_argument("--tokenizer", required=True, metavar="FOLDER", help="the model whose tokens are counted")
    parser.add_argument("--longest", metavar="N", type=positive_int, default=1200, help="tokens of an example")
    parser.add_argument("--conversation", metavar="N", type=positive_int, default=350,
                        help="tokens of an example after its API's prompt")
    parser.add_argument("--per_api", metavar="N", type=positive_int, default=7,
                        help="an API with fewer examples within the limits is left out")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)

    from transformers import AutoTokenizer

    examples = [example for path in args.api for example in read_examples(path)]
    kept = chosen(examples, AutoTokenizer.from_pretrained(args.tokenizer, trust_remote_code=False), args.longest,
                  args.conversation, args.per_api)
    write_examples(args.out, kept)
    log_line(f"cheap_examples: {len(kept)} of {len(examples)} examples: {args.out}")
    return 0


if __name__ == "__main__":
    run_main(main)
