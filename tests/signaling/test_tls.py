"""The certificate, and its files replaced while the server runs."""

import asyncio
import datetime
import os
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from signaling.tls import Certificate, CertificateError, TlsFiles


def write(files: TlsFiles, name: str, password: bytes | None = None) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    start = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start.replace(year=2099))
        .sign(key, hashes.SHA256())
    )
    files.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    encryption = (
        serialization.NoEncryption()
        if password is None
        else serialization.BestAvailableEncryption(password)
    )
    files.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption
        )
    )


@pytest.fixture
def files(tmp_path: Path) -> TlsFiles:
    made = TlsFiles(tmp_path / "cert.pem", tmp_path / "key.pem", look_every=0.01)
    write(made, "first")
    return made


async def test_old_versions_of_tls_are_not_spoken(files):
    certificate = Certificate(files)
    assert certificate.context().minimum_version == ssl.TLSVersion.TLSv1_2
    certificate.stop()


async def test_a_certificate_that_is_replaced_is_used_for_the_next_connection(files):
    certificate = Certificate(files)
    before = certificate.context()
    write(files, "second")
    os.utime(files.key, (1, 1))
    async with asyncio.timeout(5):
        while certificate.context() is before:
            await asyncio.sleep(0.005)
    certificate.stop()


async def test_files_that_cannot_be_used_leave_the_old_certificate_in_force(files, caplog):
    certificate = Certificate(files)
    before = certificate.context()
    files.key.write_text("half a ke")
    assert not certificate.reload()
    assert certificate.context() is before
    assert any("the certificate stays as it was" in line for line in caplog.messages)
    write(files, "third")
    assert certificate.reload()
    assert certificate.context() is not before
    certificate.stop()


async def test_what_is_wrong_with_the_files_is_said_in_words(files):
    write(files, "locked", password=b"secret")
    with pytest.raises(CertificateError, match="the key is encrypted"):
        Certificate(files)
    files.key.unlink()
    with pytest.raises(CertificateError, match=r"there is no file .*key\.pem"):
        Certificate(files)
    files.key.write_text("nothing")
    with pytest.raises(CertificateError, match="are no certificate and its key as PEM"):
        Certificate(files)


def test_where_the_key_is_does_not_show(files):
    assert "key.pem" not in repr(files)
