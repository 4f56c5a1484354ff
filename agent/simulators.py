"""Several simulators as one: which of them a conversation talks to, and which are left out because nothing answers.

A conversation's simulator is found by rendezvous hashing (Thaler and Ravishankar, 1998): each pair of conversation and
simulator has a weight, and the heaviest usable one wins. So every process picks the same one without asking anybody,
and when one drops out, only its own conversations move.
"""

import hashlib
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

from agent.transport import ConversationLost, Simulator
from toolalpaca.cli import say
from toolalpaca.errors import UsageError
from toolalpaca.url_list import url_list

PAUSE = 30.0  # seconds until one that did not answer is tried again
ADVICE = "start instance_generation/simulator.py or set --server_url"


class Simulators:
    """The simulators that `--server_url` names. Used by many threads at once."""

    def __init__(self, server_urls: str | Iterable[str], *, pause: float = PAUSE,
                 clock: Callable[[], float] = time.monotonic) -> None:
        """Raises UsageError for what is no URL, and for one that is named twice."""
        self._all = [Simulator(url) for url in url_list(server_urls, "--server_url", "http://127.0.0.1:5678")]
        self._pause, self._clock = pause, clock
        self._lock = threading.Lock()
        self._again_at: dict[Simulator, float] = {}  # those left out, and when to try them again

    def check(self) -> None:
        """Name those that do not answer. Raises UsageError when none does, for a wrong token, and when two differ."""
        with ThreadPoolExecutor(min(32, len(self._all))) as pool:
            said = list(pool.map(_check, self._all))
        silent = [f"{one.server_url} ({problem})" for one, (_, problem) in zip(self._all, said, strict=True) if problem]
        well = [(one.server_url, health) for one, (health, problem) in zip(self._all, said, strict=True) if not problem]
        if not well and len(silent) == 1:
            raise UsageError(f"{self._all[0].server_url}: the simulator does not answer ({said[0][1]}); {ADVICE}")
        if not well:
            raise UsageError(f"none of the {len(silent)} simulators answers: {', '.join(silent)}; {ADVICE}")
        for url, health in well:
            if health != well[0][1]:
                raise UsageError(f"--server_url: {well[0][0]} and {url} are not alike (the first says {well[0][1]}, "
                                 f"the other {health}); start all of them with the same -api file and --mode")
        if silent:
            say(f"warning: {len(silent)} of {len(said)} simulators left out until they answer: {', '.join(silent)}")

    def of(self, session: str) -> Simulator:
        """The usable simulator with the greatest weight for a session; when none is usable, the greatest of all."""
        ranked = ranking(session, self._all)
        return next((one for one in ranked if self._usable(one)), ranked[0])

    def leave_out(self, simulator: Simulator) -> bool:
        """Send nothing to one that does not answer for a while; whether another one can be used instead."""
        with self._lock:
            now = self._clock()
            self._again_at[simulator] = now + self._pause
            return any(self._again_at.get(one, now) <= now for one in self._all)

    def take_back(self, simulator: Simulator) -> None:
        """It answers."""
        with self._lock:
            self._again_at.pop(simulator, None)

    def _usable(self, simulator: Simulator) -> bool:
        with self._lock:
            now = self._clock()
            again_at = self._again_at.get(simulator)
            if again_at is None:
                return True
            if now < again_at:
                return False
            self._again_at[simulator] = now + self._pause  # this thread looks; the others go on without it
        if _check(simulator)[1]:
            return False
        self.take_back(simulator)
        return True


def ranking(session: str, simulators: Iterable[Simulator]) -> list[Simulator]:
    """The simulators by their weight for a session, the greatest first."""
    return sorted(simulators, key=lambda one: _weight(session, one.server_url), reverse=True)


def _weight(session: str, url: str) -> bytes:
    return hashlib.blake2b(f"{session}\n{url}".encode(), digest_size=8).digest()


def _check(simulator: Simulator) -> tuple[str, str]:
    """What it says of itself, or why it does not."""
    try:
        return simulator.check(), ""
    except ConversationLost as lost:
        return "", str(lost.args[0])
