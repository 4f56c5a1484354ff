"""The stages that call a model, over shards: the records of the array, each shard in a file of its own."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from chat_server import ChatServer
from servers import counting, offline_model, simulator
from stage_command import ROOT, assert_usage_error, run_stage

from toolalpaca.data.records import read_records, write_records

APIS, SIZE = 5, 2


@pytest.fixture(scope="module")
def records() -> list[Any]:
    found = json.loads((ROOT / "data" / "train_data.json").read_text(encoding="utf-8"))[:APIS]
    for record in found:
        del record["Instances"]
        record["Instructions"] = record["Instructions"][:3]
    return found


@pytest.fixture(scope="module")
def places(records: list[Any], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The corpus as one array, and as a folder of shards."""
    folder = tmp_path_factory.mktemp("corpus")
    write_records(folder / "api_data.json", records)
    (folder / "shards").mkdir()
    for number in range(0, APIS, SIZE):
        write_records(folder / "shards" / f"part-{number}.parquet", records[number:number + SIZE])
    return folder / "api_data.json", folder / "shards"


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChatServer]:
    with offline_model(tmp_path_factory.mktemp("model")) as url, counting(url) as server:
        yield server


def made(out: Path) -> list[Any]:
    return read_records(out)


@pytest.mark.parametrize("script", ["tool_maker/get_elements.py", "instance_generation/instruction.py"])
def test_shards_become_shards_of_the_same_records(places: tuple[Path, Path], endpoint: ChatServer, tmp_path: Path,
                                                  script: str) -> None:
    array, shards = places
    for source, out in ((array, tmp_path / "array"), (shards, tmp_path / "shards")):
        result = run_stage(script, "-api", source, "-out", out, url=endpoint.url)
        assert result.returncode == 0, result.stderr
        assert f"{APIS} made, 0 failed" in result.stderr
    assert sorted(path.name for path in (tmp_path / "shards").glob("*.parquet")) == [
        "part-0.parquet", "part-2.parquet", "part-4.parquet"]
    assert made(tmp_path / "shards" / "*.parquet") == made(tmp_path / "array" / "api_data.json")
    before = len(endpoint.requests)
    assert run_stage(script, "-api", shards, "-out", tmp_path / "shards", url=endpoint.url).returncode == 0
    assert len(endpoint.requests) == before


def test_conversations_are_held_shard_by_shard(places: tuple[Path, Path], endpoint: ChatServer, tmp_path: Path) -> None:
    array, shards = places
    script = "instance_generation/generation.py"
    with simulator(tmp_path, array, endpoint.url, "--mode", "schema", "-out", tmp_path / "sim") as url:
        for source, out in ((array, tmp_path / "array"), (shards, tmp_path / "shards")):
            result = run_stage(script, "-api", source, "-out", out, "--server_url", url, "--seed", "1",
                               url=endpoint.url)
            assert result.returncode == 0, result.stderr
            assert f"{3 * APIS} made, 0 failed" in result.stderr
        assert made(tmp_path / "shards" / "*.parquet") == made(tmp_path / "array" / f"api_data_0_{APIS}.json")
        part = run_stage(script, "-api", shards, "-out", tmp_path / "no", "--server_url", url, "--length", "2",
                         url=endpoint.url)
        assert_usage_error(part, "--offset and --length", "shards")


def test_a_single_file_keeps_its_form(places: tuple[Path, Path], endpoint: ChatServer, tmp_path: Path) -> None:
    _, shards = places
    result = run_stage("instance_generation/instruction.py", "-api", shards / "part-4.parquet", "-out", tmp_path,
                       url=endpoint.url)
    assert result.returncode == 0, result.stderr
    assert [record["Name"] for record in made(tmp_path / "api_data.parquet")] == [
        record["Name"] for record in made(shards / "part-4.parquet")]


def test_a_dry_run_counts_all_shards(places: tuple[Path, Path], endpoint: ChatServer, tmp_path: Path) -> None:
    result = run_stage("tool_maker/get_elements.py", "-api", places[1], "-out", tmp_path, "--dry_run", url=endpoint.url)
    assert result.returncode == 0 and f"about {3 * APIS} calls" in result.stderr
