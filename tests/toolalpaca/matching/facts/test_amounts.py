"""Units of what was shown, by the document; sums of what belongs together; figures that only bear out each other."""

import pytest
from short_conversations import known_of, transcript_of

from toolalpaca.matching.answers.answer_support import unsupported
from toolalpaca.matching.facts.amounts import MONEY, documented_units
from toolalpaca.matching.facts.entities import series_in
from toolalpaca.matching.facts.evidence import ConversationEvidence
from toolalpaca.matching.facts.known import Known

BILLS = [{"bill": "A", "client": "Moor", "sum": 40}, {"bill": "B", "client": "Moor", "sum": 60},
         {"bill": "C", "client": "Fenn", "sum": 25}]


def test_units_of_a_document() -> None:
    schema = {"properties": {"span": {"type": "number", "description": "Length in miles."}}}
    answer = {"description": "The fares, in kroner.", "content": {"application/json": {"schema": schema}}}
    found = documented_units({"paths": {"/x": {"get": {"responses": {"200": answer}}}}})
    assert found["span"].name == "mile" and "NOK" in found[MONEY].name


def test_the_currency_of_an_introduction() -> None:
    assert documented_units({}, ["Fees are in pounds sterling, on either side of the mark."])[MONEY].name == "GBP"


def test_series_of_a_list() -> None:
    known = known_of("Bills?", "", ("listBills", {}, BILLS))
    assert {(one.shared, one.total) for one in series_in(known.things)} == {("", 125), ("Moor", 100)}


@pytest.mark.parametrize(("answer", "doubtful"), [
    ("Moor owes 100 and Fenn 25, 125 altogether.", []), ("Moor owes 100.", []),
    ("You took 7300 and spent 4100, so 3200 are left.", ["7300", "4100", "3200"]),
])
def test_figures_have_to_rest_on_something(answer: str, doubtful: list[str]) -> None:
    known = known_of("What do they owe?", answer, ("listBills", {}, BILLS))
    assert list(unsupported(answer, known, figures_only=True)) == doubtful


@pytest.mark.parametrize(("answer", "doubtful"), [
    ("A kilo is $86.50.", []), ("A kilo is €86.50.", ["86.50"]), ("Together they come to €112.50.", ["112.50"]),
    ("The smaller one is 26 dollars, the larger one $60.50 more.", []),
])
def test_figures_are_in_the_currency_that_was_shown(answer: str, doubtful: list[str]) -> None:
    tea = {"tea": "Assam", "price250g": 26.0, "price1kg": 86.5, "currency": "USD"}
    known = known_of("What is the tea?", answer, ("getTea", {}, {"tea": tea}))
    assert list(unsupported(answer, known, figures_only=True)) == doubtful


@pytest.mark.parametrize("answer", [
    "Plot A costs £0.40 per m².", "That is 40 % of the total.", "The rent is 50 and the fee 10, so £60 together."])
def test_figures_that_follow_from_one_thing(answer: str) -> None:
    plots = [{"plot": "A", "rent": 50, "fee": 10, "areaSqm": 125}, {"plot": "B", "rent": 75, "fee": 15, "areaSqm": 100}]
    assert list(unsupported(answer, known_of("What is the rent?", answer, ("listPlots", {}, plots)))) == []


@pytest.mark.parametrize(("key", "answer", "is_wrong"), [
    ("refundChf", "You get 84 francs.", False), ("refundChf", "You get 84 euros.", True),
    ("priceKroner", "It costs 84 kroner.", False), ("priceKroner", "It costs 84 kronor.", True),
    ("celsius", "It is 84 °C.", False), ("celsius", "It is 84 °F.", True),
    ("gamesWon", "They took 84 euros.", False), ("countAll", "It costs 84 euros.", False)])
def test_units_in_the_names_of_fields(key: str, answer: str, is_wrong: bool) -> None:
    known = known_of("How much?", answer, ("getIt", {}, {key: 84}))
    assert bool(list(unsupported(answer, known, figures_only=True))) is is_wrong


@pytest.mark.parametrize(("answer", "is_wrong"), [
    ("I'll keep it for 71 hours.", False), ("I'll keep it for 71 minutes.", True),
    ("That is over your 71 mark.", False)])
def test_units_that_people_gave(answer: str, is_wrong: bool) -> None:
    known = known_of("Keep it for 71 hours, at most 71 dollars", answer, ("keep", {"hours": 71}, {"kept": True}))
    assert bool(list(unsupported(answer, known, figures_only=True))) is is_wrong


@pytest.mark.parametrize(("answer", "doubtful"), [
    ("The crew earned 2,140 dollars.", []), ("The crew earned 2,140 euros.", ["2,140"]),
    ("Dues went from 310 to 330 kroner.", []), ("Dues went from 310 to 330 euros.", ["330"])])
def test_money_that_is_not_called_a_price(answer: str, doubtful: list[str]) -> None:
    calls = [("getCrew", {}, {"crew": 4, "wages": 2140.0, "currency": "USD"}),
             ("getDues", {}, {"name": "dues", "unit": "NOK per year", "values": {"2023": 310, "2024": 330}})]
    assert list(unsupported(answer, known_of("How much?", answer, *calls))) == doubtful


FINES = [{"book": "Reeds", "fine": 350}, {"book": "Tides", "fine": 125}, {"book": "Dunes", "fine": 80}]
PERMITS = [{"zone": "A", "fee_p": 1250}, {"zone": "B", "fee_p": 900}]


@pytest.mark.parametrize(("introduction", "body", "answer", "doubtful"), [
    ("Fines are in euro cents.", FINES, "Reeds is €3.50, Tides €1.25; €5.55 in all, €1.85 each.", []),
    ("Fines are in euro cents.", FINES, "Reeds is €3.70, Tides €1.25; €5.65 in all.", ["3.70", "5.65"]),
    ("Fines are in euros.", FINES, "Reeds is €3.50.", ["3.50"]),
    ("Permits of a town.", PERMITS, "Zone A is £12.50 and zone B £9, £21.50 together.", []),
    ("Permits of a town.", PERMITS, "Zone A is £15.20.", ["15.20"])])
def test_money_in_hundredths(introduction: str, body: object, answer: str, doubtful: list[str]) -> None:
    before = transcript_of("What do I owe?", ("listDues", {}, body))
    conversation = ConversationEvidence("What do I owe?", [one.call for one in before.shown],
                                        documented_units({}, [introduction]))
    assert list(unsupported(answer, Known(conversation.whole(), answer), figures_only=True)) == doubtful


@pytest.mark.parametrize(("answer", "doubtful"), [
    ("A is 310, C 95 and D 240, so 645.", []), ("A is 310, C 95 and D 240, so 655.", ["655"])])
def test_sum_of_the_values_that_an_answer_gives(answer: str, doubtful: list[str]) -> None:
    bids = [{"lot": lot, "bid": bid} for lot, bid in zip("ABCDE", (310, 120, 95, 240, 75), strict=True)]
    assert list(unsupported(answer, known_of("What were they?", answer, ("listLots", {}, bids)))) == doubtful
