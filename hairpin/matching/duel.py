"""The queue of the game that `hairpin up` serves."""

from typing import Final

import signaling
from signaling.matchmaking.configuration.queues import Widening

BOTS_AFTER: Final = 8.0

#: Ratings are all alike as long as nobody tells one; a bot comes to whoever waits alone.
DUEL: Final = signaling.Queue(
    "duel", rating=Widening(150.0, 25.0, 5.0, 2000.0), bots_after=BOTS_AFTER
)
