"""Where a conversation's requests go: to the simulator, or with `--real` to the servers that the documents name."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from agent.api import Api
from agent.credentials import Credentials, credentials_of
from agent.real_api import Internet, RealApi
from agent.simulators import Simulators
from agent.transport import ConversationLost, Transport
from toolalpaca.errors import RecordError
from toolalpaca.store import FinishedCalls, call_key

Settings = dict[str, Any]


class World(Protocol):
    """Opens one conversation with an API."""

    def conversation(self, api: Api, name: str, settings: Settings
                     ) -> AbstractContextManager[tuple[Transport, Credentials]]:
        """The way to the API and the credentials for it; `name` and `settings` tell conversations apart.

        What is done within may raise ConversationLost: then the whole conversation may be started again.
        """


@dataclass(frozen=True)
class SimulatedWorld:
    """Each conversation has a session of its own, named after what it is, so that a rerun starts from nothing."""

    simulators: Simulators
    use_cache: bool = False

    @contextmanager
    def conversation(self, api: Api, name: str, settings: Settings) -> Iterator[tuple[Transport, Credentials]]:
        """A fresh session of one simulator. Raises ConversationLost when it is worth starting again."""
        session = call_key(conversation=name, settings=settings)[:32]
        simulator = self.simulators.of(session)
        simulated = simulator.conversation(api.record["Name"], session)
        try:
            simulated.begin(use_cache=self.use_cache)
            self.simulators.take_back(simulator)
            yield simulated, credentials_of(api.record, real=False)
        except ConversationLost as lost:
            if lost.gone and not self.simulators.leave_out(simulator):
                raise RecordError(lost.reason, str(lost.args[0])) from None
            raise
        simulated.end(use_cache=self.use_cache)


@dataclass(frozen=True)
class RealWorld:
    """The API itself; what it answered is kept in the store."""

    internet: Internet
    store: FinishedCalls
    stage: str

    @contextmanager
    def conversation(self, api: Api, name: str, settings: Settings) -> Iterator[tuple[Transport, Credentials]]:
        """The API with its credentials."""
        credentials = credentials_of(api.record, real=True)
        yield RealApi(self.internet, api, credentials, self.store, self.stage, name, settings), credentials
