"""Make OpenAPI 3 documents, as JSON, of YAML files and of Swagger 2 documents.

    python scripts/convert_document.py runs/own/documents/*.yaml

Writes FILE.json next to each FILE; a JSON file that is OpenAPI 3 already stays as it is.
"""

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from toolalpaca.core.cli import run_main, stage_parser
from toolalpaca.core.errors import UsageError


def parse_args(argv: list[str] | None) -> argparse.Namespace:
    parser = stage_parser(__doc__)
    parser.add_argument("files", metavar="FILE", nargs="+", type=Path, help="documents, JSON or YAML")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    from toolalpaca.core.files import read_text

    for path in parse_args(argv).files:
        text = read_text(path, "a document is needed")
        try:
            converted = as_openapi_3(text)
        except (ValueError, RecursionError) as error:
            raise UsageError(f"{path}: {error}") from None
        path.with_suffix(".json").write_text(json.dumps(converted, ensure_ascii=False, indent=1), encoding="utf-8")
        print(path.with_suffix(".json"))
    return 0


def as_openapi_3(text: str) -> dict:
    """The OpenAPI 3 document that a text holds; raises ValueError, one line, if it cannot be used."""
    from toolalpaca.openapi.documents import check_document
    from toolalpaca.openapi.swagger2 import converted, is_swagger_2
    from toolalpaca.openapi.yaml_documents import read_yaml

    try:
        document = json.loads(text)
    except ValueError:
        document = read_yaml(text)
    if not isinstance(document, dict) or not {"openapi", "swagger"} & document.keys():
        raise ValueError("neither OpenAPI nor Swagger: it has no key 'openapi' or 'swagger'")
    document = converted(document) if is_swagger_2(document) else document
    check_document(document)
    return document


if __name__ == "__main__":
    run_main(main)
