"""Certificates: read, read again when they change, and kept when the new ones cannot be used."""

import os
import ssl

import pytest

from relay import CertificateError, CertificateFiles
from relay.certificates import ALPN, Certificates, make_context, make_dtls_context


@pytest.fixture
def files(tmp_path, make_certificate) -> CertificateFiles:
    files = CertificateFiles(tmp_path / "chain.pem", tmp_path / "key.pem")
    make_certificate(files)
    return files


def test_no_tls_before_1_2_and_no_renegotiation(files):
    context = make_context(files)
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert context.options & ssl.OP_NO_RENEGOTIATION
    assert ALPN == ("stun.turn", "stun.nat-discovery")


def test_reading_again_gives_new_connections_a_new_context(files, make_certificate):
    certificates = Certificates(files)
    before = certificates.context
    make_certificate(files, "another")
    certificates.reload()
    assert certificates.context is not before


def test_files_that_did_not_change_are_not_read_again(files, make_certificate):
    certificates = Certificates(files)
    before = certificates.context
    assert not certificates.reload_if_changed()
    assert certificates.context is before
    make_certificate(files, "another, with a longer name")
    assert certificates.reload_if_changed()
    assert certificates.context is not before
    assert not certificates.reload_if_changed()


@pytest.mark.parametrize("broken", ["chain", "key"])
@pytest.mark.parametrize("damage", [lambda path: path.unlink(), lambda path: path.write_text("?")])
def test_files_that_cannot_be_used_are_told_once_and_the_old_ones_stay(files, broken, damage):
    certificates = Certificates(files)
    before = certificates.context
    damage(getattr(files, broken))
    with pytest.raises(CertificateError, match=r"key\.pem"):
        certificates.reload_if_changed()
    assert certificates.context is before
    assert not certificates.reload_if_changed()
    with pytest.raises(CertificateError):
        certificates.reload()


def test_a_key_of_another_certificate_is_refused(files, make_certificate, tmp_path):
    other = CertificateFiles(tmp_path / "other.pem", tmp_path / "other-key.pem")
    make_certificate(other)
    with pytest.raises(CertificateError, match=r"(?i)mismatch"):
        Certificates(CertificateFiles(files.chain, other.key))


def test_half_a_replacement_is_made_good_when_the_other_half_has_come(files, make_certificate):
    certificates = Certificates(files)
    old_key = files.key.read_bytes()
    make_certificate(files, "another")
    new_key = files.key.read_bytes()
    files.key.write_bytes(old_key)
    with pytest.raises(CertificateError):
        certificates.reload_if_changed()
    files.key.write_bytes(new_key)
    os.utime(files.key, ns=(1, 1))
    assert certificates.reload_if_changed()


def lock(files: CertificateFiles) -> None:
    """Give the key a password."""
    from cryptography.hazmat.primitives import serialization as s

    key = s.load_pem_private_key(files.key.read_bytes(), None)
    locked = s.BestAvailableEncryption(b"secret")
    files.key.write_bytes(key.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, locked))


def test_a_key_with_a_password_is_refused_and_nobody_is_asked_for_it(files):
    lock(files)
    with pytest.raises(CertificateError):
        Certificates(files)


def test_dtls_has_a_context_where_it_is_served_and_both_change_together(files, make_certificate):
    certificates = Certificates(files, with_dtls=True)
    tls, dtls = certificates.context, certificates.dtls_context
    files.key.write_text("?")
    with pytest.raises(CertificateError):
        certificates.reload()
    assert (certificates.context, certificates.dtls_context) == (tls, dtls)
    make_certificate(files, "another")
    certificates.reload()
    assert certificates.context is not tls
    assert certificates.dtls_context is not dtls


@pytest.mark.parametrize("broken", ["chain", "key"])
@pytest.mark.parametrize("damage", [lambda path: path.unlink(), lambda path: path.write_text("?")])
def test_files_that_dtls_cannot_use_are_named(files, broken, damage):
    damage(getattr(files, broken))
    with pytest.raises(CertificateError, match=r"chain\.pem with key .*key\.pem over DTLS: ."):
        make_dtls_context(files)


def test_over_dtls_too_a_key_must_be_the_certificates_and_open(files, make_certificate, tmp_path):
    other = CertificateFiles(tmp_path / "other.pem", tmp_path / "other-key.pem")
    make_certificate(other)
    with pytest.raises(CertificateError, match="over DTLS"):
        make_dtls_context(CertificateFiles(files.chain, other.key))
    lock(files)
    with pytest.raises(CertificateError, match="over DTLS"):
        make_dtls_context(files)
