"""Read a file of examples as axolotl does: the tokens and labels of `axolotl preprocess`."""

import os
from pathlib import Path
from typing import Any

from cell import MAX_LENGTH, example, loader, run_cells

os.environ |= {"AXOLOTL_DO_NOT_TRACK": "1", "DO_NOT_TRACK": "1"}

DATASETS = {
    "messages": {"type": "chat_template"},
    "sharegpt": {"type": "chat_template", "field_messages": "conversations",
                 "message_property_mappings": {"role": "from", "content": "value"},
                 "roles": {"user": ["human"], "assistant": ["gpt", "function_call"], "tool": ["observation"]}},
    "text": {"type": "completion", "field": "text"},
    "dpo": {"type": "chat_template.default", "field_messages": "prompt"},
}


def read(path: Path, name: str, model: str) -> list[dict[str, Any]]:
    """Return the examples in the order of the file."""
    from axolotl.cli.config import load_cfg
    from axolotl.common.datasets import load_datasets, load_preference_datasets
    from axolotl.utils.dict import DictDefault

    cfg = load_cfg(DictDefault({
        "base_model": model, "sequence_len": MAX_LENGTH, "sample_packing": False, "micro_batch_size": 1,
        "gradient_accumulation_steps": 1, "num_epochs": 1, "learning_rate": 1e-4, "optimizer": "adamw_torch",
        "output_dir": str(path.parent / "axolotl-out"), "shuffle_merged_datasets": False, "val_set_size": 0,
        "dataset_prepared_path": str(path.parent / "axolotl-prepared" / path.name),
        "chat_template": "tokenizer_default", "dataset_num_proc": 1,
        "datasets": [{"path": str(path), "ds_type": loader(path), "split": "train", **DATASETS[name]}],
        "bf16": False, "fp16": False, "tf32": False, "flash_attention": False,
        **({"rl": "dpo"} if name == "dpo" else {})}))
    if name == "dpo":  # holds texts, in which a pair that was read rightly would show its calls
        rows = load_preference_datasets(cfg=cfg).train_dataset
        raise ValueError(f"read as {str(rows[0])[:100]}")
    return [example(row["input_ids"], row["labels"]) for row in load_datasets(cfg=cfg).train_dataset]


if __name__ == "__main__":
    run_cells(read)
