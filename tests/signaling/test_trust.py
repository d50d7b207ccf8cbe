"""A certificate that is known by its fingerprint is taken, and no other; why one is not trusted is told."""

import contextlib
import hashlib
import ssl

import pytest

from signaling import Distrust, UntrustedError, connect, pinned
from signaling.tls import TlsFiles
from signaling.trust import OtherFingerprintError, distrust


@pytest.fixture
def files(tmp_path, write_certificate):
    made = TlsFiles(tmp_path / "certificate", tmp_path / "key")
    write_certificate(made, "somebody")
    return made


def fingerprint(files):
    der = ssl.PEM_cert_to_DER_cert(files.certificate.read_text())
    return hashlib.sha256(der).digest()


async def test_a_client_takes_the_pinned_certificate_whatever_its_name_and_no_other(serve, files):
    async with serve(tls=files) as server:
        async with connect(server.url, ssl=pinned(fingerprint(files))) as alice:
            assert alice.is_connected
        with pytest.raises(UntrustedError, match="expected fingerprint") as caught:
            async with connect(server.url, ssl=pinned(bytes(32))):
                pass
        assert caught.value.distrust is Distrust.OTHER_FINGERPRINT
        assert caught.value.url == server.url
        with pytest.raises(UntrustedError, match=r"vouches.*self-signed") as caught:
            async with connect(server.url):
                pass
        assert caught.value.distrust is Distrust.UNKNOWN_ISSUER


def shake_hands(client: ssl.SSLSocket | ssl.SSLObject, server: ssl.SSLObject, ways) -> None:
    """Let a client and a server meet in memory."""
    to_client, from_client, to_server, from_server = ways
    for _ in range(4):
        for side in (client, server):
            with contextlib.suppress(ssl.SSLWantReadError):
                side.do_handshake()
            to_server.write(from_client.read())
            to_client.write(from_server.read())


@pytest.mark.parametrize("right", [True, False])
def test_the_handshake_itself_fails_so_that_nothing_is_said_to_a_stranger(files, right):
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(files.certificate, files.key)
    ways = tuple(ssl.MemoryBIO() for _ in range(4))
    wanted = fingerprint(files) if right else bytes(32)
    client = pinned(wanted).wrap_bio(ways[0], ways[1], server_hostname="whoever")
    server = serving.wrap_bio(ways[2], ways[3], server_side=True)
    if right:
        shake_hands(client, server, ways)
        assert client.version() == "TLSv1.3"
    else:
        with pytest.raises(OtherFingerprintError):
            shake_hands(client, server, ways)


def test_a_fingerprint_has_32_bytes():
    with pytest.raises(ValueError, match="32 bytes, not 20"):
        pinned(bytes(20))


def test_what_openssl_says_otherwise_is_no_reason_that_we_know():
    assert distrust(ssl.SSLCertVerificationError(1, "unsupported purpose")) is Distrust.UNUSABLE
