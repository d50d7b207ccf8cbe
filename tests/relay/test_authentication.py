"""Long-term credentials: what is missing or wrong, with which code it is refused, and what it costs."""

import pytest

from relay import Limits, PasswordOffer
from relay.outputs import RequestRefused
from stunwire import (
    Class,
    ErrorCode,
    Integrity,
    IntegrityKey,
    Lifetime,
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
    mint,
    security_features,
    userhash,
)
from stunwire.credentials import RestHash

UDP = RequestedTransport(17)
OFFER = PasswordAlgorithms(
    (PasswordAlgorithm(PasswordHash.SHA256), PasswordAlgorithm(PasswordHash.MD5))
)


def _ask(client, *attributes, key=None, integrity=Integrity.SHA1):
    """Send an Allocate with just these attributes; return code (or 0 for success) and reply."""
    message = Message.request(Method.ALLOCATE, client.world.transaction_id(), UDP, *attributes)
    keys = IntegrityKey(key or client.key, integrity)
    reply = client.ask(message, integrity=keys)
    error = reply.get(ErrorCode)
    return (error.code if error else 0), reply


def _usual(client, **changed):
    client.challenge()
    parts = {
        "user": Username(client.user),
        "realm": Realm("lab.example"),
        "nonce": Nonce(client.nonce),
    }
    parts.update(changed)
    return [part for part in parts.values() if part is not None]


def test_a_request_without_credentials_is_challenged_with_401_realm_nonce_and_algorithms(client):
    reply = client.challenge()
    assert reply.get(ErrorCode).code == 401
    assert reply.get(Realm).value == "lab.example"
    assert reply.get(PasswordAlgorithms) == OFFER
    assert security_features(reply.get(Nonce).value) == (
        SecurityFeatures.PASSWORD_ALGORITHMS | SecurityFeatures.USERNAME_ANONYMITY
    )


@pytest.mark.parametrize("method", [Method.REFRESH, Method.CREATE_PERMISSION, Method.CHANNEL_BIND])
def test_every_turn_request_without_credentials_is_challenged_with_401(client, method):
    reply = client.ask(Message.request(method, b"t" * 12))
    assert reply.get(ErrorCode).code == 401


@pytest.mark.parametrize("missing", ["user", "realm", "nonce"])
def test_integrity_without_user_realm_or_nonce_is_refused_with_400_and_no_nonce(client, missing):
    code, reply = _ask(client, *_usual(client, **{missing: None}))
    assert code == 400
    assert reply.get(Nonce) is None


def test_a_wrong_password_is_refused_with_401_and_another_nonce(client):
    code, reply = _ask(client, *_usual(client), key=b"wrong")
    assert code == 401
    assert reply.get(Nonce) is not None
    assert not reply.has_integrity


def test_an_unknown_user_gets_the_same_answer_as_a_wrong_password(client):
    wrong = _ask(client, *_usual(client), key=b"wrong")[1]
    unknown = _ask(client, *_usual(client, user=Username("mallory")))[1]
    assert [type(a) for a in wrong.attributes] == [type(a) for a in unknown.attributes]
    news = [o.why for o in client.world.outputs if isinstance(o, RequestRefused)]
    assert news[0] == news[1]


def test_the_password_that_stands_in_for_unknown_users_opens_nothing(client):
    for name in ("", "mallory"):
        key = long_term_key(name, "lab.example", "nobody's")
        assert _ask(client, *_usual(client, user=Username(name)), key=key)[0] == 401


def test_a_nonce_that_is_too_old_is_refused_with_438_and_a_fresh_one(client):
    parts = _usual(client)
    client.world.unix_now += 601
    code, reply = _ask(client, *parts)
    assert code == 438
    assert reply.get(Realm).value == "lab.example"
    assert _ask(client, *_usual(client, nonce=reply.get(Nonce)))[0] == 0


def test_a_nonce_of_one_relay_of_a_fleet_is_good_at_another_whatever_their_uptimes(make_world):
    here, there = make_world(), make_world()  # both with the same key
    there.now += 1_000_000
    asking = here.client()
    asking.challenge()
    roaming = there.client()
    assert roaming.address == asking.address
    assert _ask(roaming, *_usual(roaming, nonce=Nonce(asking.nonce)))[0] == 0


def test_a_nonce_of_another_client_is_refused_with_438(client):
    other = client.world.client(port=40001)
    other.challenge()
    assert _ask(client, *_usual(client, nonce=Nonce(other.nonce)))[0] == 438


@pytest.mark.parametrize("nonce", ["", "x", "obMatJos2AAAA", "é" * 20, "0" * 37])
def test_a_nonce_that_is_not_ours_is_refused_with_438(client, nonce):
    assert _ask(client, *_usual(client, nonce=Nonce(nonce)))[0] == 438


def test_relays_that_share_a_nonce_secret_take_each_others_nonces(make_world):
    one, two = make_world().client(), make_world().client()
    one.challenge()
    two.nonce = one.nonce
    assert two.allocate().cls is Class.SUCCESS


def test_message_integrity_sha256_is_taken_and_answered_in_kind(client):
    client.integrity = Integrity.SHA256
    reply = client.allocate()
    assert reply.cls is Class.SUCCESS
    assert reply.integrity == (Integrity.SHA256,)


def test_a_client_that_takes_up_sha256_derives_its_key_with_it(client):
    key = long_term_key("alice", "lab.example", "wonder", PasswordHash.SHA256)
    parts = _usual(client)
    chosen = PasswordAlgorithm(PasswordHash.SHA256)
    code, reply = _ask(client, *parts, OFFER, chosen, key=key, integrity=Integrity.SHA256)
    assert code == 0
    assert reply.verify(key, Integrity.SHA256)


def test_a_client_that_takes_up_md5_from_the_list_may(client):
    assert _ask(client, *_usual(client), OFFER, PasswordAlgorithm(PasswordHash.MD5))[0] == 0


def test_who_takes_up_an_algorithm_is_answered_with_sha256_whichever_it_is(client):
    chosen = PasswordAlgorithm(PasswordHash.MD5)
    code, reply = _ask(client, *_usual(client), OFFER, chosen, integrity=Integrity.SHA1)
    assert code == 0
    assert reply.integrity == (Integrity.SHA256,)
    assert reply.verify(client.key, Integrity.SHA256)


@pytest.mark.parametrize(
    "attributes",
    [
        (OFFER,),
        (PasswordAlgorithm(PasswordHash.MD5),),
        (
            PasswordAlgorithms((PasswordAlgorithm(PasswordHash.MD5),)),
            PasswordAlgorithm(PasswordHash.MD5),
        ),
        (OFFER, PasswordAlgorithm(7)),
        (OFFER, PasswordAlgorithm(PasswordHash.MD5, b"para")),
    ],
)
def test_algorithms_that_are_not_what_was_offered_are_refused_with_400(client, attributes):
    assert _ask(client, *_usual(client), *attributes)[0] == 400


def test_a_relay_that_offers_md5_alone_says_nothing_of_algorithms_and_has_a_shorter_challenge(
    make_world,
):
    client = make_world(password_algorithms=PasswordOffer.MD5).client()
    reply = client.challenge()
    assert reply.get(PasswordAlgorithms) is None
    assert security_features(reply.get(Nonce).value) is None
    assert client.allocate().cls is Class.SUCCESS


def test_a_userhash_stands_for_a_user_name(client):
    hashed = UserHash(userhash("alice", "lab.example"))
    assert _ask(client, *_usual(client, user=hashed))[0] == 0
    (held,) = client.world.relay.state.registry.all()
    assert held.credential.username == "alice"


def test_an_unknown_userhash_is_refused_with_401(client):
    assert _ask(client, *_usual(client, user=UserHash(bytes(32))))[0] == 401


def test_attributes_behind_the_integrity_attribute_change_nothing(client):
    client.challenge()
    data = bytearray(client.signed(Method.ALLOCATE, UDP))
    appended = bytes.fromhex("000d0004") + (3600).to_bytes(4, "big")
    data += appended
    data[2:4] = (len(data) - 20).to_bytes(2, "big")
    reply = client.reply(client.raw(bytes(data)))
    assert reply.get(Lifetime).seconds == 600


def test_a_relay_without_users_and_secrets_answers_binding_and_refuses_the_rest_with_403(
    make_world,
):
    client = make_world(users={}).client()
    assert client.ask(Message.request(Method.BINDING, b"t" * 12)).cls is Class.SUCCESS
    for method in (Method.ALLOCATE, Method.REFRESH, Method.CREATE_PERMISSION, Method.CHANNEL_BIND):
        assert client.ask(Message.request(method, b"t" * 12)).get(ErrorCode).code == 403


class TestTimeLimitedCredentials:
    """Credentials minted from a shared secret."""

    SECRETS = ("new secret", b"old secret")

    def _client(self, make_world, secret="new secret", user="carol", ttl=100.0, port=1, **settings):
        world = make_world(users={"alice": "wonder"}, rest_secrets=self.SECRETS, **settings)
        return self._enter(world, secret, user, ttl, port)

    def _enter(self, world, secret, user, ttl, port):
        minted = mint(secret, user, ttl, world.unix_now)
        client = world.client(port=port, user=minted.username)
        client.password = minted.password
        return client

    @pytest.mark.parametrize("secret", SECRETS)
    def test_a_credential_of_any_configured_secret_is_good(self, make_world, secret):
        assert self._client(make_world, secret).allocate().cls is Class.SUCCESS

    def test_a_credential_of_another_secret_is_refused_with_401(self, make_world):
        assert self._client(make_world, "stolen").allocate().get(ErrorCode).code == 401

    def test_an_expired_credential_is_refused_with_401_and_the_reason_is_news(self, make_world):
        client = self._client(make_world, ttl=100)
        client.world.unix_now += 100
        assert client.allocate().get(ErrorCode).code == 401
        news = [o.why for o in client.world.outputs if isinstance(o, RequestRefused)]
        assert news == ["the credential expired 0 seconds ago"]

    def test_an_expired_credential_still_serves_the_allocation_it_made(self, make_world):
        client = self._client(make_world, ttl=100)
        client.allocate()
        client.world.unix_now += 500
        assert client.refresh(600).cls is Class.SUCCESS
        assert client.permit("192.0.1.7").cls is Class.SUCCESS

    def test_an_expired_credential_does_not_serve_another_allocation(self, make_world):
        client = self._client(make_world, ttl=100)
        client.allocate()
        client.world.unix_now += 500
        again = client.world.client(port=2, user=client.user)
        again.password = client.password
        assert again.allocate().get(ErrorCode).code == 401

    def test_a_fresh_credential_of_the_same_user_serves_the_allocation_too(self, make_world):
        client = self._client(make_world)
        client.allocate()
        fresh = self._enter(client.world, "new secret", "carol", 1000, 1)
        assert fresh.refresh(600).cls is Class.SUCCESS

    def test_a_credential_of_another_user_does_not_and_gets_441(self, make_world):
        client = self._client(make_world)
        client.allocate()
        other = self._enter(client.world, "new secret", "dave", 1000, 1)
        assert other.refresh(600).get(ErrorCode).code == 441

    def test_the_quota_counts_the_user_not_the_credential(self, make_world):
        client = self._client(make_world, limits=Limits(allocations_per_user=1))
        client.allocate()
        fresh = self._enter(client.world, "new secret", "carol", 1000, 2)
        assert fresh.allocate().get(ErrorCode).code == 486
        assert (
            self._enter(client.world, "new secret", "dave", 1000, 3).allocate().cls is Class.SUCCESS
        )

    def test_a_static_user_of_the_same_name_is_somebody_else(self, make_world):
        client = self._client(make_world, user="alice")
        client.allocate()
        static = client.world.client(port=1, user="alice")
        assert static.refresh(0).get(ErrorCode).code == 441

    def test_a_relay_with_secrets_does_not_offer_anonymity_because_it_cannot_undo_a_hash(
        self, make_world
    ):
        reply = self._client(make_world).challenge()
        assert security_features(reply.get(Nonce).value) == SecurityFeatures.PASSWORD_ALGORITHMS

    @pytest.mark.parametrize("name", ["", ":", "carol", "12x:carol", "-5:carol", "9" * 400])
    def test_a_name_that_no_mint_gives_is_refused_with_401(self, make_world, name):
        client = self._client(make_world)
        client.user = name
        assert client.allocate().get(ErrorCode).code == 401

    @pytest.mark.parametrize("taken", [(RestHash.SHA1,), (RestHash.SHA256,), tuple(RestHash)])
    @pytest.mark.parametrize("used", RestHash)
    def test_a_password_is_taken_when_its_hash_is(self, make_world, taken, used):
        world = make_world(users={}, rest_secrets=("new secret", "old secret"), rest_hashes=taken)
        minted = mint("old secret", "carol", 100, world.unix_now, used)
        client = world.client()
        client.user, client.password = minted.username, minted.password
        refused = client.allocate().get(ErrorCode)
        assert (refused is None) == (used in taken)
