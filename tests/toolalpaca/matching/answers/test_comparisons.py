"""Comparisons in answers against the two values that are compared."""

import pytest
from short_conversations import known_of

from toolalpaca.matching.answers.comparisons import (
    turned_changes,
    turned_comparisons,
    turned_differences,
    turned_limits,
    turned_signs,
)
from toolalpaca.matching.answers.extremes import wrong_extremes
from toolalpaca.matching.answers.selections import unselected

PARTS = [{"tariff": "Basic", "monthly": 31.0}, {"tariff": "Plus", "monthly": 36.5}]


@pytest.mark.parametrize(("answer", "is_wrong"), [
    ("It is 36.50 a month now, 5.50 more than before.", False),
    ("It is 36.50 a month now, 5.50 less than before.", True),
    ("It is 31.00 a month, 5.50 less than Plus.", False), ("It is 31.00 a month, 5.50 more than Plus.", True),
    ("It is 31.00 a month, 5.50 less than the 36.50 of Plus.", False), ("That makes 5.50 more.", False)])
def test_differences_from_a_value_of_the_same_field(answer: str, is_wrong: bool) -> None:
    known = known_of("What does the change cost me?", answer, ("listTariffs", {}, PARTS))
    assert bool(list(turned_differences(answer, known))) is is_wrong


@pytest.mark.parametrize(("answer", "is_wrong"), [
    ("March: 420 visitors. April: 357. That is a drop of 15 %.", False),
    ("March: 420 visitors. April: 357. That is a rise of 15 %.", True),
    ("It held 2.4 kg in May and 3.1 kg in June, a gain of 700 grams.", False),
    ("It held 2.4 kg in May and 3.1 kg in June, a loss of 700 grams.", True),
    ("It held 357 in April after 420 in March, a drop of 63.", False),
    ("It went from 420 to 357, so there was no rise of 63.", False)])
def test_changes_between_two_values(answer: str, is_wrong: bool) -> None:
    assert bool(list(turned_changes(answer, known_of("How did it change?", answer)))) is is_wrong


@pytest.mark.parametrize(("answer", "is_wrong"), [
    ("I looked it up: the share changed by -3.48.", False), ("It is up by 3.48.", True), ("It fell by 3.48.", False)])
def test_a_change_that_is_written_with_its_sign(answer: str, is_wrong: bool) -> None:
    known = known_of("How is the share?", answer, ("getShare", {}, {"share": "KLO", "change": -3.48}))
    assert bool(list(turned_signs(answer, known))) is is_wrong


POOLS = [{"name": "Lido", "weekday_opens": "06:30", "weekday_closes": "21:00", "fee": 4.5, "metres": 50},
         {"name": "Aqua Park", "weekday_opens": "09:00", "weekday_closes": "22:30", "fee": 9.0, "metres": 25}]


@pytest.mark.parametrize(("answer", "is_wrong"), [
    ("Lido opens earlier on weekdays, two and a half hours before Aqua Park.", False),
    ("Aqua Park opens earlier on weekdays, two and a half hours before Lido.", True),
    ("Lido costs 4.50 less than Aqua Park.", False), ("Lido costs 4.50 more than Aqua Park.", True),
    ("Lido is cheaper, but Aqua Park closes later.", False), ("Lido is cheaper, but Aqua Park closes earlier.", True),
    ("Lido isn't dearer than Aqua Park.", False), ("Lido is dearer than last year.", False),
])
def test_which_of_two_is_more_so(answer: str, is_wrong: bool) -> None:
    known = known_of("Which of the two shall I take?", answer, ("listPools", {}, POOLS))
    assert bool(list(turned_comparisons(answer, known))) is is_wrong


@pytest.mark.parametrize(("answer", "is_wrong"), [
    ("Lido opens at 6:30. It is the cheaper one, too, while Aqua Park asks for 9.", False),
    ("Aqua Park closes at 22:30. It is the cheaper one, too, while Lido asks for 9.", True)])
def test_a_pronoun_stands_for_what_was_named_before_it(answer: str, is_wrong: bool) -> None:
    known = known_of("Which of the two shall I take?", answer, ("listPools", {}, POOLS))
    assert bool(list(wrong_extremes(answer, known))) is is_wrong


@pytest.mark.parametrize(("told", "answer", "is_wrong"), [
    ("Which lots are still under 90 euros?", "Lot 3 Pesos 1904 is at 40 euros.", False),
    ("Which lots are still under 90 euros?", "Lots 3 Pesos 1904 and 5 Pesos 1911 are on offer.", True)])
def test_bids_are_money_and_a_country_is_no_duration(told: str, answer: str, is_wrong: bool) -> None:
    lots = [{"title": "3 Pesos 1904", "country": "PT", "currentBid": 40, "currency": "EUR"},
            {"title": "5 Pesos 1911", "country": "PT", "currentBid": 120, "currency": "EUR"}]
    assert bool(list(unselected(answer, known_of(told, answer, ("listLots", {}, lots))))) is is_wrong


@pytest.mark.parametrize(("answer", "is_wrong"), [
    ("Lido is the cheaper one.", False), ("Aqua Park is the cheaper one, compared with Lido.", True)])
def test_two_of_many_that_are_compared(answer: str, is_wrong: bool) -> None:
    pools = [*POOLS, {"name": "Splash", "weekday_opens": "08:00", "weekday_closes": "20:00", "fee": 3.0, "metres": 20}]
    known = known_of("Which is cheaper, Lido or Aqua Park?", answer, ("listPools", {}, pools))
    assert bool(list(wrong_extremes(answer, known))) is (is_wrong or "Aqua" not in answer)


@pytest.mark.parametrize(("answer", "is_wrong"), [
    ("The warmest day was 3 May, the coldest 5 May.", False), ("The warmest day was 4 May, the coldest 5 May.", True)])
def test_a_field_that_is_only_called_value(answer: str, is_wrong: bool) -> None:
    days = [{"date": "2031-05-03", "value": 19.5}, {"date": "2031-05-04", "value": 14.0},
            {"date": "2031-05-05", "value": 11.5}]
    known = known_of("Which day was the warmest?", answer, ("getWater", {}, {"unit": "°C", "readings": days}))
    assert bool(list(wrong_extremes(answer, known))) is is_wrong


@pytest.mark.parametrize(("answer", "is_wrong"), [
    ("The tank holds 61 litres now. So it is still above your line.", True),
    ("The tank holds 61 litres now. So it is below your line.", False),
    ("At 61 litres it is 9 under your 70 line.", False), ("At 61 litres it is well over your 70 line.", True),
    ("The level is above your line.", True), ("The level is not above your line.", False),
    ("The level is under the line of the old tank, 80.", False)])
def test_a_value_and_the_limit_that_people_gave(answer: str, is_wrong: bool) -> None:
    known = known_of("Is the tank above the 70 line?", answer, ("getTank", {}, {"tank": "T2", "level": 61}))
    assert bool(list(turned_limits(answer, known))) is is_wrong


STARS = [{"star": "Vega", "magnitude": 0.03, "seen": "2031-05-02"}, {"star": "Rana", "magnitude": 3.54,
          "seen": "2031-06-11"}, {"star": "Mira", "magnitude": 6.5, "seen": "2031-04-20"}]


@pytest.mark.parametrize(("answer", "is_wrong"), [
    ("The brightest is Vega, the faintest Mira.", False), ("The brightest is Mira.", True),
    ("The peak came with Mira at 6.5.", False), ("The peak came with Rana at 3.54.", True),
    ("The last one will be Rana.", False), ("The last one will be Vega.", True)])
def test_other_words_for_the_most(answer: str, is_wrong: bool) -> None:
    assert bool(list(wrong_extremes(answer, known_of("Which one?", answer, ("listStars", {}, STARS))))) is is_wrong
