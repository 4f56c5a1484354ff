"""Failures are data: kinds with whose fault they are, and one reader of what older files hold."""

import pickle

import pytest

from toolalpaca.core.errors import FailureKind, Fault, RecordError, kind_from_sentence, stored_kind


@pytest.mark.parametrize(("sentence", "kind"), [
    ("step_limit: no final answer after 10 steps", FailureKind.STEP_LIMIT), ("timeout", FailureKind.TIMEOUT),
    ("http_503: busy", FailureKind.HTTP_5XX), ("http_400: no", FailureKind.HTTP_4XX),
    ("batch_expired: late", FailureKind.BATCH_EXPIRED), ("batch_cancelled: x", FailureKind.BATCH_INCOMPLETE),
    ("could not parse: x", FailureKind.UNKNOWN), ("", FailureKind.UNKNOWN)])
def test_sentences_of_older_files(sentence, kind):
    assert kind_from_sentence(sentence) is kind


def test_the_stored_kind_counts_and_not_the_sentence():
    assert stored_kind({"error": "step_limit: x", "error_kind": "timeout"}) is FailureKind.TIMEOUT
    assert stored_kind({"judge_error": "x", "judge_error_kind": "timeout"}, "judge_error") is FailureKind.TIMEOUT
    assert stored_kind({"error": "step_limit: x", "error_kind": 3}) is FailureKind.STEP_LIMIT
    assert stored_kind({"error": "", "error_kind": "timeout"}) is stored_kind({}) is None


@pytest.mark.parametrize("kind", ["out_of_memory", "model_failed", "batch_failed", "batch_expired", "http_5xx"])
def test_memory_batches_and_servers_are_not_the_assistants_fault(kind):
    assert FailureKind(kind).fault is Fault.INFRASTRUCTURE


def test_an_error_keeps_its_kind_and_what_could_be_made_when_it_is_sent_to_another_process():
    error = RecordError(FailureKind.STEP_LIMIT, "x")
    error.partial = {"a": 1}
    again = pickle.loads(pickle.dumps(error))
    assert (again.kind, again.kind.retry_fresh, again.partial, str(again)) == (
        FailureKind.STEP_LIMIT, True, {"a": 1}, "step_limit: x")
