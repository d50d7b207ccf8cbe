"""Root, where a test needs it: it is never lacking in CI, and there nothing is skipped."""

import os
from collections.abc import Iterator

import pytest

from nat.kernel import Namespaces


@pytest.fixture
def root() -> None:
    if os.geteuid() != 0:
        pytest.skip("makes network namespaces, which needs root: run the tests with sudo")


@pytest.fixture
def namespaces(root: None) -> Iterator[Namespaces]:
    with Namespaces() as made:
        yield made
