"""Model folders and checkpoints of strangers: nothing in them is executed or fetched, and an error is one line."""

import json
import os
import pickle
import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="needs torch")

import torch
from tiny_llama import make_model

from toolalpaca.conversation.forms import PROMPT_FORMS
from toolalpaca.conversation.golden_prompt import FILE_NAME, prompt_difference, served_differently
from toolalpaca.core.errors import UsageError
from toolalpaca.training.adapter import CONFIG_FILE, SERVED, WEIGHTS_FILE, main, publish
from toolalpaca.training.model_loading import merge_adapter, model_config
from toolalpaca.training.resume import (
    LIST_NAME,
    STATE_NAME,
    checkpoint_to_resume,
    checkpoints,
    damage,
    delete_older,
    newest_complete,
    write_manifest,
)
from toolalpaca.training.tokenizer import load_tokenizer

CODE = "import pathlib\npathlib.Path(__file__).with_name('executed').touch()\n"
_watch = threading.local()


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if event in ("socket.connect", "socket.getaddrinfo") and getattr(_watch, "seen", None) is not None:
        _watch.seen.append(event)


sys.addaudithook(_audit)


class Payload:
    """An object whose pickle leaves a mark when it is loaded."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.mark),)


def change(path: Path, **values: Any) -> None:
    path.write_text(json.dumps({**(json.loads(path.read_text()) if path.exists() else {}), **values}))


def with_code(folder: Path, name: str, **values: Any) -> None:
    (folder / "hostile.py").write_text(CODE)
    change(folder / name, **values)


def without(folder: Path, name: str) -> Path:
    (folder / name).unlink()
    return folder


def as_adapter(folder: Path, base: str) -> None:
    change(without(folder, "config.json") / "adapter_config.json", base_model_name_or_path=base, peft_type="LORA", r=2,
           task_type="CAUSAL_LM", target_modules=["q_proj"])


CLASSES = {"AutoConfig": "hostile.Config", "AutoModelForCausalLM": "hostile.Model"}
FOLDERS: dict[str, Callable[[Path], object]] = {
    "code of a new type": lambda folder: with_code(folder, "config.json", model_type="hostile", auto_map=CLASSES),
    "code of a known type": lambda folder: with_code(folder, "config.json", auto_map=CLASSES),
    "code of a tokenizer": lambda folder: with_code(folder, "tokenizer_config.json", tokenizer_class="Hostile",
                                                    auto_map={"AutoTokenizer": ["hostile.Slow", "hostile.Fast"]}),
    "code on a hub": lambda folder: change(folder / "config.json", model_type="hostile", auto_map={
        "AutoConfig": "someone/model--hostile.Config", "AutoModelForCausalLM": "someone/model--hostile.Model"}),
    "pickled weights": lambda folder: (without(folder, "model.safetensors") / "pytorch_model.bin").write_bytes(
        pickle.dumps(Payload(folder / "executed"))),
    "an adapter of a model on a hub": lambda folder: as_adapter(folder, "someone/model"),
    "an adapter of a model that is not there": lambda folder: as_adapter(folder, str(folder / "nowhere")),
    "a configuration that is not JSON": lambda folder: (folder / "config.json").write_text("{"),
    "a configuration of another type": lambda folder: (folder / "config.json").write_text("[1]"),
    "sizes that are no numbers": lambda folder: change(folder / "config.json", hidden_size="x", num_hidden_layers=[]),
    "an attention on a hub": lambda folder: change(folder / "config.json", attn_implementation="someone/kernel"),
    "weights without a head": lambda folder: (folder / "model.safetensors").write_bytes(b"\xff" * 100),
    "weights with too long a head": lambda folder: (folder / "model.safetensors").write_bytes(
        (2**40).to_bytes(8, "little") + b"{}"),
    "half a tokenizer": lambda folder: (folder / "tokenizer.json").write_text('{"version": "1.0"}'),
    "no tokenizer": lambda folder: without(folder, "tokenizer.json"),
    "a tokenizer's settings as a list": lambda folder: (folder / "tokenizer_config.json").write_text("[]"),
}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_model(tmp_path_factory.mktemp("model"))


@pytest.fixture
def folder(model: Path, tmp_path: Path) -> Path:
    made = tmp_path / "model"
    made.mkdir()
    for path in model.iterdir():
        (made / path.name).write_bytes(path.read_bytes())
    return made


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Note every look-up and connection; the hub may be asked, for what anybody chose, but not about this machine."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_TELEMETRY", True)
    _watch.seen = []
    yield _watch.seen
    _watch.seen = None


def engine_of(folder: Path) -> object:
    """Load a model as stage 6 does."""
    from toolalpaca.agent.local.batching import Sampling
    from toolalpaca.agent.local.local_model import loaded_engine

    return loaded_engine(str(folder), Sampling(most_tokens=5), "cpu")


@pytest.mark.parametrize("kind", FOLDERS)
def test_nothing_in_a_model_folder_is_executed_or_fetched(folder: Path, watched: list[str], kind: str) -> None:
    FOLDERS[kind](folder)
    for load in (engine_of, lambda one: model_config(str(one)), lambda one: load_tokenizer(str(one), 64)):
        try:
            load(folder)
        except UsageError as error:
            assert len(str(error).splitlines()) == 1 and len(str(error)) < 1000
    assert not watched and not (folder / "executed").exists()


TEMPLATES = [
    "{{ cycler.__init__.__globals__.os.mkdir('MARK') }}", "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ raise_exception.__globals__['os'].mkdir('MARK') }}", "{% include '/etc/passwd' %}", "{% for %}",
    "{{ raise_exception('a\\nb\\x1b[2J') }}", "{% import 'os' as o %}{{ o.mkdir('MARK') }}",
    "{% extends '/etc/passwd' %}",
    "{{ lipsum.__globals__['os'].mkdir('MARK') }}", "{{ strftime_now.__globals__.datetime }}",
    "{{ '{0.__class__.__init__.__globals__}'.format(messages) }}", "{% from '/etc/passwd' import x %}",
    "{{ namespace().__init__.__globals__ }}", "{% macro m() %}{% endmacro %}{{ m._func.__globals__ }}",
    "{{ '{m.__class__.__mro__}'.format_map({'m': messages}) }}", "{{ messages.append(1) }}", "{{ messages.clear() }}",
    "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "{% for i in range(10**9) %}{% endfor %}",
    "{{ messages.__init__.__globals__ }}", "{{ self._TemplateReference__context.os.mkdir('MARK') }}",
    "{{ ''['__cl' + 'ass__'].__mro__ }}", "{{ (messages|attr('__class__')).__mro__ }}", "{{ 1 / 0 }}"]


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_chat_template_runs_in_a_sandbox(folder: Path, template: str) -> None:
    (folder / "chat_template.jinja").write_text(template.replace("MARK", str(folder / "executed")))
    told = served_differently({"messages": [{"role": "user", "content": "x"}], "tools": [], "text": "x",
                               "input_ids": []}, load_tokenizer(str(folder), 64))
    assert told and "its chat template refuses the prompt" in told and len(told.splitlines()) == 1
    assert told.isprintable() and "root:" not in told and "class" not in told
    assert not (folder / "executed").exists()


def test_nor_do_classes_show_what_they_hold(folder: Path) -> None:
    (folder / "chat_template.jinja").write_text("{{ messages|map(attribute='__class__')|list }}{{ [tools]|groupby("
                                                "'__class__') }}{{ messages|attr('__class__') }}")
    told = served_differently({"messages": [{"role": "user", "content": "x"}], "tools": [], "text": "x",
                               "input_ids": []}, load_tokenizer(str(folder), 64))
    assert told and "class" not in told


GOLDEN = {"messages": [{"role": "user", "content": "x"}], "tools": [], "text": "x", "input_ids": []}
GOLDEN_FILES = [
    "", "[1]", "{", "null", "[" * 100_000, json.dumps({**GOLDEN, "messages": []}), '"' + "x" * 5_000_000 + '"',
    *(json.dumps({**GOLDEN, key: value}) for key in GOLDEN
      for value in (5, None, [1, None], [{"role": []}], {}, "x", [[]])),
    json.dumps({**GOLDEN, "input_ids": [10**30, "a"]}), json.dumps(GOLDEN).replace('"x"', "NaN"),
]


@pytest.mark.parametrize("text", GOLDEN_FILES, ids=range(len(GOLDEN_FILES)))
def test_an_odd_golden_prompt_is_left_alone_or_told_of_in_one_line(folder: Path, text: str) -> None:
    (folder / FILE_NAME).write_text(text)
    told = prompt_difference(str(folder), load_tokenizer(str(folder), 64), PROMPT_FORMS["test_v1"])
    assert told is None or len(told.splitlines()) == 1 and len(told) < 1000


def test_a_golden_prompt_that_is_a_pipe_is_not_waited_for(folder: Path) -> None:
    os.mkfifo(folder / FILE_NAME)
    assert prompt_difference(str(folder), load_tokenizer(str(folder), 64), PROMPT_FORMS["test_v1"]) is None


@pytest.mark.parametrize("manifest", [
    "", "[]", "{", "{}", '"x"', "[" * 100_000, '{"a": 5}', '{"/dev/zero": {"size": 0, "sha256": ""}}', '{"pipe": 0}',
    '{"../../x": null}', '{"a\\u0000b": 1}', '{"a": {"size": 1}}'])
def test_a_manifest_of_a_checkpoint_names_regular_files_only(tmp_path: Path, manifest: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "a").write_text("b")
    (tmp_path / LIST_NAME).write_text(manifest)
    assert damage(tmp_path)


@pytest.mark.parametrize("kind", ["fifo", "device"])
def test_a_manifest_that_is_no_file_is_neither_read_nor_waited_for(tmp_path: Path, kind: str) -> None:
    if kind == "fifo":
        os.mkfifo(tmp_path / LIST_NAME)
    else:
        (tmp_path / LIST_NAME).symlink_to("/dev/zero")
    assert damage(tmp_path)


def a_checkpoint(output_dir: Path, update: int) -> Path:
    """Return a whole checkpoint of an update, with files as long as those of other updates."""
    folder = output_dir / f"checkpoint-{update}"
    folder.mkdir()
    for name in ("model.safetensors", "optimizer.pt", "scheduler.pt", "rng_state.pth", "config.json"):
        (folder / name).write_text(f"{name} {update}")
    (folder / STATE_NAME).write_text(json.dumps({"global_step": update}))
    write_manifest(folder)
    return folder


def rotten(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1] + bytes([path.read_bytes()[-1] ^ 1]))


def copied(older: Path, newer: Path, names: Callable[[str], bool]) -> None:
    for path in older.iterdir():
        if names(path.name):
            shutil.copy(path, newer / path.name)


HARM: dict[str, Callable[[Path, Path], object]] = {
    **{f"rot in {name}": lambda older, newer, name=name: rotten(newer / name)  # type: ignore[misc]
       for name in ("model.safetensors", "optimizer.pt", "scheduler.pt", "rng_state.pth", STATE_NAME, LIST_NAME)},
    "all of another update": lambda older, newer: copied(older, newer, lambda name: True),
    "files of another update": lambda older, newer: copied(older, newer, lambda name: name != LIST_NAME),
    "weights of another update": lambda older, newer: copied(older, newer, lambda name: name == "model.safetensors"),
    "the list of another update": lambda older, newer: copied(older, newer, lambda name: name == LIST_NAME),
    "a state that is none": lambda older, newer: ((newer / STATE_NAME).write_text("[]"), write_manifest(newer)),
    "a state without update": lambda older, newer: ((newer / STATE_NAME).write_text("{}"), write_manifest(newer)),
    "no state": lambda older, newer: ((newer / STATE_NAME).unlink(), write_manifest(newer)),
}


@pytest.mark.parametrize("harm", HARM)
def test_a_harmed_checkpoint_is_passed_over_and_refused_by_name(tmp_path: Path, harm: str) -> None:
    older, newer = a_checkpoint(tmp_path, 2), a_checkpoint(tmp_path, 4)
    HARM[harm](older, newer)
    assert newest_complete(tmp_path)[0] == older
    with pytest.raises(UsageError, match="--resume_from_checkpoint .*checkpoint-4: ") as caught:
        checkpoint_to_resume(None, tmp_path, str(newer))  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)


def test_a_checkpoint_may_have_a_name_of_its_own(tmp_path: Path) -> None:
    best = a_checkpoint(tmp_path, 2).rename(tmp_path / "best")
    assert checkpoint_to_resume(None, tmp_path, str(best)) == best  # type: ignore[arg-type]


@pytest.mark.parametrize(("limit", "best", "left"), [
    (1, None, [6, 8]), (2, None, [4, 6, 8]), (1, 2, [2, 6, 8]), (2, 2, [2, 6, 8]), (3, 2, [2, 4, 6, 8]),
    (9, None, [2, 4, 6, 8]), (None, None, [2, 4, 6, 8]), (0, None, [2, 4, 6, 8]), (-1, None, [2, 4, 6, 8]),
    (1, 6, [6, 8])])
def test_a_half_saved_checkpoint_takes_no_whole_ones_place(tmp_path: Path, limit: int | None, best: int | None,
                                                           left: list[int]) -> None:
    for update in (2, 4, 6, 8):
        a_checkpoint(tmp_path, update)
    (tmp_path / "checkpoint-8" / LIST_NAME).unlink()
    delete_older(tmp_path / "checkpoint-6", limit, str(tmp_path / f"checkpoint-{best}") if best else None)
    assert [int(folder.name.partition("-")[2]) for folder in checkpoints(tmp_path)] == left


LORA = {"peft_type": "LORA", "r": 2, "target_modules": ["q_proj"], "lora_alpha": 4}


@pytest.fixture
def adapter_folder(tmp_path: Path) -> Path:
    import torch
    from safetensors.torch import save_file

    (tmp_path / "adapter").mkdir()
    (tmp_path / "adapter" / CONFIG_FILE).write_text(json.dumps(LORA))
    save_file({"a": torch.zeros(2)}, tmp_path / "adapter" / WEIGHTS_FILE)
    return tmp_path / "adapter"


@pytest.mark.parametrize(("name", "content"), [
    *((CONFIG_FILE, text) for text in (b"{", b"[]", b"null", b"[" * 100_000, b"\xff\xfe",
                                       b'{"r": ' + b"9" * 5_000 + b"}")),
    (WEIGHTS_FILE, b""), (WEIGHTS_FILE, b"\xff" * 100), (WEIGHTS_FILE, (2**40).to_bytes(8, "little") + b"{}")])
def test_an_adapter_that_is_none_is_refused_in_one_line(adapter_folder: Path, name: str, content: bytes) -> None:
    (adapter_folder / name).write_bytes(content)
    with pytest.raises(UsageError, match="adapter") as caught:
        publish([adapter_folder], adapter_folder.parent, "base")
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 500


@pytest.mark.parametrize("config", [
    *({"peft_type": kind} for kind in (None, [], "EVIL", "BOFT", "XLORA", "POLY", "PROMPT_TUNING")),
    *({"r": rank} for rank in (0, -1, True, "x", 2.0, 10**8)), {"lora_alpha": "x"}, {"lora_alpha": float("nan")},
    *({name: pattern} for name in ("target_modules", "exclude_modules", "layers_pattern", "rank_pattern")
      for pattern in ("(.+)+$^x", {"((.)+)+!": 4}, ["(.+)+x"])),
    {"target_modules": ["x"] * 100_000}, {"target_modules": None}, {"layers_to_transform": [-1]},
    {"layer_replication": [[0, 2]] * 2_000}, {"megatron_config": {"a": 1}, "megatron_core": "antigravity"},
    {"init_lora_weights": "eva"}, {"corda_config": {"cache_file": "/etc/passwd"}}, {"auto_mapping": {"a": "os"}},
    {"base_model_name_or_path": 5}, {"\x1b[2J" * 500: 1}, {"unknown": 0.5}])
def test_an_adapter_of_another_kind_is_neither_loaded_nor_published(folder: Path, tmp_path: Path, config: Any) -> None:
    adapter = tmp_path / "adapter"
    adapter.mkdir()
    change(adapter / CONFIG_FILE, **{**LORA, **config})
    for use in (lambda: publish([adapter], tmp_path, "base"), lambda: engine_of(adapter),
                lambda: merge_adapter(str(folder), adapter, tmp_path / "out", torch.float32)):
        with pytest.raises(UsageError, match="LoRA|LORA") as caught:
            use()
        assert len(str(caught.value)) < 3_000
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("weights", [{}, {"\x1b[2J": torch.zeros(2)}, {
    "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight": torch.zeros(2, 7)}])
def test_weights_that_do_not_fit_are_one_line(folder: Path, adapter_folder: Path, tmp_path: Path, weights: Any) -> None:
    from safetensors.torch import save_file

    save_file(weights, adapter_folder / WEIGHTS_FILE)
    try:
        merge_adapter(str(folder), adapter_folder, tmp_path / "out", torch.float32)
    except UsageError as error:
        assert "\n" not in str(error) and "adapter" in str(error)


@pytest.mark.parametrize("name", [CONFIG_FILE, WEIGHTS_FILE, *SERVED])
def test_no_link_out_of_an_adapter_is_published(adapter_folder: Path, name: str) -> None:
    secret = adapter_folder.parent / "secret"
    secret.write_text("{}")
    (adapter_folder / name).unlink(missing_ok=True)
    (adapter_folder / name).symlink_to("../secret")
    with pytest.raises(UsageError, match="link out of this folder"):
        main(["publish", "--adapter", str(adapter_folder), "--out", str(adapter_folder.parent / "out"), "--name", "x"])
    assert not (adapter_folder.parent / "out").exists()


def test_adapters_that_do_not_fit_together_are_refused(adapter_folder: Path) -> None:
    import torch
    from safetensors.torch import save_file

    other = adapter_folder.parent / "other"
    other.mkdir()
    (other / CONFIG_FILE).write_text(json.dumps(LORA))
    for weights in ({"b": torch.zeros(2)}, {"a": torch.zeros(3)}, {"a": torch.zeros(2), "b": torch.zeros(1)}):
        save_file(weights, other / WEIGHTS_FILE)
        with pytest.raises(UsageError, match="other names or shapes"):
            publish([adapter_folder, other], adapter_folder.parent, "base")
