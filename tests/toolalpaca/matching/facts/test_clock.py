"""What day it is, as people say it and as an API's clock shows it, and what follows from there."""

from datetime import date
from typing import Any

import pytest

from tests.short_conversations import Call, known_of, transcript_of
from toolalpaca.matching.answers.answer_support import unsupported
from toolalpaca.matching.arguments.grounding import Documented, ungrounded
from toolalpaca.matching.facts.clock import moment_said, without_clock
from toolalpaca.matching.language.relative_days import relative_days


def ungrounded_days(told: str, arguments: dict[str, Any], *calls: Call) -> list[str]:
    evidence = transcript_of(told, *calls).before(len(calls))
    return [name for name, _ in ungrounded(arguments, Documented(), evidence)]


@pytest.mark.parametrize(("told", "day"), [
    ("It's Friday the 8th of August 2031.", date(2031, 8, 8)),
    ("Dinner for two (today: 9 June 2030)", date(2030, 6, 9)),
    ("Today's Sunday 9 June 2030, what's on?", date(2030, 6, 9)),
    ("As of 2 May 2030, who is a member?", date(2030, 5, 2)),
    ("It is 21:15 on 2 May 2030.", date(2030, 5, 2)),
    ("Yesterday (1 May 2030) I lost a glove.", date(2030, 5, 2)),
    ("The rent is due on 2 May 2030.", None),
    ("It's on 2 May 2030 at eight.", None),
    ("Keep it open between today and 2 May 2030.", None),
])
def test_people_say_what_day_it_is(told: str, day: date | None) -> None:
    moment = moment_said(told)
    assert (moment and moment.date()) == day


def test_the_word_stays_where_it_is_also_a_wish() -> None:
    assert without_clock("The film today, 2 May 2030").split() == ["The", "film", "today,"]
    assert without_clock("It's Thursday 2 May 2030. A film").split() == [".", "A", "film"]


@pytest.mark.parametrize(("told", "right", "wrong"), [
    ("It's Friday the 8th of August 2031. Who came last week?", "2031-07-30", "2031-08-12"),
    ("How warm was it yesterday? (today: 1 March 2031)", "2031-02-28", "2031-03-01"),
    ("Today's Monday 30 June 2031. A table for tomorrow", "2031-07-01", "2031-06-30"),
    ("It is 8 August 2031, show what I spent last month", "2031-07-31", "2031-06-30"),
    ("It is Monday 4 August 2031, what closes next week?", "2031-08-11", "2031-08-09"),
    ("It's Tuesday 5 August 2031. A desk this Thursday", "2031-08-07", "2031-08-14"),
    ("It's Tuesday 5 August 2031. Feed for ten days, delivered Friday", "2031-08-08", "2031-08-15"),
    ("It's Tuesday 5 August 2031. A desk on Saturday the 23rd", "2031-08-23", "2031-08-16"),
    ("It's Tuesday 5 August 2031. A cabin for the weekend, from Friday on", "2031-08-08", "2031-08-15"),
])
def test_days_are_told_from_the_day_that_was_said(told: str, right: str, wrong: str) -> None:
    assert ungrounded_days(told, {"date": right}) == []
    assert ungrounded_days(told, {"date": wrong}) == ["date"]


@pytest.mark.parametrize("call", [
    ("getToday", {}, {"date": "2031-11-30", "weekday": "Sunday", "time": "19:12"}),
    ("kioskClock", {"zone": "Europe/Rome"}, {"datetime": "2031-11-30T19:12:00+01:00", "timezone": "Europe/Rome"}),
    ("listDesks", {}, {"serverTime": "2031-11-30T19:12:00Z", "desks": [{"desk": 4}]}),
])
def test_an_api_shows_what_day_it_is(call: Call) -> None:
    assert ungrounded_days("A desk for tomorrow", {"date": "2031-12-01"}, call) == []
    assert ungrounded_days("A desk for tomorrow", {"date": "2031-11-30"}, call) == ["date"]


def test_what_has_a_day_is_not_yet_a_clock() -> None:
    call = ("getVisit", {"visitId": 7}, {"date": "2031-11-30", "time": "19:12"})
    assert ungrounded_days("When is visit 7? I want another one tomorrow.", {"date": "2031-12-01"}, call) == ["date"]


@pytest.mark.parametrize(("words", "first", "last"), [
    ("last quarter", date(2031, 4, 1), date(2031, 6, 30)),
    ("this quarter", date(2031, 7, 1), date(2031, 9, 30)),
    ("the coming weekend", date(2031, 8, 9), date(2031, 8, 11)),
    ("last spring", date(2031, 3, 1), date(2031, 6, 30)),
    ("next winter", date(2031, 12, 1), date(2032, 3, 31)),
    ("the week after next", date(2031, 8, 18), date(2031, 8, 25)),
    ("the past month", date(2031, 7, 5), date(2031, 8, 5)),
])
def test_spans_from_a_day(words: str, first: date, last: date) -> None:
    assert (first, last) in relative_days(words, date(2031, 8, 5))


def test_the_next_weekday_is_not_a_week_later_if_it_lies_in_the_next_week() -> None:
    assert relative_days("next Monday", date(2031, 8, 7)) == [(date(2031, 8, 11), date(2031, 8, 11))]


@pytest.mark.parametrize(("told", "right", "wrong"), [
    ("Will it freeze tomorrow?", {"days": 2}, {"days": 4}),
    ("It's Friday 8 August 2031. How windy is it on Sunday?", {"days": 3}, {"days": 6}),
    ("A cabin from Friday to Monday", {"nights": 3}, {"nights": 6}),
    ("Who won in May 2031?", {"season": "2031-spring"}, {"season": "2031-autumn"}),
    ("Today is 9 February 2031. Who leads the league?", {"season": "2030/31"}, {"season": "2029/30"}),
    ("What were the sales this quarter? (today: 9 February 2031)", {"period": "2031-Q1"}, {"period": "2031-Q2"}),
    ("It's 9 February 2031. Which lots have not been sold yet?", {"from": "2031-02-09"}, {"from": "2031-02-19"}),
])
def test_numbers_and_periods_that_follow_from_days(told: str, right: dict[str, Any], wrong: dict[str, Any]) -> None:
    assert ungrounded_days(told, right) == []
    assert ungrounded_days(told, wrong) == [*wrong]


@pytest.mark.parametrize(("rule", "right", "wrong"), [
    ("start must be the first day of a month", "1 October", "5 October"),
    ("Leases end on the last day of the month.", "30 September 2031", "29 September 2031"),
    ("Bulky waste is collected on Wednesdays only", "Wednesday, 17 September 2031", "Friday, 19 September 2031"),
])
def test_an_answer_may_offer_a_day_that_the_refusal_allows(rule: str, right: str, wrong: str) -> None:
    told = "Please set it for 12 September 2031."
    call = ("setDay", {"day": "2031-09-12"}, f'Status Code: 422. Response: {{"message": "{rule}"}}')
    answers = {day: f"That day isn't possible. I could take {day} instead." for day in (right, wrong)}
    assert [*unsupported(answers[right], known_of(told, answers[right], call))] == []
    assert [*unsupported(answers[wrong], known_of(told, answers[wrong], call))] == [wrong]


def test_last_month_does_not_end_today() -> None:
    told = "It is 8 August 2031. What did I spend last month?"
    assert ungrounded_days(told, {"date_from": "2031-07-01", "date_to": "2031-07-31"}) == []
    assert ungrounded_days(told, {"date_from": "2031-07-09", "date_to": "2031-08-08"}) == ["date_to"]
    rolling = told.replace("last", "in the last")
    assert ungrounded_days(rolling, {"date_from": "2031-07-08", "date_to": "2031-08-08"}) == []
    assert ungrounded_days("It is 8 August 2031. Who comes next week?", {"startDate": "2031-08-08"}) == ["startDate"]
