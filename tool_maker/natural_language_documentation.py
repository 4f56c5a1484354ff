"""Stage 3: turn each API's OpenAPI document into text that an assistant can read, without a language model.

    python tool_maker/natural_language_documentation.py -api ./data/api_data.json

Adds NLDocumentation, Function_Description and Function_Projection to each record. A record whose document is null or
cannot be used carries the reason under Errors.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from toolalpaca.core.cli import add_api_flag, run_main, stage_parser


def parse_args(argv: list[str] | None) -> argparse.Namespace:
    parser = stage_parser(__doc__)
    add_api_flag(parser, "the records that tool_maker/get_elements.py wrote")
    parser.add_argument("-out", "--output_path", "--output_dir", dest="output_path", metavar="FILE", type=Path,
                        help="file to write, for shards also a folder (default: the records are updated in place)")
    parser.add_argument("-doc_key", "--doc_key", metavar="KEY", default="Documentation",
                        help="key of a record that holds the OpenAPI document as a JSON string")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)

    from toolalpaca.toolset.documentation import document_corpus

    return document_corpus(args.api_data_path, args.output_path, args.doc_key)


if __name__ == "__main__":
    run_main(main)
