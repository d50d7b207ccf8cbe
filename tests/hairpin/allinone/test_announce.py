"""What `hairpin up` says when it is ready, to people and to programs."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from hairpin.allinone.announce import advice, announce, document, metrics_url, room_url
from hairpin.allinone.lan import Lan
from hairpin.allinone.options import Tls, TlsWish, UpOptions
from hairpin.allinone.plan import Plan, make
from hairpin.services import Running, serve
from tests.hairpin.allinone.conftest import Issue

NOW = datetime.now(UTC)
#: Of this machine alone, but neither the server nor its clients need to know that.
HERE = Lan("127.0.0.1", others=("10.0.0.2",))
EVERYWHERE = {"signaling": ("0.0.0.0", 0), "relay": ("127.0.0.1", 0)}


def planned(tmp_path: Path, **options: Any) -> Plan:
    return make(UpOptions(**options), HERE, tmp_path, NOW)


@asynccontextmanager
async def running(tmp_path: Path, **options: Any) -> AsyncIterator[tuple[Plan, Running]]:
    plan = planned(tmp_path, **{"relay": ("127.0.0.1", 0), "signaling": ("127.0.0.1", 0)} | options)
    async with serve(plan.services) as made:
        yield plan, made


def said(
    plan: Plan, made: Running, *, width: int = 100, terminal: bool = True, **options: Any
) -> str:
    console = Console(width=width, force_terminal=terminal, color_system=None)
    with console.capture() as captured:
        announce(console, plan, made, UpOptions(**options), metrics=None, now=NOW)
    return captured.get()


def sentences(plan: Plan, now: datetime = NOW) -> str:
    return "\n".join(each.plain for each in advice(plan, now))


async def test_the_link_is_whole_in_a_narrow_terminal_and_its_code_is_drawn_where_it_fits(
    tmp_path: Path,
) -> None:
    async with running(tmp_path, **EVERYWHERE) as (plan, made):
        link = room_url(plan, made)
        assert link in said(plan, made, width=40).splitlines()
        assert "▄▄▄▄▄" in said(plan, made, width=40)
        assert "▄▄▄▄▄" not in said(plan, made, width=30)
        assert "▄▄▄▄▄" not in said(plan, made, terminal=False)
        assert "▄▄▄▄▄" in said(plan, made, terminal=False, qr=True)
        assert "▄▄▄▄▄" not in said(plan, made, qr=False)


async def test_no_code_is_drawn_of_an_address_that_no_phone_reaches(tmp_path: Path) -> None:
    async with running(tmp_path) as (plan, made):
        assert "▄▄▄▄▄" not in said(plan, made)
        assert "▄▄▄▄▄" in said(plan, made, qr=True)
        assert "Only this machine can connect." in sentences(plan)


async def test_each_address_is_told(tmp_path: Path) -> None:
    async with running(tmp_path) as (plan, made):
        text = said(plan, made)
        told = json.loads(document(plan, made, None))
        port = made.signaling.addresses[0][1]
        pages = f"http://127.0.0.1:{port}/"
        assert (told["pages"], told["game"]) == (pages, f"{pages}game")
        assert told["room"] == f"{pages}?room={plan.room}"
        assert told["metrics"] == f"{pages}metrics"
        assert told["certificate"] is None
        assert [told["stun"], told["turn"]] == [told["stun_urls"][0], told["turn_urls"][0]]
        for url in (told["game"], told["metrics"], *told["stun_urls"], *told["turn_urls"]):
            assert url in text
        assert metrics_url(plan, made, "http://10.0.0.1:9") == "http://10.0.0.1:9/metrics"


async def test_the_certificate_made_here_is_told_by_its_fingerprint(tmp_path: Path) -> None:
    async with running(tmp_path, tls=TlsWish(kind=Tls.SELF_SIGNED)) as (plan, made):
        assert plan.certificate is not None
        assert plan.certificate.fingerprint in said(plan, made, width=40).splitlines()
        told = json.loads(document(plan, made, None))
        assert told["certificate"]["sha256"] == plan.certificate.fingerprint
        assert told["pages"].startswith("https://127.0.0.1:")
        assert told["signaling"].startswith("wss://127.0.0.1:")
        assert told["metrics"].startswith("https://127.0.0.1:")


def test_phones_without_https_have_no_camera_and_that_is_said(tmp_path: Path) -> None:
    assert "Add --tls self-signed." in sentences(planned(tmp_path, **EVERYWHERE))
    assert "Add --tls" not in sentences(planned(tmp_path))


def test_another_network_can_be_chosen() -> None:
    lan = Lan("192.168.1.20", others=("10.0.0.2",))
    plan = make(UpOptions(host="lan"), lan, None, NOW)
    assert "lan is 192.168.1.20, or 10.0.0.2" in sentences(plan)


def test_metrics_that_nobody_may_ask_for_are_not_told(tmp_path: Path) -> None:
    plan = planned(tmp_path, signaling=("192.168.1.20", 8080))
    assert not plan.has_local_metrics


@pytest.mark.parametrize(("days", "expected"), [(10, True), (100, False)])
def test_a_certificate_that_ends_soon_is_named(
    tmp_path: Path, issue: Issue, days: int, expected: bool
) -> None:
    plan = planned(tmp_path, tls=issue(NOW, "chat.example.org"))
    assert plan.certificate is not None
    now = plan.certificate.ends - timedelta(days=days)
    assert ("The certificate ends on" in sentences(plan, now)) is expected
