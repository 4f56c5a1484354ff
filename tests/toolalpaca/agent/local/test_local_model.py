"""A tiny model with random weights, run for real: batches say what single runs say, and stop where they should."""

import importlib.machinery
import os
import platform
import sys
import threading
import types
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

torch = pytest.importorskip("torch")
from tiny_llama import WORDS, make_model  # noqa: E402

from toolalpaca.agent.local.batching import OutOfMemory, PendingTurn, Sampling  # noqa: E402
from toolalpaca.agent.local.local_model import device_name, load_local, model_fingerprint  # noqa: E402
from toolalpaca.agent.local.transformers import TransformersEngine  # noqa: E402
from toolalpaca.core.errors import RecordError, UsageError  # noqa: E402
from toolalpaca.llm.store import CallStore  # noqa: E402
from toolalpaca.llm.usage import Meter  # noqa: E402
from toolalpaca.runner.executor import TaskContext  # noqa: E402


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_model(tmp_path_factory.mktemp("model"))


SHORT = Sampling(most_tokens=12)


def load(folder: Path, out: Path, sampling: Sampling = SHORT, in_flight: int = 8) -> Any:
    context = TaskContext({}, CallStore(out), Meter(), lambda: False, in_flight)
    return load_local(str(folder), sampling, device=0, stage="generation", context=context)


def ask(model: Any, prompt: str, stop: list[str] | None = None, record: str = "A [0]") -> str:
    return model.complete([{"role": "user", "content": prompt}], record=record, stop=stop)


def ask_all(model: Any, prompts: list[str]) -> list[str]:
    answers = [""] * len(prompts)
    threads = [threading.Thread(target=lambda number=number: answers.__setitem__(
        number, ask(model, prompts[number], record=f"A [{number}]"))) for number in range(len(prompts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def prompts(beginning: int) -> list[str]:
    """Prompts of different lengths that share their first words."""
    return [" ".join(["the weather in Paris"] * (beginning // 4) + WORDS[4:5 + number]) for number in range(8)]


@pytest.mark.parametrize("beginning", [4, 80])  # without and with a shared beginning that is read once
def test_a_batch_says_what_each_would_say_alone(folder: Path, tmp_path: Path, beginning: int) -> None:
    (tmp_path / "one").mkdir(), (tmp_path / "all").mkdir()
    alone = [ask(load(folder, tmp_path / "one", in_flight=1), prompt) for prompt in prompts(beginning)]
    assert ask_all(load(folder, tmp_path / "all"), prompts(beginning)) == alone
    assert len(set(alone)) > 2


def test_the_answer_ends_before_the_stop_string(folder: Path, tmp_path: Path) -> None:
    model = load(folder, tmp_path)
    whole = ask(model, "the weather in Paris")
    stop = whole.split()[3]
    assert ask(model, "the weather in Paris", [stop]) == whole[:whole.find(stop)]


def test_an_answer_is_stored_before_it_is_used(folder: Path, tmp_path: Path) -> None:
    first = load(folder, tmp_path)
    text = ask(first, "the weather in")
    again = load(folder, tmp_path)
    again.batcher = None
    assert ask(again, "the weather in") == text
    assert (first.meter.total().calls, again.meter.total().from_store) == (1, 1)


class Line:
    """Turns that wait, of which one joins each time; the stage is ending after `asked` questions."""

    def __init__(self, turns: list[PendingTurn], asked: int = 1_000) -> None:
        self.turns = turns
        self._asked = asked

    def take(self, running: int) -> list[PendingTurn]:
        taken, self.turns = self.turns[:1], self.turns[1:]
        return taken

    def waiting(self) -> int:
        return len(self.turns)

    def stopping(self) -> bool:
        self._asked -= 1
        return self._asked < 0


def turns_of_two_apis() -> list[PendingTurn]:
    """Turns whose stop strings come at different times, about an API, another, and no API at all."""
    stops = ("is", "a", "zzz", "zz", "and", "zzz", "b", "zzz")
    beginnings = ([5, 7] * 20, [6, 9, 8] * 15, [])
    return [PendingTurn([*beginnings[number % 3], 5 + number, *range(7, 9 + number)], (stop,))
            for number, stop in enumerate(stops)]


def said(turns: list[PendingTurn]) -> list[tuple[str, int]]:
    return [(turn.text, turn.tokens) for turn in turns]


@pytest.fixture(scope="module")
def alone(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, int]]:
    """What turns say that have the model for themselves."""
    turns = turns_of_two_apis()
    for turn in turns:
        load(folder, tmp_path_factory.mktemp("alone"), Sampling(most_tokens=60)).batcher._engine.run([turn])
    return said(turns)


@pytest.mark.parametrize("shares", [True, False])
def test_rows_leave_when_they_end_and_others_join(folder: Path, tmp_path: Path, alone: list[tuple[str, int]],
                                                  shares: bool) -> None:
    engine = load(folder, tmp_path, Sampling(most_tokens=60)).batcher._engine
    assert engine._shares
    engine._shares = shares
    for beginning in (8, 3, 1):
        turns = turns_of_two_apis()
        engine.forget()
        engine.run(turns[:beginning], Line(turns[beginning:]))
        assert said(turns) == alone
    assert len({tokens for _, tokens in alone}) > 2


def test_what_a_stage_that_ends_leaves_is_continued(folder: Path, tmp_path: Path, alone: list[tuple[str, int]]) -> None:
    engine = load(folder, tmp_path, Sampling(most_tokens=60)).batcher._engine
    turns = turns_of_two_apis()
    engine.run(turns, Line([], asked=2))
    left = [turn for turn in turns if not turn.done.is_set()]
    assert left and all(0 < len(turn.written) < 60 for turn in left)
    engine.run(left)
    assert said(turns) == alone


def test_a_turn_without_any_past_is_answered_among_others(folder: Path, tmp_path: Path) -> None:
    engine = load(folder, tmp_path).batcher._engine
    together, apart = ([PendingTurn([7], ("zzz",)), PendingTurn([5, 6, 7] * 9, ("zzz",))] for _ in range(2))
    engine.run(together)
    for turn in apart:
        engine.forget()
        engine.run([turn])
    assert said(together) == said(apart)


def test_what_was_read_before_is_not_read_again(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The past of a conversation is kept between its turns, and an API's prompt between conversations."""
    engine, fresh = (load(folder, tmp_path).batcher._engine for _ in range(2))
    read: list[int] = []
    forward = engine._model.forward

    def counting(*args: Any, input_ids: Any, **kwargs: Any) -> Any:
        read.append(input_ids.numel())
        return forward(*args, input_ids=input_ids, **kwargs)

    monkeypatch.setattr(engine._model, "forward", counting)
    api = [5 + number % 7 for number in range(60)]
    first = PendingTurn([*api, 6, 7], ("zzz",))
    engine.run([first])
    later = [PendingTurn([*first.prompt, *first.written, 9, 10, 11], ("zzz",)), PendingTurn([*api, 8, 8, 8], ("zzz",))]
    read.clear()
    engine.run(later)
    # Of the first three tokens and the last one that was written are new, of the second three; then both write.
    assert sum(read) <= 3 + 3 + 2 * 12
    alone = [PendingTurn(turn.prompt, turn.stop) for turn in later]
    for turn in alone:
        fresh.forget()
        fresh.run([turn])
    assert [turn.text for turn in later] == [turn.text for turn in alone]


def test_kept_states_stay_within_their_memory() -> None:
    from toolalpaca.agent.local.kv_cache import KeptStates

    kept = KeptStates(torch.device("cpu"))
    kept._limit = 3 * 2 * 10 * 8 * 4

    def states(length: int) -> Any:
        return [(torch.full((1, 1, length, 8), 1.0), torch.zeros(1, 1, length, 8))]

    for start in (1, 2, 3, 1):
        kept.keep([start] * 10, states(10))
    assert kept.longest([2] * 4)[0][0].shape == (1, 1, 4, 8)
    kept.keep([1] * 12, states(10))  # goes on from another, in whose place it comes
    kept.keep([4] * 10, states(10))
    assert kept.longest([3] * 10) is None  # not used for the longest time
    assert kept.longest([2] * 10) and kept.longest([4] * 10) and kept.longest([1] * 12)
    kept.clear()
    assert kept.longest([2]) is None


def test_memory_of_dropped_states_is_given_back_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    from toolalpaca.agent.local import kv_cache

    returned: list[int] = []
    monkeypatch.setattr(kv_cache, "return_freed_memory", lambda: returned.append(number))
    kept = kv_cache.KeptStates(torch.device("cpu"))
    kept._limit = 3 * 2 * 10 * 8 * 4
    for number in range(12):  # three are kept; four have been dropped after every fourth of those that follow
        kept.keep([number] * 10, [(torch.ones(1, 1, 10, 8), torch.ones(1, 1, 10, 8))])
    assert returned == [6, 10]


def test_memory_that_was_freed_goes_back_to_the_system() -> None:
    from toolalpaca.agent.local.kv_cache import return_freed_memory

    if sys.platform != "linux" or platform.libc_ver()[0] != "glibc":
        pytest.skip("glibc's allocator")
    held = [bytes(60_000) for _ in range(2_000)]  # too small to be mapped one by one
    top = bytes(60_000)  # keeps what is below from going back by itself
    full = resident()
    held.clear()
    return_freed_memory()
    assert top and full - resident() > 60_000_000


def resident() -> int:
    """Return the bytes that this process has in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_a_prompt_without_room_costs_only_its_own_instance(folder: Path, tmp_path: Path) -> None:
    model = load(folder, tmp_path)
    with pytest.raises(RecordError, match="too_long: the prompt has 300 tokens, the model takes 256"):
        ask(model, "the " * 300)
    assert ask(model, "the weather")


def test_a_chat_model_gets_its_own_form_and_a_model_without_one_plain_text(folder: Path, tmp_path: Path) -> None:
    chat = make_model(tmp_path / "chat", "{% for m in messages %}a {{ m.content }} b {% endfor %}{% if "
                      "add_generation_prompt %}is{% endif %}")
    message = [{"role": "user", "content": "weather"}]
    for path, text in ((chat, "a weather b is"), (folder, "weather")):
        model = load(path, tmp_path)
        assert model.tokenizer.decode(model.token_ids(message)) == text


def test_running_out_of_memory_is_told_from_other_failures(folder: Path, tmp_path: Path) -> None:
    engine = load(folder, tmp_path).batcher._engine
    for error, raised in ((torch.OutOfMemoryError("CUDA out of memory"), OutOfMemory),
                          (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried"), OutOfMemory),
                          (RuntimeError("shapes differ"), RuntimeError)):
        def fail(*_: Any, error: Exception = error, **__: Any) -> None:
            raise error

        broken = TransformersEngine(engine._model, engine._tokenizer, Sampling(most_tokens=4))
        broken._generate = fail  # type: ignore[method-assign]
        with pytest.raises(raised):
            broken.run([PendingTurn([5, 6], ())])


def test_sampling_gives_other_answers_and_a_seed_the_same(folder: Path, tmp_path: Path) -> None:
    def sampled(name: str, seed: int) -> str:
        (tmp_path / name).mkdir()
        model = load(folder, tmp_path / name, Sampling(temperature=5.0, most_tokens=12, seed=seed), in_flight=1)
        return model.complete([{"role": "user", "content": "the weather"}], record="A")

    assert sampled("a", 1) == sampled("b", 1) != sampled("c", 2)


def test_another_model_in_the_same_folder_has_another_fingerprint(tmp_path: Path) -> None:
    make_model(tmp_path)
    before = model_fingerprint(str(tmp_path))
    assert model_fingerprint(str(tmp_path)) == before
    data = bytearray((tmp_path / "model.safetensors").read_bytes())
    data[-1] ^= 1
    (tmp_path / "model.safetensors").write_bytes(data)
    assert model_fingerprint(str(tmp_path)) != before


def test_a_folder_that_holds_no_usable_model_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(UsageError, match="cannot be loaded") as error:
        load(tmp_path, tmp_path)
    assert "\n" not in str(error.value)


def test_without_a_gpu_any_device_is_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert device_name(3) == "cpu"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert device_name(1) == "cuda:1"
    with pytest.raises(UsageError, match="2 GPUs"):
        device_name(2)


class FakeVllm:
    """What the engine uses of vLLM: a model that repeats the last token of each prompt."""

    class SamplingParams:
        def __init__(self, **settings: Any) -> None:
            self.settings = settings

    class LLM:
        made: list[dict[str, Any]] = []
        asked: list[Any] = []

        def __init__(self, **settings: Any) -> None:
            self.made.append(settings)

        def get_tokenizer(self) -> Any:
            from transformers import AutoTokenizer

            return AutoTokenizer.from_pretrained(self.made[-1]["model"])

        def generate(self, prompts: list[dict[str, Any]], sampling: Any, use_tqdm: bool) -> list[Any]:
            self.asked.append((prompts, sampling.settings))
            return [SimpleNamespace(outputs=[SimpleNamespace(text=f" {prompt['prompt_token_ids'][-1]}", token_ids=[1])])
                    for prompt in prompts]


def test_vllm_takes_all_that_waits_where_it_is_installed_and_there_is_a_gpu(
        folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = types.ModuleType("vllm")
    module.LLM, module.SamplingParams = FakeVllm.LLM, FakeVllm.SamplingParams  # type: ignore[attr-defined]
    module.__spec__ = importlib.machinery.ModuleSpec("vllm", None)
    monkeypatch.setitem(sys.modules, "vllm", module)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    model = load(folder, tmp_path)
    answers = ask_all(model, ["the weather", "in Paris is"])
    assert sorted(answers) == sorted(f" {3 + WORDS.index(word)}" for word in ("weather", "is"))
    ((prompts, sampling),) = FakeVllm.LLM.asked
    assert len(prompts) == 2
    assert (sampling["max_tokens"], sampling["temperature"], sampling["stop"]) == (12, 0.0, [])
