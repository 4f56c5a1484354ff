"""The form of an answer: what is seen of it, whether it is a text for the user, and whether it takes itself back."""

import pytest

from toolalpaca.environment.answer_form import is_prose, takes_back, visible

SEEN = ('Status Code: 200. Response: {"station": "Bremer Kai", "high": "00:22", "low": "06:41", "note": "The pier is '
        'closed to visitors from May to July."}')
ASKED = "When is high water at Bremer Kai?"


@pytest.mark.parametrize("answer", [
    "High water at Bremer Kai is at 00:22.", "00:22", "Done.", "It is at 00:22; low water follows at 06:41.",
    "They say: The pier is closed to visitors from May to July.",
    "At 00:22 [1]. See https://tides.example/a (in UTC).",
    "- High water: at 00:22\n- Low water: at 06:41\n- The pier is closed (until July).",
    "The depth is < 3 m and > 1 m.",
    "The times are 00:22, 06:41 and 12:45.", "**High water** is at `00:22`.",
    "Enjoy your day at Bremer Kai, it is at 00:22!",
    "The set is [A, B) in my notation.", "See [the page](https://a.example/b) for more of it."])
def test_a_text_for_the_user(answer):
    assert is_prose(answer, [SEEN], ASKED)


@pytest.mark.parametrize("answer", [
    "", "...", '["00:22", "06:41"]', "It is ['00:22', '06:41'].", "Here: [1, 2, 3]", '{"high": "00:22"}',
    "```\nhigh 00:22\n```", "<b>00:22</b>", "<answer>It is at 00:22</answer>", "It is [{'high': 1}].",
    "station Bremer Kai high 00:22 low 06:41",
    "Bremer Kai, 00:22, 06:41, The pier is closed to visitors from May to July.",
    "low: 06:41\nhigh: 00:22\nstation: Bremer Kai", "It is at 00:22. " * 20,
    "Hochwasser gibt heute Nacht niemand bekannt.", "('00:22', '06:41')"])
def test_no_text_for_the_user(answer):
    assert not is_prose(answer, [SEEN], ASKED)


def test_whoever_asks_in_another_language_may_be_answered_in_it():
    assert is_prose("Hochwasser gibt heute Nacht niemand bekannt.", [SEEN], "Wann kommt heute Nacht Hochwasser?")


@pytest.mark.parametrize(("answer", "shown"), [
    ("<think>At 00:22?</think>Yes.", "Yes."), ("A<!-- b -->c", "A c"), ("A<!-- b", "A "), ("a\u200bb\u2060", "ab"),
    ("x <i style='display: none'>b</i> y", "x   y"), ("A\n[//]: # (b)\nC", "A\n \nC"),
    ("a < b and c > d", "a < b and c > d"),
    ("\U000e0041b", "b")])
def test_what_is_seen(answer, shown):
    assert visible(answer) == shown


@pytest.mark.parametrize("answer", [
    "None of this is true.", "This is not true.", "That is false.", "It might be right.", "The above was invented.",
    "My answer is made up.", "I made it all up.", "All of it is fiction.", "Just kidding!", "Do not rely on this.",
    "What I said is wrong.", "Perhaps it is the opposite.", "It isn't so."])
def test_what_takes_itself_back(answer):
    assert takes_back(f"It is at 00:22. {answer}")


@pytest.mark.parametrize("answer", [
    "This is correct.", "It is not wrong.", "Can I help with anything else?", "You could book another one.",
    "I guess you mean the first one.", "The code that you gave is valid until May.", "The flag is set to false.",
    "It is right on the quay.", "Maybe you would like something else, too.", "That is true of all stations."])
def test_what_does_not(answer):
    assert not takes_back(f"It is at 00:22. {answer}")
