"""Make an API record of the tools of an MCP server, so that training data can be made for them.

    python tool_maker/import_mcp.py -api runs/mine/api_data.json --server http://127.0.0.1:8000/mcp

The next steps are stages 3 and 4, and conversations with simulated tools or, under generation.py --real --mcp_server,
with the server itself (docs/mcp.md).
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from toolalpaca.core.cli import add_api_flag, run_main, stage_parser


def parse_args(argv: list[str] | None) -> argparse.Namespace:
    parser = stage_parser(__doc__)
    add_api_flag(parser, "file that the record is added to, in place of one of the same name", shards=False)
    parser.add_argument("--server", metavar="URL_OR_COMMAND", required=True,
                        help="the MCP server: its http URL, or a command that speaks MCP over standard streams; "
                             "env:VARIABLE or file:PATH for one that holds a key")
    parser.add_argument("--name", metavar="NAME", help="the record's name (default: what the server calls itself)")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    from toolalpaca.core.cli import output_folder
    from toolalpaca.toolset.mcp_tools import import_tools

    output_folder(args.api_data_path.parent)
    return import_tools(args.api_data_path, args.server, args.name)


if __name__ == "__main__":
    run_main(main)
