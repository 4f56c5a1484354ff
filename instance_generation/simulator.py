"""Stage 5: play every API of a file over HTTP, for stage 6 to call.

    python instance_generation/simulator.py -api ./data/api_data.json --port 5678

Requests are checked against the API's document, then answered by a language model in the role of the API, by values
derived from the document (--mode schema, no model needed), or by what an earlier run recorded (--mode replay). What is
answered is kept in calls.sqlite next to the -api file or in -out. Stop it with Ctrl-C or SIGTERM.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from toolalpaca.core.cli import (
    add_api_flag,
    add_llm_flags,
    add_out_folder_flag,
    from_options,
    run_main,
    stage_parser,
)
from toolalpaca.core.files import PROMPTS


def parse_args(argv: list[str] | None) -> argparse.Namespace:
    parser = stage_parser(__doc__)
    add_api_flag(parser, "records with documents, as generation.py is given")
    add_out_folder_flag(parser, "folder of the store of calls and the run log (default: the one of the -api file)",
                        required=False)
    parser.add_argument("--host", default="127.0.0.1",
                        help="address to bind; one that other machines reach needs --token")
    parser.add_argument("--port", type=_port, default=5678, help="port to bind, 0 for any free one")
    parser.add_argument("--url_file", metavar="FILE", type=Path,
                        help="write the simulator's URL into this file once it is ready, for scripts")
    parser.add_argument("--mode", type=_modes, default="llm", metavar="MODE",
                        help="who answers: llm, schema or replay, or several in order such as replay,llm")
    parser.add_argument("--failures", metavar="FRACTION", type=_fraction, default=0.0,
                        help="let this fraction of a conversation's requests fail on purpose, chosen by --seed: things "
                             "that are missing or there already (404, 409), rate limits, errors and timeouts of the "
                             "service (429, 500, 504); the run log counts them (default: 0)")
    parser.add_argument("--token", metavar="SECRET",
                        help="ask for this on every request: env:VARIABLE or file:PATH, so that the list of processes "
                             "does not show it. generation.py sends it with --server_url http://any:env:VARIABLE@host:"
                             "port")
    parser.add_argument("--mcp", action="store_true",
                        help="serve each API as an MCP server too, at /__mcp__/NAME?session=SESSION; needs pip install "
                             "-r requirements-mcp.txt")
    parser.add_argument("--request_type", choices=("curl", "python"), default="curl",
                        help="how a request is shown to the model: as a curl command or as Python code")
    parser.add_argument("-temp", "--template_dir", "--template_path", dest="template", metavar="FILE", type=Path,
                        default=PROMPTS / "Simulator.txt", help="the prompt that gives the model its role")
    parser.add_argument("-v", "--verbose", action="store_true", help="write one line per request to standard error")
    add_llm_flags(parser, role="simulator")
    parser.set_defaults(num_workers=128)
    return parser.parse_args(argv)


def _port(text: str) -> int:
    if text.isdigit() and int(text) <= 65535:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a port (0 to 65535)")


def _fraction(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if 0 <= value <= 1:
        return value
    raise argparse.ArgumentTypeError(f"{text!r} is not a fraction between 0 and 1")


def _modes(text: str) -> tuple[str, ...]:
    modes = tuple(part.strip() for part in text.split(","))
    if not set(modes) <= {"llm", "schema", "replay"} or len(set(modes)) != len(modes):
        raise argparse.ArgumentTypeError(f"{text!r}: expected llm, schema or replay, or several such as replay,llm")
    return modes


def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)

    from toolalpaca.simulator.main import (  # after the arguments: the server and the validators come in
        SimulatorConfig,
        run_simulator,
    )

    return run_simulator(from_options(SimulatorConfig, args))


if __name__ == "__main__":
    run_main(main)
