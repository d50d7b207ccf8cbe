"""A relay's configuration: what a file may say, what is refused, and what flags change."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay import (
    CertificateFiles,
    ChannelNumbers,
    DtlsLimits,
    HookLimits,
    Limits,
    Mobility,
    PasswordOffer,
    Reach,
    Redirect,
    Settings,
    SettingsError,
    StreamLimits,
    TcpRelay,
    WebhookSettings,
)
from relay.configuration import (
    Document,
    WebhookTable,
    decode_document,
    make_configuration,
    parse_address,
    read_document,
)
from stunwire import Address, RestHash

WHOLE = b"""
listen = ["203.0.113.7:3478", "[2001:db8::7]:3478"]
realm = "example.org"
rest-secrets = ["new", "old"]
rest-hashes = ["sha256"]
alternate-servers = ["203.0.113.9:3478", "[2001:db8::9]:3478"]
redirect = "always"
proxies = ["10.2.0.0/16"]
external-ip = "203.0.113.8"
min-port = 50000
max-port = 50999
allow-peers = ["10.1.0.0/16"]
deny-peers = ["8.8.8.8/32"]
local-peers = true
channel-numbers = "rfc-8656"
tcp-relay = true
mobility = true
metrics = "127.0.0.1:9641"
users-file = "/etc/hairpin/users"

[users]
alice = "wonder"

[webhook]
url = "https://users.example.org/turn"
secret = "a secret of the two"
timeout = 2
cache = 30.0

[limits]
allocations = 7
port-quarantine = 12.5
bandwidth = 1000000
bandwidth-per-user = 5000
"""


def test_every_key_of_a_file_becomes_a_setting() -> None:
    configuration = make_configuration(decode_document(WHOLE))
    settings = configuration.settings
    assert settings.listen == (("203.0.113.7", 3478), ("2001:db8::7", 3478))
    assert settings.realm == "example.org"
    assert settings.users == {"alice": "wonder"}
    url, secret = "https://users.example.org/turn", "a secret of the two"
    assert settings.webhook == WebhookSettings(url, secret)
    assert settings.hook_limits == HookLimits(timeout=2.0, cache=30.0)
    assert settings.users_file == Path("/etc/hairpin/users")
    assert settings.rest_secrets == ("new", "old")
    assert settings.external_address == "203.0.113.8"
    assert settings.port_range == (50000, 50999)
    assert settings.peers.allow == ("10.1.0.0/16",)
    assert settings.peers.deny == ("8.8.8.8/32",)
    assert settings.peers.reach is Reach.LOCAL
    assert settings.limits == Limits(
        allocations=7, port_quarantine=12.5, bandwidth=1_000_000, bandwidth_per_user=5000
    )
    assert settings.rest_hashes == (RestHash.SHA256,)
    assert settings.alternate_servers == (("203.0.113.9", 3478), ("2001:db8::9", 3478))
    assert settings.redirect is Redirect.ALWAYS
    assert settings.proxies == ("10.2.0.0/16",)
    assert settings.channel_numbers is ChannelNumbers.CURRENT
    assert settings.tcp_relay is TcpRelay.ON
    assert settings.mobility is Mobility.ON
    assert configuration.metrics == Address("127.0.0.1", 9641)


def test_old_clients_channel_numbers_are_taken_unless_the_file_says_otherwise() -> None:
    assert make_configuration(Document()).settings.channel_numbers is ChannelNumbers.OLD
    with pytest.raises(SettingsError, match="channel-numbers"):
        decode_document(b'channel-numbers = "all"')


def test_an_empty_file_means_the_safe_defaults() -> None:
    settings = make_configuration(decode_document(b"")).settings
    assert settings.listen == settings.listen_tcp == (Address("127.0.0.1", 3478),)
    assert settings.listen_tls == ()
    assert settings.peers == Settings(listen=settings.listen).peers
    assert settings.limits == Limits()
    assert not settings.has_credentials
    assert settings.rest_hashes == (RestHash.SHA1, RestHash.SHA256)
    assert settings.redirect is Redirect.WHILE_DRAINING


def test_listen_is_over_udp_and_tcp_and_each_can_be_had_alone() -> None:
    text = b"""
        listen = ["127.0.0.1:1"]
        udp-listen = ["127.0.0.1:2"]
        tcp-listen = ["127.0.0.1:3"]
    """
    settings = make_configuration(decode_document(text)).settings
    assert [address.port for address in settings.listen] == [1, 2]
    assert [address.port for address in settings.listen_tcp] == [1, 3]
    alone = make_configuration(decode_document(b'udp-listen = ["127.0.0.1:2"]')).settings
    assert (len(alone.listen), len(alone.listen_tcp)) == (1, 0)


def test_a_fleet_shares_the_key_of_its_nonces() -> None:
    text = b"""
        nonce-secret = "sixteen and more"
        nonce-lifetime = 300
        password-algorithms = "md5"
    """
    settings = make_configuration(decode_document(text)).settings
    assert settings.nonce_secret == b"sixteen and more"
    assert settings.nonce_lifetime == 300.0
    assert settings.password_algorithms is PasswordOffer.MD5
    with pytest.raises(SettingsError, match="nonce"):
        make_configuration(decode_document(b'nonce-secret = "short"'))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"reelm = 'x'", "reelm"),
        (b"[limits]\nallocation = 3", "allocation"),
        (b"realm = 3", r"Expected `str \| null`, got `int` - at `\$.realm`"),
        (b"listen = '127.0.0.1:1'", "listen"),
        (b"min-port = 'low'", "min-port"),
        (b"realm = ", "Invalid value"),
        (b"redirect = 'never'", "redirect"),
        (b"rest-hashes = ['md5']", "rest-hashes"),
        (b"[webhook]\nurk = 'x'", "urk"),
        (b"[webhook]\ntimeout = 'long'", "timeout"),
        (b"\xff", "utf-8"),
    ],
)
def test_what_is_not_expected_is_refused_by_name(text: bytes, words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        decode_document(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"listen = ['localhost:3478']", "listen: expected ADDRESS:PORT"),
        (b"listen = ['127.0.0.1:99999']", "listen: expected ADDRESS:PORT"),
        (b"listen = ['2001:db8::1:3478']", "listen: expected ADDRESS:PORT"),
        (b"metrics = '9641'", "metrics: expected ADDRESS:PORT"),
        (b"min-port = 60000\nmax-port = 50000", "60000-50000"),
        (b"allow-peers = ['everybody']", "everybody"),
        (b"[limits]\ndefault-lifetime = 0", "default_lifetime"),
        (b"realm = ''", "realm"),
        (b"tls-cert = 'chain.pem'", "expected both or none"),
        (b"tls-listen = ['127.0.0.1:5349']", "certificate"),
        (b"dtls-listen = ['127.0.0.1:5349']", "certificate"),
        (b"dtls-listen = ['5349']", "dtls-listen: expected ADDRESS:PORT"),
        (b"[dtls]\nsessions = 0", "sessions to be more than 0"),
        (b"alternate = '127.0.0.1'", "alternate: expected ADDRESS:PORT"),
        (b"alternate-servers = ['turn.example']", "alternate-servers: expected ADDRESS:PORT"),
        (b"redirect = 'always'", "alternate servers"),
        (b"proxies = ['everybody']", "everybody"),
        (b"[limits]\nbandwidth = -1", "bandwidth"),
        (b"[webhook]\nurl = 'https://a/'", "webhook: expected a secret, got none"),
        (b"[webhook]\nsecret = 'a secret of the two'", "webhook: expected a url, got none"),
        (b"[webhook]\ncache = 3", "webhook: expected a url, got none"),
        (b"[webhook]\nurl = 'a'\nsecret = 'a secret of the two'", "webhook: expected https"),
        (b"[webhook]\nurl = 'https://a/'\nsecret = 'short'", "at least 16 characters"),
        (b"[webhook]\nurl='https://a/'\nsecret='a secret of the two'\ntimeout=0", "timeout"),
    ],
)
def test_a_value_that_cannot_be_meant_is_named_with_what_was_expected(
    text: bytes, words: str
) -> None:
    with pytest.raises(SettingsError, match=words):
        make_configuration(decode_document(text))


def test_a_relay_may_listen_on_tcp_and_tls_alone() -> None:
    text = b"""
        tcp-listen = ["127.0.0.1:3478"]
        tls-listen = ["[::1]:5349"]
        tls-cert = "chain.pem"
        tls-key = "key.pem"
        [streams]
        idle = 5.0
    """
    settings = make_configuration(decode_document(text)).settings
    assert settings.listen == ()
    assert settings.listeners == (("127.0.0.1", 3478), ("::1", 5349))
    assert settings.certificate == CertificateFiles(Path("chain.pem"), Path("key.pem"))
    assert settings.streams == StreamLimits(idle=5.0)


def test_a_relay_may_listen_on_dtls_alone() -> None:
    text = b"""
        dtls-listen = ["127.0.0.1:5349", "[::1]:5349"]
        tls-cert = "chain.pem"
        tls-key = "key.pem"
        [dtls]
        handshakes-per-source = 5
    """
    settings = make_configuration(decode_document(text)).settings
    assert settings.listen_dtls == settings.listeners == (("127.0.0.1", 5349), ("::1", 5349))
    assert settings.dtls == DtlsLimits(handshakes_per_source=5)


def test_an_alternate_address_is_one_of_discovery() -> None:
    text = b"listen = ['127.0.0.1:3478']\nalternate = '127.0.0.2:3479'"
    assert make_configuration(decode_document(text)).settings.alternate == ("127.0.0.2", 3479)


def test_flags_lie_over_the_file() -> None:
    file = decode_document(WHOLE)
    flags = Document(listen=("127.0.0.1:1",), realm="lab", users={"bob": "b"}, min_port=51000)
    both = flags.laid_over(file)
    assert both.listen == ("127.0.0.1:1", *file.listen)
    assert both.realm == "lab"
    assert both.users == {"alice": "wonder", "bob": "b"}
    assert (both.min_port, both.max_port) == (51000, 50999)
    assert both.local_peers
    assert both.limits == file.limits


def test_a_table_in_the_flags_lies_over_that_of_the_file_key_by_key() -> None:
    file = decode_document(WHOLE)
    both = Document(webhook=WebhookTable(url="https://other.example.org/")).laid_over(file)
    assert both.webhook.url == "https://other.example.org/"
    assert both.webhook.secret == "a secret of the two"
    assert both.webhook.timeout == 2.0


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    missing = tmp_path / "relay.toml"
    with pytest.raises(SettingsError, match=r"relay\.toml: No such file"):
        read_document(missing)
    missing.write_text("what = 1")
    with pytest.raises(SettingsError, match=r"relay\.toml: .*what"):
        read_document(missing)


@given(st.binary(max_size=100))
def test_any_bytes_are_a_document_or_refused(text: bytes) -> None:
    try:
        document = decode_document(text)
    except SettingsError:
        return
    assert isinstance(document, Document)


@given(st.ip_addresses(), st.integers(0, 65535))
def test_every_address_can_be_written_and_read(host: object, port: int) -> None:
    text = f"[{host}]:{port}" if ":" in str(host) else f"{host}:{port}"
    assert parse_address("listen", text) == (str(host), port)


def test_an_external_ip_is_one_or_several_and_flags_win_over_them_as_a_whole() -> None:
    one = decode_document(b"external-ip = '203.0.113.8'\nrelay-ip = '10.0.0.1'\n")
    several = decode_document(b"external-ip = ['203.0.113.8', '2001:db8::8']\n")
    assert make_configuration(one).settings.external_address == "203.0.113.8"
    settings = make_configuration(several).settings
    assert settings.external_address == ("203.0.113.8", "2001:db8::8")
    flags = Document(external_ip=["203.0.113.9"])
    laid = make_configuration(flags.laid_over(several)).settings
    assert laid.external_address == ("203.0.113.9",)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"", TcpRelay.LISTED),
        (b"tcp-relay = true", TcpRelay.ON),
        (b"tcp-relay = false", TcpRelay.OFF),
    ],
)
def test_peers_over_tcp_are_those_of_named_networks_unless_something_is_said(text, expected):
    assert make_configuration(decode_document(text)).settings.tcp_relay is expected


def test_a_flag_says_more_than_the_file_about_peers_over_tcp():
    below = decode_document(b"tcp-relay = true")
    for said, expected in ((None, True), (True, True), (False, False)):
        assert Document(tcp_relay=said).laid_over(below).tcp_relay is expected
