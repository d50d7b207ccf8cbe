"""The targets of a relay's own configuration."""

from pathlib import Path

from relay.certificates import CertificateFiles
from relay.doctor.owntargets import own_targets
from relay.doctor.target import Login, Secret
from relay.fivetuple import Transport
from relay.settings import Settings
from stunwire import Address, RestHash

ANY, SIX = Address("0.0.0.0", 3478), Address("::", 5349)


def test_every_listener_is_a_target_and_one_on_every_address_is_asked_on_loopback() -> None:
    settings = Settings(
        listen=(Address("192.0.2.1", 3478),),
        listen_tcp=(ANY,),
        listen_tls=(SIX,),
        certificate=CertificateFiles(Path("c"), Path("k")),
        realm="lab",
        users={"alice": "wonder", "bob": "x"},
        external_address=("198.51.99.1/10.0.0.1", "2600::1"),
    )
    targets = own_targets(settings, name="turn.example")
    assert [(one.host, one.port, one.transport) for one in targets] == [
        ("192.0.2.1", 3478, Transport.UDP),
        ("127.0.0.1", 3478, Transport.TCP),
        ("::1", 5349, Transport.TLS),
    ]
    for one in targets:
        assert one.access == Login("alice", "wonder")
        assert (one.realm, one.name) == ("lab", "turn.example")
        assert one.external == ("198.51.99.1", "2600::1")


def test_the_newest_secret_is_taken_before_a_user() -> None:
    settings = Settings(
        listen=(Address("192.0.2.1", 3478),),
        users={"alice": "wonder"},
        rest_secrets=(b"new", "old"),
        rest_hashes=(RestHash.SHA256,),
        external_address="198.51.99.1",
    )
    (one,) = own_targets(settings)
    assert one.access == Secret("new", algorithm=RestHash.SHA256)
    assert one.external == ("198.51.99.1",)


def test_without_either_stun_alone_is_looked_at() -> None:
    (one,) = own_targets(Settings(listen=(Address("192.0.2.1", 3478),)))
    assert one.access is None
