"""The gate before an endpoint: never wider than asked, narrower after a rate limit, as wide again afterwards."""

import threading
import time

from toolalpaca.llm.rate_limit import AdaptiveLimiter, Ceiling


def run_calls(limiter, workers, calls, seconds=0.0, on_call=lambda started: None):
    """`calls` calls through the gate from `workers` threads; the most that were inside at once."""
    inside, most, left, lock = [0], [0], [calls], threading.Lock()

    def work():
        while True:
            with lock:
                if not left[0]:
                    return
                left[0] -= 1
            with limiter.slot() as started:
                with lock:
                    inside[0] += 1
                    most[0] = max(most[0], inside[0])
                time.sleep(seconds)
                on_call(started)
                with lock:
                    inside[0] -= 1
            limiter.succeeded()

    threads = [threading.Thread(target=work) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert not any(thread.is_alive() for thread in threads)
    return most[0]


def test_no_more_calls_in_flight_than_its_width():
    assert run_calls(AdaptiveLimiter(3), workers=12, calls=60, seconds=0.002) == 3


def test_a_rate_limit_halves_it_once_for_all_that_were_under_way():
    limiter = AdaptiveLimiter(16)
    limiter.in_flight = 16
    started = time.monotonic()
    for _ in range(16):
        limiter.limited(started, None)
    assert limiter.limit == 8


def test_it_never_closes_and_recovers_its_full_width():
    limiter = AdaptiveLimiter(64)
    for _ in range(20):
        limiter.limited(time.monotonic(), None)
    assert limiter.limit == 1
    run_calls(limiter, workers=64, calls=600)
    assert limiter.limit == 64


def test_retry_after_holds_everybody_back():
    limiter = AdaptiveLimiter(8)
    left = []
    begin = time.monotonic()
    limiter.limited(begin, 0.3)
    run_calls(limiter, workers=8, calls=8, on_call=left.append)
    assert len(left) == 8
    assert min(left) - begin >= 0.3


def test_a_ceiling_of_calls_a_minute(monkeypatch):
    monkeypatch.setattr("toolalpaca.llm.rate_limit.WINDOW_SECONDS", 0.4)
    left = []
    run_calls(AdaptiveLimiter(8, Ceiling(requests_per_minute=5)), workers=8, calls=12, on_call=left.append)
    left.sort()
    assert all(later - earlier >= 0.39 for earlier, later in zip(left, left[5:], strict=False))


def test_a_ceiling_of_tokens_lets_a_call_pass_that_alone_is_above_it():
    limiter = AdaptiveLimiter(2, Ceiling(tokens_per_minute=10))
    with limiter.slot(tokens=500):
        assert limiter.in_flight == 1
