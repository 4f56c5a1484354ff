"""A connection to a Ray cluster, or a local one started for this run; what can go wrong is said in one line."""

import logging
import os
import socket
from typing import Any

from toolalpaca.errors import UsageError

LOCAL = "local"
SECONDS_TO_ANSWER = 10.0


def connect(address: str) -> Any:
    """The `ray` module, connected. `address` is `local`, `auto` or HOST:PORT of a cluster this machine belongs to.

    Raises UsageError where Ray is not installed or nothing answers.
    """
    # Ray counts its users over the network unless told not to, and starts a cluster of its own for a thread that is
    # late to see that the run has ended; and it hides a machine's GPUs from actors that asked for none.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ["RAY_ENABLE_AUTO_CONNECT"] = "0"
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    try:
        import ray
    except ImportError:
        raise UsageError("--ray: Ray is not installed; pip install -r requirements-ray.txt") from None
    if not ray.is_initialized():
        _check(address)
        try:
            ray.init(address=address, include_dashboard=False if address == LOCAL else None, log_to_driver=False,
                     logging_level=logging.ERROR)
        except Exception as error:  # Ray's own kinds, and those of the network below it
            reason = " ".join(str(error).split())[:300]
            raise UsageError(f"--ray {address}: no Ray cluster answers there ({reason})") from None
    return ray


def _check(address: str) -> None:
    """See that somebody listens before Ray spends a minute on finding out."""
    if address in (LOCAL, "auto"):
        return
    if "://" in address:
        raise UsageError(f"--ray {address}: the store of finished calls is on this machine, so run the stage on a "
                         "machine of the cluster, with HOST:PORT of its head or with auto")
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit():
        raise UsageError(f"--ray {address!r}: give HOST:PORT of the cluster's head, auto, or nothing for a local one")
    try:
        socket.create_connection((host.strip("[]"), int(port)), SECONDS_TO_ANSWER).close()
    except (OSError, OverflowError) as error:
        raise UsageError(f"--ray {address}: no Ray cluster answers there ({error})") from None
