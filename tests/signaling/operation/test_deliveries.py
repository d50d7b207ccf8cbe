"""Webhooks that are told what happens: in order, again after failures, and never each other's concern."""

import asyncio
import itertools
import json
import logging
from collections.abc import Callable

import pytest

import nat.simulator
from operating.posting import Answer, NoAnswerError
from signaling.journal import Happening, Noted
from signaling.operation.deliveries import Deliveries
from signaling.operation.endpoints import Endpoint
from signaling.signatures import signature_headers
from tests.relay.webserver import Asked, http, web_server

SECRET = "hunter2hunter2hunter2hunter2"


def happened(number: int, happening: Happening = Happening.PEER_JOINED) -> Noted:
    return Noted(happening, f"s{number}", {"room": "r"})


class Posts:
    """Endpoints in virtual time: what each was posted, and when."""

    def __init__(self, answer: Callable[[str, int], int | None], takes: float = 0.0) -> None:
        self.answer = answer
        self.takes = takes
        self.posted: list[tuple[float, str, str, str]] = []

    async def post(self, url: str, body: bytes, headers: dict[str, str]) -> Answer:
        await asyncio.sleep(self.takes)
        now = asyncio.get_running_loop().time()
        self.posted.append((now, url, headers["webhook-id"], json.loads(body)["data"]["sid"]))
        status = self.answer(url, len([one for one in self.posted if one[1] == url]))
        if status is None:
            raise NoAnswerError("ConnectError")
        return Answer(status, b"")

    async def close(self) -> None:
        pass

    def sids(self, url: str) -> list[str]:
        return [sid for _, other, _, sid in self.posted if other == url]


def play(story, seed: int = 1) -> None:
    nat.simulator.Simulation(seed=seed).run(story())


@pytest.fixture
def deliveries():
    def make(posts: Posts, *urls: str, **more: object) -> Deliveries:
        endpoints = [Endpoint(url, (SECRET,)) for url in urls]
        return Deliveries(endpoints, "n1", poster=posts, unix_clock=lambda: 1000.0, **more)

    return make


def test_each_endpoint_hears_everything_once_in_order_whatever_the_others_do(deliveries):
    posts = Posts(lambda url, count: None if url == "http://dead/" else 200)

    async def story() -> None:
        async with deliveries(posts, "http://a/", "http://dead/") as told:
            for number in range(5):
                told.note(happened(number))
            await asyncio.sleep(1)
            assert posts.sids("http://a/") == ["s0", "s1", "s2", "s3", "s4"]

    play(story)
    assert set(posts.sids("http://dead/")) == {"s0"}


def test_what_fails_comes_again_with_the_same_id_and_what_waits_behind_it_after_it(deliveries):
    posts = Posts(lambda url, count: 200 if count > 4 else 500)

    async def story() -> None:
        async with deliveries(posts, "http://a/") as told:
            told.note(happened(1))
            told.note(happened(2))
            await asyncio.sleep(60)

    play(story)
    assert posts.sids("http://a/") == ["s1"] * 5 + ["s2"]
    assert len({name for _, _, name, _ in posts.posted}) == 2
    times = [when for when, *_ in posts.posted]
    pauses = [later - sooner for sooner, later in itertools.pairwise(times)]
    assert all(0.5 * 2**n <= pause <= 2**n + 0.01 for n, pause in enumerate(pauses[:4]))


def test_at_the_end_what_waits_is_told_at_once_but_not_for_longer_than_allowed(deliveries, caplog):
    slow = Posts(lambda url, count: 200 if count > 2 else 500)
    dead = Posts(lambda url, count: None)

    async def story() -> None:
        loop = asyncio.get_running_loop()
        for posts, most in ((slow, 1.0), (dead, 5.1)):
            async with deliveries(posts, "http://a/") as told:
                told.note(happened(1))
                told.note(happened(2))
                await asyncio.sleep(0.1)
                began = loop.time()
            assert loop.time() - began <= most

    play(story)
    assert slow.sids("http://a/")[-1] == "s2"
    assert "2 messages were not delivered" in caplog.text


def test_an_endpoint_that_never_answers_is_waited_for_no_longer_than_its_deadline(deliveries):
    posts = Posts(lambda url, count: 200, takes=3600.0)

    async def story() -> None:
        async with deliveries(posts, "http://a/") as told:
            told.note(happened(1))
            await asyncio.sleep(15)
            assert len(told.outboxes[0]) == 1
            posts.takes = 0.0
            await asyncio.sleep(15)
            assert len(told.outboxes[0]) == 0

    play(story)


def test_what_goes_wrong_is_logged_without_what_was_told(deliveries, caplog):
    caplog.set_level(logging.INFO)
    posts = Posts(lambda url, count: {1: 500, 2: None}.get(count, 410))

    async def story() -> None:
        async with deliveries(posts, "http://a/") as told:
            told.note(happened(1))
            await asyncio.sleep(10)

    play(story)
    for words in ("status 500, it is tried again", "ConnectError, it is tried", "wants no more"):
        assert words in caplog.text
    assert SECRET not in caplog.text


async def test_over_a_real_socket_the_signature_is_right_and_the_connection_is_kept():
    async def answer(asked: Asked, writer: asyncio.StreamWriter) -> bytes:
        return http(204, b"")

    async with web_server(answer) as web:
        endpoint = Endpoint(web.url, (SECRET,))
        async with Deliveries([endpoint], "n1", unix_clock=lambda: 1000.0) as told:
            told.note(happened(1))
            told.note(happened(2))
        assert [json.loads(asked.body)["data"]["sid"] for asked in web.asked] == ["s1", "s2"]
        assert web.connections == 1
        for asked in web.asked:
            name = asked.headers["webhook-id"]
            right = signature_headers(asked.body, (SECRET.encode(),), name, 1000.0)
            assert right.items() <= asked.headers.items()
