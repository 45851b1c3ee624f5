"""JSON from outside. Python's reader recurses in native code, and libraries that we load raise the limit that
would stop it (py-evm and py_ecc do), so that hostile nesting would end the process instead of being refused.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final

__all__ = ["parse_json"]

MAX_DEPTH: Final = 64
# A string matches even if it does not end, so that no text is scanned twice.
_STRING_OR_BRACKET: Final = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[\[{]|[\]}]', re.DOTALL)


def parse_json(text: str) -> Any:
    """The value of a text; `ValueError` where it is no JSON or nests deeper than `MAX_DEPTH`."""
    depth = 0
    for match in _STRING_OR_BRACKET.finditer(text):
        mark = match[0]
        if mark in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise ValueError(f"nested deeper than {MAX_DEPTH}")
        elif mark in "]}":
            depth -= 1
    return json.loads(text)
