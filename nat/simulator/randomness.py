"""Randomness from one seed: a stream of its own for each purpose.

One draw more in one place must not reshuffle what is drawn in another.
"""

import random


def stream(seed: int, *purpose: str) -> random.Random:
    """A generator for one purpose, the same for the same seed on every machine."""
    return random.Random("/".join((str(seed), *purpose)))
