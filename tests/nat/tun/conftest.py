"""Network namespaces for the tests."""

from collections.abc import Iterator

import pytest

from nat.kernel import Namespace, Namespaces


@pytest.fixture
def namespace(root: None) -> Iterator[Namespace]:
    with Namespaces() as made:
        yield made.create("inner")
