"""Every relay port is free, reserved, out or resting, exactly once, whatever is asked for."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from relay.credentials import Owner, Scheme
from relay.interfaces import RelayInterface
from relay.reservations import TOKEN_LIFETIME, PortWish, RelayPorts

FIRST, LAST = 50000, 50011
INTERFACE = RelayInterface("198.51.99.1", "198.51.99.1", range(FIRST, LAST + 1))
ALICE, BOB = Owner(Scheme.STATIC, "alice"), Owner(Scheme.REST, "alice")


def _ports(seed: int = 1, quarantine: float = 20.0) -> RelayPorts:
    return RelayPorts(quarantine=quarantine, random_below=random.Random(seed).randrange)


def test_a_token_is_eight_bytes_and_names_the_next_port_for_its_owner_alone():
    ports = _ports()
    grant = ports.take(INTERFACE, PortWish.PAIR, ALICE, 0.0)
    assert len(grant.token) == 8
    assert ports.find(grant.token, BOB) is None
    assert ports.find(grant.token, ALICE).port == grant.port + 1
    assert ports.redeem(grant.token).port == grant.port + 1
    assert ports.find(grant.token, ALICE) is None
    assert ports.reserved_by(ALICE) == 0


def test_giving_a_grant_back_gives_back_what_was_reserved_with_it():
    ports = _ports()
    grant = ports.take(INTERFACE, PortWish.PAIR, ALICE, 0.0)
    ports.give_back(grant, 1.0)
    assert sorted(ports.pool(INTERFACE).resting) == [grant.port, grant.port + 1]
    assert ports.reserved_by(ALICE) == 0


def test_interfaces_on_one_address_share_a_pool_and_others_do_not():
    ports = _ports()
    elsewhere = RelayInterface("198.51.99.2", "198.51.99.2", INTERFACE.ports)
    assert ports.pool(INTERFACE) is ports.pool(INTERFACE)
    assert ports.pool(INTERFACE) is not ports.pool(elsewhere)


class Play:
    """Does things to ports, and remembers what should have become of them."""

    def __init__(self, seed: int) -> None:
        self.ports, self.now = _ports(seed), 0.0
        self.out = []
        self.reserved = {}

    def take(self, wish: PortWish) -> None:
        grant = self.ports.take(INTERFACE, wish, ALICE, self.now)
        if grant is None:
            return
        assert wish is PortWish.ANY or grant.port % 2 == 0
        self.out.append(grant)
        if grant.token:
            self.reserved[grant.token] = (grant.port + 1, self.now + TOKEN_LIFETIME)

    def redeem(self, number: int) -> None:
        if self.reserved:
            token = sorted(self.reserved)[number % len(self.reserved)]
            port, until = self.reserved.pop(token)
            assert (self.ports.find(token, ALICE) is not None) == (until > self.now)
            if until > self.now:
                self.out.append(self.ports.redeem(token))
                assert self.out[-1].port == port

    def release(self, number: int) -> None:
        if self.out:
            grant = self.out.pop(number % len(self.out))
            self.ports.release(INTERFACE, grant.port, self.now)

    def undo(self, number: int) -> None:
        if self.out:
            grant = self.out.pop(number % len(self.out))
            self.ports.give_back(grant, self.now)
            self.reserved.pop(grant.token, None)

    def wait(self, seconds: int) -> None:
        self.now += seconds
        self.ports.sweep(self.now)

    def check(self) -> None:
        pool = self.ports.pool(INTERFACE)
        out = [grant.port for grant in self.out]
        places = [*pool.free, *pool.reserved, *pool.resting, *out]
        assert sorted(places) == list(range(FIRST, LAST + 1))
        assert all(port in pool for port in out)
        assert pool.reserved == {p for p, until in self.reserved.values() if until > self.now}
        assert self.ports.reserved_by(ALICE) == len(pool.reserved)


ACTS = st.one_of(
    st.tuples(st.just(Play.take), st.sampled_from([PortWish.ANY, PortWish.EVEN, PortWish.PAIR])),
    st.tuples(
        st.sampled_from([Play.redeem, Play.release, Play.undo, Play.wait]), st.integers(0, 40)
    ),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(ACTS, max_size=80), st.integers(0, 1000))
def test_every_port_is_in_one_place_exactly_whatever_happens(acts, seed):
    play = Play(seed)
    for act, argument in acts:
        act(play, argument)
        play.check()
