"""Read a file of examples as TRL does: the tokens and labels that its trainers hold after two steps."""

from pathlib import Path
from typing import Any

from cell import IGNORED, MAX_LENGTH, example, loader, run_cells

COMMON = {"max_length": MAX_LENGTH, "max_steps": 2, "per_device_train_batch_size": 1, "report_to": "none",
          "use_cpu": True, "bf16": False, "save_strategy": "no", "logging_steps": 1, "gradient_checkpointing": False}


def read(path: Path, name: str, model: str) -> list[dict[str, Any]]:
    """Return the examples of the trainer that reads the format."""
    from datasets import load_dataset
    from transformers import AutoTokenizer
    from trl import DPOConfig, DPOTrainer, SFTConfig, SFTTrainer

    data = load_dataset(loader(path), data_files=str(path), split="train", cache_dir=str(path.parent / "cache"))
    settings, tokenizer = {**COMMON, "output_dir": str(path.parent / "trl")}, AutoTokenizer.from_pretrained(model)
    if name == "dpo":
        trainer: Any = DPOTrainer(model, args=DPOConfig(**settings), train_dataset=data, processing_class=tokenizer)
        trainer.train()
        return [example(row["prompt_ids"] + row[side], [IGNORED] * len(row["prompt_ids"]) + row[side])
                for row in trainer.train_dataset for side in ("chosen_ids", "rejected_ids")]
    arguments = SFTConfig(**settings, assistant_only_loss=name != "text")
    trainer = SFTTrainer(model, args=arguments, train_dataset=data, processing_class=tokenizer)
    trainer.train()
    return [example(row["input_ids"], row.get("labels") or row["input_ids"]) for row in trainer.train_dataset]


if __name__ == "__main__":
    run_cells(read)
