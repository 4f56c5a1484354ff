"""Check that the chat templates of TRL write the same text of messages.parquet and .jsonl as of the plain objects.

    runs/exports/venv-trl/bin/python benchmarks/exports/check_templates.py runs/exports/own
"""

import json
import sys
from pathlib import Path
from typing import Any

from cell import loader, parser_of


def main() -> int:
    """Print a line for each template that knows tools; the exit code."""
    parser = parser_of(__doc__)
    parser.add_argument("folder", type=Path, help="the examples and the model `tiny` that run.py wrote")
    folder = parser.parse_args().folder

    import trl
    from datasets import load_dataset
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder / "tiny")
    files = [folder / "messages.parquet", folder / "messages.jsonl"]
    plain = [json.loads(line) for line in files[1].read_text(encoding="utf-8").splitlines()]
    loaded = [list(load_dataset(loader(file), data_files=str(file), split="train", cache_dir=str(folder / "cache")))
              for file in files]
    wrong = 0
    for template in sorted(Path(trl.__file__).parent.glob("chat_templates/*.jinja")):
        text = template.read_text(encoding="utf-8")
        if "tools" not in text:
            continue
        expected, *others = ([rendered(tokenizer, text, row) for row in rows] for rows in (plain, *loaded))
        refused = {line for line in expected if line.startswith("refused: ")}
        alike = all(other == expected for other in others)
        wrong += not alike
        print(template.stem, "the same text" if alike else "WRONG: another text", *refused, sep="; ")
    return int(wrong > 0)


def rendered(tokenizer: Any, template: str, row: dict[str, Any]) -> str:
    """Return a conversation as the template's text, or why the template refuses it."""
    try:
        return str(tokenizer.apply_chat_template(row["messages"], tools=row["tools"], tokenize=False,
                                                 chat_template=template))
    except Exception as error:  # a template raises whatever it likes
        return f"refused: {error}"


if __name__ == "__main__":
    sys.exit(main())
