"""URLs of a backplane: what is taken, and what is said about the rest."""

import pytest
from redis.exceptions import OutOfMemoryError, ResponseError

from signaling.nodes.connecting import connect, is_passing, location
from signaling.nodes.errors import BackplaneUrlError


@pytest.mark.parametrize(
    ("url", "where"),
    [
        ("redis://localhost", "redis://localhost:6379"),
        ("redis://user:secret@10.0.0.1:7000/3", "redis://10.0.0.1:7000/3"),
        ("rediss://:secret@[::1]:6380", "rediss://[::1]:6380"),
        ("unix:///run/redis.sock?db=2", "unix:///run/redis.sock"),
        ("unix://user:secret@/run/redis.sock", "unix:///run/redis.sock"),
    ],
)
async def test_a_place_is_named_without_its_secrets(url: str, where: str) -> None:
    assert location(url) == where
    await connect(url).aclose()


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("", "redis://"),
        ("localhost:6379", "redis://"),
        ("http://localhost", "not http"),
        ("redis://", "host is missing"),
        ("redis://localhost:port", "Port could not be cast"),
        ("redis://localhost/one", "number, not 'one'"),
        ("unix://", "path is missing"),
    ],
)
def test_anything_else_is_refused_in_a_line(url: str, complaint: str) -> None:
    with pytest.raises(BackplaneUrlError, match=complaint) as caught:
        connect(url)
    assert "\n" not in str(caught.value)


async def test_nothing_is_tried_twice_by_the_client() -> None:
    client = connect("redis://localhost")
    kwargs = client.connection_pool.connection_kwargs
    assert kwargs["retry"].get_retries() == 0
    assert kwargs["health_check_interval"] > 0
    assert kwargs["socket_keepalive"]
    await client.aclose()


def test_a_server_that_cannot_now_is_not_a_wrong_command() -> None:
    assert is_passing(OutOfMemoryError("command not allowed"))
    assert is_passing(ResponseError("MISCONF snapshots"))
    assert not is_passing(ResponseError("user_script:3: attempt to index a nil value"))
