"""Planted overlaps are found, whatever their case and punctuation; texts that merely share a topic are not."""

import json

from toolalpaca.sft.contamination import RUN, overlaps, reference_texts

ASKED = ("Please find me a train from Lyon to Turin on the first of March that leaves before noon and takes bicycles, "
         "and tell me what the cheapest ticket costs")


def record(name, *instructions, **functions):
    return {"Name": name, "Instructions": list(instructions), "Function_Description": {"components": "x", **functions}}


def found(tmp_path, test, corpus):
    path = tmp_path / "test.json"
    path.write_text(json.dumps([test]))
    return [(one.kind, one.corpus, one.test) for one in overlaps(corpus, reference_texts([path]))]


def test_thirteen_words_in_a_row_are_found(tmp_path):
    words = ASKED.split()
    corpus = record("Mine", "Something else", "Hello! " + " ".join(words[3:3 + RUN]).upper() + "?")
    assert found(tmp_path, record("Trains", ASKED), corpus) == [("instructions", "Mine [1]", "Trains [0]")]


def test_twelve_words_in_a_row_are_not_enough(tmp_path):
    words = ASKED.split()
    corpus = record("Mine", " ".join(words[3:2 + RUN]) + " and many other things that are about nothing of the kind")
    assert found(tmp_path, record("Trains", ASKED), corpus) == []


def test_a_text_with_a_word_replaced_now_and_then_is_found(tmp_path):
    words = ASKED.split()
    words[9], words[19] = "April", "dogs"
    corpus = record("Mine", " ".join(words))
    assert found(tmp_path, record("Trains", ASKED), corpus) == [("instructions", "Mine [0]", "Trains [0]")]


def test_short_texts_are_compared_whole(tmp_path):
    assert found(tmp_path, record("Jokes", "Tell me a joke."), record("Mine", "tell me a joke"))
    assert not found(tmp_path, record("Jokes", "Tell me a joke."), record("Mine", "Tell me what time it is."))


def test_functions_are_compared_by_name_and_description(tmp_path):
    text = "getTrains: List trains.\nParameters: {\"from\": \"Required. string.\"}"
    corpus = record("Mine", getTrains=text, other="other: Something that shares no words")
    assert found(tmp_path, record("Trains", getTrains=text), corpus) == [
        ("functions", "Mine.getTrains", "Trains.getTrains")]
