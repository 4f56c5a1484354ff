"""Where the file system takes no more: one line, and what was there stays."""

import errno
import resource
import subprocess
import sys

import pytest
from stage_command import assert_usage_error, stage_environment

from toolalpaca.core.cli import run_main


@pytest.mark.parametrize("ending", ["json", "jsonl", "parquet"])
def test_no_room_for_an_output(tmp_path, root, ending):
    source = tmp_path / "list.json"
    entry = '{"Name": "Lantern %d", "Description": "Paper", "Link": "https://x.example", "Category": "%d"}'
    source.write_text(f"[{', '.join(entry % (number, number**9) for number in range(2000))}]")
    output = tmp_path / f"apis.{ending}"
    command = [sys.executable, "tool_maker/preprocess_public_apis.py", "-api", output, "--source", source]
    result = subprocess.run(command, cwd=root, env=stage_environment(), capture_output=True, text=True, check=False,
                            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192)))
    assert_usage_error(result, output.name, "cannot be written")
    assert list(tmp_path.iterdir()) == [source]


def test_no_room_for_another_file_is_one_line_too(capsys):
    def main():
        raise OSError(errno.ENOSPC, "No space left on device", "run_log.jsonl")

    with pytest.raises(SystemExit) as ended:
        run_main(main)
    assert ended.value.code == 2
    assert "error: run_log.jsonl cannot be written (No space left on device)" in capsys.readouterr().err
