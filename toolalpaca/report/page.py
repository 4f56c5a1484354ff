"""The page itself: one HTML file with its style, script and data inside, which opens from disk without a server."""

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

from toolalpaca.report.sections import Sections

TEMPLATES = Path(__file__).resolve().parent / "templates"
SCRIPTS = ("dom.js", "state.js", "search.js", "list.js", "json.js", "golden.js", "trace.js", "main.js")
# What would end the script element, or a line in old readers of JavaScript, is written as an escape.
_ESCAPES = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026", 0x2028: "\\u2028", 0x2029: "\\u2029"}


def render(title: str, sections: Sections, data: dict[str, Any]) -> str:
    """The whole page as text. Everything in it but our own style and script is escaped."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined,
                              trim_blocks=True, lstrip_blocks=True)
    script = "\n".join((TEMPLATES / name).read_text(encoding="utf-8") for name in SCRIPTS)
    return environment.get_template("report.html.j2").render(
        title=title, sections=sections, data=embedded(data), instances=len(data["instances"]), apis=len(data["apis"]),
        style=(TEMPLATES / "style.css").read_text(encoding="utf-8"), script=script, script_hash=_hash(script))


def embedded(value: Any) -> str:
    """JSON that can stand inside a script element whatever texts it holds."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.translate(_ESCAPES).encode("utf-8", "replace").decode("utf-8")


def _hash(script: str) -> str:
    """What the page's content security policy names its one script by, so that no other can run."""
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
