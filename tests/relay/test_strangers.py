"""What strangers may draw."""

from relay import DropReason, Limits
from relay.strangers import Strangers


def test_a_source_has_its_share_and_all_together_have_theirs():
    limits = Limits(
        unauthenticated_rate=1.0,
        unauthenticated_burst=2.0,
        unauthenticated_total_rate=1.0,
        unauthenticated_total_burst=3.0,
    )
    strangers = Strangers(limits, b"key")
    assert [strangers.excess("192.0.2.1", 0.0) for _ in range(3)] == [
        None,
        None,
        DropReason.RATE_LIMITED,
    ]
    assert strangers.excess("192.0.2.2", 0.0) is None
    assert strangers.excess("192.0.2.3", 0.0) is DropReason.ALL_RATE_LIMITED
    assert strangers.excess("192.0.2.1", 1.0) is None
