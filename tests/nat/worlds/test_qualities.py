"""Tests of `nat.worlds.qualities`: links in a world file."""

import pytest

from nat.links import GilbertElliott
from nat.worlds import PlanError, parse

HOME = '[nat.home]\n[host.alice]\nnetwork = "home"\n'


def link_of(text):
    return parse(HOME + text).links


def test_a_link_keeps_what_is_not_said_and_a_direction_may_differ():
    (link,) = link_of('[link.alice]\nloss = "2 %"\nup = { bandwidth = "1 Mbit/s", queue = "8 kB" }')
    assert (link.up.latency, link.up.loss, link.up.bandwidth, link.up.queue) == (
        0.0005, 0.02, 1e6, 8000,
    )  # fmt: skip
    assert (link.down.loss, link.down.bandwidth) == (0.02, None)


def test_the_link_of_an_interface_begins_as_that_of_its_host():
    links = parse(
        "[nat.home]\n[host.bob.interfaces]\nwifi = { network = 'home' }\nmobile = {}\n"
        "[link.bob]\njitter = '1 ms'\n[link.bob.mobile]\nlatency = '80 ms'"
    ).links
    assert [(one.place, one.up.latency, one.up.jitter) for one in links] == [
        ("bob", 0.0005, 0.001), ("bob.mobile", 0.08, 0.001),
    ]  # fmt: skip


def test_loss_comes_in_bursts_if_it_is_asked_for():
    (link,) = link_of("[link.home]\nburst = { to-bad = '1 %', to-good = '25 %' }")
    assert link.up.loss == GilbertElliott(0.01, 0.25)
    assert link.up.latency == 0.01


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("latency = -1", "link.alice.latency", "latency >= 0 s, got -1"),
        ("down.loss = 2", "link.alice.down.loss", "loss from 0 to 1, got 2"),
        ("mtu = 20", "link.alice.mtu", "mtu >= 68 bytes, got 20"),
        ("burst = { to-bad = 0 }", "link.alice.burst", "above 0"),
        ("loss = 0.1\nburst = { to-bad = 1 }", "link.alice.burst", "one of loss and burst"),
        ("lose = 1", "link.alice.lose", "unknown key 'lose'; allowed: latency, jitter"),
    ],
)
def test_an_impossible_link_is_a_fault_at_its_key(text, place, message):
    with pytest.raises(PlanError) as caught:
        link_of(f"[link.alice]\n{text}")
    assert [fault.place for fault in caught.value.faults] == [place]
    assert message in str(caught.value)
