"""Root, where a command makes network namespaces: it is never lacking in CI, and there nothing is skipped."""

import os

import pytest


@pytest.fixture
def root() -> None:
    if os.geteuid() != 0:
        pytest.skip("makes network namespaces, which needs root: run the tests with sudo")
