"""The certificate, and its files replaced while the server runs."""

import asyncio
import os
import ssl
from pathlib import Path

import pytest

from signaling.tls import Certificate, CertificateError, TlsFiles


@pytest.fixture
def files(tmp_path: Path, write_certificate) -> TlsFiles:
    made = TlsFiles(tmp_path / "cert.pem", tmp_path / "key.pem", look_every=0.01)
    write_certificate(made, "first")
    return made


async def test_old_versions_of_tls_are_not_spoken(files):
    certificate = Certificate(files)
    assert certificate.context().minimum_version == ssl.TLSVersion.TLSv1_2
    certificate.stop()


async def test_a_certificate_that_is_replaced_is_used_for_the_next_connection(
    files, write_certificate
):
    certificate = Certificate(files)
    before = certificate.context()
    write_certificate(files, "second")
    os.utime(files.key, (1, 1))
    async with asyncio.timeout(20):
        while certificate.context() is before:
            await asyncio.sleep(0.005)
    certificate.stop()


async def test_files_that_cannot_be_used_leave_the_old_certificate_in_force(
    files, write_certificate, caplog
):
    certificate = Certificate(files)
    before = certificate.context()
    files.key.write_text("half a ke")
    assert not certificate.reload()
    assert certificate.context() is before
    assert any("the certificate stays as it was" in line for line in caplog.messages)
    write_certificate(files, "third")
    assert certificate.reload()
    assert certificate.context() is not before
    certificate.stop()


async def test_what_is_wrong_with_the_files_is_said_in_words(files, write_certificate):
    write_certificate(files, "locked", password=b"secret")
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
