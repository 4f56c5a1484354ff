"""Calls per second and CPU per call of the language-model client, next to plain loops over the SDK, in one run.

    python benchmarks/llm_client.py
    python benchmarks/llm_client.py --widths 64 --latency 0.5 --seconds 10

The endpoint is the offline model in its own process with canned answers and a fixed latency L. With W calls in flight
no client can make more than W / L calls per second; `share` is how much of that was reached, from the first call to
the last. `cpu` is the client process's own user and system time per call. Needs nothing but this repository's
requirements; distilabel and bespokelabs-curator are measured too where they are installed.
"""

import argparse
import asyncio
import importlib.util
import json
import os
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from measuring import measured
from processes import offline_endpoint

from toolalpaca.core.cli import non_negative_float, positive_float, positive_int, stage_parser

PROMPT = "Say something short about lanterns. " * 20


@dataclass(frozen=True)
class ClientLoad:
    """One measurement: `calls` calls with `width` of them in flight against `url`."""

    url: str
    width: int
    calls: int


def parse_args(argv: list[str] | None) -> argparse.Namespace:
    parser = stage_parser(__doc__)
    parser.add_argument("--widths", metavar="W", type=positive_int, nargs="+", default=[1, 16, 64, 256],
                        help="calls in flight to measure (default: 1 16 64 256)")
    parser.add_argument("--latency", metavar="SECONDS", type=non_negative_float, default=0.5,
                        help="the endpoint's fixed latency")
    parser.add_argument("--seconds", metavar="SECONDS", type=positive_float, default=8.0,
                        help="about how long each measurement takes")
    parser.add_argument("--json", metavar="FILE", type=Path, help="also write the figures to this file")
    return parser.parse_args(argv)


def ours(load: ClientLoad) -> None:
    """Measure the client every stage uses, its store of finished calls included."""
    from toolalpaca.llm.chat import ChatModel, user_message
    from toolalpaca.llm.endpoint import Endpoint
    from toolalpaca.llm.roles import RoleSettings
    from toolalpaca.llm.store import CallStore
    from toolalpaca.llm.usage import Budget, Meter
    from toolalpaca.runner.executor import Workers

    with tempfile.TemporaryDirectory() as folder:
        settings = RoleSettings("writer", "offline", load.url)
        model = ChatModel(settings, "benchmark", Endpoint(settings, load.width), CallStore(Path(folder)), Meter(),
                          Budget(settings, None))
        results = Workers(load.width).run(
            range(load.calls), lambda number: model.complete(user_message(f"{number} {PROMPT}"), record=str(number)))
        assert sum(result.error is None for result in results) == load.calls


def plain_threads(load: ClientLoad) -> None:
    """Measure a thread pool around the SDK's synchronous client."""
    import httpx2
    import openai

    client = openai.OpenAI(base_url=load.url, api_key="none", max_retries=0, http_client=openai.DefaultHttpxClient(
        limits=httpx2.Limits(max_connections=load.width, max_keepalive_connections=load.width)))

    def call(number: int) -> str | None:
        messages = [{"role": "user", "content": f"{number} {PROMPT}"}]
        return client.chat.completions.create(model="offline", messages=messages).choices[0].message.content

    with ThreadPoolExecutor(load.width) as pool:
        assert all(pool.map(call, range(load.calls)))


def plain_async(load: ClientLoad) -> None:
    """Measure the yardstick: AsyncOpenAI with a semaphore."""
    import httpx2
    import openai

    async def run() -> None:
        client = openai.AsyncOpenAI(
            base_url=load.url, api_key="none", max_retries=0, http_client=openai.DefaultAsyncHttpxClient(
                limits=httpx2.Limits(max_connections=load.width, max_keepalive_connections=load.width)))
        gate = asyncio.Semaphore(load.width)

        async def call(number: int) -> str | None:
            async with gate:
                messages = [{"role": "user", "content": f"{number} {PROMPT}"}]
                answer = await client.chat.completions.create(model="offline", messages=messages)
                return answer.choices[0].message.content

        assert all(await asyncio.gather(*map(call, range(load.calls))))

    asyncio.run(run())


def distilabel(load: ClientLoad) -> None:
    """Measure distilabel's OpenAI model class, fed one batch of `width` after the other as its pipelines do."""
    from distilabel.models import OpenAILLM

    model = OpenAILLM(model="offline", base_url=load.url, api_key="none")
    model.load()
    for start in range(0, load.calls, load.width):
        batch = [[{"role": "user", "content": f"{number} {PROMPT}"}]
                 for number in range(start, min(start + load.width, load.calls))]
        model.generate(inputs=batch)


def curator(load: ClientLoad) -> None:
    """Measure bespokelabs-curator's LLM class over the same prompts, its cache off."""
    from bespokelabs import curator as library

    os.environ["CURATOR_DISABLE_CACHE"] = "true"
    model = library.LLM(model_name="openai/offline", backend="openai", backend_params={
        "base_url": load.url, "api_key": "none", "max_requests_per_minute": 10**6, "max_tokens_per_minute": 10**9,
        "max_concurrent_requests": load.width})
    model([f"{number} {PROMPT}" for number in range(load.calls)])


def clients() -> dict[str, Callable[[ClientLoad], None]]:
    """Return what is measured: ours and the plain loops, and other pipelines' clients that are installed."""
    found: dict[str, Callable[[ClientLoad], None]] = {
        "ours": ours, "plain async": plain_async, "plain threads": plain_threads}
    if importlib.util.find_spec("distilabel"):
        found["distilabel"] = distilabel
    if importlib.util.find_spec("bespokelabs"):
        found["curator"] = curator
    return found


def measure(client: Callable[[ClientLoad], None], load: ClientLoad, latency: float) -> dict[str, float]:
    """Return calls per second, its share of W / L, and CPU milliseconds per call."""
    with measured() as spent:
        client(load)
    rate = load.calls / spent.wall
    return {"calls_per_second": round(rate, 1), "share": round(rate * latency / load.width, 3),
            "cpu_ms_per_call": round(1000 * spent.cpu / load.calls, 2)}


def main(argv: list[str] | None = None) -> None:
    args = parse_args(argv)
    figures = []
    with offline_endpoint(args.latency, "Lanterns glow.") as url:
        for client in clients().values():  # imports and first connections are start-up
            client(ClientLoad(url, 1, 1))
        print(f"{'W':>4}  {'client':<14}{'calls/s':>9}{'of W/L':>8}{'cpu ms/call':>13}")
        for width in args.widths:
            load = ClientLoad(url, width, max(4, width * round(args.seconds / args.latency)))
            for name, client in clients().items():
                figure = measure(client, load, args.latency)
                figures.append({"width": width, "client": name, **figure})
                print(f"{width:>4}  {name:<14}{figure['calls_per_second']:>9.1f}{figure['share']:>8.1%}"
                      f"{figure['cpu_ms_per_call']:>13.2f}", flush=True)
    if args.json:
        args.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
