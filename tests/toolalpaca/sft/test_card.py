"""The card has the hub's metadata and says what was counted, how it was made and what was found in tests."""

import yaml

from toolalpaca.sft.card import CardFacts, card_text, size_category, stages_in, write_card
from toolalpaca.sft.selection import Overlap


def facts(**more):
    return CardFacts("Forty APIs", "apache-2.0", {"train": "sft.json"}, "segments", 1_234, 40,
                     {"single": 800, "multi": 434}, {"Weather": 30, "Music": 10}, 1_200,
                     {"no final answer": 3}, **more)


def metadata(text):
    return yaml.safe_load(text.split("---")[1])


def test_the_metadata_is_what_the_hub_reads():
    found = metadata(card_text(facts()))
    assert found["license"] == "apache-2.0" and found["size_categories"] == ["1K<n<10K"]
    assert found["configs"] == [{"config_name": "default", "data_files": [{"split": "train", "path": "sft.json"}]}]


def test_counts_and_stages_are_named(tmp_path):
    (tmp_path / "run_log.jsonl").write_text(
        '{"stage": "generation", "settings": {"models": {"assistant": {"model": "old"}}}}\n'
        '{"stage": "generation", "settings": {"models": {"assistant": {"model": "teacher-7b"}}, "real": false}}\n')
    text = card_text(facts(stages=stages_in(tmp_path)))
    assert "| examples | 1,234 |" in text and "| left out: no final answer | 3 |" in text
    assert "models.assistant.model `teacher-7b`" in text and "old" not in text and "Weather (30)" in text


def test_overlaps_are_listed_and_a_check_that_was_not_made_is_not_claimed(tmp_path):
    assert "nothing was compared" in card_text(facts())
    assert "Nothing was found." in card_text(facts(tests=["eval.json"]))
    many = [Overlap("instructions", f"Mine [{number}]", "Test [0]", "13 words in a row") for number in range(25)]
    write_card(tmp_path, facts(tests=["eval.json"], overlaps=many))
    text = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert "Found: 25." in text and "| Mine [19] | Test [0] |" in text and "and 5 more." in text


def test_size_categories():
    assert [size_category(number) for number in (1, 1_000, 20_000, 500_000, 5_000_000)] == [
        "n<1K", "1K<n<10K", "10K<n<100K", "100K<n<1M", "n>1M"]
