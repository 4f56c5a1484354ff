"""The addresses of a host's name within a time limit, which the system's own look-up does not have."""

import socket
import threading


class NameTimeout(OSError):
    """No answer came from the name servers in time."""


def addresses_of(host: str, port: int, seconds: float | None) -> list[str]:
    """Return the addresses of a host in the order to try them.

    Raises socket.gaierror if there is none, NameTimeout if none is known within `seconds`; the thread that asks is
    then left behind, since the system's look-up cannot be interrupted.
    """
    answer: list[list[str] | OSError] = []

    def ask() -> None:
        try:
            entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answer.append(list(dict.fromkeys(str(address[0]) for *_, address in entries)))
        except UnicodeError:
            answer.append(socket.gaierror("the name is too long or has an empty part"))
        except OSError as error:
            answer.append(error)

    thread = threading.Thread(target=ask, name=f"look-up of {host}", daemon=True)
    thread.start()
    thread.join(seconds)
    if not answer:
        raise NameTimeout(f"the address of {host} was not known in time")
    if isinstance(answer[0], OSError):
        raise answer[0]
    return answer[0]
