"""What several test files of the wire share."""

import pytest

from stunwire import Integrity, IntegrityKey


@pytest.fixture(scope="session")
def transaction_id() -> bytes:
    """Twelve bytes, as every message has them."""
    return bytes(range(1, 13))


@pytest.fixture(params=list(Integrity), ids=lambda algorithm: algorithm.name)
def key(request: pytest.FixtureRequest) -> IntegrityKey:
    """A key for each of the two integrity attributes."""
    return IntegrityKey(b"a key of some length", request.param)
