"""What stands before the websocket, one step at a time; transports/test_connection.py plays it on sockets."""

import gzip
from http import HTTPStatus

import pytest

from signaling.addresses import Addresses
from signaling.handshake import Admitted, Answer, Condition, Door, Opening, fold, subprotocol
from signaling.pages import Pages, page
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


PAGE = page("game.html", b"<!doctype html>", (("Content-Security-Policy", "default-src 'none'"),))
PAGES = Pages({"/game": PAGE})


def get(path: str, method: str = "GET", pages: Pages = PAGES, **headers: str) -> Answer:
    folded = {name.replace("_", "-"): value for name, value in headers.items()}
    opening = Opening(path, folded, "192.0.2.1", counted=False, method=method)
    answer = make_door(pages=pages).answer(opening, 0.0)
    assert isinstance(answer, Answer)
    return answer


def test_a_page_is_served_with_its_type_its_policy_and_a_tag_to_ask_again_with():
    answer = get("/game?room=x")
    headers = dict(answer.headers)
    assert (answer.status, answer.text) == (200, PAGE.body)
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert headers["Cache-Control"] == "no-cache"
    assert headers["Content-Security-Policy"] == "default-src 'none'"
    again = get("/game", if_none_match=headers["ETag"])
    assert (again.status, again.text, again.content_length) == (304, b"", len(PAGE.body))


def test_head_brings_the_headers_alone():
    answer = get("/game", "HEAD")
    assert (answer.status, answer.text, answer.content_length) == (200, b"", len(PAGE.body))
    assert dict(answer.headers) == dict(get("/game").headers)


def test_whoever_takes_gzip_is_served_that_with_its_own_length_and_tag():
    pages = Pages({"/a.js": page("a.js", b"let a;\n" * 1000)})
    told = {}
    for method in ("GET", "HEAD"):
        answer = get("/a.js", method, pages=pages, accept_encoding="gzip, br")
        told[method] = dict(answer.headers)
        assert (told[method]["Content-Encoding"], told[method]["Vary"]) == (
            "gzip",
            "Accept-Encoding",
        )
        assert gzip.decompress(answer.text) == (b"let a;\n" * 1000 if method == "GET" else b"")
        assert answer.content_length < 1000
    assert told["GET"] == told["HEAD"]
    plain = get("/a.js", pages=pages)
    tag = told["GET"]["ETag"]
    assert (plain.content_length, dict(plain.headers)["Vary"]) == (7000, "Accept-Encoding")
    asked = {"pages": pages, "if_none_match": tag}
    again = get("/a.js", accept_encoding="gzip", **asked)
    assert (again.status, dict(again.headers)["ETag"]) == (304, tag)
    assert get("/a.js", **asked).status == 200  # what it has is not what it would get


@pytest.mark.parametrize("method", ["POST", "PUT", "OPTIONS", "get"])
def test_another_method_is_refused_with_those_that_there_are(method):
    answer = get("/game", method)
    assert answer.status == 405
    assert ("Allow", "GET, HEAD") in answer.headers


@pytest.mark.parametrize(
    "path",
    ["/", "/game/", "/game/../game", "/..%2fgame", "/etc/passwd", "//game", "game", "", "*"],
)
def test_what_is_no_page_is_not_found(path):
    assert get(path).status == 404


def test_health_comes_before_pages():
    door = make_door(pages=Pages({"/healthz": PAGE}))
    answer = ask(door, "/healthz")
    assert isinstance(answer, Answer)
    assert answer.text == b"ok\n"


def test_a_page_of_ours_may_connect_to_the_address_it_came_from_where_others_are_listed():
    host = {"host": "192.0.2.9:8080", "origin": "http://192.0.2.9:8080"}
    for pages, expected in ((PAGES, None), (None, 403)):
        door = make_door(origins=("https://example.org",), pages=pages)
        assert status(ask(door, "/v1/ws", **host)) == expected
