"""Prompt templates: text files with `${placeholders}`, filled with `string.Template`."""

import hashlib
from pathlib import Path
from string import Template

from toolalpaca.core.errors import UsageError


class Prompt:
    """One template. `fingerprint` changes with its text, so that a changed prompt counts as a changed setting."""

    def __init__(self, path: Path, placeholders: set[str]) -> None:
        """Read the template; raise UsageError if it is missing, blank or has an unknown placeholder."""
        try:
            self.text = path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{path}: the prompt template cannot be read ({error})") from None
        self._template = Template(self.text)
        if not self.text:
            raise UsageError(f"{path}: the prompt template is empty")
        if not self._template.is_valid():
            raise UsageError(f"{path}: a '$' that opens no placeholder; write '$$' for a dollar sign")
        unknown = set(self._template.get_identifiers()) - placeholders
        if unknown:
            raise UsageError(f"{path}: unknown placeholders {', '.join(sorted(unknown))}; "
                             f"there are {', '.join(sorted(placeholders))}")
        self.fingerprint = hashlib.sha256(self.text.encode()).hexdigest()[:16]

    def fill(self, **values: str) -> str:
        """Return the prompt with its placeholders filled."""
        return self._template.substitute(values)
