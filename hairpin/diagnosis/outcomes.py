"""What `hairpin nat` exits with, and which outcomes a script takes for a failure."""

from collections.abc import Sequence
from typing import Final

import typer

from nat.discovery import Outcome

NOTHING: Final = "nothing"
NAMES: Final = {outcome.name.lower().replace("_", "-"): outcome for outcome in Outcome}
STATUSES: Final = (
    "0 direct connections are likely, 10 with some peers, 11 a relay is needed, 12 UDP is blocked, "
    "13 there is no network, 3 the evidence does not decide, 2 wrong arguments, 1 a file cannot be "
    "read or written."
)
"""For the help texts."""

_FAILURES: Final = tuple(name for name, outcome in NAMES.items() if outcome)


def failures(given: Sequence[str] | None) -> frozenset[Outcome]:
    """The outcomes that shall not exit with 0; by default all that are not the best.

    Args:
        given: what stands behind `--fail-on`, each one or several with commas between.

    Raises:
        typer.BadParameter: a name is none.
    """
    if not given:
        return frozenset(NAMES[name] for name in _FAILURES)
    names = [name.strip() for text in given for name in text.split(",")]
    for name in names:
        if name not in {*_FAILURES, NOTHING}:
            known = ", ".join((*_FAILURES, NOTHING))
            raise typer.BadParameter(f"{name!r} is none of {known}", param_hint="--fail-on")
    return frozenset(NAMES[name] for name in names if name != NOTHING)


def status(outcome: Outcome, failing: frozenset[Outcome]) -> int:
    """What to exit with."""
    return outcome.value if outcome in failing else 0
