"""Count how much of a file in the format messages is left if examples are cut at a length, as trainers do by default.

    python benchmarks/exports/lengths.py data/messages.jsonl runs/smollm2 --every 10
"""

import argparse
import sys
from itertools import islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

LENGTHS = {512: "axolotl (sequence_len)", 1024: "TRL (max_length)", 2048: "LLaMA-Factory (cutoff_len)", 4096: ""}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, help="examples in the format messages")
    parser.add_argument("model", type=Path, help="the model folder with tokenizer and chat template")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="take every Nth example")
    args = parser.parse_args()

    import numpy as np
    from transformers import AutoTokenizer

    from toolalpaca.data.example_files import read_examples
    from toolalpaca.training.encoders import ChatEncoder

    chat = ChatEncoder(AutoTokenizer.from_pretrained(args.model))
    rows = [np.asarray(tokens.trained) for value in islice(read_examples(args.file), 0, None, args.every)
            for tokens in chat.encode(chat.examples(value))]
    trained = sum(int(row.sum()) for row in rows)
    print(f"{len(rows)} examples, {sum(map(len, rows)) / len(rows):.0f} tokens on average, "
          f"the longest {max(map(len, rows))}\n| cut at | default of | examples that are longer | trained tokens kept |"
          "\n|---|---|---|---|")
    for length, trainer in LENGTHS.items():
        kept = sum(int(row[:length].sum()) for row in rows)
        longer = sum(len(row) > length for row in rows)
        print(f"| {length:,} | {trainer} | {longer / len(rows):.0%} | {kept / trained:.0%} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
