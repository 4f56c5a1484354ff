"""The largest, the cheapest, the first: right and wrong choices among what was shown."""

import pytest
from short_conversations import Call, known_of

from toolalpaca.matching.answers.extremes import asked_extremes_missed, wrong_extremes

TENTS = [{"name": "Alder", "price": 129.0, "weight": 2.4, "released": "2021-03-01"},
         {"name": "Birch", "price": 89.0, "weight": 3.1, "released": "2023-06-15"},
         {"name": "Cedar", "price": 240.0, "weight": 1.2, "released": "2019-09-30"}]


def wrong(answer: str, body: object = TENTS) -> list[str]:
    return list(wrong_extremes(answer, known_of("Which one should I take?", answer, ("listTents", {}, body))))


@pytest.mark.parametrize("answer", [
    "The cheapest tent is Birch.", "Cedar is the lightest of them.", "The most expensive one is Cedar.",
    "Birch is the heaviest.", "Birch is the newest model.", "Alder is the second cheapest.",
    "Alder is one of the cheapest tents.", "Alder, Birch and Cedar are sold in the cheapest shop.",
    "At 89 it costs 151 less than Cedar, the most expensive one (240).",
    "Birch costs less than Cedar, by far the dearest.",
    "Of Alder and Birch, the cheaper and of all of them the cheapest is Birch.",
])
def test_right_extremes(answer: str) -> None:
    assert wrong(answer) == []


@pytest.mark.parametrize(("answer", "best"), [
    ("The cheapest tent is Alder.", "Birch"), ("Birch is the lightest of them.", "Cedar"),
    ("The most expensive one is Alder.", "Cedar"), ("Cedar is the heaviest.", "Birch"),
    ("Alder is the newest model.", "Birch"), ("It costs 40 less than Alder, the most expensive one.", "Cedar"),
    ("The OLDEST release is fine, and the priciest is Birch.", "Cedar"),
])
def test_wrong_extremes(answer: str, best: str) -> None:
    found = wrong(answer)
    assert found and best in found[0]


def test_what_is_cheaper_per_piece_is_no_field() -> None:
    quotes = [{"name": "Oak", "copies": 100, "price": 60.0}, {"name": "Pine", "copies": 400, "price": 90.0}]
    assert wrong("Per copy Pine is the cheapest: 22.5 cents against 60.", quotes) == []
    assert wrong("Pine is the cheapest.", quotes) != []


def test_nothing_is_said_of_a_measure_that_was_not_shown() -> None:
    assert wrong("Alder is the tallest.") == []
    assert wrong("The cheapest tent is Alder.", TENTS[:1]) == []


def test_a_superlative_of_a_single_thing_is_none_of_the_list() -> None:
    assert wrong("The steepest part of the way to Birch's shop has 34 degrees.") == []


CROSSINGS = (("Lomvin", "06:30", "09:10"), ("Tjaldur", "11:00", "12:50"), ("Ternan", "16:45", "19:05"))
BOATS = [{"ship": name, "departs": f"2025-06-11T{start}", "arrives": f"2025-06-11T{end}"}
         for name, start, end in CROSSINGS]


@pytest.mark.parametrize(("answer", "is_wrong"), [
    ("The quickest one is the Tjaldur.", False), ("The quickest one is the Ternan.", True),
    ("The slowest one is the Lomvin.", False), ("The slowest one is the Tjaldur.", True),
])
def test_what_takes_longest_from_its_beginning_to_its_end(answer: str, is_wrong: bool) -> None:
    assert bool(wrong(answer, BOATS)) is is_wrong


@pytest.mark.parametrize(("answer", "is_wrong"), [
    ("Monday was the best of them.", False), ("Tuesday was the best of them.", True),
    ("Wednesday was the worst of them.", False),
])
def test_the_best_by_the_only_number_there_is(answer: str, is_wrong: bool) -> None:
    days = [{"day": day, "yield": value} for day, value in (("Monday", 27.3), ("Tuesday", 21.4), ("Wednesday", 9.8))]
    assert bool(wrong(answer, days)) is is_wrong


CATS = [{"name": "Pixel", "born": "2016-05-01"}, {"name": "Biscuit", "born": "2021-09-12"}]
WINES = [{"name": "Alba", "vintage": 2012, "price": 30.0}, {"name": "Borgo", "vintage": 2019, "price": 19.0}]
WINDS = [{"mast": "Ridge", "gustKmh": 61.0}, {"mast": "Valley", "gustKmh": 22.0}]


@pytest.mark.parametrize(("answer", "body", "is_wrong"), [
    ("Pixel is the older one.", CATS, False), ("Biscuit is the older one: born on 12 September 2021.", CATS, True),
    ("Biscuit is the youngest.", CATS, False), ("Pixel is the youngest.", CATS, True),
    ("The newest wine is Borgo.", WINES, False), ("The newest wine is Alba.", WINES, True),
    ("Valley is the calmer one.", WINDS, False), ("Ridge is the calmer one.", WINDS, True),
    ("Alba is the dearer one, and Borgo costs 19.", WINES, False),
    ("Borgo is the dearer one, and Alba costs 30.", WINES, True),
    ("The dearest is Alba, ahead of Borgo.", WINES, False),
])
def test_ages_and_measures_of_what_a_sentence_is_about(answer: str, body: object, is_wrong: bool) -> None:
    assert bool(wrong(answer, body)) is is_wrong


SOLD = [{"period": f"2025-03-0{day}", "sold": sold} for day, sold in ((1, 31), (2, 55), (3, 40))]


@pytest.mark.parametrize(("answer", "is_wrong"), [
    ("The best day was Sunday, the 2nd.", False), ("The best day was Monday, the 3rd, with 40.", True),
    ("2 March had the most: 55.", False), ("3 March had the most: 40.", True), ("3 March has the most: 9.", False),
])
def test_days_of_a_list_without_names(answer: str, is_wrong: bool) -> None:
    assert bool(wrong(answer, SOLD)) is is_wrong


def test_one_of_several_with_a_name_in_common() -> None:
    bills = [{"clientName": "Rossi", "billId": "R-1", "amount": 620.0, "status": "paid"},
             {"clientName": "Rossi", "billId": "R-2", "amount": 1480.0, "status": "due"},
             {"clientName": "Rossi", "billId": "R-3", "amount": 1700.0, "status": "cancelled"}]
    assert wrong("The biggest bill to Rossi was R-2.", bills) == []
    assert wrong("The biggest bill to Rossi was R-1, over 620.", bills)


QUOTES = [{"quoteId": "Q-1", "service": "economy", "priceEur": 11.2, "days": 9},
          {"quoteId": "Q-2", "service": "express", "priceEur": 27.8, "days": 3},
          {"quoteId": "Q-3", "service": "courier", "priceEur": 36.1, "days": 2}]


@pytest.mark.parametrize(("told", "answer", "is_wrong"), [
    ("Send it, the fastest under 30 euros.", "Express, 3 days, 27.80 euros.", False),
    ("Send it, the fastest under 30 euros.", "Economy, 9 days, 11.20 euros.", True),
    ("The cheapest wins.", "The winner is economy.\n- economy: 11.20\n- express: 27.80\n- courier: 36.10", False),
    ("The cheapest wins.", "The winner is express.\n- economy: 11.20\n- express: 27.80\n- courier: 36.10", True),
    ("Which are the two cheapest?", "Economy and express.", False),
    ("A week at the very longest. Which ones?", "Express.", False),
])
def test_what_was_asked_for_within_its_bounds(told: str, answer: str, is_wrong: bool) -> None:
    assert bool(list(asked_extremes_missed(answer, known_of(told, answer, ("getQuotes", {}, QUOTES))))) is is_wrong


LOTS: Call = ("listLots", {}, [{"lot": "V-3", "nm": "Oak chest", "hammer": 460},
                               {"lot": "V-4", "nm": "Brass bell", "hammer": 1150}])
DIVES: list[Call] = [("nextDive", {"diver": "Nell"}, [{"who": "Nell", "starts": "2025-10-13T09:40:00"}]),
                     ("nextDive", {"diver": "Pim"}, [{"who": "Pim", "starts": "2025-10-06T17:00:00"}])]
TOLLS: Call = ("listTolls", {}, [{"nm": "East Lock", "payableCents": 936}, {"nm": "Weir Lock", "payableCents": 1488}])
TRIPS: Call = ("listTrips", {}, [{"id": 7, "nm": "Bay", "day": "2025-06-05"},
                                 {"id": 6, "nm": "Cove", "day": "2025-05-17"},
                                 {"id": 5, "nm": "Bay", "day": "2025-05-03"}])


@pytest.mark.parametrize(("told", "answer", "calls", "is_wrong"), [
    ("Which was the priciest?", "The priciest was V-3, which A. Lind took home for €460.", [LOTS], True),
    ("Which was the priciest?", "The priciest was V-4, which A. Lind took home for €1,150.", [LOTS], False),
    ("Who goes first?", "Nell goes first, a week before Pim.", DIVES, True),
    ("Who goes first?", "Pim goes first, a week before Nell.", DIVES, False),
    ("Which hurt most?", "The one that hurt most was East Lock, at €9.36.", [TOLLS], True),
    ("Which hurt most?", "The one that hurt most was Weir Lock, at €14.88.", [TOLLS], False),
    ("Show me the most recent trips.", "- Bay, 5 June 2025\n- Cove, 17 May\n- Bay, 3 May", [TRIPS], False),
])
def test_what_is_measured_by_the_value_that_is_given(
    told: str, answer: str, calls: list[Call], *, is_wrong: bool
) -> None:
    known = known_of(told, answer, *calls)
    assert bool([*wrong_extremes(answer, known), *asked_extremes_missed(answer, known)]) is is_wrong


DRAFTS = [{"draftId": "D-2", "pages": 90, "savedOn": "2025-05-05"},
          {"draftId": "D-1", "pages": 12, "savedOn": "2025-02-28"}]


@pytest.mark.parametrize(("removed", "is_wrong"), [(True, False), (False, True)])
def test_what_was_removed_is_no_longer_the_latest(removed: bool, is_wrong: bool) -> None:
    answer = "The latest draft is D-1 of 28 February, with 12 pages."
    calls: list[Call] = [("listDrafts", {}, DRAFTS)]
    calls += [("discardDraft", {"draftId": "D-2"}, {"draftId": "D-2"})] if removed else []
    assert bool(list(wrong_extremes(answer, known_of("Tidy up my drafts.", answer, *calls)))) is is_wrong


LOANS = [{"loanId": "L-8", "due": "2025-04-01"}, {"loanId": "L-9", "due": "2025-04-06"}]


def test_what_was_due_first_is_the_latest_when_it_is_said_how_late_it_is() -> None:
    for told, answer, is_wrong in (("How late are my books?", "L-8 is later, by 12 days.", False),
                                   ("When are they due?", "The latest is L-8, on 1 April.", True)):
        assert bool(list(wrong_extremes(answer, known_of(told, answer, ("listLoans", {}, LOANS))))) is is_wrong


HALLS = [{"hall": "Elm", "style": "barn", "price": 300, "guests": 40, "music": False},
         {"hall": "Oak", "style": "barn", "price": 420, "guests": 90, "music": True},
         {"hall": "Yew", "style": "villa", "price": 260, "guests": 120, "music": False}]


@pytest.mark.parametrize(("told", "answer", "is_wrong"), [
    ("Which barn costs least? There are 35 of us.", "Elm is the cheapest, at 300.", False),
    ("Which is the cheapest hall?", "Elm is the cheapest, at 300.", True),
    ("The cheapest barn for 80 guests, please.", "Oak is the cheapest for that, at 420.", False),
    ("The cheapest barn, please.", "Oak is the cheapest, at 420.", True),
    ("The cheapest one where a band can play, please.", "Oak is the cheapest, at 420.", False),
    ("The cheapest, please. We must sign today.", "Elm is the cheapest, at 300.", True),
])
def test_what_may_lack_what_was_asked_for_is_no_rival(told: str, answer: str, is_wrong: bool) -> None:
    assert bool(list(wrong_extremes(answer, known_of(told, answer, ("listHalls", {}, HALLS))))) is is_wrong


def test_a_field_that_is_the_same_for_all_has_no_extreme() -> None:
    rooms = [{"room": "Attic", "floor": 4, "beds": 3}, {"room": "Blue room", "floor": 4, "beds": 2}]
    assert wrong("The lowest floor is 4, that of the Attic.", rooms) == []
    assert wrong("The lowest number of beds has the Attic.", rooms) != []


@pytest.mark.parametrize(("answer", "is_wrong"), [
    ("Ida is the best paid, at 19.50.", False), ("Sem is the best-paid of them.", True),
    ("The lowest paid is Sem.", False), ("Ida is the worst paid.", True), ("Sem has the best paid leave.", False),
])
def test_who_is_paid_best(answer: str, is_wrong: bool) -> None:
    staff = [{"name": "Ida", "hourlyPay": 19.5}, {"name": "Sem", "hourlyPay": 15.2}]
    known = known_of("Who works here?", answer, ("listStaff", {}, staff))
    assert bool(list(wrong_extremes(answer, known))) is is_wrong
