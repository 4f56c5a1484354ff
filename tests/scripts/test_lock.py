"""The lock files hold what the requirements state, each with its hashes."""

import re

import pytest


def pins(text):
    return {re.sub(r"[-_.]+", "-", name).lower(): version
            for name, version in re.findall(r"^([\w.-]+)(?:\[[\w,]+\])?==([^\s;\\]+)", text, re.MULTILINE)}


@pytest.mark.parametrize("name", ["requirements", "requirements-test"])
def test_every_stated_package_is_locked_at_its_version(root, name):
    text = (root / f"{name}.txt").read_text()
    for other in re.findall(r"^-r (\S+)", text, re.MULTILINE):
        text += "\n" + (root / other).read_text()
    lock = (root / f"{name}.lock").read_text()
    stated = pins(text)
    torch = (root / "requirements-torch.lock").read_text()
    locked = {"torch": pins(torch)["torch"], **pins(lock)}
    wrong = {package: (version, locked.get(package)) for package, version in stated.items()
             if locked.get(package) != version}
    assert not wrong, "run bash scripts/lock.sh"
    assert not pins(torch).keys() & pins((root / "requirements.lock").read_text()).keys()
    entries = re.split(r"\n(?=\S)", lock.strip()) + re.split(r"\n(?=\S)", torch.strip())
    assert all(re.search(r"--hash=sha256:[0-9a-f]{64}", entry) for entry in entries)
    assert "://" not in lock + torch
