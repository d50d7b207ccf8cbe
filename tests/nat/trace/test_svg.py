"""Tests of `nat.trace.svg`: a trace as a sequence diagram."""

from xml.etree import ElementTree as ET

import pytest

SVG = "{http://www.w3.org/2000/svg}"


def texts(svg):
    return ["".join(text.itertext()) for text in ET.fromstring(svg).iter(f"{SVG}text")]


def test_the_diagram_is_xml_with_places_addresses_and_reasons_as_text(punched):
    found = texts(punched.events.svg("Punching"))
    for words in (
        "Punching", "alice", "home-a", "NAT 203.0.113.1", "stun", '"hello"',
        ":5000 → 203.0.113.2:50000", "from 203.0.113.1:40000", "to 192.168.1.2:6000",
        "dropped: filtered by the NAT", "2.000 s", "998 ms later",
    ):  # fmt: skip
        assert words in found, words


def test_it_asks_nobody_else_and_follows_the_reader_into_the_dark(punched):
    svg = punched.events.svg()
    assert "prefers-color-scheme:dark" in svg
    assert svg.count("http") == svg.count("http://www.w3.org/2000/svg") == 1
    assert "<script" not in svg


def test_pointing_at_a_packet_shows_its_way(punched):
    titles = [title.text for title in ET.fromstring(punched.events.svg()).iter(f"{SVG}title")]
    assert str(punched.events.journey(4)) in titles


def test_the_same_trace_gives_the_same_file(punched):
    assert punched.events.svg() == punched.events.svg()


def test_packets_that_were_asked_for_are_shown_with_all_of_their_way(punched):
    found = texts(punched.events.dropped().svg())
    assert "from 203.0.113.2:50000" in found
    assert "dropped: filtered by the NAT" in found
    assert "stun" not in found


def test_its_size_is_bounded_and_what_is_left_out_is_said(scribe):
    for port in range(200):
        scribe.delivered(scribe.sent("alice", ("192.0.2.1", port), ("192.0.2.2", 2)), "bob")
    svg = scribe.trace.events.svg(rows=20)
    assert "and 180 more packets, which are not shown" in texts(svg)
    assert len(ET.fromstring(svg).findall(f"{SVG}g[@class='packet']")) == 20


def test_an_empty_trace_is_a_diagram_that_says_so(scribe):
    assert "No packet to show." in texts(scribe.trace.events.svg())


@pytest.mark.parametrize("name", ["<a & b>", 'a "quoted" one', "bell\a", "\ud800"])
def test_any_name_is_shown_without_harm(scribe, name):
    scribe.delivered(scribe.sent(name, ("192.0.2.1", 1), ("192.0.2.1", 2)), name)
    svg = scribe.trace.events.svg(name)
    assert texts(svg.encode("utf-8").decode())[0].isprintable()
