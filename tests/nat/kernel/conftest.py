"""Network namespaces for the tests."""

from collections.abc import Iterator

import pytest

from nat.kernel import Namespaces


@pytest.fixture
def namespaces(root: None) -> Iterator[Namespaces]:
    with Namespaces() as made:
        yield made
