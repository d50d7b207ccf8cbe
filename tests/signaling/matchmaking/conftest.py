"""One redis-server for the tests of this folder that break nothing about it."""

from collections.abc import Iterator

import pytest

from tests.signaling.nodes.redisserver import RedisServer


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    with RedisServer() as server:
        yield server
