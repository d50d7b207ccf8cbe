"""What stands before the websocket, one step at a time; transports/test_connection.py plays it on sockets."""

from http import HTTPStatus

import pytest

from signaling.addresses import Addresses
from signaling.handshake import Admitted, Answer, Condition, Door, Opening, fold, subprotocol
from signaling.settings import Limits, Settings


def make_door(condition: Condition | None = None, **settings: object) -> Door:
    made = Settings(**settings)
    return Door(
        made,
        Addresses(made.limits),
        lambda: condition or Condition(),
        lambda: (b"signaling_rooms 0\n", "text/metrics"),
    )


def ask(door: Door, path: str, address: str = "192.0.2.1", **headers: str) -> Answer | Admitted:
    folded = {name.replace("_", "-"): value for name, value in headers.items()}
    return door.answer(Opening(path, folded, address, counted=False), 0.0)


def status(answer: Answer | Admitted) -> int | None:
    return int(answer.status) if isinstance(answer, Answer) else None


@pytest.mark.parametrize(
    ("path", "condition", "expected"),
    [
        ("/v1/ws", Condition(), None),
        ("/v1/ws?ticket=1", Condition(), None),
        ("/v1/ws", Condition(draining=True), 503),
        ("/v1/ws", Condition(full=True), 503),
        ("/v1/ws", Condition(degraded="away"), None),
        ("/healthz", Condition(), 200),
        ("/healthz", Condition(draining=True), 200),
        ("/readyz", Condition(), 200),
        ("/readyz?verbose", Condition(degraded="away"), 200),
        ("/readyz", Condition(draining=True), 503),
        ("/readyz", Condition(full=True), 503),
        ("/", Condition(), 404),
        ("/v1/ws/", Condition(), 404),
        ("/v1/../v1/ws", Condition(), 404),
    ],
)
def test_only_the_websocket_path_goes_on_to_be_a_websocket(path, condition, expected):
    assert status(ask(make_door(condition), path)) == expected


def test_readiness_says_what_does_not_work():
    answer = ask(make_door(Condition(degraded="the backplane cannot be reached")), "/readyz")
    assert isinstance(answer, Answer)
    assert answer.text == b"degraded: the backplane cannot be reached\n"


@pytest.mark.parametrize(
    ("address", "headers", "expected"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("", {}, 200),
        ("192.0.2.1", {}, 404),
        ("127.0.0.1", {"x_forwarded_for": "192.0.2.1"}, 404),
        ("127.0.0.1", {"forwarded": "for=192.0.2.1"}, 404),
        ("127.0.0.1", {"x_real_ip": "192.0.2.1"}, 404),
    ],
)
def test_metrics_are_for_this_machine_alone_and_not_for_whom_a_proxy_asks(
    address, headers, expected
):
    assert status(ask(make_door(), "/metrics", address, **headers)) == expected


def test_a_page_of_a_stranger_cannot_use_a_server_on_this_machine_but_through_a_proxy():
    door = make_door(trusted_proxies=("127.0.0.1",))
    assert status(ask(door, "/v1/ws", "127.0.0.1", origin="https://evil.example")) == 403
    assert ask(
        door, "/v1/ws", "127.0.0.1", origin="https://any.example", x_forwarded_for="192.0.2.7"
    ) == Admitted("192.0.2.7", counted=True)


def test_too_many_are_refused_as_they_connect_with_429_and_when_to_come_again():
    door = make_door(limits=Limits(connections=0.1, connections_burst=1))
    assert door.knock("192.0.2.1", 0.0) == (True, None)
    counted, refusal = door.knock("192.0.2.1", 0.0)
    assert not counted
    assert refusal is not None
    assert refusal.encode().startswith(b"HTTP/1.1 429 Too Many Requests\r\n")
    assert b"\r\nRetry-After: 10\r\n" in refusal.encode()
    assert door.knock("192.0.2.2", 0.0) == (True, None)


def test_one_counted_as_it_connected_is_not_counted_again():
    door = make_door(limits=Limits(connections_burst=1))
    door.knock("192.0.2.1", 0.0)
    opening = Opening("/v1/ws", {}, "192.0.2.1", counted=True)
    assert door.answer(opening, 0.0) == Admitted("192.0.2.1", counted=True)


def test_connections_of_a_proxy_are_counted_for_whom_they_are_made():
    door = make_door(
        limits=Limits(connections_burst=1, connections_held=1), trusted_proxies=("10.0.0.0/8",)
    )
    assert [door.knock("10.0.0.1", 0.0) for _ in range(9)] == [(False, None)] * 9
    first = ask(door, "/v1/ws", "10.0.0.1", x_forwarded_for="192.0.2.1")
    assert first == Admitted("192.0.2.1", counted=True)
    assert status(ask(door, "/v1/ws", "10.0.0.1", x_forwarded_for="192.0.2.1")) == 429
    assert status(ask(door, "/v1/ws", "10.0.0.1", x_forwarded_for="192.0.2.2")) is None
    door.leave("192.0.2.1")
    again = Opening("/v1/ws", {"x-forwarded-for": "192.0.2.1"}, "10.0.0.1", counted=False)
    assert isinstance(door.answer(again, 60.0), Admitted)


def test_an_answer_is_written_as_http():
    answer = Answer(HTTPStatus.NOT_FOUND, b"nothing\n")
    assert answer.encode() == (
        b"HTTP/1.1 404 Not Found\r\nContent-Type: text/plain; charset=utf-8\r\n"
        b"Cache-Control: no-store\r\nServer: hairpin\r\nContent-Length: 8\r\n"
        b"Connection: close\r\n\r\nnothing\n"
    )


def test_a_header_that_comes_twice_is_a_list():
    headers = [("X-Forwarded-For", "a"), ("Host", "h"), ("x-forwarded-for", "b")]
    assert fold(headers) == {"x-forwarded-for": "a, b", "host": "h"}


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        ("hairpin.v1", "hairpin.v1"),
        ("a, hairpin.v1", "hairpin.v1"),
        ("hairpin.v2", None),
        ("", None),
        (None, None),
    ],
)
def test_our_subprotocol_is_picked_wherever_it_stands(offered, chosen):
    assert subprotocol(offered) == chosen
