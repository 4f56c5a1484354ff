"""`--batch` over the offline model's Batch API: the same files as without, and nothing uploaded twice after a kill."""

import json
import sqlite3
import time

import pytest
import requests
from chat_server import serve_chat
from servers import offline_model
from stage_command import ROOT, assert_usage_error, run_stage, start_stage


@pytest.fixture
def api_file(tmp_path):
    path = tmp_path / "public_apis.json"
    path.write_text(json.dumps(json.loads((ROOT / "data" / "public_apis_sample.json").read_text())[:3]))
    return path


def command(api_file, out, *flags):
    return ["tool_maker/get_elements.py", "-api", str(api_file), "-out", str(out), *flags]


def batches(url):
    return requests.get(f"{url}/batches", timeout=10).json()["data"]


def test_the_same_file_with_and_without(api_file, tmp_path):
    with offline_model(tmp_path / "offline") as url:
        batch = run_stage(*command(api_file, tmp_path / "batch", "--batch"), url=f"{url},http://127.0.0.1:9/v1")
        assert batch.returncode == 0 and "the first of 2 base URLs" in batch.stderr, batch.stderr
        assert run_stage(*command(api_file, tmp_path / "plain"), url=url).returncode == 0
        assert len(batches(url)) == 3  # one for each element of all records
    made = [(tmp_path / kind / "api_data.json").read_bytes() for kind in ("batch", "plain")]
    assert made[0] == made[1]


def test_a_killed_run_finds_its_batch_again(api_file, tmp_path):
    with offline_model(tmp_path / "offline") as url:
        with open(tmp_path / "messages", "wb") as messages:
            process = start_stage(*command(api_file, tmp_path / "out", "--batch"), output=messages, errors=messages,
                                  url=url)
        while not batches(url):
            time.sleep(0.01)
        process.kill()
        process.wait()
        stored = sqlite3.connect(tmp_path / "out" / "calls.sqlite")
        assert stored.execute("SELECT count(*) FROM calls").fetchone() == (0,)
        assert run_stage(*command(api_file, tmp_path / "out", "--batch"), url=url).returncode == 0
        assert len(batches(url)) == 3
        assert all(batch["request_counts"]["total"] == 3 for batch in batches(url))


def test_an_endpoint_without_batches_is_one_line(api_file, tmp_path):
    with serve_chat(lambda request: "no") as server:
        assert_usage_error(run_stage(*command(api_file, tmp_path / "out", "--batch"), url=server.url), "Batch API")


def test_faulty_lines_are_tried_again(api_file, tmp_path):
    with offline_model(tmp_path / "offline", "--fault", "500=0.3") as url:
        done = run_stage(*command(api_file, tmp_path / "out", "--batch"), url=url)
        assert done.returncode == 0, done.stderr
    log = json.loads((tmp_path / "out" / "run_log.jsonl").read_text())
    assert (log["made"], log["failed"]) == (3, 0)
