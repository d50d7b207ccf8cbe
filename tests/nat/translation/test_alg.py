"""Tests of `nat.translation.alg`: addresses in payloads are rewritten."""

import dataclasses

import pytest

from nat import FULL_CONE, Address, Alg
from nat.translation.alg import rewrite

OLD, NEW = Address("192.168.1.2", 5000), Address("203.0.113.1", 4711)
OLD_IP, NEW_IP = bytes([192, 168, 1, 2]), bytes([203, 0, 113, 1])
OLD_PORT, NEW_PORT = (5000).to_bytes(2, "big"), (4711).to_bytes(2, "big")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"a" + OLD_IP + b"b", b"a" + NEW_IP + b"b"),
        (OLD_PORT + OLD_IP, NEW_PORT + NEW_IP),
        (OLD_IP + OLD_PORT, NEW_IP + NEW_PORT),
        (b"Contact: <sip:me@192.168.1.2:5000>", b"Contact: <sip:me@203.0.113.1:4711>"),
        (b"192.168.1.2:50001 1192.168.1.2:5000", b"192.168.1.2:50001 1192.168.1.2:5000"),
        (b"nothing of it" + OLD_PORT, b"nothing of it" + OLD_PORT),
        (b"", b""),
    ],
)
def test_the_endpoint_is_found_wherever_it_stands(before, after):
    assert rewrite(before, OLD, NEW) == after


def test_addresses_of_ipv6_are_found_too():
    old, new = Address("2001:db8::1", 1), Address("2001:db8::2", 2)
    assert rewrite(b"[2001:db8::1]:1", old, new) == b"[2001:db8::2]:2"


@pytest.mark.parametrize("setting", Alg)
def test_a_nat_rewrites_on_the_way_out_and_on_the_way_in_if_it_is_set(box, setting):
    one = box(dataclasses.replace(FULL_CONE, alg=setting))
    remote = ("198.51.100.1", 1000)
    for _ in range(3):
        out = one.send(OLD, remote, payload=OLD_PORT + OLD_IP)
        external = out.source
        outside = external.port.to_bytes(2, "big") + NEW_IP
        assert out.payload == (outside if setting is Alg.REWRITE else OLD_PORT + OLD_IP)
        back = one.take(remote, external, payload=outside)
        assert back.payload == (OLD_PORT + OLD_IP if setting is Alg.REWRITE else outside)
