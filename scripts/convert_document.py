"""Make OpenAPI 3 documents, as JSON, of YAML files and of Swagger 2 documents.

    python scripts/convert_document.py runs/own/documents/*.yaml

Writes a .json file next to each FILE. A JSON file that is OpenAPI 3 already stays as it is; one that is Swagger 2 is
replaced.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from toolalpaca.core.cli import run_main, stage_parser
from toolalpaca.core.errors import UsageError


def parse_args(argv: list[str] | None) -> argparse.Namespace:
    parser = stage_parser(__doc__)
    parser.add_argument("files", metavar="FILE", nargs="+", type=Path, help="documents, JSON or YAML")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    from toolalpaca.core.files import read_text, replacing

    for path in parse_args(argv).files:
        text = read_text(path, "a document is needed")
        try:
            converted = as_openapi_3(text)
        except RecursionError:
            raise UsageError(f"{path}: the document is nested too deeply") from None
        except ValueError as error:
            raise UsageError(f"{path}: {error}") from None
        output = path.with_suffix(".json")
        if output != path or not _is_the_same(converted, text):
            with replacing(output) as file:
                json.dump(converted, file, ensure_ascii=False, indent=1)
        print(output)
    return 0


def _is_the_same(document: dict[str, Any], text: str) -> bool:
    try:
        return json.loads(text) == document
    except ValueError:
        return False


def as_openapi_3(text: str) -> dict[str, Any]:
    """Return the OpenAPI 3 document that a text holds; raises ValueError, one line, if it cannot be used."""
    from toolalpaca.openapi.documents import usable_document
    from toolalpaca.openapi.other_versions import converted, is_swagger_2
    from toolalpaca.openapi.yaml_text import read_yaml

    try:
        document = json.loads(text)
    except ValueError:
        document = read_yaml(text)
    if not isinstance(document, dict) or not {"openapi", "swagger"} & document.keys():
        raise ValueError("neither OpenAPI nor Swagger: it has no key 'openapi' or 'swagger'")
    document = converted(document) if is_swagger_2(document) else document
    usable_document(document)
    return document


if __name__ == "__main__":
    run_main(main)
