"""Counters of a running simulator, in the text form that Prometheus collects."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

TEXT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Metrics:
    """One server's counters, apart from those of any other in the process."""

    def __init__(self, conversations: Callable[[], int]) -> None:
        self._registry = CollectorRegistry()
        self._answers = Counter("simulator_answers", "Requests to an API by the status and the source of the answer.",
                                ("status", "source"), registry=self._registry)
        self._troubles = Counter("simulator_errors", "Requests that no API answered, by what stood in the way.",
                                 ("error",), registry=self._registry)
        self._seconds = Histogram("simulator_request_seconds", "Time from a request to its answer.",
                                  registry=self._registry, buckets=_BUCKETS)
        self._in_flight = Gauge("simulator_requests_in_flight", "Requests being answered.", registry=self._registry)
        Gauge("simulator_conversations", "Conversations that are remembered.",
              registry=self._registry).set_function(conversations)
        self._known: dict[tuple[int, str], Counter] = {}

    def began(self) -> None:
        """A request came in."""
        self._in_flight.inc()

    def ended(self, seconds: float) -> None:
        """It was answered, or failed."""
        self._in_flight.dec()
        self._seconds.observe(seconds)

    def answered(self, status: int, source: str) -> None:
        """An API gave an answer; `source` is `check` for the refusal of a request that does not fit the document."""
        key = status, source
        if key not in self._known:
            self._known[key] = self._answers.labels(str(status), source)
        self._known[key].inc()

    def failed(self, code: str) -> None:
        """No API could answer."""
        self._troubles.labels(code).inc()

    def text(self) -> bytes:
        """Return all counters."""
        return generate_latest(self._registry)
