"""A stand-in for a language model, for first runs, tests and benchmarks: fixed rules behind the OpenAI protocol.

    python -m offline_llm --port 8765

Point the stages at it with OPENAI_BASE_URL=http://127.0.0.1:8765/v1 and OPENAI_DEFAULT_MODEL=offline.
What it writes is not the work of a language model and must not be passed off as such.
"""

import argparse
import logging
import signal
import threading
from pathlib import Path

from toolalpaca.core.cli import (
    listening_socket,
    non_negative_float,
    non_negative_int,
    positive_float,
    positive_int,
    run_main,
    stage_parser,
)
from toolalpaca.core.errors import UsageError
from toolalpaca.core.files import replacing
from toolalpaca.core.log import log_line

THREADS = 320  # enough for 256 requests that only wait out --latency, and some more


def parser() -> argparse.ArgumentParser:
    """Return the command-line parser."""
    flags = stage_parser(__doc__, prog="python -m offline_llm")
    flags.add_argument("--host", default="127.0.0.1", help="address to listen on")
    flags.add_argument("--port", type=non_negative_int, default=8765, help="port to listen on; 0 picks a free one")
    flags.add_argument("--url_file", metavar="FILE", type=Path,
                       help="write the base URL into this file once requests are taken, for scripts")
    flags.add_argument("--latency", type=non_negative_float, default=0.0, metavar="SECONDS",
                       help="time every answer takes at least")
    flags.add_argument("--seed", type=int, default=0, help="another seed gives other answers and other faults")
    flags.add_argument("--fault", default="", metavar="SPEC",
                       help="shares of requests that go wrong, such as 429=0.1,500=0.05,drop=0.02,hang=0.01,"
                            "malformed=0.1")
    flags.add_argument("--hang_seconds", type=positive_float, default=30.0, metavar="SECONDS",
                       help="how long a hung request waits before it is answered")
    flags.add_argument("--rpm", type=positive_int, metavar="N", help="requests a minute above which 429 is answered")
    flags.add_argument("--canned", metavar="TEXT", help="answer every request with this text, for benchmarks")
    flags.add_argument("--api_key", metavar="KEY", help="answer 401 to requests without this key")
    flags.add_argument("--threads", type=positive_int, default=THREADS, help="requests served at once")
    return flags


def main(argv: list[str] | None = None) -> int:
    """Serve until SIGTERM or Ctrl-C; return the exit code."""
    args = parser().parse_args(argv)
    from offline_llm.server.faults import parse_faults
    try:
        faults = parse_faults(args.fault)
    except ValueError as error:
        raise UsageError(f"--fault: {error}") from None
    listener = listening_socket(args.host, args.port)
    import waitress

    from offline_llm.server.web_app import ServerSettings, make_app
    logging.basicConfig(level=logging.WARNING, format="%(name)s: %(message)s")
    for quiet in ("waitress", "waitress.queue"):
        logging.getLogger(quiet).setLevel(logging.ERROR)
    stopping = threading.Event()
    settings = ServerSettings(args.seed, args.latency, faults, args.hang_seconds, args.rpm, args.canned, args.api_key)
    server = waitress.create_server(make_app(settings, stopping), sockets=[listener], threads=args.threads,
                                    connection_limit=4096, backlog=2048, asyncore_use_poll=True,
                                    clear_untrusted_proxy_headers=True)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: _stop(stopping))
    host, port = listener.getsockname()[:2]
    url = f"http://{f'[{host}]' if ':' in host else host}:{port}/v1"
    log_line(f"offline model (fixed rules, no language model) at {url}")
    if args.url_file:
        with replacing(args.url_file) as file:
            file.write(url + "\n")
    server.run()
    return 0


def _stop(stopping: threading.Event) -> None:
    stopping.set()
    raise SystemExit


if __name__ == "__main__":
    run_main(main)
