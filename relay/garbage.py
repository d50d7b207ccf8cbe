"""The garbage collector, set so that it does not look at every allocation again and again."""

import gc

YOUNG = 5_000
"""So many new objects at least before it looks at them: 0.2 ms of looking."""


def calm_collector() -> None:
    """Have it look at what is there by now no more, and at what comes less often.

    This is for a process that is a relay and nothing else. An allocation is some forty objects that stay; with
    Python's own threshold of 700, a sixth of the time to make one goes into looking for cycles, of which
    the relay makes none on its busy ways.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, *gc.get_threshold()[1:])
