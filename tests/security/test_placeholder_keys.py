"""The corpus made with a placeholder key, as servers of one's own want, is byte for byte that of no key."""

import importlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from servers import offline_model, simulator

PLACEHOLDERS = ["EMPTY", "none", "token", "ollama", "test", "sk-no-key-required"]


@pytest.fixture(scope="module")
def model_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with offline_model(tmp_path_factory.mktemp("model")) as url:
        yield url


def run(script: str, *arguments: object) -> None:
    assert importlib.import_module(script).main([str(argument) for argument in arguments]) == 0


def corpus_with(key: str | None, folder: Path, model_url: str, apis: int, monkeypatch: pytest.MonkeyPatch,
                root: Path) -> dict[str, bytes]:
    """Make a small corpus by stages 2, 3, 4 and 6 and verify it, with that key; the bytes of what was written."""
    folder.mkdir()
    monkeypatch.chdir(root)
    monkeypatch.setenv("OPENAI_BASE_URL", model_url)
    monkeypatch.setenv("OPENAI_DEFAULT_MODEL", "offline")
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    if key is not None:
        monkeypatch.setenv("OPENAI_API_KEY", key)
    records = json.loads((root / "data" / "public_apis_sample.json").read_text())[:apis]
    (folder / "list.json").write_text(json.dumps(records))
    made = folder / "api_data.json"
    run("tool_maker.get_elements", "-api", folder / "list.json", "-out", folder)
    run("tool_maker.natural_language_documentation", "-api", made)
    run("instance_generation.instruction", "-api", made, "-out", folder, "--per_api", 3)
    with simulator(folder / "simulator", made, model_url) as server:
        run("instance_generation.generation", "-api", made, "-out", folder, "--server_url", server, "--seed", 0)
    instances = folder / f"api_data_0_{apis}.json"
    run("instance_generation.verification", "-api", instances, "-out", folder / "verified.json", "--with_judge")
    return {path.name: path.read_bytes() for path in (made, instances, folder / "verified.json")}


@pytest.mark.parametrize(("apis", "keys"), [
    (1, ["token"]),
    pytest.param(2, PLACEHOLDERS, marks=pytest.mark.slow)])
def test_a_placeholder_key_changes_no_byte(tmp_path, model_url, monkeypatch, root, apis, keys) -> None:
    without = corpus_with(None, tmp_path / "none", model_url, apis, monkeypatch, root)
    assert all(without.values())
    for key in keys:
        assert corpus_with(key, tmp_path / f"key-{key}", model_url, apis, monkeypatch, root) == without
