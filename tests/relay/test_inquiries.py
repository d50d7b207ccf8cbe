"""Users that a hook knows: asked for once, remembered for a while, and alike when they are refused."""

from dataclasses import replace

import pytest

from relay import DropReason, HookLimits, Inquired, Limits, Password, User
from relay.fivetuple import Transport
from relay.outputs import AskForUser, RequestRefused, SendToClient, StopAsking
from relay.users import NoUser, make_keys
from stunwire import (
    Class,
    ErrorCode,
    Integrity,
    IntegrityKey,
    Message,
    Method,
    Nonce,
    PasswordAlgorithm,
    PasswordAlgorithms,
    PasswordHash,
    Realm,
    RequestedTransport,
    SecurityFeatures,
    UnknownAttribute,
    UserHash,
    Username,
    decode,
    long_term_key,
    mint,
    security_features,
    userhash,
)

LAB = "lab.example"
UDP = RequestedTransport(17)
CAROL = User(Password("sing"))


class Hook:
    """Stands in the settings; the world answers for it."""

    async def find(self, username, realm):
        raise AssertionError("a core asks nobody by itself")


@pytest.fixture
def world(make_world):
    return make_world(user_hook=Hook())


def _client(world, user="carol", password="sing", **where):
    client = world.client(user=user, **where)
    client.password = password
    return client


def _knows(world, **users):
    world.answer = lambda username: users.get(username, NoUser.UNKNOWN)


def _ask(client, *attributes, **request):
    """Send an Allocate that may have to wait; return the outputs."""
    return client.raw(client.signed(Method.ALLOCATE, UDP, *attributes, **request))


def _asked(outputs):
    return [output for output in outputs if isinstance(output, AskForUser)]


def _code(reply):
    error = reply.get(ErrorCode)
    return None if error is None else error.code


def _inquired(world):
    return {what: n for what, n in world.relay.counters().inquiries.items() if n}


def test_a_request_waits_until_the_hook_has_said_who_its_user_is(world):
    client = _client(world)
    outputs = _ask(client)
    assert outputs == [AskForUser(1, "carol")]
    reply = client.reply(world.receive_user(1, CAROL))
    assert reply.cls is Class.SUCCESS
    assert reply.verify(client.key, client.integrity)
    assert _inquired(world) == {Inquired.ASKED: 1, Inquired.KNOWN: 1}


def test_keys_prove_a_user_as_a_password_does(world):
    _knows(world, carol=User(make_keys("carol", LAB, "sing")))
    assert _client(world).allocate().cls is Class.SUCCESS
    assert _code(_client(world, password="shout", port=2).allocate()) == 401


@pytest.mark.parametrize("proof", [Password("sing"), make_keys("carol", LAB, "sing")])
def test_a_client_that_takes_up_sha256_is_proven_and_answered_with_it(world, proof):
    _knows(world, carol=User(proof))
    client = _client(world)
    offer = client.challenge().get(PasswordAlgorithms)
    chosen = PasswordAlgorithm(PasswordHash.SHA256)
    attributes = (Username("carol"), Realm(LAB), Nonce(client.nonce), offer, chosen)
    request = Message.request(Method.ALLOCATE, world.transaction_id(), UDP, *attributes)
    key = long_term_key("carol", LAB, "sing", PasswordHash.SHA256)
    reply = client.ask(request, integrity=IntegrityKey(key, Integrity.SHA256))
    assert reply.cls is Class.SUCCESS
    assert reply.verify(key, Integrity.SHA256)


def test_nothing_is_kept_or_asked_before_a_nonce_is_echoed_that_was_made_for_the_client(world):
    for nonce in ("", "forged", "obMatJos2gAAA" + "0" * 24):
        client = _client(world)
        client.nonce = nonce
        outputs = _ask(client)
        assert _code(client.reply(outputs)) == 438
        assert not _asked(outputs)
    assert world.relay.next_deadline() is None
    assert not _inquired(world)


def test_a_retransmission_of_a_request_that_waits_is_dropped_and_one_answer_comes(world):
    client = _client(world)
    data = client.signed(Method.ALLOCATE, UDP)
    assert _asked(client.raw(data))
    for _ in range(3):
        assert client.raw(data) == []
    assert world.relay.counters().drops[DropReason.IN_PROGRESS] == 3
    assert len([o for o in world.receive_user(1, CAROL) if isinstance(o, SendToClient)]) == 1
    repeated = client.reply(client.raw(data))  # and after the answer it is a retransmission as any
    assert repeated.cls is Class.SUCCESS


def test_many_requests_of_one_user_have_the_hook_asked_once(world):
    clients = [_client(world, host=f"203.0.113.{n}") for n in range(1, 20)]
    asked = [_asked(_ask(client)) for client in clients]
    assert sum(map(len, asked)) == 1
    outputs = world.receive_user(1, CAROL)
    replies = [decode(o.data) for o in outputs if isinstance(o, SendToClient)]
    assert [reply.cls for reply in replies] == [Class.SUCCESS] * len(clients)


def test_users_that_the_relay_knows_are_not_asked_for(make_world):
    world = make_world(user_hook=Hook(), rest_secrets=("shared",))
    minted = mint("shared", "dave", 100, world.unix_now)
    for port, user, password in ((1, "alice", "wonder"), (3, minted.username, minted.password)):
        assert _client(world, user, password, port=port).allocate().cls is Class.SUCCESS
        assert _code(_client(world, user, "wrong", port=port + 1).allocate()) == 401
    assert not _inquired(world)


def test_without_a_hook_nobody_is_asked(make_world):
    assert _code(_client(make_world()).allocate()) == 401


@pytest.mark.parametrize("name", [b"", b"x" * 509, "é".encode() * 255])
def test_a_name_that_nobody_can_have_is_not_asked_for(world, name):
    client = _client(world)
    client.challenge()
    attributes = (UnknownAttribute(Username.type, name), Realm(LAB), Nonce(client.nonce))
    request = Message.request(Method.ALLOCATE, world.transaction_id(), UDP, *attributes)
    assert _code(client.ask(request, integrity=IntegrityKey(client.key))) == 401
    assert not _inquired(world)


def test_an_unknown_user_and_a_wrong_password_get_the_same_answer(world):
    _knows(world, carol=CAROL)
    answers = []
    for user in ("carol", "mallory"):
        client = _client(world, user, "wrong")
        for _ in range(2):  # asked for, and remembered
            outputs = _ask(client)
            (reply,) = [decode(o.data) for o in outputs if isinstance(o, SendToClient)]
            (news,) = [o for o in outputs if isinstance(o, RequestRefused)]
            shape = [type(attribute) for attribute in reply.attributes]
            answers.append((_code(reply), shape, reply.has_integrity, news.why))
    assert answers == answers[:1] * 4
    assert answers[0][0] == 401
    assert _inquired(world)[Inquired.ASKED] == 2


def test_a_userhash_is_not_asked_for_and_anonymity_is_not_offered(world):
    client = _client(world)
    features = security_features(client.challenge().get(Nonce).value)
    assert features == SecurityFeatures.PASSWORD_ALGORITHMS
    assert not _inquired(world)
    hashed = UserHash(userhash("carol", LAB))
    attributes = (UDP, hashed, Realm(LAB), Nonce(client.nonce))
    request = Message.request(Method.ALLOCATE, world.transaction_id(), *attributes)
    assert _code(client.ask(request, integrity=IntegrityKey(client.key))) == 401
    assert not _inquired(world)


class TestRemembering:
    """Answers that are kept."""

    def test_a_user_is_asked_for_again_when_the_answer_is_too_old(self, world):
        _knows(world, carol=CAROL)
        client = _client(world)
        client.allocate()
        for pause in (0.0, 59.0):
            world.pass_time(pause)
            assert client.refresh(600).cls is Class.SUCCESS
        assert _inquired(world)[Inquired.ASKED] == 1
        world.pass_time(1.0)
        assert client.refresh(600).cls is Class.SUCCESS
        assert _inquired(world)[Inquired.ASKED] == 2

    def test_who_vanished_is_refused_at_the_next_refresh_and_the_allocation_ends(self, world):
        _knows(world, carol=CAROL)
        client = _client(world)
        client.allocate()
        _knows(world)
        world.pass_time(300)
        assert _code(client.refresh(600)) == 401
        world.pass_time(301)
        assert world.relay.counters().allocations == 0

    @pytest.mark.parametrize("before", [NoUser.UNKNOWN, User(Password("old"))])
    def test_who_comes_or_changes_the_password_is_let_in_after_a_few_seconds(self, world, before):
        world.answer = lambda username: before
        assert _code(_client(world).allocate()) == 401
        _knows(world, carol=CAROL)
        world.pass_time(4.9)
        assert _code(_client(world).allocate()) == 401
        world.pass_time(0.1)
        assert _client(world).allocate().cls is Class.SUCCESS
        assert _inquired(world)[Inquired.ASKED] == 2

    def test_who_guesses_passwords_has_the_hook_asked_seldom(self, world):
        _knows(world, carol=CAROL)
        for _ in range(100):
            assert _code(_client(world, password="guess").allocate()) == 401
            world.pass_time(0.1)
        assert _inquired(world)[Inquired.ASKED] <= 3

    def test_other_settings_forget_what_was_answered(self, world):
        _knows(world, carol=CAROL)
        _client(world).allocate()
        world.relay.reload(replace(world.settings, limits=Limits(allocations=5)), world.now)
        _knows(world)
        assert _code(_client(world, port=2).allocate()) == 401

    def test_without_a_hook_in_the_new_settings_nobody_is_let_in_from_memory(self, world):
        _knows(world, carol=CAROL)
        client = _client(world)
        client.allocate()
        world.relay.reload(replace(world.settings, user_hook=None), world.now)
        assert _code(client.refresh(600)) == 401


class TestUnavailable:
    """A hook that cannot say, or does not in time."""

    def test_a_request_is_dropped_and_the_retransmission_asks_again(self, world):
        client = _client(world)
        data = client.signed(Method.ALLOCATE, UDP)
        client.raw(data)
        assert world.receive_user(1, NoUser.UNAVAILABLE) == []
        assert world.relay.counters().drops[DropReason.USER_UNAVAILABLE] == 1
        assert client.raw(data) == [AskForUser(2, "carol")]
        assert client.reply(world.receive_user(2, CAROL)).cls is Class.SUCCESS

    def test_after_three_seconds_it_is_too_late(self, world):
        client = _client(world)
        _ask(client)
        assert world.pass_time(2.9) == []
        assert world.pass_time(0.1) == [StopAsking(1)]
        assert world.receive_user(1, CAROL) == []
        assert world.relay.next_deadline() is None
        assert _inquired(world) == {Inquired.ASKED: 1, Inquired.OVERDUE: 1}
        assert world.relay.counters().drops[DropReason.USER_UNAVAILABLE] == 1

    @pytest.mark.parametrize("failure", [NoUser.UNAVAILABLE, NoUser.OVERDUE, "too many wait"])
    def test_live_allocations_go_on_and_for_others_it_is_not_enough(self, make_world, failure):
        world = make_world(user_hook=Hook(), hook_limits=HookLimits(parked=1))
        _knows(world, carol=CAROL)
        client = _client(world)
        client.allocate()
        world.pass_time(100)
        world.answer = lambda username: failure if isinstance(failure, NoUser) else None
        if failure == "too many wait":
            _ask(_client(world, user="somebody", port=7))
        assert client.refresh(600).cls is Class.SUCCESS
        assert client.permit("192.0.1.7").cls is Class.SUCCESS
        other = _client(world, port=2)
        other.nonce = None
        assert not [o for o in _ask(other) if isinstance(o, SendToClient)]
        client.password = "wrong"
        assert not [o for o in _ask(client) if isinstance(o, SendToClient)]

    def test_a_connection_that_is_gone_gets_no_answer(self, make_world):
        world = make_world(user_hook=Hook())
        client = _client(world)
        client.transport = Transport.TCP
        _ask(client)
        world.disconnect(client.five_tuple)
        assert world.receive_user(1, CAROL) == []
        assert world.relay.counters().allocations == 0


def test_a_hook_may_give_a_user_other_quotas(world):
    _knows(world, carol=User(Password("sing"), allocations=1), dave=User(Password("x"), 0))
    assert _client(world).allocate().cls is Class.SUCCESS
    assert _code(_client(world, port=2).allocate()) == 486
    assert _code(_client(world, "dave", "x", port=3).allocate()) == 486


def test_a_user_of_a_hook_is_another_than_one_of_the_settings_with_that_name(world):
    _knows(world, carol=CAROL)
    client = _client(world)
    client.allocate()
    world.relay.reload(replace(world.settings, users={"carol": "sing"}), world.now)
    assert _code(client.refresh(600)) == 441


def _flood(world, clients):
    return [output for client in clients for output in _ask(client)]


def test_a_thousand_requests_at_a_hook_that_is_silent_keep_within_their_bounds(make_world):
    """From 200 sources, five names each: nothing is kept beyond the bounds, and nothing for long."""
    world = make_world(user_hook=Hook())
    clients = [
        _client(world, f"user{n}", "x", host=f"203.0.113.{n % 200}", port=1024 + n)
        for n in range(1000)
    ]
    first = _flood(world, clients)
    assert len(_asked(first)) == 256
    drops = world.relay.counters().drops
    assert drops[DropReason.TOO_MANY_PARKED] == 1000 - 256
    assert not [o for o in world.pass_time(2.9) if isinstance(o, SendToClient)]
    stopped = world.pass_time(0.2)
    assert [o.number for o in stopped] == [o.number for o in _asked(first)]
    assert world.relay.next_deadline() is None
    assert _inquired(world) == {Inquired.ASKED: 256, Inquired.OVERDUE: 256}
    world.answer = lambda username: User(Password("x"))
    replies = [client.allocate() for client in clients]  # and afterwards everybody is served
    assert {reply.cls for reply in replies} == {Class.SUCCESS}


def test_a_source_has_few_requests_that_wait_and_leaves_room_for_others(world):
    greedy = [_client(world, f"user{n}", port=1024 + n) for n in range(100)]
    assert len(_asked(_flood(world, greedy))) == 8
    assert world.relay.counters().drops[DropReason.TOO_MANY_PARKED_OF_SOURCE] == 92
    assert _asked(_ask(_client(world, host="203.0.113.77")))


def test_a_source_that_invents_names_has_them_asked_for_no_faster_than_strangers_are_answered(
    make_world,
):
    limits = Limits(unauthenticated_rate=1.0, unauthenticated_burst=10.0)
    world = make_world(user_hook=Hook(), limits=limits)
    _knows(world)
    client = _client(world)
    client.challenge()
    for n in range(50):
        client.user = f"invented{n}"
        _ask(client)
    assert _inquired(world)[Inquired.ASKED] <= 5  # each is asked for, and then refused
    assert world.relay.counters().drops[DropReason.RATE_LIMITED] >= 40


def test_a_flood_of_invented_names_has_no_user_asked_for_again(make_world):
    world = make_world(user_hook=Hook(), hook_limits=HookLimits(cached=20))
    _knows(world, carol=CAROL)
    client = _client(world)
    client.allocate()
    for n in range(200):
        assert _code(_client(world, f"invented{n}", host=f"198.51.7.{n}").allocate()) == 401
    asked = _inquired(world)[Inquired.ASKED]
    assert client.refresh(600).cls is Class.SUCCESS
    assert _inquired(world)[Inquired.ASKED] == asked
    assert _inquired(world)[Inquired.EVICTED] == 180
