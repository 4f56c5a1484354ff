"""YAML parsed as JSON values: scalars as in YAML 1.2, and no aliases, with which a few bytes can expand to gigabytes.

A date is a string, and `NO` in a list of countries is not false.
"""

import json
import re
from typing import Any

from toolalpaca.core.text import one_line

_TYPES = {
    "null": ("null|Null|NULL|~|", "~nN\0"), "bool": ("true|True|TRUE|false|False|FALSE", "tTfF"),
    "int": ("[-+]?[0-9]+", "-+0123456789"),
    "float": (r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", "-+0123456789."),
}


def read_yaml(text: str) -> Any:
    """Return the JSON value in a YAML text; keys such as the status 200 become strings.

    Raises ValueError, one line, for text that is not YAML, for aliases and merge keys, and for values that JSON lacks.
    """
    import yaml

    try:
        return json.loads(json.dumps(yaml.load(text, _loader()), allow_nan=False))
    except (yaml.YAMLError, TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"not valid YAML: {one_line(error)}") from None


def _loader() -> Any:
    import yaml
    from yaml.composer import ComposerError

    class Loader(yaml.SafeLoader):
        """SafeLoader with the types of YAML 1.2 and without aliases."""

        yaml_implicit_resolvers: dict[str, Any] = {}

        def compose_node(self, parent: Any, index: Any) -> Any:
            if self.check_event(yaml.AliasEvent):
                raise ComposerError(None, None, "aliases are not read; write out what they stand for",
                                    self.peek_event().start_mark)
            return super().compose_node(parent, index)

        def compose_scalar_node(self, anchor: Any) -> Any:
            node = super().compose_scalar_node(anchor)
            if node.value == "<<" and node.style is None:
                raise ComposerError(None, None, "merge keys are not read; write out what they stand for",
                                    node.start_mark)
            return node

    for kind, (pattern, first) in _TYPES.items():
        Loader.add_implicit_resolver(f"tag:yaml.org,2002:{kind}", re.compile(rf"(?:{pattern})\Z"),
                                     ["" if character == "\0" else character for character in first])
    return Loader
