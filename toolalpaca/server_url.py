"""The address that an API's paths are added to."""

import re


def server_base(url: str) -> str:
    """The URL without query and fragment, which links to documentation often have: what came after them would be part
    of them and no path."""
    return re.split(r"[?#]", url, maxsplit=1)[0]
