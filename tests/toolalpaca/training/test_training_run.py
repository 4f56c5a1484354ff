"""Whole training runs on a tiny model: what is saved, logged, resumed and refused."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from training_examples import messages_example, segments_example

from toolalpaca.data.example_files import write_examples

BATCH = ("--per_device_train_batch_size", "4")


def history(folder: Path) -> list[dict[str, Any]]:
    return json.loads((folder / "trainer_state.json").read_text())["log_history"]


def weights(folder: Path) -> dict[str, torch.Tensor]:
    from safetensors.torch import load_file

    return load_file(folder / "model.safetensors")


def assert_same_weights(first: Path, second: Path) -> None:
    for name, tensor in weights(first).items():
        torch.testing.assert_close(tensor, weights(second)[name], rtol=1e-4, atol=1e-6)


def test_learns_logs_and_leaves_a_model_folder(run_train: Any, tiny_model: Path) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    done = run_train(*BATCH, "--num_train_epochs", "3", "--learning_rate", "0.01", "--peak_tflops", "0.1")
    assert done.code == 0
    AutoModelForCausalLM.from_pretrained(done.folder)
    assert AutoTokenizer.from_pretrained(done.folder).eos_token == "<|end|>"
    entries = [entry for entry in history(done.folder) if "loss" in entry]
    assert len(entries) == 18 and entries[-1]["loss"] < 0.8 * entries[0]["loss"]
    for entry in entries:
        assert 0 <= entry["padding_share"] < 1
        assert entry["non_padding_tokens_per_second"] <= entry["tokens_per_second"]
        assert entry["model_flops_utilisation"] > 0 and entry["peak_memory_gb"] > 0
    assert history(done.folder)[-1]["whole_run"]["tokens_per_second"] > 0
    assert (done.folder / "loss.png").read_bytes().startswith(b"\x89PNG")
    log = json.loads((done.folder / "run_log.jsonl").read_text())
    assert (log["stage"], log["made"], log["settings"]["updates"]) == ("train", 24, 18)


@pytest.mark.parametrize("make", [segments_example, messages_example])
def test_the_golden_prompt_is_what_the_trained_model_is_served_with(run_train: Any, tmp_path: Path, make: Any) -> None:
    from transformers import AutoTokenizer

    from toolalpaca.conversation.golden_prompt import read_golden_prompt, served_differently

    write_examples(tmp_path / "data.json", [make(number) for number in range(4)])
    done = run_train(*BATCH, data=tmp_path / "data.json")
    assert done.code == 0, done.error
    golden, tokenizer = read_golden_prompt(done.folder), AutoTokenizer.from_pretrained(done.folder)
    assert golden and "city 0?" in golden["text"] and served_differently(golden, tokenizer) is None


def test_tensorboard_gets_the_log(run_train: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TENSORBOARD_LOGGING_DIR", "")
    done = run_train(*BATCH, "--report_to", "tensorboard", "--logging_dir", str(tmp_path / "board"))
    assert done.code == 0
    assert list((tmp_path / "board").rglob("events.out.tfevents.*"))


def test_the_loss_is_that_of_the_trained_tokens(run_train: Any, tiny_model: Path, examples_file: Path) -> None:
    """Before any update, the logged loss is the mean over trained tokens, computed here without the trainer."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from toolalpaca.training.encoders import SegmentEncoder

    model = AutoModelForCausalLM.from_pretrained(tiny_model)
    tokeniser = SegmentEncoder(AutoTokenizer.from_pretrained(tiny_model))
    examples = json.loads(examples_file.read_text())
    total = trained = 0.0
    for tokens in tokeniser.encode(examples):
        with torch.no_grad():
            logits = model(input_ids=torch.tensor(tokens.input_ids[None].astype("int64"))).logits[0]
        losses = torch.nn.functional.cross_entropy(logits[:-1], torch.tensor(tokens.input_ids[1:].astype("int64")),
                                                   reduction="none")
        total += losses[torch.tensor(tokens.trained[1:])].sum().item()
        trained += tokens.trained.sum()
    for flags in (("--per_device_train_batch_size", "24"), ("--per_device_train_batch_size", "3",
                  "--gradient_accumulation_steps", "8"), ("--packing", "--per_device_train_batch_size", "99",
                  "--model_max_length", "300"), ("--lazy_preprocess", "True", "--per_device_train_batch_size", "24")):
        done = run_train(*flags)
        assert done.code == 0, done.error
        assert history(done.folder)[0]["loss"] == pytest.approx(total / trained, rel=2e-4), flags


@pytest.mark.parametrize("flags", [
    (), ("--packing", "--model_max_length", "300"),
    pytest.param(("--lazy_preprocess", "True"), marks=pytest.mark.slow),
    pytest.param(("--lora_r", "4"), marks=pytest.mark.slow)])
def test_resumed_and_uninterrupted_runs_end_alike(run_train: Any, flags: tuple[str, ...]) -> None:
    save = ("--save_strategy", "steps", "--save_steps", "5", "--num_train_epochs", "2", "--learning_rate", "0.01",
            "--per_device_train_batch_size", "3", *flags)
    whole = run_train(*save, out="whole")
    assert whole.code == 0, whole.error
    steps = history(whole.folder)[-1]["step"]
    assert steps > 6
    shutil.copytree(whole.folder, whole.folder.with_name("broken"))
    broken = whole.folder.with_name("broken")
    for folder in broken.glob("checkpoint-*"):
        if folder.name != "checkpoint-5":
            shutil.rmtree(folder)
    shutil.copytree(broken / "checkpoint-5", broken / "checkpoint-7")
    (broken / "checkpoint-7" / "checkpoint_files.json").unlink()  # killed before it was vouched for
    shutil.copytree(broken / "checkpoint-5", broken / "checkpoint-8")
    cut = broken / "checkpoint-8" / ("adapter_model.safetensors" if "--lora_r" in flags else "model.safetensors")
    cut.write_bytes(cut.read_bytes()[:-100])  # a file that lost its end
    shutil.copytree(broken / "checkpoint-5", broken / "checkpoint-9")  # whole, but of another update
    resumed = run_train(*save, out="broken")
    assert resumed.code == 0, resumed.error
    assert "checkpoint-8: not saved to its end" in resumed.err and "checkpoint-7: not saved" in resumed.err
    assert "checkpoint-9: holds update 5" in resumed.err
    assert f"resuming from {broken / 'checkpoint-5'}" in resumed.err
    before, after = ([(entry["step"], entry["loss"]) for entry in history(folder) if "loss" in entry]
                     for folder in (whole.folder, broken))
    assert [step for step, _ in before] == [step for step, _ in after]
    assert [loss for _, loss in after] == pytest.approx([loss for _, loss in before], rel=1e-4)
    if "--lora_r" not in flags:
        assert_same_weights(whole.folder, broken)


def test_the_limit_keeps_the_newest_whole_checkpoints(run_train: Any) -> None:
    from toolalpaca.training.resume import checkpoints, damage

    done = run_train(*BATCH, "--save_strategy", "steps", "--save_steps", "1", "--save_total_limit", "2")
    assert done.code == 0
    left = checkpoints(done.folder)
    assert [folder.name for folder in left] == ["checkpoint-5", "checkpoint-6"]
    assert all(damage(folder) is None for folder in left)


def test_another_runs_checkpoint_is_refused_until_overwritten(run_train: Any) -> None:
    save = (*BATCH, "--save_strategy", "epoch")
    assert run_train(*save).code == 0
    refused = run_train(*save, "--model_max_length", "400")
    assert refused.code == 2
    assert "another model_max_length" in refused.error and "--overwrite" in refused.error
    again = run_train(*save, "--model_max_length", "400", "--overwrite_output_dir", "True")
    assert again.code == 0 and "going on" not in again.err


def test_examples_too_long_are_counted(run_train: Any) -> None:
    dropped = run_train(*BATCH, "--model_max_length", "150")
    assert dropped.code == 0, dropped.error
    assert "examples have more than 150 tokens" in dropped.err and "0 cut (--overlong drop)" in dropped.err
    assert "the prompt with its list of functions alone is over the limit in records" in dropped.err
    assert "('You are an assistant who uses the functions of the Clock API to help the user.')" in dropped.err
    cut = run_train(*BATCH, "--model_max_length", "150", "--overlong", "truncate_left")
    assert cut.code == 0 and "0 left out" in cut.err
    refused = run_train(*BATCH, "--model_max_length", "150", "--overlong", "error")
    assert refused.code == 2 and "--overlong is error" in refused.error
    assert run_train("--model_max_length", "20").code == 2
    lazy = run_train(*BATCH, "--model_max_length", "150", "--lazy_preprocess", "True")
    assert lazy.code == 0 and "examples left out" in lazy.err
    assert not any("nan" in str(entry.get("loss")) for entry in history(lazy.folder))


def test_messages_and_every_file_form_are_trained_on(run_train: Any, tmp_path: Path) -> None:
    for name, make in (("m.json", messages_example), ("m.jsonl", messages_example), ("m.parquet", messages_example),
                       ("s.jsonl", segments_example), ("s.parquet", segments_example)):
        write_examples(tmp_path / name, [make(number) for number in range(8)])
        done = run_train(*BATCH, data=tmp_path / name, out=f"from-{name}")
        assert done.code == 0, (name, done.error)
    assert (history(tmp_path / "from-m.json")[0]["loss"]
            == pytest.approx(history(tmp_path / "from-m.parquet")[0]["loss"]))


def test_a_folder_of_shards_is_trained_on_as_one_file_is(run_train: Any, tmp_path: Path) -> None:
    examples = [segments_example(number) for number in range(8)]
    (tmp_path / "shards").mkdir()
    for name, part in (("whole.parquet", examples), ("shards/a.parquet", examples[:5]), ("shards/b.parquet", []),
                       ("shards/c.parquet", examples[5:])):
        write_examples(tmp_path / name, part)
    losses = []
    for data in ("whole.parquet", "shards", "shards/*.parquet"):
        done = run_train(*BATCH, data=tmp_path / data, out=f"out-{len(losses)}")
        assert done.code == 0, done.error
        losses.append([entry["loss"] for entry in history(done.folder) if "loss" in entry])
    assert losses[0] == losses[1] == losses[2]
    write_examples(tmp_path / "shards" / "d.parquet", [{"segments": ["x"], "trainable": [False]}])
    assert "d.parquet: record 0: has no trained text" in run_train(*BATCH, data=tmp_path / "shards", out="bad").error


def test_held_out_loss_is_measured(run_train: Any, examples_file: Path) -> None:
    done = run_train(*BATCH, "--eval_data_path", examples_file, "--evaluation_strategy", "steps", "--eval_steps", "3",
                     "--packing", "--model_max_length", "300", "--num_train_epochs", "2")
    assert done.code == 0, done.error
    assert len([entry for entry in history(done.folder) if "eval_loss" in entry]) >= 2


def test_adapters_are_saved_and_merged(run_train: Any, tiny_model: Path) -> None:
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    done = run_train(*BATCH, "--lora_r", "4", "--lora_alpha", "16", "--merge_adapter", "True", "--learning_rate",
                     "0.05", "--gradient_checkpointing", "True")
    assert done.code == 0, done.error
    assert (done.folder / "adapter_config.json").exists() and not (done.folder / "model.safetensors").exists()
    adapted = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(tiny_model), str(done.folder)).eval()
    merged = AutoModelForCausalLM.from_pretrained(done.folder / "merged").eval()
    ids = torch.arange(20)[None]
    with torch.no_grad():
        torch.testing.assert_close(adapted(ids).logits, merged(ids).logits, rtol=1e-3, atol=1e-4)
        base = AutoModelForCausalLM.from_pretrained(tiny_model)(ids).logits
        assert (merged(ids).logits - base).abs().max() > 1e-3


def test_tokenised_data_is_found_again_by_content(run_train: Any, tmp_path: Path, examples_file: Path) -> None:
    def caches() -> set[str]:
        return {path.name for path in (tmp_path / "cache").iterdir()}

    run_train(*BATCH)
    first = caches()
    shutil.copy(examples_file, tmp_path / "copy.json")
    run_train(*BATCH, data=tmp_path / "copy.json", out="again")
    assert caches() == first  # the same content under another name
    write_examples(tmp_path / "copy.json", [segments_example(number) for number in range(5)])
    run_train(*BATCH, data=tmp_path / "copy.json", out="other")
    assert len(caches()) == len(first) + 2


def test_several_processes_tokenise_like_one(run_train: Any, tmp_path: Path) -> None:
    path = tmp_path / "many.json"
    write_examples(path, [segments_example(number) for number in range(450)])
    losses = []
    for workers in ("1", "2"):
        done = run_train("--per_device_train_batch_size", "8", "--max_steps", "2", "--preprocessing_num_workers",
                         workers, "--cache_dir", tmp_path / f"cache{workers}", data=path, out=f"out{workers}")
        assert done.code == 0, done.error
        losses.append([entry["loss"] for entry in history(done.folder) if "loss" in entry])
    assert losses[0] == losses[1]


def test_masks_are_shown(run_train: Any, tiny_model: Path, examples_file: Path, tmp_path: Path) -> None:
    shown = run_train("--show_masks", "2")
    assert shown.code == 0
    assert shown.out.count("--- record") == 2
    assert "⟦ I ask for city 0 (0).\nASSISTANT Action: getTime" in shown.out
    assert "ASSISTANT Observation:⟧ Status Code: 200." in shown.out
    assert "It is noon.<|end|>⟧" in shown.out
    assert "⟦" not in shown.out.split("ASSISTANT Thought:")[0].partition("brackets")[2]
    assert not shown.folder.exists()


@pytest.mark.parametrize(("content", "said"), [
    ([], "holds no examples"),
    ([segments_example(0), {"Name": "x"}], "record 1: has no key 'segments'; build_dataset.py makes"),
    ([segments_example(0), [["a"], [True, False]]], "record 1: has 1 pieces of text but 2 flags"),
    ([segments_example(0), [["a", "b"], [True, 1]]], "record 1: piece 1 is a number, expected true or false"),
    ([segments_example(0), [["a", 3], [True, True]]], "record 1: piece 1 is a number, expected a string"),
    ([segments_example(0), [["a", ""], [False, True]]], "record 1: has no trained text"),
    (["text"], "record 0: expected [[text, ...]"),
    ([{"text": "x"}], "trains on segments and messages"),
    ([{"conversations": []}], "trains on segments and messages"),
    ([{"messages": [{"role": "user", "content": "x"}]}], "record 0: has no message of the assistant"),
    ([{"messages": [{"role": "robot", "content": "x"}]}], "record 0: message 0 has no role"),
    ([{"messages": [{"role": "assistant", "content": "", "tool_calls": [{"x": 1}]}]}], "message 0: 'tool_calls'"),
])
def test_bad_examples_are_named(run_train: Any, tmp_path: Path, content: list, said: str) -> None:
    (tmp_path / "bad.json").write_text(json.dumps(content))
    done = run_train(data=tmp_path / "bad.json")
    assert done.code == 2 and said in done.error and "bad.json" in done.error
    assert "\n" not in done.error


def test_figures_of_the_last_line_are_read_without_an_exponent():
    from toolalpaca.training.training_run import figure

    assert [figure(value) for value in (28504.2, 1952.0, 0.00462, 1.112, 0.0)] == [
        "28,504", "1,952", "0.00462", "1.112", "0"]
