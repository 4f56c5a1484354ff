"""A lock on an output folder, so that two processes never work, and pay, for the same output at the same time."""

import atexit
import errno
import fcntl
import os
import socket
import sys
from datetime import datetime
from pathlib import Path

from toolalpaca.core.errors import UsageError

LOCK_NAME = ".in_use"
_held: dict[str, tuple[int, int]] = {}  # descriptor and process ID by folder; freed when a process dies


def lock_output(folder: Path) -> None:
    """Lock the folder for this process until it ends; raise UsageError naming the holder if another process has it.

    A lock held by a process that has died is free. A file system without locks is used without one.
    """
    name = os.path.realpath(folder)
    while name not in _held:
        path = Path(name) / LOCK_NAME
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
        except OSError as error:
            raise UsageError(f"{path}: cannot be opened to lock the folder ({error.strerror})") from None
        try:
            _take(descriptor, folder)
            if not os.path.samestat(os.fstat(descriptor), os.lstat(path)):
                raise FileNotFoundError
        except FileNotFoundError:  # its holder has just ended and removed it
            os.close(descriptor)
            continue
        except UsageError:
            os.close(descriptor)
            raise
        _held[name] = descriptor, os.getpid()


def _take(descriptor: int, folder: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno not in (errno.EWOULDBLOCK, errno.EACCES):
            return  # the file system has no locks
        holder = os.pread(descriptor, 500, 0).decode(errors="replace") or "another process"
        raise UsageError(f"{folder}: {holder} is writing to this folder; wait until it has ended or choose another "
                         "-out") from None
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.path.basename(sys.argv[0]) or 'python'} (process {os.getpid()} on "
              f"{socket.gethostname()}, since {datetime.now():%Y-%m-%d %H:%M:%S})".encode(), 0)


@atexit.register
def unlock_outputs() -> None:
    """Release every folder that this process has locked."""
    for name, (descriptor, process) in list(_held.items()):
        if process == os.getpid():
            (Path(name) / LOCK_NAME).unlink(missing_ok=True)
            os.close(descriptor)
            del _held[name]
