"""Says what TRL makes of a file of examples: two steps of its trainer, and whether prompts hold the calls as written.

Run by run.py in an environment of its own: FILE FORMAT MODEL.
"""

import json
import os
import sys
from pathlib import Path

os.environ |= {"HF_HUB_OFFLINE": "1", "CUDA_VISIBLE_DEVICES": ""}

from datasets import load_dataset  # noqa: E402
from transformers import AutoTokenizer  # noqa: E402
from trl import DPOConfig, DPOTrainer, SFTConfig, SFTTrainer  # noqa: E402

COMMON = {"max_length": 2048, "max_steps": 2, "per_device_train_batch_size": 2, "report_to": "none", "use_cpu": True,
          "bf16": False, "save_strategy": "no", "logging_steps": 1, "gradient_checkpointing": False}


def main(path: Path, name: str, model: str) -> str:
    """Return the outcome in words."""
    kind = "parquet" if path.suffix == ".parquet" else "json"
    try:
        data = load_dataset(kind, data_files=str(path), split="train", cache_dir=str(path.parent / "cache"))
        trainer = trainer_of(name, data, model, path.parent / "trl")
        trainer.train()
    except Exception as error:  # whatever it is, it is the outcome of the cell
        return f"refused: {type(error).__name__}: {' '.join(str(error).split())[:90]}"
    wrong = rendered_otherwise(data, path, name, model)
    return f"wrong: {wrong}" if wrong else "trains; calls as written"


def trainer_of(name: str, data, model: str, out: Path):
    """Return the trainer that reads the format."""
    tokenizer = AutoTokenizer.from_pretrained(model)
    if name == "dpo":
        return DPOTrainer(model, args=DPOConfig(str(out), **COMMON), train_dataset=data, processing_class=tokenizer)
    return SFTTrainer(model, args=SFTConfig(str(out), **COMMON), train_dataset=data, processing_class=tokenizer)


def rendered_otherwise(data, path: Path, name: str, model: str) -> str:
    """Return the first example whose text by the chat template differs from that of the file read as plain JSON."""
    if name not in ("messages", "dpo"):
        return ""
    tokenizer = AutoTokenizer.from_pretrained(model)
    lines = path.with_suffix(".jsonl").read_text(encoding="utf-8").splitlines()
    for place, (row, line) in enumerate(zip(data, lines, strict=True)):
        texts = [tokenizer.apply_chat_template(messages_of(one), tools=one["tools"], tokenize=False)
                 for one in (row, json.loads(line))]
        if texts[0] != texts[1]:
            return f"example {place} reads {texts[0][-80:]!r}"
    return ""


def messages_of(example: dict) -> list:
    """Return the messages of an example, those of a pair with the chosen ones."""
    return example["messages"] if "messages" in example else example["prompt"] + example["chosen"]


if __name__ == "__main__":
    print(main(Path(sys.argv[1]), sys.argv[2], sys.argv[3]))
