"""Users of a file: proven by passwords and by keys, and gone when the file has them no more."""

import pytest

from relay.users import NOBODY, Keys, Password, UserList, make_keys
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
    UserHash,
    Username,
    long_term_key,
    security_features,
    userhash,
)

LAB = "lab.example"
OFFER = PasswordAlgorithms(
    (PasswordAlgorithm(PasswordHash.SHA256), PasswordAlgorithm(PasswordHash.MD5))
)
LISTED = UserList.of(
    {
        "carol": Password("sing"),
        "dave": make_keys("dave", LAB, "dance"),
        "erin": Keys(long_term_key("erin", LAB, "old")),
        "alice": Password("another"),
    },
    LAB,
)


@pytest.fixture
def world(make_world):
    return make_world(listed=LISTED)


def _client(world, user, password, port=40000):
    client = world.client(port=port, user=user)
    client.password = password
    return client


def _allocate_with_sha256(client, name):
    client.challenge()
    key = long_term_key(client.user, LAB, client.password, PasswordHash.SHA256)
    request = Message.request(
        Method.ALLOCATE,
        client.world.transaction_id(),
        RequestedTransport(17),
        name,
        Realm(LAB),
        Nonce(client.nonce),
        OFFER,
        PasswordAlgorithm(PasswordHash.SHA256),
    )
    return client.ask(request, integrity=IntegrityKey(key, Integrity.SHA256))


@pytest.mark.parametrize(("user", "password"), [("carol", "sing"), ("dave", "dance")])
def test_a_password_and_keys_prove_a_user_with_either_hash(world, user, password):
    assert _client(world, user, password, 1).allocate().cls is Class.SUCCESS
    other = _client(world, user, password, 2)
    assert _allocate_with_sha256(other, Username(user)).cls is Class.SUCCESS
    assert _client(world, user, "wrong", 3).allocate().get(ErrorCode).code == 401


def test_a_user_without_a_sha256_key_is_proven_by_md5_alone(world):
    assert _client(world, "erin", "old", 1).allocate().cls is Class.SUCCESS
    reply = _allocate_with_sha256(_client(world, "erin", "old", 2), Username("erin"))
    assert reply.get(ErrorCode).code == 401


def test_a_userhash_stands_for_a_listed_user_and_is_still_offered(world):
    client = _client(world, "dave", "dance")
    reply = client.challenge()
    features = security_features(reply.get(Nonce).value)
    assert SecurityFeatures.USERNAME_ANONYMITY in features
    hashed = UserHash(userhash("dave", LAB))
    assert _allocate_with_sha256(client, hashed).cls is Class.SUCCESS


def test_the_password_in_the_settings_wins_over_the_files(world):
    assert _client(world, "alice", "wonder", 1).allocate().cls is Class.SUCCESS
    assert _client(world, "alice", "another", 2).allocate().get(ErrorCode).code == 401


def test_who_vanished_from_the_file_is_refused_at_the_next_refresh_and_the_allocation_ends(world):
    carol, dave = _client(world, "carol", "sing", 1), _client(world, "dave", "dance", 2)
    for client in (carol, dave):
        assert client.allocate().cls is Class.SUCCESS
    world.relay.change_users(UserList.of({"carol": Password("sing")}, LAB))
    assert carol.refresh(600).cls is Class.SUCCESS
    assert dave.refresh(600).get(ErrorCode).code == 401
    world.pass_time(599)
    assert carol.refresh(600).cls is Class.SUCCESS
    world.pass_time(2)
    assert world.relay.counters().allocations == 1
    world.relay.change_users(NOBODY)
    assert carol.refresh(600).get(ErrorCode).code == 401


def test_a_new_password_is_asked_for_from_the_next_request_on(world):
    client = _client(world, "carol", "sing")
    client.allocate()
    nonce = client.nonce
    world.relay.change_users(UserList.of({"carol": Password("whistle")}, LAB))
    assert client.refresh(600).get(ErrorCode).code == 401
    client.password = "whistle"
    assert client.refresh(600).cls is Class.SUCCESS
    assert client.nonce == nonce  # nonces stay good


def test_other_settings_leave_the_listed_users_alone(world):
    world.relay.reload(world.settings, world.now)
    assert _client(world, "carol", "sing").allocate().cls is Class.SUCCESS


def test_a_relay_with_a_users_file_alone_gives_allocations(make_world, tmp_path):
    world = make_world(users={}, users_file=tmp_path / "users", listed=LISTED)
    assert _client(world, "carol", "sing").allocate().cls is Class.SUCCESS
