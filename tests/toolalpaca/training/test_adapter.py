"""Adapters in the last layers only, published in half the size, and merged with their base again."""

import shutil
from pathlib import Path
from typing import Any

import torch

from toolalpaca.training.adapter import main

BATCH = ("--per_device_train_batch_size", "4", "--max_steps", "4", "--learning_rate", "0.05")


def test_adapters_in_the_last_layer_are_published_and_merged(run_train: Any, tiny_model: Path, tmp_path: Path) -> None:
    from peft import PeftModel
    from safetensors.torch import load_file, save_file
    from transformers import AutoModelForCausalLM, AutoTokenizer

    done = run_train(*BATCH, "--lora_r", "4", "--lora_layers", "1")
    assert done.code == 0, done.error
    names = list(load_file(done.folder / "adapter_model.safetensors"))
    assert len(names) == 14 and all(".layers.1." in name for name in names)  # seven matrices of the last layer

    small, whole = tmp_path / "small", tmp_path / "whole"
    assert main(["publish", "--adapter", str(done.folder), "--out", str(small), "--name", "someone/base"]) == 0
    assert all(value.dtype is torch.bfloat16 for value in load_file(small / "adapter_model.safetensors").values())
    assert str(tiny_model) not in (small / "adapter_config.json").read_text()

    assert main(["merge", "--adapter", str(small), "--base", str(tiny_model), "--out", str(whole)]) == 0
    trained = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(tiny_model), str(done.folder)).eval()
    ids = torch.arange(20)[None]
    with torch.no_grad():
        merged = AutoModelForCausalLM.from_pretrained(whole).eval()(ids).logits
        torch.testing.assert_close(merged, trained(ids).logits, rtol=0.05, atol=0.1)
    prompt = [{"role": "user", "content": "ASSISTANT Thought:"}]
    assert AutoTokenizer.from_pretrained(whole).apply_chat_template(prompt, tokenize=False) == "ASSISTANT Thought:"

    zero, half = Path(shutil.copytree(small, tmp_path / "zero")), tmp_path / "half"
    save_file({name: value * 0 for name, value in load_file(small / "adapter_model.safetensors").items()},
              zero / "adapter_model.safetensors")
    assert main(["publish", "--adapter", str(small), str(zero), "--out", str(half), "--name", "someone/base"]) == 0
    published, mean = (load_file(folder / "adapter_model.safetensors") for folder in (small, half))
    assert all(torch.equal(mean[name], published[name] / 2) for name in published)


def test_more_layers_than_the_model_has_is_a_usage_error(run_train: Any) -> None:
    assert "the model has 2 layers" in run_train(*BATCH, "--lora_r", "4", "--lora_layers", "3").error
    assert "--lora_layers needs --lora_r" in run_train(*BATCH, "--lora_layers", "1").error


def test_training_continues_from_the_adapters_of_an_earlier_run(run_train: Any, tmp_path: Path) -> None:
    from safetensors.torch import load_file

    first = run_train(*BATCH, "--lora_r", "4", "--lora_layers", "1")
    kept = first.folder.rename(tmp_path / "first")
    again = run_train(*BATCH, "--learning_rate", "0", "--lora_r", "4", "--start_adapter", str(kept))
    assert again.code == 0, again.error
    before, after = (load_file(folder / "adapter_model.safetensors") for folder in (kept, again.folder))
    assert before.keys() == after.keys() and all(torch.equal(before[name], after[name]) for name in before)
    assert "have rank 4" in run_train(*BATCH, "--lora_r", "2", "--start_adapter", str(kept)).error
    assert "adapter_config.json: no such file" in run_train(
        *BATCH, "--lora_r", "4", "--start_adapter", str(tmp_path)).error
