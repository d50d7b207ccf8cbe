"""Root, where a test needs it: it is never lacking in CI, and there nothing is skipped."""

import os
from collections.abc import Iterator

import pytest

from nat.kernel import Namespace, Namespaces


@pytest.fixture
def root() -> None:
    if os.geteuid() != 0:
        pytest.skip("makes network namespaces, which needs root: run the tests with sudo")


@pytest.fixture
def namespace(root: None) -> Iterator[Namespace]:
    with Namespaces() as made:
        yield made.create("inner")
