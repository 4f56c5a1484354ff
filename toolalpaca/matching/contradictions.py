"""All that an answer says against what the observations show: of a field by its name, of a thing by its name, of the
largest."""

from collections.abc import Iterator

from toolalpaca.matching.bindings import misattributed, other_field
from toolalpaca.matching.extremes import wrong_extremes
from toolalpaca.matching.key_claims import contradicted
from toolalpaca.matching.known import Known


def contradictions(answer: str, known: Known) -> Iterator[str]:
    """Yield each statement that the observations contradict, once."""
    yield from dict.fromkeys(
        (
            *contradicted(answer, known),
            *misattributed(answer, known),
            *other_field(answer, known),
            *wrong_extremes(answer, known),
        )
    )
