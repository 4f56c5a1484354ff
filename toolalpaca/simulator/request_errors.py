"""What stops a request from being answered: it does not fit the API's document, or the simulator itself cannot."""

from typing import Any


class Refusal(Exception):
    """The request breaks the API's document; the answer is an error of the API, and no language model is asked.

    `parameter` and `location` say which value is wrong and `expected` what would be right, if there is one.
    """

    def __init__(self, status: int, message: str, *, parameter: str | None = None, location: str | None = None,
                 expected: str | None = None, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.parameter, self.location, self.expected = parameter, location, expected
        self.headers = headers or {}

    @property
    def body(self) -> dict[str, Any]:
        """Return what the client is told."""
        parts = {"error": str(self), "parameter": self.parameter, "in": self.location, "expected": self.expected}
        return {key: value for key, value in parts.items() if value is not None}


class Trouble(Exception):
    """No answer of the API can be given, for a reason that lies with the simulator or what stands behind it.

    It goes out with the header `X-Simulator-Error: CODE`, which no answer of an API ever has.
    """

    def __init__(self, code: str, message: str, status: int = 503) -> None:
        super().__init__(message)
        self.code, self.status = code, status
