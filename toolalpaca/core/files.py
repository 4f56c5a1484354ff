"""Whole files and folders: replaced atomically, so that neither readers nor a crash ever see a partial file, read, and
locked, so that two processes never work, and pay, for the same output at the same time.

It also tells where an installed package lies.
"""

import atexit
import errno
import fcntl
import importlib.util
import json
import os
import secrets
import socket
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

from toolalpaca.core.errors import NO_ROOM, UsageError
from toolalpaca.core.jsons import to_json

REPOSITORY = Path(__file__).resolve().parents[2]
PROMPTS, CONFIGS = REPOSITORY / "prompts", REPOSITORY / "configs"
_NEW_FILE = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


@contextmanager
def replacing_file(path: Path) -> Iterator[Path]:
    """Yield a temporary path that replaces `path` if the block succeeds and is removed if it fails.

    The temporary file is hidden, so that it is never mistaken for a shard, and never readable by more users than
    `path`. If `path` is a symbolic link, its target is replaced. Raises UsageError if there is no space left, if the
    link belongs to another user, and for a device, a pipe, a socket or a folder.
    """
    target = _link_target(path)
    mode = target.stat().st_mode if target.exists() else None
    if mode is not None and not stat.S_ISREG(mode):
        raise UsageError(f"{path}: is not a regular file, which alone can be replaced; choose another path")
    try:
        temporary, descriptor = _temporary_file(target, 0o666 if mode is None else mode & 0o777)
    except OSError as error:
        raise _unwritable(path, error) from None
    try:
        yield temporary
        os.fsync(descriptor)
        if mode is not None:
            os.fchmod(descriptor, stat.S_IMODE(mode))
        os.replace(temporary, target)
        _sync_folder(target.parent)
    except BaseException as error:
        temporary.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno in NO_ROOM:
            raise _unwritable(path, error) from None
        raise
    finally:
        os.close(descriptor)


@contextmanager
def replacing(path: Path) -> Iterator[TextIO]:
    """Yield a text file that replaces `path` if the block succeeds and is removed if it fails.

    Lone surrogates, which JSON text may contain but UTF-8 may not, are written as escapes.
    """
    with replacing_file(path) as temporary, \
            open(temporary, "w", encoding="utf-8", errors="backslashreplace") as file:
        yield file
        file.flush()


def _unwritable(path: Path, error: OSError) -> UsageError:
    advice = "; what was there stays, run the same command again once there is room" if error.errno in NO_ROOM else ""
    return UsageError(f"{path}: cannot be written ({error.strerror}){advice}")


def _link_target(path: Path) -> Path:
    """Return the target of a link, following it only if the kernel's link protection would."""
    if not path.is_symlink():
        return path
    if path.lstat().st_uid not in (os.geteuid(), 0):
        raise UsageError(f"{path}: is a symbolic link of another user; remove it or choose another -out")
    return Path(os.path.realpath(path))


def _temporary_file(target: Path, mode: int) -> tuple[Path, int]:
    """Create the hidden file next to `target`; return it and its descriptor, which holds a lock on it.

    A leftover of a killed process is not locked and is removed; if another process is writing the same file, this one
    uses another name.
    """
    temporary = target.with_name(f".{target.name}.tmp")
    while True:
        try:
            descriptor = os.open(temporary, _NEW_FILE, mode)
        except FileExistsError:
            if not _remove_leftover(temporary):
                temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}.tmp")
            continue
        _lock(descriptor)
        if _is_at(descriptor, temporary):
            return temporary, descriptor
        os.close(descriptor)  # another process took it for a leftover before it was locked


def _remove_leftover(temporary: Path) -> bool:
    """Remove a temporary file unless a running process holds it; return whether it is gone."""
    try:
        descriptor = os.open(temporary, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        return True
    except OSError as error:
        if error.errno != errno.ELOOP:
            return False
        temporary.unlink(missing_ok=True)  # a link, which this program never makes
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if _is_at(descriptor, temporary):
            temporary.unlink(missing_ok=True)
        return True
    except OSError:
        return False
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> None:
    with suppress(OSError):  # the file system has no locks; leftovers are then never removed
        fcntl.flock(descriptor, fcntl.LOCK_EX)


def _is_at(descriptor: int, path: Path) -> bool:
    """Return whether the open file is still the one at `path`."""
    try:
        return os.path.samestat(os.fstat(descriptor), os.lstat(path))
    except FileNotFoundError:
        return False


def _sync_folder(folder: Path) -> None:
    """Sync the folder so that the new name survives a power loss, if the file system supports it."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def append_line(path: Path, line: str) -> None:
    """Append a line to a file, first ending one that a killed process left unfinished.

    Raises UsageError if it cannot be written, for the link of another user, and for anything but a regular file: a
    pipe without a reader would be waited for forever.
    """
    try:
        descriptor = os.open(_link_target(path), os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NONBLOCK | os.O_CLOEXEC,
                             0o666)
    except OSError as error:
        raise _unwritable(path, error) from None
    with open(descriptor, "ab") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise UsageError(f"{path}: is not a regular file; remove it")
        end = os.fstat(descriptor).st_size
        torn = end > 0 and os.pread(descriptor, 1, end - 1) != b"\n"
        file.write(("\n" * torn + line + "\n").encode(errors="backslashreplace"))


def read_text(path: Path, needed: str) -> str:
    """Return the file's text; raise UsageError if it is missing, not UTF-8, or a folder. `needed` says what was
    expected."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise UsageError(f"{path}: no such file") from None
    except IsADirectoryError:
        raise UsageError(f"{path}: is a folder, but {needed}") from None
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: not UTF-8 text (byte {error.start})") from None
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror})") from None


def read_json(path: Path) -> Any:
    """Return the file's JSON value; raise UsageError if it is missing, empty, not UTF-8 or not valid JSON."""
    text = read_text(path, "a JSON file is needed")
    if not text.strip():
        raise UsageError(f"{path}: the file is empty")
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path}: not valid JSON ({error})") from None


def read_yaml_table(path: Path) -> Any:
    """Return the value of a YAML file of this project, by a safe loader that is written in C if there is one."""
    import yaml

    return yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def write_json(path: Path, value: Any) -> None:
    """Replace the file with one indented JSON value."""
    with replacing(path) as file:
        file.write(to_json(value, indent=2) + "\n")


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


def package_folder(module: str) -> Path | None:
    """Return the folder of an installed package, without importing it; None if it is not installed."""
    found = importlib.util.find_spec(module)
    return next(map(Path, (found and found.submodule_search_locations) or ()), None)
