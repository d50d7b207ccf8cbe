"""The garbage collector of a relay's process."""

import gc

from relay.garbage import YOUNG, calm_collector


def test_the_collector_passes_over_what_is_there_and_looks_less_often():
    before = gc.get_threshold()
    try:
        calm_collector()
        assert gc.get_freeze_count() > 1000
        assert gc.get_threshold() == (YOUNG, *before[1:])
        assert gc.isenabled()
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)
