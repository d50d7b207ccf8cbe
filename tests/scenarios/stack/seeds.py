"""One number, one world of the whole stack: which kind, how large, and what happens in it."""

import logging
import random
from collections import Counter
from collections.abc import Iterable

from tests.scenarios.manynodes import World as TalkersWorld
from tests.scenarios.stack.slowreaders import SlowReaders
from tests.scenarios.stack.troubles import trouble
from tests.scenarios.stack.world import World

COMMAND = "tools/soak-signaling"


class LostError(AssertionError):
    """A world in which something went wrong, with all that happened in it."""


def kind_of(seed: int) -> str:
    """Which kind of world a seed is."""
    match seed % 10:
        case 0:
            return "talkers"
        case 5:
            return "slow readers"
        case _:
            return "troubles"


def play(seed: int) -> Counter[str]:
    """Play one world, and count what its users were told.

    Raises:
        LostError: Something is not as it should be; with the story of the world.
    """
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    tale: list[tuple[float, str]] = []
    try:
        return _play(seed, tale)
    except Exception as failure:
        error = failure
        while isinstance(error, ExceptionGroup):
            error = error.exceptions[0]
        told = f"seed {seed} ({kind_of(seed)}): {type(error).__name__}: {str(error)[:2000]}"
        lines = [f"  {time:8.3f} {what}" for time, what in sorted(tale)]
        again = f"to play it again: {COMMAND} {seed}"
        raise LostError("\n".join([told, *lines, again])) from failure
    finally:
        logging.disable(before)


def _play(seed: int, tale: list[tuple[float, str]]) -> Counter[str]:
    kind = kind_of(seed)
    if kind == "talkers":
        talkers = TalkersWorld(seed, faults=random.Random(seed).choice((1, 2, 4)))
        try:
            talkers.play()
        finally:
            tale += _tale(talkers.story, ((each.name, each.log) for each in talkers.talkers))
        return Counter(Reconnected=sum(each.resumed for each in talkers.talkers))
    readers = SlowReaders(seed) if kind == "slow readers" else None
    world = World(seed) if readers is None else readers.world
    try:
        if readers is None:
            world.play(trouble)
        else:
            readers.play()
    finally:
        tale += _tale(world.story, ((user.name, user.log) for user in world.users))
    return sum((user.told.counts for user in world.users), Counter())


def _tale(
    story: list[tuple[float, str]], logs: Iterable[tuple[str, list[tuple[float, str]]]]
) -> list[tuple[float, str]]:
    by_name = [(time, f"{name}: {what}") for name, log in logs for time, what in log]
    return [*((time, f"* {what}") for time, what in story), *by_name]
