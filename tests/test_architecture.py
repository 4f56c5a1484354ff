"""The rule of imports holds, and docs/architecture.md describes the tree that is there."""

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


def test_no_file_grows_past_four_hundred_lines():
    long = [str(path.relative_to(ROOT)) for folder in ("toolalpaca", "offline_llm")
            for path in (ROOT / folder).rglob("*.py") if len(Path(path).read_text(encoding="utf-8").splitlines()) > 400]
    assert not long
