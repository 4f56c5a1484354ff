"""The experiment from its command line, with a tiny model, and the tools that it is made of."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from stage_command import run_stage
from tiny_llama import make_model

SMALL = {"STORIES": "0", "CHEAP": "--per_api 1", "TASKS": "1", "SERVE": "--max_steps 1 --length 2",
         "TRAIN": "--max_steps 1 --lora_layers 1 --lora_r 2 --per_device_train_batch_size 2"}


def experiment(root: Path, folder: Path, *stages: str, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **SMALL, "INTERPRETER": sys.executable, "OUT": str(folder / "out"),
                   "BASE": str(folder / "base"), "APIS": str(folder / "apis.json"),
                   "FIRST_APIS": str(folder / "apis.json"), **settings}
    return subprocess.run(["bash", "scripts/experiment.sh", *stages], cwd=root, env=environment, capture_output=True,
                          text=True, timeout=800, check=False)


def test_an_unknown_stage_is_one_line_before_anything_is_done(root: Path, tmp_path: Path) -> None:
    done = experiment(root, tmp_path, "trainning")
    assert done.returncode == 2 and done.stderr.startswith("error: trainning: choose from corpus")
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
@pytest.mark.timeout(900)  # a minute and a half of work, most of it the start of twenty programs
def test_all_stages_with_a_tiny_model_and_again_from_where_they_are(root: Path, tmp_path: Path) -> None:
    apis = json.loads((root / "data" / "public_apis_sample.json").read_text())[:1]
    (tmp_path / "apis.json").write_text(json.dumps(apis))
    make_model(tmp_path / "base", longest=4096)
    stages = ("corpus", "examples", "model", "training", "prompts", "base", "student", "publish")
    done = experiment(root, tmp_path, *stages)
    assert done.returncode == 0, done.stderr
    out = tmp_path / "out"
    for name in ("base", "student"):
        assert json.loads((out / f"{name}.json").read_text())["statistics"]["num"] == 2
    assert len(list(out.glob("base_*_5/*.json"))) == 3
    assert json.loads((out / "published" / "adapter_config.json").read_text())["base_model_name_or_path"] == (
        "HuggingFaceTB/SmolLM2-135M-Instruct")
    before = (out / "lora_6" / "adapter_model.safetensors").stat().st_mtime_ns
    again = experiment(root, tmp_path, "training")
    assert again.returncode == 0, again.stderr
    assert (out / "lora_6" / "adapter_model.safetensors").stat().st_mtime_ns == before


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_gpu_experiment_trains_solves_and_scores_on_a_cpu_too(root: Path, tmp_path: Path) -> None:
    """From the examples on, with two runs side by side; the stage data before takes minutes."""
    out = tmp_path / "out"
    (out / "data" / "all").mkdir(parents=True)
    for name in ("all/some.json", "many.json", "held_out.json"):
        prompt = "Functions of the Shops API, as the assistant finds them. " * 20
        (out / "data" / name).write_text(json.dumps(
            [[[f"{prompt}\n\nUSER: Go {place}.\nASSISTANT Thought:", f" go {place}"], [False, True]]
             for place in range(4)]))
    make_model(out / "base", longest=4096)
    run_stage("scripts/draw_tasks.py", "-api", root / "data" / "eval_simulated.json", "-out", out / "tasks.json",
              "--per_api", "1")
    environment = {**os.environ, "INTERPRETER": sys.executable, "OUT": str(out), "SEEDS": "1", "RUNS_COMPARED": "many",
                   "RUNS": "2", "CASES": "0", "SERVE": "--max_steps 1 --length 2", "ANSWER": "4",
                   "TRAIN": "--max_steps 1 --use_cpu True --lora_r 2 --per_device_train_batch_size 2"}
    done = subprocess.run(["bash", "scripts/experiment_gpu.sh", "train", "tasks", "scores", "publish"],
                          cwd=root, env=environment,
                          capture_output=True, text=True, timeout=800, check=False)
    assert done.returncode == 0, done.stderr
    for name in ("base", "all_1", "many", "base_test_v2_5"):
        assert json.loads((out / "scores" / f"{name}.json").read_text())["statistics"]["num"] == 2
    assert (out / "published" / "adapter_model.safetensors").is_file()
    assert "held_out_loss: 4 examples of 1 APIs" in done.stderr


def test_held_out_loss_is_that_of_the_trained_tokens_alone(tmp_path: Path) -> None:
    """A model compared with its own copy differs by nothing, and has the loss that transformers works out."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    examples = [[[f"Functions of {api}.\n\nUSER: Go.\nASSISTANT Thought:", f" go {number}"], [False, True]]
                for api in ("Shops", "Birds") for number in (1, 22)]
    (tmp_path / "examples.json").write_text(json.dumps(examples))
    for name in ("one", "copy"):
        make_model(tmp_path / name)
    result = run_stage("scripts/held_out_loss.py", "-api", tmp_path / "examples.json", tmp_path / "one",
                       tmp_path / "copy")
    assert result.returncode == 0, result.stderr
    assert "4 examples of 2 APIs" in result.stderr
    _, one, copy = result.stdout.splitlines()
    assert copy.split()[-4:] == ["+0.000", "+0.000", "to", "+0.000"] and one.split()[1:] == copy.split()[1:5]
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "one")
    model = AutoModelForCausalLM.from_pretrained(tmp_path / "one", dtype=torch.bfloat16)
    total = number = 0
    for (prompt, turn), _ in examples:
        ids, before = tokenizer(prompt + turn + tokenizer.eos_token)["input_ids"], len(tokenizer(prompt)["input_ids"])
        labels = torch.tensor([[-100] * before + ids[before:]])
        total += float(model(torch.tensor([ids]), labels=labels).loss.detach()) * (len(ids) - before)
        number += len(ids) - before
    assert float(one.split()[1]) == pytest.approx(total / number, abs=0.02)


def test_as_many_examples_are_drawn_from_each_file_as_the_smallest_has(tmp_path: Path) -> None:
    pools = {"many.json": 9, "few.json": 4}
    for name, size in pools.items():
        (tmp_path / name).write_text(json.dumps([[[f"{name} {place}"], [True]] for place in range(size)]))
    result = run_stage("scripts/draw_examples.py", "-api", *(tmp_path / name for name in pools), "-out",
                       tmp_path / "drawn")
    assert result.returncode == 0, result.stderr
    for name in pools:
        drawn = [example[0][0] for example in json.loads((tmp_path / "drawn" / name).read_text())]
        assert len(set(drawn)) == 4 and all(text.startswith(name) for text in drawn)


def test_cheap_examples_are_short_and_of_prompts_that_several_share(root: Path, tmp_path: Path) -> None:
    def example(prompt: str, words: int) -> list:
        return [[f"{prompt}\n\nUSER: Go.\nASSISTANT Thought:", "go " * words], [False, True]]

    make_model(tmp_path / "base")
    wanted = [example("Shops", words) for words in (10, 11, 12)]
    others = [example("Shops", 400), example("Birds", 10), example("Trees " * 2000, 10), example("Trees " * 2000, 11)]
    (tmp_path / "all.json").write_text(json.dumps([*wanted[:2], *others, wanted[2]]))
    result = run_stage("scripts/cheap_examples.py", "-api", tmp_path / "all.json", "-out", tmp_path / "chosen.json",
                       "--tokenizer", tmp_path / "base", "--conversation", "200", "--per_api", "2")
    assert result.returncode == 0, result.stderr
    assert json.loads((tmp_path / "chosen.json").read_text()) == wanted
    assert "3 of 7 examples" in result.stderr


def test_tasks_are_drawn_evenly_and_always_the_same(root: Path, tmp_path: Path) -> None:
    drawn = []
    for seed in ("0", "0", "1"):
        result = run_stage("scripts/draw_tasks.py", "-api", root / "data" / "eval_simulated.json", "-out",
                           tmp_path / "few.json", "--per_api", "2", "--seed", seed)
        assert result.returncode == 0, result.stderr
        drawn.append(json.loads((tmp_path / "few.json").read_text()))
    assert drawn[0] == drawn[1] != drawn[2]
    assert all(len(record["Instructions"]) == len(record["Golden_Answers"]) == 2 for record in drawn[0])
    whole = {record["Name"]: record for record in json.loads((root / "data" / "eval_simulated.json").read_text())}
    for record in drawn[0]:
        pairs = list(zip(whole[record["Name"]]["Instructions"], whole[record["Name"]]["Golden_Answers"], strict=True))
        assert all(pair in pairs for pair in zip(record["Instructions"], record["Golden_Answers"], strict=True))


def test_turns_are_counted_by_what_they_did(root: Path, tmp_path: Path) -> None:
    def step(action: str, text: str) -> list:
        return [[action, text, f"I look.\nAction: {action}\nAction Input: {text}"], "Status Code: 200. Response: {}"]

    def instance(*steps: list, output: str = "") -> dict:
        return {"input": "Find it.", "output": output, "Final Thought": "", "intermediate_steps": list(steps)}

    run = [{"Name": "Shops", "Golden_Answers": [[{"Action": "find", "Action_Input": "{}"}]] * 3, "Instances": [
        instance(step("find", "{}"), step("find", "{}"), output="Found."), instance(step("lose", "{}")),
        instance(["What shall I do?"])]}]
    (tmp_path / "run.json").write_text(json.dumps(run))
    result = run_stage("scripts/turn_table.py", tmp_path / "run.json")
    assert result.returncode == 0, result.stderr
    shares = [line[38:].split(" of ")[0].split()[0] + " of " + line.split(" of ")[-1].strip()
              for line in result.stdout.splitlines()[1:]]
    assert shares == ["20.0 of 5", "66.7 of 3", "33.3 of 3", "33.3 of 3", "33.3 of 3"]


def test_good_traces_become_a_corpus_that_can_be_trained_on(root: Path, tmp_path: Path) -> None:
    sets = [root / "data" / "labelled" / name for name in ("traces_dev.json", "traces_dev_3.json")]
    corpus, examples = tmp_path / "corpus.json", tmp_path / "examples.json"
    assert run_stage("scripts/good_traces.py", "-api", *sets, "-out", corpus).returncode == 0
    good = sum(label["good"] for path in sets for record in json.loads(path.read_text()) for label in record["Labels"])
    made = json.loads(corpus.read_text())
    assert len({record["Name"] for record in made}) == len(made)
    assert sum(len(record["Instances"]) for record in made) == good
    built = run_stage("build_dataset.py", "-api", corpus, "-out", examples, "--max_steps", "9")
    assert built.returncode == 0 and len(json.loads(examples.read_text())) == good, built.stderr
