"""Whom a call trusts is read from its options, and what makes no sense is said."""

import ssl
from pathlib import Path

import pytest
import typer

from hairpin.calling.trusting import Trust, read, read_fingerprint
from relay.certificates import CertificateFiles
from signaling.trust import PinnedContext
from tests.conftest import write_certificate

WSS = "wss://host/v1/ws"
SHA256 = bytes(range(32))


@pytest.mark.parametrize(
    "text",
    [
        f"SHA256:{SHA256.hex(':').upper()}",
        f"sha-256 {SHA256.hex(':')}",
        SHA256.hex(":").upper(),
        SHA256.hex(),
    ],
)
def test_a_fingerprint_is_read_as_it_is_printed_anywhere(text: str) -> None:
    assert read_fingerprint(text) == SHA256
    trust = read(WSS, None, text)
    assert isinstance(trust.signaling, PinnedContext)
    assert trust.signaling.sha256 == SHA256
    assert trust.relays is None


@pytest.mark.parametrize("text", ["", "SHA256:", "SHA1:" + "00" * 20, "00" * 31, "g0" * 32])
def test_what_is_no_fingerprint_is_told_with_what_is_one(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="is not SHA256: and 32 bytes in hexadecimal"):
        read_fingerprint(text)


def test_an_authority_is_trusted_besides_those_of_the_system(tmp_path: Path) -> None:
    files = CertificateFiles(tmp_path / "chain", tmp_path / "key")
    write_certificate(files)
    trust = read(WSS, files.chain, None)
    assert trust.signaling is trust.relays is not None
    assert trust.signaling.verify_mode is ssl.CERT_REQUIRED
    assert trust.signaling.check_hostname
    usual = ssl.create_default_context().cert_store_stats()["x509"]
    assert trust.signaling.cert_store_stats()["x509"] == usual + 1


def test_without_options_servers_are_verified_as_usual() -> None:
    assert read(WSS, None, None) == Trust()


def test_what_makes_no_sense_is_told(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    for url, authority, fingerprint, said in (
        (WSS, tmp_path / "gone", None, "cannot read .*: No such file"),
        (WSS, tmp_path / "empty", None, "no certificate in PEM"),
        (WSS, tmp_path / "empty", "00" * 32, "one of --ca and --fingerprint"),
        ("ws://host/v1/ws", None, "00" * 32, "ws://host/v1/ws has no certificate"),
    ):
        with pytest.raises(typer.BadParameter, match=said):
            read(url, authority, fingerprint)
