"""A process that has imported the project, and forks once for each command that it is sent.

The fork runs the command as `python COMMAND...` would in a new process, with its own arguments, environment, folder and
output, without the second or two that the imports take. tests/stage_command.py starts this and sends the commands.
"""

import atexit
import gc
import importlib
import json
import os
import runpy
import signal
import socket
import sys
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
HEAVY = ("toolalpaca.training", "toolalpaca.agent.local", "toolalpaca.runner.ray", "offline_llm.__main__")
IMPORTED_LATE = ("jinja2", "matplotlib.backends.backend_agg", "matplotlib.figure", "numpy", "openai", "pyarrow.parquet",
                 "scipy.optimize", "scipy.stats", "textblob.en", "waitress")


def import_project() -> None:
    """Import what the commands import once they run, apart from the modules that need torch or Ray."""
    files = [path for package in ("toolalpaca", "offline_llm") for path in sorted((ROOT / package).rglob("*.py"))]
    for name in (".".join(path.relative_to(ROOT).with_suffix("").parts) for path in files):
        if not name.startswith(HEAVY):
            importlib.import_module(name.removesuffix(".__init__"))
    for name in IMPORTED_LATE:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()


def forked_command(control: socket.socket) -> dict[str, Any] | None:
    """Wait for commands and fork for each; return the command in the fork, and None in this process at the end."""
    while True:
        _, descriptors, _, _ = socket.recv_fds(control, 1, 4)
        if not descriptors:
            return None
        if os.fork() == 0:
            control.close()
            return watched_command(*descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        while any_ended():
            pass


def any_ended() -> bool:
    """Reap a fork that has ended, if there is one."""
    try:
        return os.waitpid(-1, os.WNOHANG)[0] != 0
    except ChildProcessError:
        return False


def watched_command(channel: int, request: int, output: int, errors: int) -> dict[str, Any]:
    """Fork again: one process waits and reports the exit code through `channel`, the other returns the command."""
    child = os.fork()
    if child:
        for descriptor in (request, output, errors):
            os.close(descriptor)
        with socket.socket(fileno=channel) as connection:
            connection.sendall(b"%d\n" % child)
            _, status = os.waitpid(child, 0)
            with suppress(OSError):  # raised when the test has ended and does not ask any more
                connection.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))
        os._exit(0)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.dup2(output, 1)
    os.dup2(errors, 2)
    with open(request, encoding="utf-8") as file:
        file.seek(0)
        command: dict[str, Any] = json.load(file)
    for descriptor in (channel, output, errors):
        os.close(descriptor)
    return command


def run(command: dict[str, Any]) -> None:
    """Run a script or, after "-m", a module as the main program."""
    os.chdir(ROOT)
    os.environ.clear()
    os.environ.update(command["environment"])
    argv = command["argv"]
    if argv[0] == "-m":
        sys.path[0] = str(ROOT)
        sys.argv = argv[1:]
        runpy.run_module(argv[1], run_name="__main__", alter_sys=True)
    else:
        sys.path[0] = str((ROOT / argv[0]).parent)
        sys.argv = argv
        runpy.run_path(argv[0], run_name="__main__")


def exit_code_of(command: dict[str, Any]) -> int:
    """Run the command and return its exit code, as Python does for a main program."""
    try:
        run(command)
    except SystemExit as exit:
        if exit.code is None or isinstance(exit.code, int):
            return exit.code or 0
        print(exit.code, file=sys.stderr)
        return 1
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def leave() -> None:
    """End this process at once; it would take long to clear away the many modules."""
    if exit_code is not None:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(exit_code)


exit_code: int | None = None  # of the command, in a fork

if __name__ == "__main__":
    atexit.register(leave)  # the first to be registered is the last to be called
    sys.path.insert(1, str(ROOT))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a test run that is interrupted ends its commands itself
    import_project()
    sys.path.remove(str(ROOT))
    received = forked_command(socket.socket(fileno=int(sys.argv[1])))
    if received:
        exit_code = exit_code_of(received)
    else:
        while any_ended():
            pass
