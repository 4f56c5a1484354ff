#!/usr/bin/env python3
"""Write the map of the code in docs/architecture.md: a line for each module, taken from its docstring.

    python scripts/architecture.py            # renew the map
    python scripts/architecture.py --check    # exit with 1 if it is out of date
"""

import ast
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from toolalpaca.core.cli import run_main, stage_parser
from toolalpaca.core.log import log_line

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "architecture.md"
BEGIN, END = "<!-- map: written by scripts/architecture.py -->\n", "<!-- end of map -->\n"


def first_sentence(path: Path) -> str:
    """Return the first sentence of a module's docstring on one line."""
    text = " ".join((ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").split("\n\n")[0].split())
    return re.split(r"(?<=[.!?]) (?=[A-Z`])", text, maxsplit=1)[0].replace("|", r"\|")


def packages() -> list[str]:
    """Return the packages' names from the lowest to the highest, as pyproject.toml orders them."""
    import tomllib

    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    layers: list[str] = settings["tool"]["importlinter"]["contracts"][0]["layers"]
    return layers[::-1]


def code_map() -> str:
    """Return the map: a heading for each package and a table row for each of its modules."""
    lines = []
    for name in packages():
        folder = ROOT / "toolalpaca" / name
        lines += [f"### `{name}`", "", first_sentence(folder / "__init__.py"), ""]
        lines += ["| module | what it knows |", "|---|---|"]
        for path in sorted(folder.rglob("*.py")):
            if path != folder / "__init__.py":
                name = str(path.relative_to(ROOT / "toolalpaca")).replace("__init__.py", "")
                lines.append(f"| `{name}` | {first_sentence(path)} |")
        lines.append("")
    return "\n".join(lines)


def main() -> int:
    """Renew the map, or say that it is out of date."""
    parser = stage_parser(__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 if the map is out of date")
    args = parser.parse_args()
    page = PAGE.read_text(encoding="utf-8")
    before, rest = page.split(BEGIN)
    renewed = before + BEGIN + "\n" + code_map() + END + rest.split(END)[1]
    if renewed == page:
        return 0
    if args.check:
        log_line(f"{PAGE.relative_to(ROOT)}: the map is out of date; run python scripts/architecture.py")
        return 1
    PAGE.write_text(renewed, encoding="utf-8")
    return 0


if __name__ == "__main__":
    run_main(main)
