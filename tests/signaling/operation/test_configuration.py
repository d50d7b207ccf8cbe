"""What a document means."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.faults import SettingsError
from signaling.identity.staticrooms import RoomRules, Unlisted
from signaling.identity.tokengate import Tokenless
from signaling.identity.tokens import TokenRules
from signaling.messages import Topology
from signaling.operation.configuration import (
    Configuration,
    Format,
    Level,
    Transport,
    make_configuration,
)
from signaling.operation.document import Document, decode_document
from signaling.operation.endpoints import EVENTS
from signaling.orders import Duplicates
from signaling.settings import IceSettings, TurnRelay

WHOLE = """
listen = ["0.0.0.0:8443", "[::1]:8080", "unix:/run/hairpin/ws"]
transport = "picows"
node = "a1"
region = "eu-west"
redis-env = "REDIS"
metrics = "127.0.0.1:9091"
admin = "/run/hairpin/admin"
origins = ["https://example.org"]
trusted-proxies = ["10.0.0.0/8"]
resume-for = 60
resume-key = "hunter2hunter2hunter2hunter2hunter2"
duplicates = "replace"
anonymous-hosts = false
hello-timeout = 3
drain-for = 20
unlisted-rooms = "refused"

[tls]
certificate = "chain.pem"
key = "key.pem"

[limits]
message = 32768
rate = 5

[ice]
stun = ["stun:stun.example.org"]
turn = ["turn:turn.example.org:3478?transport=tcp"]
secret = "hunter2"
ttl = 600

[[ice.relays]]
urls = ["turns:us.example.org"]
secret = "hunter2-us"
region = "us-east"

[jwt]
key-files = ["jwks.json"]
audience = ["signaling"]
tokenless = "anonymous"

[authn-webhook]
url = "https://example.org/authn"
secret = "hunter2hunter2hunter2hunter2"

[rooms.stage]
key = "hunter2"
former-key = "hunter1"
topology = "star"
max = 100

[[webhooks]]
url = "https://example.org/hook"
secret = "hunter2hunter2hunter2hunter2"
events = ["peer.*"]

[log]
level = "debug"
format = "json"
"""


def make(text: str, **environment: str) -> Configuration:
    return make_configuration(decode_document(text.encode()), environment)


def test_a_file_that_says_everything_is_understood():
    found = make(WHOLE, REDIS="redis://:hunter2@127.0.0.1:6379")
    settings = found.settings
    assert found.listen == (("0.0.0.0", 8443), ("::1", 8080), Path("/run/hairpin/ws"))
    assert found.transport is Transport.PICOWS
    assert (found.node, settings.node, settings.region) == ("a1", "a1", "eu-west")
    assert found.redis == "redis://:hunter2@127.0.0.1:6379"
    assert found.metrics == ("127.0.0.1", 9091)
    assert found.admin == Path("/run/hairpin/admin")
    assert found.certificate == (Path("chain.pem"), Path("key.pem"))
    assert found.drain_for == 20.0
    assert settings.origins == ("https://example.org",)
    assert (settings.resume_for, settings.hello_timeout) == (60.0, 3.0)
    assert settings.resume_key == b"hunter2hunter2hunter2hunter2hunter2"
    assert settings.duplicates is Duplicates.REPLACE
    assert settings.anonymous_hosts is False
    assert (settings.limits.message, settings.limits.rate) == (32768, 5.0)
    assert settings.ice == IceSettings(
        ("stun:stun.example.org",),
        ("turn:turn.example.org:3478?transport=tcp",),
        "hunter2",
        600.0,
        (TurnRelay(("turns:us.example.org",), "hunter2-us", "us-east"),),
    )
    assert found.log.level is Level.DEBUG
    assert found.log.format is Format.JSON


def test_who_may_come_in_and_who_is_told_is_understood():
    found = make(WHOLE, REDIS="redis://127.0.0.1")
    identity = found.identity
    assert identity.key_files == (Path("jwks.json"),)
    assert identity.rules == TokenRules(audience=("signaling",))
    assert identity.tokenless is Tokenless.ANONYMOUS
    assert identity.rooms == {"stage": RoomRules(("hunter2", "hunter1"), 100, Topology.STAR)}
    assert identity.unlisted is Unlisted.REFUSED
    assert identity.webhook is not None
    assert identity.webhook.url == "https://example.org/authn"
    (endpoint,) = found.webhooks
    assert endpoint.events == ("peer.*",)


def test_an_empty_file_is_the_server_as_it_is_without_one():
    assert make("") == Configuration()
    assert (
        make("[[webhooks]]\nurl='http://a/'\nsecret='" + "s" * 24 + "'").webhooks[0].events
        == EVENTS
    )


def test_no_secret_shows():
    assert "hunter" not in repr(make(WHOLE, REDIS="redis://:hunter2@127.0.0.1:6379"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("listen = ['localhost']", "listen: expected HOST:PORT, [IPV6]:PORT or unix:PATH, got"),
        ("listen = ['::1:80']", "listen: expected"),
        ("listen = ['a:65536']", "listen: expected"),
        ("listen = ['unix:']", "listen: expected"),
        ("metrics = 'unix:/x'", "metrics: expected HOST:PORT or [IPV6]:PORT"),
        ("transport = 'quic'", "transport: expected one of websockets, picows, got 'quic'"),
        ("node = 'a b'", "node: expected 1 to 64 letters without spaces, got 'a b'"),
        ("redis = '127.0.0.1:6379'", "redis: expected redis://HOST:PORT"),
        ("redis-env = 'NONE'", "redis-env: no variable NONE is set"),
        ("resume-key = 'hunter2'", "resume-key: expected at least 32 characters, got 7"),
        ("resume-for = -1", "resume-for: expected a time of 0 or more, got -1"),
        ("hello-timeout = 0", "hello-timeout: expected a time of above 0, got 0"),
        ("drain-for = -1", "drain-for: expected 0 s or more"),
        ("[tls]\nkey = 'k'", "tls: expected certificate and key, got one of them"),
        ("[limits]\nmessage = 0", "limits.message: expected a number above 0, got 0"),
        ("[limits]\nring-bytes = -5", "limits.ring-bytes: expected"),
        ("[ice]\nstun = ['turn:a']", "ice.stun: expected stun:HOST[:PORT], got 'turn:a'"),
        ("[ice]\nturn = ['turn:a']", "ice.turn: expected the secret"),
        ("[ice]\nturn = ['turn://a']\nsecret = 's'", "ice.turn: expected turn:HOST"),
        ("[ice]\nttl = 0.5", "ice.ttl: expected 1 s or more"),
        ("[ice]\nmost = 0", "ice.most: expected 1 or more"),
        ("[[ice.relays]]\nurls = ['turn:a']", "ice.relays[0]: expected urls and a secret"),
        ("[jwt]\naudience = ['a']", "jwt: expected key-files"),
        ("[authn-webhook]\ndeadline = 1", "authn-webhook: expected a url"),
        ("[authn-webhook]\nurl = 'a'", "authn-webhook: expected https://HOST/PATH"),
        ("[authn-webhook]\nurl = 'http://a/'\ndeadline = 0", "authn-webhook: expected deadline"),
        ("[rooms.r]\nformer-key = 'k'", "rooms.r.former-key: expected a key beside it"),
        ("[rooms.r]\nmax = 0", "rooms.r.max: expected 1 or more"),
        ("[rooms.r]\nkey = 'k'\nkey-env = 'K'", "rooms.r.key: expected one of"),
        ("[[webhooks]]\nurl = 'http://a/'", "webhooks[0]: expected a secret"),
        ("[[webhooks]]\nurl = 'a'\nsecret = '" + "s" * 24 + "'", "webhooks[0]: expected https://"),
        ("[log]\nlevel = 'loud'", "log.level: expected one of debug, info, warning, error"),
        ("[log]\nformat = 'xml'", "log.format: expected one of console, json"),
    ],
)
def test_a_value_that_cannot_be_meant_is_named_with_what_is_expected(text, words):
    with pytest.raises(SettingsError) as refused:
        make(text)
    assert words in str(refused.value)
    assert "hunter2" not in str(refused.value)


@given(st.text(max_size=40))
def test_any_place_is_read_or_refused(text):
    try:
        (place,) = make_configuration(Document(listen=(text,)), {}).listen
    except SettingsError:
        return
    assert isinstance(place, Path) or 0 <= place[1] <= 65535


@pytest.mark.parametrize(("said", "seconds"), [("", 5.0), ('redis = "redis://127.0.0.1"', 30.0)])
def test_there_is_time_to_leave_where_there_is_somewhere_to_go(said, seconds):
    assert make_configuration(decode_document(said.encode()), {}).drain_for == seconds
