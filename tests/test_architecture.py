"""The rule of imports holds, and docs/architecture.md describes the tree that is there."""

import re
import subprocess
import sys
from pathlib import Path

from stage_command import ROOT


def test_each_package_imports_only_from_those_above_it():
    program = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    checked = subprocess.run([sys.executable, "-c", program, "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_map_is_up_to_date():
    checked = subprocess.run([sys.executable, "scripts/architecture.py", "--check"], cwd=ROOT, capture_output=True,
                             text=True)
    assert checked.returncode == 0, checked.stderr


def test_the_table_of_changes_names_files_that_are_there():
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    table = page.partition("## Where do I change what")[2].partition("## The map")[0]
    folder, named = "", []
    for path in re.findall(r"`([\w/]+\.(?:py|yaml|txt|html\.j2))`", table):
        folder = path.rpartition("/")[0] or folder  # `matching/numbers.py`, `units.py`
        named.append(Path(folder) / Path(path).name)
    missing = [str(path) for path in named if not ((ROOT / path).is_file() or (ROOT / "toolalpaca" / path).is_file()
                                                   or "NAME" in path.name)]
    assert len(named) > 40
    assert not missing


def test_no_file_grows_past_four_hundred_lines():
    long = [str(path.relative_to(ROOT)) for folder in ("toolalpaca", "offline_llm")
            for path in (ROOT / folder).rglob("*.py") if len(Path(path).read_text(encoding="utf-8").splitlines()) > 400]
    assert not long
