"""Which codings of a body somebody takes, read from `Accept-Encoding` (RFC 9110 §12.5.3)."""

import re
from typing import Final

_GZIP: Final = ("gzip", "x-gzip", "*")
#: A weight of at most three decimals (RFC 9110 §12.4.2); what is written otherwise counts for nothing.
_WEIGHED: Final = re.compile(
    r"([\w!#$%&'*+.^`|~-]+)(?:[ \t]*;[ \t]*[qQ]=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?"
)


def takes_gzip(accept_encoding: str | None) -> bool:
    """Say whether gzip may be sent, and is wanted no less than the body as it is.

    Whoever says nothing gets the body as it is: that is what simple programs can read.
    """
    weights = _weights(accept_encoding or "")
    wanted = next((weights[name] for name in _GZIP if name in weights), 0.0)
    return wanted > 0.0 and wanted >= weights.get("identity", 0.0)


def _weights(header: str) -> dict[str, float]:
    found = (_WEIGHED.fullmatch(each.strip(" \t")) for each in header.split(","))
    return {each[1].lower(): float(each[2] or 1) for each in found if each is not None}
