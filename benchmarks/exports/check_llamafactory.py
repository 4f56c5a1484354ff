"""Read a file of examples as LLaMA-Factory does: the tokens and labels of its supervised or pre-training stage."""

import json
from pathlib import Path
from typing import Any

from cell import MAX_LENGTH, example, run_cells

TAGS = {"role_tag": "role", "content_tag": "content", "user_tag": "user", "assistant_tag": "assistant",
        "observation_tag": "tool", "function_tag": "function_call", "system_tag": "system"}
ENTRIES = {  # of dataset_info.json
    "messages": {"formatting": "openai", "columns": {"messages": "messages", "tools": "tools"}, "tags": TAGS},
    "sharegpt": {"formatting": "sharegpt",
                 "columns": {"messages": "conversations", "system": "system", "tools": "tools"}},
    "text": {"columns": {"prompt": "text"}},
    "dpo": {"formatting": "openai", "ranking": True, "tags": TAGS,
            "columns": {"messages": "prompt", "chosen": "chosen", "rejected": "rejected", "tools": "tools"}},
}
STAGES = {"text": "pt", "dpo": "rm"}


def read(path: Path, name: str, model: str) -> list[dict[str, Any]]:
    """Return the examples of the stage that reads the format."""
    from llamafactory.data import get_dataset, get_template_and_fix_tokenizer
    from llamafactory.hparams import get_train_args
    from llamafactory.model import load_tokenizer

    folder = path.parent / "llamafactory-data"
    folder.mkdir(exist_ok=True)
    (folder / "dataset_info.json").write_text(json.dumps({"cell": ENTRIES[name] | {"file_name": str(path)}}))
    stage = STAGES.get(name, "sft")
    model_args, data_args, training_args, _, _ = get_train_args({
        "model_name_or_path": model, "stage": stage, "do_train": True, "dataset": "cell", "dataset_dir": str(folder),
        "template": "qwen", "cutoff_len": MAX_LENGTH, "output_dir": str(path.parent / "llamafactory-out"),
        "use_cpu": True, "overwrite_cache": True, "cache_dir": str(path.parent / "llamafactory-cache"),
        "finetuning_type": "full", "packing": False, "report_to": "none"})
    loaded = load_tokenizer(model_args)
    template = get_template_and_fix_tokenizer(loaded["tokenizer"], data_args)
    rows = get_dataset(template, model_args, data_args, training_args, stage=stage, **loaded)["train_dataset"]
    if name == "dpo":
        return [example(row[f"{side}_input_ids"], row[f"{side}_labels"]) for row in rows
                for side in ("chosen", "rejected")]
    return [example(row["input_ids"], row.get("labels") or row["input_ids"]) for row in rows]


if __name__ == "__main__":
    run_cells(read)
