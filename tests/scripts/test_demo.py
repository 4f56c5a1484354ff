"""The demo's own command line; the stages it runs have tests of their own."""

import subprocess

import pytest


@pytest.mark.parametrize(("arguments", "words"), [
    (("--student", "gpt5"), "--student 'gpt5': choose tiny or smollm2"),
    (("--student",), "--student '': choose tiny or smollm2"),
    (("--foo",), "--foo: not known")])
def test_bad_arguments_are_one_line_before_anything_is_done(root, arguments, words):
    done = subprocess.run(["bash", "scripts/demo.sh", *arguments], cwd=root, capture_output=True, text=True, timeout=20,
                          env={"PATH": "/usr/bin:/bin", "OUT": "runs/never"}, check=False)
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.startswith("error: ") and words in done.stderr and len(done.stderr.splitlines()) == 1
    assert not (root / "runs" / "never").exists()
