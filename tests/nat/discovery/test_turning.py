"""Allocations that are made to see whether they can be, against our relay and against scripts."""

import asyncio
import dataclasses
import ssl
from typing import Any

import pytest

import nat
import relay
from nat.discovery.asyncionetwork import AsyncioNetwork
from nat.discovery.evidence import Wish
from nat.discovery.plan import TurnServer
from nat.discovery.surroundings import Attempt, Means
from nat.discovery.transactions import Transport
from nat.discovery.turning import RefusedError, TurnDialogue, try_turn
from nat.discovery.turnlines import Heard
from relay import Limits, PasswordOffer, Redirect
from stunwire import (
    Address,
    Family,
    LongTermCredential,
    Message,
    Method,
    Nonce,
    Realm,
    RequestedAddressFamily,
    XorMappedAddress,
    XorRelayedAddress,
    decode,
)
from tests.nat.discovery.homes import SERVER, Home, diagnosed

TLS = SERVER._replace(port=5349)
SETTINGS = relay.Settings(
    listen=(SERVER,), listen_tcp=(SERVER,), users={"alice": "wonder"}, realm="lab"
)
GOOD = TurnServer("turn.example", 3478, Transport.UDP, "alice", "wonder")


def tried(
    server: TurnServer = GOOD,
    settings: relay.Settings = SETTINGS,
    *,
    home: Home | None = None,
    tls: ssl.SSLContext | None = None,
    target: Address = SERVER,
) -> Attempt:
    async def work() -> Attempt:
        network = AsyncioNetwork(tls)
        began = network.now()
        return await try_turn(server, target, network, clock=lambda: network.now() - began)

    return (home or Home(nat.PORT_RESTRICTED_CONE)).run(work(), settings)


@pytest.mark.parametrize("offer", PasswordOffer)
@pytest.mark.parametrize(
    ("transport", "means"),
    [(Transport.UDP, Means.TURN_UDP), (Transport.TCP, Means.TURN_TCP)],
)
def test_an_allocation_is_made_and_told(transport, means, offer) -> None:
    settings = dataclasses.replace(SETTINGS, password_algorithms=offer)
    got = tried(dataclasses.replace(GOOD, transport=transport), settings)
    assert (got.failure, got.means, got.name) == ("", means, "turn.example:3478")
    assert got.relayed is not None
    assert got.relayed.host == SERVER.host
    assert got.mapped is not None
    assert got.mapped.host == "203.0.113.1"
    assert got.round_trip == pytest.approx(0.051, abs=0.002)
    assert got.finished_at == pytest.approx(
        got.reached_at + 0.05 * (2 if got.means is Means.TURN_TCP else 1), abs=0.01
    )


def test_over_tls_the_servers_certificate_must_bear_its_name(certificate) -> None:
    settings = dataclasses.replace(SETTINGS, listen_tls=(TLS,), certificate=certificate)
    trusted = ssl.create_default_context(cafile=certificate.chain)
    server = TurnServer("lab", TLS.port, Transport.TLS, "alice", "wonder")
    got = tried(server, settings, tls=trusted, target=TLS)
    assert (got.failure, got.means) == ("", Means.TURN_TLS)
    other = tried(dataclasses.replace(server, host="other"), settings, tls=trusted, target=TLS)
    assert "certificate" in other.failure
    assert other.reached_at is None


def test_the_allocation_is_given_back() -> None:
    home = Home(nat.PORT_RESTRICTED_CONE)
    one = dataclasses.replace(SETTINGS, limits=Limits(allocations_per_user=1))

    async def twice() -> list[str]:
        network = AsyncioNetwork()
        return [(await try_turn(GOOD, SERVER, network, clock=network.now)).failure for _ in "12"]

    assert home.run(twice(), one) == ["", ""]


@pytest.mark.parametrize(
    ("server", "settings", "error", "words"),
    [
        (dataclasses.replace(GOOD, password="hunter2"), {}, 401, "the password is wrong"),
        (dataclasses.replace(GOOD, username="bob"), {}, 401, "the user name or"),
        (GOOD, {"limits": Limits(allocations_per_user=0)}, 486, "as many allocations"),
        (GOOD, {"limits": Limits(allocations=0)}, 508, "no capacity left"),
        (GOOD, {"users": {}}, 403, "policy forbids"),
        (
            GOOD,
            {"redirect": Redirect.ALWAYS, "alternate_servers": (Address("192.0.2.7", 3478),)},
            300,
            "it sends clients to 192.0.2.7",
        ),
    ],
    ids=["password", "user", "quota", "capacity", "forbidden", "elsewhere"],
)
def test_a_refusal_is_told_with_its_code_and_its_meaning(server, settings, error, words) -> None:
    got = tried(server, dataclasses.replace(SETTINGS, **settings))
    assert got.error == error
    assert words in got.failure
    assert got.relayed is None
    assert got.finished_at is None
    assert got.reached_at is not None


@pytest.mark.parametrize("transport", [Transport.UDP, Transport.TCP])
def test_where_nobody_answers_that_is_told(transport) -> None:
    home = Home(nat.PORT_RESTRICTED_CONE)
    server = dataclasses.replace(GOOD, transport=transport)
    got = tried(server, home=home, target=Address("192.0.2.1", 3478))
    assert got.reached_at is None
    words = {Transport.UDP: "the server does not answer", Transport.TCP: "no connection within 4 s"}
    assert got.failure == words[transport]


def test_a_host_without_a_way_out_is_told() -> None:
    home = Home(nat.PORT_RESTRICTED_CONE)
    home.alice.detach()
    assert "network is unreachable" in tried(home=home).failure


def test_a_closed_port_is_told_over_tcp() -> None:
    server = dataclasses.replace(GOOD, transport=Transport.TCP)
    got = tried(server, target=SERVER._replace(port=9))
    assert "refused" in got.failure


def test_loss_is_made_up_for() -> None:
    got = [tried(home=Home(nat.FULL_CONE, seed=seed, loss=0.2)).failure for seed in range(5)]
    assert got == [""] * 5


def test_each_server_of_a_plan_is_tried_and_one_that_does_not_resolve_is_told() -> None:
    unknown = dataclasses.replace(GOOD, host="nowhere.example", transport=Transport.TLS)
    evidence = diagnosed(Wish.TURN, turn=(GOOD, unknown), names=[GOOD.host], settings=SETTINGS)
    by_means = {one.means: one for one in evidence.attempts}
    assert by_means[Means.TURN_UDP].relayed is not None
    assert by_means[Means.TURN_UDP].name == "turn.example:3478"
    assert "nowhere.example" in by_means[Means.TURN_TLS].failure
    assert by_means[Means.TURN_TLS].target is None


# the dialogue alone


class Script:
    """A line on which each request gets the next answer."""

    def __init__(self, *answers: Any, key: bool = False) -> None:
        self.asked: list[Message] = []
        self._answers = list(answers)

    async def exchange(self, request: bytes, transaction_id: bytes) -> Heard | None:
        self.asked.append(decode(request))
        answer = self._answers.pop(0)
        if answer is None:
            return None
        return Heard(decode(answer(self.asked[-1])), 1.0, None)

    async def close(self) -> None:
        pass


def challenge(code: int = 401, nonce: str = "n"):
    return lambda request: request.error(code, Realm("lab"), Nonce(nonce)).encode()


def allocate(script: Script, family: Family = Family.IPV4, password: str = "wonder") -> Any:
    dialogue = TurnDialogue(script, LongTermCredential("alice", password))
    return asyncio.run(dialogue.allocate(family))


def test_without_a_challenge_an_allocation_may_come_at_once() -> None:
    both = XorRelayedAddress(SERVER), XorMappedAddress(Address("203.0.113.1", 4))
    got = allocate(Script(lambda request: request.success(*both).encode()))
    assert got.relayed == SERVER


def test_for_ipv6_the_family_is_asked_for() -> None:
    script = Script(None)
    with pytest.raises(RefusedError, match="does not answer"):
        allocate(script, Family.IPV6)
    assert script.asked[0].get(RequestedAddressFamily) == RequestedAddressFamily(Family.IPV6)
    assert script.asked[0].method == Method.ALLOCATE


def test_an_answer_that_lacks_an_address_is_a_failure() -> None:
    with pytest.raises(RefusedError, match="lacks an address"):
        allocate(Script(lambda request: request.success().encode()))


def test_an_answer_that_somebody_else_sent_is_not_believed() -> None:
    both = XorRelayedAddress(SERVER), XorMappedAddress(Address("203.0.113.1", 4))
    script = Script(challenge(), lambda request: request.success(*both).encode())
    with pytest.raises(RefusedError, match="somebody else"):
        allocate(script)


def test_a_stale_nonce_is_taken_up_and_a_server_that_never_likes_one_is_given_up() -> None:
    script = Script(challenge(), *(challenge(438, str(count)) for count in range(5)))
    with pytest.raises(RefusedError) as caught:
        allocate(script)
    assert caught.value.code == 438
    assert len(script.asked) == 4
    assert [one.get(Nonce) for one in script.asked[1:]] == [Nonce("n"), Nonce("0"), Nonce("1")]


def test_an_error_without_a_code_is_told() -> None:
    def odd(request: Message) -> bytes:
        error = request.error(400)
        return dataclasses.replace(error, attributes=()).encode()

    with pytest.raises(RefusedError, match="did not say which"):
        allocate(Script(odd))


def test_a_password_is_in_no_repr() -> None:
    assert "wonder" not in repr(GOOD)
    assert "wonder" not in repr(LongTermCredential("alice", "wonder"))
