"""Days and times of another field of the same thing than the words before them say."""

import pytest
from short_conversations import known_of

from toolalpaca.matching.answers.other_moments import other_moment

TICKET = {"ticketId": "T-7", "validFrom": "2025-03-03", "validUntil": "2025-09-18", "purchasedOn": "2025-02-26"}
FERRY = {"ferryId": "F-2", "departure": "2025-06-11T08:20:00", "arrival": "2025-06-11T13:05:00"}
STOP = {"stopId": "S-4", "arrives": "2025-10-14T15:30:00", "leaves": "2025-10-14T16:15:00"}
SUN = {"sunrise": "05:48", "sunset": "20:31", "moonrise": "22:10"}


@pytest.mark.parametrize(("told", "body", "answer", "is_wrong"), [
    ("How about T-7?", TICKET, "It is valid until 3 March 2025.", True),
    ("How about T-7?", TICKET, "It is valid until 18 September 2025.", False),
    ("How about T-7?", TICKET, "It is valid from 3 March 2025 to 18 September 2025.", False),
    ("How about T-7?", TICKET, "It expires on 3 March 2025.", True),
    ("How about T-7?", TICKET, "It was purchased on 18 September 2025.", True),
    ("How about T-7?", TICKET, "It was purchased on 26 February, and begins on 3 March.", False),
    ("Does T-7 end on 3 March 2025?", TICKET, "No, it does not end on 3 March 2025.", False),
    ("When does F-2 get in?", FERRY, "It arrives at 8:20.", True),
    ("When does F-2 get in?", FERRY, "It departs at 8:20 and arrives at 1:05 pm.", False),
    ("When does F-2 get in?", FERRY, "It leaves at 13:05.", True),
    ("When is the van here?", STOP, "It is here from 15:30 to 16:15.", False),
    ("When is the van here?", STOP, "It is here until 16:15.", False),
    ("When is the van here?", STOP, "It leaves at 15:30.", True),
    ("Evening light?", SUN, "The sun sets at 5:48.", True), ("Evening light?", SUN, "The sun sets at 20:31.", False),
])
def test_the_field_that_a_day_or_time_is_tied_to(told: str, body: object, answer: str, is_wrong: bool) -> None:
    assert bool(list(other_moment(answer, known_of(told, answer, ("getIt", {}, body))))) is is_wrong
