"""Near-duplicates: what counts as one, in any script, and the same answer every time."""

import random

from toolalpaca.matching.language.near_duplicates import NearDuplicates, jaccard, shingles

LANTERN = "Could you please find me a red paper lantern that costs less than 20 euros in Kyoto?"


def test_a_sentence_with_one_other_word_is_a_near_duplicate_and_names_the_earlier_one():
    texts = NearDuplicates()
    assert texts.add_if_distinct(LANTERN) is None
    assert texts.add_if_distinct(LANTERN.replace("Kyoto", "Nara").upper()) == LANTERN
    assert texts.texts == [LANTERN]


def test_other_requests_and_short_ones_with_other_values_are_kept():
    texts = NearDuplicates()
    for text in (LANTERN, "Who makes paper lanterns in Kyoto, and are any of them red?", "Weather in Rome?",
                 "Weather in Oslo?"):
        assert texts.add_if_distinct(text) is None


def test_scripts_without_blanks_are_compared_by_character():
    texts = NearDuplicates()
    assert texts.add_if_distinct("请帮我查一下明天北京的天气怎么样好吗") is None
    assert texts.add_if_distinct("请帮我查一下后天北京的天气怎么样好吗") is not None
    assert texts.add_if_distinct("我想订一张去上海的火车票") is None


def test_texts_without_words_and_broken_characters_do_no_harm():
    texts = NearDuplicates()
    assert texts.add_if_distinct("") is None
    assert texts.add_if_distinct("?!") == ""
    assert texts.add_if_distinct("lantern \ud800 x") is None


def test_near_duplicates_among_thousands_are_found_and_nothing_else():
    roll = random.Random(7)
    words = [f"word{number}" for number in range(400)]
    originals = [roll.sample(words, 16) for _ in range(1500)]
    changed = [[*text[:-1], "other"] for text in originals]
    texts = NearDuplicates()
    assert all(texts.add_if_distinct(" ".join(text)) is None for text in originals)
    found = sum(texts.add_if_distinct(" ".join(text)) == " ".join(original)
                for text, original in zip(changed, originals, strict=True))
    assert found >= 0.995 * len(originals)


def test_all_earlier_near_duplicates_are_named_with_their_similarity():
    texts = NearDuplicates()
    assert texts.add(LANTERN) == []
    [(place, similarity)] = texts.add(LANTERN.replace("Kyoto", "Nara"))
    assert place == 0 and 0.7 < similarity < 1
    assert [place for place, _ in texts.add(LANTERN)] == [0, 1]


def test_the_measure():
    assert shingles("Red lantern, red!") == {"red", "lantern", "red lantern", "lantern red"}
    assert jaccard({"a", "b"}, {"b", "c"}) == 1 / 3
    assert jaccard(set(), set()) == 1
