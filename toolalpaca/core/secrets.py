"""Secrets in command-line options, given as `env:VARIABLE` or `file:PATH` so that they do not show in process lists."""

import os
from pathlib import Path

from toolalpaca.core.errors import UsageError


def read_secret(text: str, where: str) -> str:
    """Return the secret that `env:VARIABLE` or `file:PATH` refers to, or else the text itself.

    Raises UsageError, which names the option (`where`), if the variable or file is missing or empty.
    """
    kind, mark, name = text.partition(":")
    if not mark or kind not in ("env", "file"):
        return text
    if kind == "env":
        secret, source = os.environ.get(name, ""), f"the environment variable {name}"
    else:
        source = f"the file {name}"
        try:
            secret = Path(name).expanduser().read_text(encoding="utf-8")
        except (OSError, UnicodeError) as error:
            reason = getattr(error, "strerror", None) or error
            raise UsageError(f"{where}: {source} cannot be read ({reason})") from None
    if not secret.strip():
        raise UsageError(f"{where}: {source} is not set or is empty")
    return secret.strip()
