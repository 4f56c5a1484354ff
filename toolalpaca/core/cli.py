"""Shared command-line helpers: parsers built from module docstrings, common flags and argument types, options that hold
secrets or MCP servers, exit codes."""

import argparse
import logging
import os
import socket
import sys
import threading
import warnings
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, NoReturn, TypeVar, get_type_hints

from toolalpaca.core.errors import NO_ROOM, UNUSABLE_PATH, StageStopped, UsageError, is_out_of_memory
from toolalpaca.core.files import CONFIGS, REPOSITORY, lock_output
from toolalpaca.core.log import LibraryMessages, log_line, show_traceback, show_warning

Number = TypeVar("Number", int, float)
Config = TypeVar("Config")  # a dataclass
EXIT_FAILED, EXIT_USAGE, EXIT_STOPPED, EXIT_INTERRUPTED = 1, 2, 3, 130


class _HelpFormatter(argparse.RawDescriptionHelpFormatter):
    """Keep the docstring's line breaks and append the default to every option that has one."""

    def _get_help_string(self, action: argparse.Action) -> str:
        text = action.help or ""
        silent = action.default in (None, False, "", [], argparse.SUPPRESS) or not action.option_strings
        return text if silent or "default" in text else f"{text} (default: {_default_in_words(action.default)})"

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        if "\n" in text:
            return super()._fill_text(text, width, indent)
        return argparse.HelpFormatter._fill_text(self, text, width, indent)  # one line, such as a group's: wrapped


def _default_in_words(default: object) -> str:
    """Return a default as help texts show it: the repository's own files relative to the repository."""
    if isinstance(default, Path) and default.is_relative_to(REPOSITORY):
        return str(default.relative_to(REPOSITORY))
    return "%(default)s"


def stage_parser(docstring: str | None, *, prog: str | None = None) -> argparse.ArgumentParser:
    """Return a parser whose description is the script's docstring, including its example command.

    `prog` is the program's name in the usage line; by default it is the name of the script's file.
    """
    return argparse.ArgumentParser(prog=prog, description=(docstring or "").strip(), formatter_class=_HelpFormatter,
                                   allow_abbrev=False)


def add_api_flag(parser: argparse.ArgumentParser, text: str, *, shards: bool = True) -> None:
    """Add `-api FILE`, the records a stage reads; `shards` adds to the help that they may be spread over several
    files."""
    more = "; a .json, .jsonl or .parquet file, a folder of them or a quoted pattern such as 'shards/*.parquet'"
    parser.add_argument("-api", "--api_data_path", required=True, metavar="FILE", type=Path,
                        help=text + more if shards else text)


def add_out_folder_flag(parser: argparse.ArgumentParser, text: str, *, required: bool = True) -> None:
    """Add `-out FOLDER`, where a stage writes its file, the store of finished calls and the run log."""
    parser.add_argument("-out", "--output_dir", "--output_path", dest="output_dir", required=required, metavar="FOLDER",
                        type=Path, help=text)


def add_llm_flags(parser: argparse.ArgumentParser, role: str, *, model_flag: bool = True) -> None:
    """Add the flags shared by every stage that calls a language model; they apply to `role`."""
    group = parser.add_argument_group(
        "language model", f"Settings of the {role}. A flag wins over the roles file, the roles file over the "
        "environment (OPENAI_API_KEY, OPENAI_BASE_URL, OPENAI_DEFAULT_MODEL), the environment over the default.")
    if model_flag:
        group.add_argument("--model", metavar="NAME", help="model name at the endpoint")
    group.add_argument("--roles", metavar="FILE", type=Path, default=CONFIGS / "roles.yaml",
                       help="YAML file with the model, endpoint and limits of each role")
    group.add_argument("--num_workers", metavar="N", type=positive_int, default=16,
                       help="records in flight, each with at most one call in flight")
    group.add_argument("--temperature", metavar="T", type=float, help="sampling temperature, 0 to 2")
    group.add_argument("--max_retries", metavar="N", type=non_negative_int,
                       help="retries of a failed call; waiting for a rate limit does not count (default: 5)")
    group.add_argument("--timeout", metavar="SECONDS", type=positive_float,
                       help="time one call may take (default: 120)")
    group.add_argument("--seed", metavar="N", type=int, help="sent with every call for repeatable answers")
    group.add_argument("--max_cost", metavar="DOLLARS", type=positive_float,
                       help="stop cleanly (exit code 3) once this output has cost this much, earlier runs included; "
                            "run again with a higher limit to continue")
    group.add_argument("--dry_run", action="store_true",
                       help="make no call; print how many calls, tokens and dollars the stage would take")
    group.add_argument("--overwrite", action="store_true",
                       help="start over: discard this stage's stored calls for these records; by default the stage "
                            "resumes where it stopped")


def add_ray_flags(parser: argparse.ArgumentParser) -> None:
    """Add `--ray` and `--ray_actors`, for stages that can be spread over a cluster."""
    group = parser.add_argument_group("several processes or machines", "See docs/scaling.md.")
    group.add_argument("--ray", metavar="ADDRESS", nargs="?", const="local",
                       help="spread the work over Ray actors: HOST:PORT of the cluster's head, auto for the one this "
                            "machine belongs to, nothing for a cluster on this machine alone; the result is the same. "
                            "Needs pip install -r requirements-ray.txt")
    group.add_argument("--ray_actors", metavar="N", type=positive_int,
                       help="number of actors, which share --num_workers (default: one per core of the cluster, or "
                            "per GPU for a local model)")


def add_batch_flag(parser: argparse.ArgumentParser) -> None:
    """Add `--batch`, for stages whose calls depend on nothing but the model."""
    parser.add_argument("--batch", action="store_true",
                        help="send the calls through the endpoint's Batch API: cheaper, may take up to a day; a "
                             "stopped run picks up its batches again")


def positive_int(text: str) -> int:
    """Parse an integer of at least 1."""
    return _bounded(int, text, lambda value: value >= 1, "a whole number of 1 or more")


def non_negative_int(text: str) -> int:
    """Parse an integer of at least 0."""
    return _bounded(int, text, lambda value: value >= 0, "a whole number of 0 or more")


def positive_float(text: str) -> float:
    """Parse a number greater than 0."""
    return _bounded(float, text, lambda value: 0 < value < float("inf"), "a number above 0")


def non_negative_float(text: str) -> float:
    """Parse a number of at least 0."""
    return _bounded(float, text, lambda value: 0 <= value < float("inf"), "a number of 0 or more")


def fraction(text: str) -> float:
    """Parse a number from 0 to 1."""
    return _bounded(float, text, lambda value: 0 <= value <= 1, "a number from 0 to 1")


def positive_fraction(text: str) -> float:
    """Parse a number greater than 0 and at most 1."""
    return _bounded(float, text, lambda value: 0 < value <= 1, "a number above 0 and up to 1")


def _bounded(kind: Callable[[str], Number], text: str, fits: Callable[[Number], bool], wanted: str) -> Number:
    try:
        value = kind(text)
        if fits(value):
            return value
    except ValueError:
        pass  # falls through to the message below, which serves both cases
    raise argparse.ArgumentTypeError(f"{text!r} is not {wanted}")


def locked_folder(path: Path) -> Path:
    """Prepare the folder as `output_folder` does, and lock it for this process until it ends."""
    lock_output(output_folder(path))
    return path


def output_folder(path: Path) -> Path:
    """Create the folder if needed and return it; raise UsageError if it cannot be written to."""
    if path.exists() and not path.is_dir():
        raise UsageError(f"{path}: is a file, but -out needs a folder")
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{path}: cannot make this folder ({error.strerror})") from None
    if not os.access(path, os.W_OK):
        raise UsageError(f"{path}: this folder cannot be written to")
    return path


def from_options(kind: type[Config], args: argparse.Namespace) -> Config:
    """Return the dataclass `kind` with each field set to the parsed option of the same name.

    Fields that are dataclasses themselves are filled likewise; a field without an option keeps its default.
    """
    hints, values = get_type_hints(kind), dict[str, Any]()
    for name in (item.name for item in fields(kind)):  # type: ignore[arg-type]
        if is_dataclass(hints[name]):
            values[name] = from_options(hints[name], args)  # type: ignore[arg-type]
        elif hasattr(args, name):
            values[name] = getattr(args, name)
    return kind(**values)


def listening_socket(host: str, port: int) -> socket.socket:
    """Return a bound socket; raise UsageError if the port is taken or the address is not this machine's."""
    try:
        family, kind, proto, _, (name, _, *rest) = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, proto)
    except OSError as error:
        raise UsageError(f"--host {host}: no such address ({error.strerror or error})") from None
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((name, port, *rest))
        listener.listen(1024)
    except (OSError, OverflowError) as error:
        listener.close()
        raise UsageError(f"{host}:{port} cannot be used ({getattr(error, 'strerror', None) or error}); choose another "
                         "--port, 0 for any free one, or stop the program that has it") from None
    return listener


def run_main(main: Callable[[], int]) -> NoReturn:
    """Run a script's `main` and exit with the code documented for each outcome (see README.md)."""
    threading.excepthook = _report_thread
    warnings.showwarning = show_warning  # type: ignore[assignment]
    logging.lastResort = LibraryMessages(logging.WARNING)  # type: ignore[assignment]
    try:
        code = main()
    except UsageError as error:
        log_line(f"error: {error}")
        code = EXIT_USAGE
    except StageStopped as stop:
        log_line(f"stopped: {stop}")
        code = EXIT_STOPPED
    except KeyboardInterrupt:
        log_line("interrupted: every finished call is stored; run the same command again to resume")
        code = EXIT_INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = EXIT_FAILED
    except Exception as error:
        code = EXIT_USAGE
        if is_out_of_memory(error):
            log_line("error: out of memory; every finished call is stored, run again with fewer --num_workers, with "
                     "the corpus in shards (docs/shards.md) or with more memory (ulimit -v)")
        elif isinstance(error, OSError) and error.errno in NO_ROOM:
            log_line(f"error: {error.filename or 'a file'} cannot be written ({error.strerror}); finished work is "
                     "kept; run the same command again once there is space")
        elif isinstance(error, OSError) and error.filename and error.errno in UNUSABLE_PATH:
            log_line(f"error: {error.filename}: cannot be used ({error.strerror})")
        else:
            show_traceback(error)
            code = EXIT_FAILED
    sys.stdout.flush()
    sys.exit(code)


def _report_thread(failure: threading.ExceptHookArgs) -> None:
    """Report what ended a thread, unless it is want of memory, which the main thread meets and reports too."""
    if not is_out_of_memory(failure.exc_value):
        show_traceback(failure.exc_value)


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
