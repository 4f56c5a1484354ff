"""Those who do a stage's work: the threads of this process, or, under `--ray`, actors (see toolalpaca/cluster)."""

from collections.abc import Callable
from typing import Any, Protocol

from toolalpaca.budget import Budget
from toolalpaca.endpoint import Endpoint
from toolalpaca.llm import ChatModel
from toolalpaca.meter import Meter
from toolalpaca.roles import RoleSettings
from toolalpaca.store import FinishedCalls
from toolalpaca.work import Kit, Work

EndpointMaker = Callable[[RoleSettings], Endpoint]


class Crew(Protocol):
    """What a stage needs of them; `budgets` are the limits of each role, kept for all of them together."""

    budgets: dict[str, Budget]

    def start(self, work: Work[Any, Any]) -> Callable[[Any], Any]:
        """The function that has one item made, to be called from as many threads as items are in flight."""

    def state(self) -> str:
        """A few words for the progress bar on how fast they may go."""

    def halt(self) -> None:
        """Let no further call leave."""

    def close(self) -> None:
        """The stage is over."""


class LocalCrew:
    """The calling threads themselves."""

    def __init__(self, stage: str, roles: dict[str, RoleSettings], budgets: dict[str, Budget], store: FinishedCalls,
                 meter: Meter, in_flight: int, stopping: Callable[[], bool], make_endpoint: EndpointMaker) -> None:
        self.budgets = budgets
        models = chat_models(stage, roles, budgets, store, meter, stopping, make_endpoint)
        self._endpoints = {id(model.endpoint): model.endpoint for model in models.values()}
        self._kit = Kit(models, store, meter, stopping, in_flight)
        self._begun: tuple[Any, Callable[[Any], Any]] | None = None

    def start(self, work: Work[Any, Any]) -> Callable[[Any], Any]:
        """The work's own function, set up once."""
        if self._begun is None or self._begun[0] is not work:
            self._begun = work, work.begin(self._kit)
        return self._begun[1]

    def state(self) -> str:
        """How many calls each endpoint's pace lets be in flight."""
        limits = ",".join(f"{int(endpoint.pace.limit)}" for endpoint in self._endpoints.values())
        return f"limit {limits}" if limits else ""

    def halt(self) -> None:
        """Nothing: the stage's own threads ask whether it is stopping."""

    def close(self) -> None:
        """Nothing to end."""


def chat_models(stage: str, roles: dict[str, RoleSettings], budgets: dict[str, Budget], store: FinishedCalls,
                meter: Meter, stopping: Callable[[], bool], make_endpoint: EndpointMaker) -> dict[str, ChatModel]:
    """A model per role; roles with the same base URL and key share an endpoint and so its pace."""
    endpoints: dict[tuple[str, str], Endpoint] = {}
    for values in roles.values():
        place = values.base_url, values.api_key_env
        if place not in endpoints:
            endpoints[place] = make_endpoint(values)
    return {role: ChatModel(values, stage, endpoints[values.base_url, values.api_key_env], store, meter,
                            budgets[role], stopping)
            for role, values in roles.items()}
