"""A certificate that is not trusted is shown, with why not and what to do."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

import signaling
from hairpin.allinone import certificates, selfsigned
from hairpin.calling import trusting, untrusted
from hairpin.calling.untrusted import explain, explain_distrust
from signaling import Distrust, UntrustedError
from signaling.tls import TlsFiles

NOW = datetime.now(UTC)
AGO = timedelta(days=500)
HERE = ("localhost", "127.0.0.1")


def made(where: Path, *names: str, before: timedelta = timedelta()) -> TlsFiles:
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = selfsigned.make(key, names, NOW - before)
    files = TlsFiles(where / "certificate.pem", where / "key.pem")
    files.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    files.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return files


async def refused(
    files: TlsFiles, *, ca: Path | None = None, fingerprint: str | None = None
) -> str:
    """Meet a server with a certificate; what a person is told."""
    async with asyncio.timeout(60), signaling.serve(tls=files) as server:
        trust = trusting.read(server.url, ca, fingerprint)
        try:
            async with signaling.connect(server.url, ssl=trust.signaling):
                return ""
        except UntrustedError as error:
            return await asyncio.to_thread(explain_distrust, error)


async def test_the_way_out_that_is_told_leads_out(tmp_path: Path) -> None:
    files = made(tmp_path, *HERE)
    said = await refused(files)
    assert "(issuer CN=hairpin, for localhost, 127.0.0.1) is signed by itself" in said
    printed = certificates.read(files.certificate, NOW).fingerprint  # as `hairpin up` prints it
    assert f"Its fingerprint is SHA256:{printed}\n" in said
    assert f"--fingerprint SHA256:{printed}; or --ca FILE" in said
    assert await refused(files, fingerprint=f"SHA256:{printed}") == ""
    assert await refused(files, ca=files.certificate) == ""


async def test_another_name_another_fingerprint_and_an_ended_one_are_told_as_such(
    tmp_path: Path,
) -> None:
    files = made(tmp_path, "chat.test")
    said = await refused(files, ca=files.certificate)
    assert "its certificate is for chat.test, and not for 127.0.0.1" in said
    said = await refused(files, fingerprint="00" * 32)
    assert "is not the one with that fingerprint: it was made anew, or somebody else" in said
    files = made(tmp_path, *HERE, before=AGO)
    for ca in (None, files.certificate):
        said = await refused(files, ca=ca)
        assert f"its certificate ended on {NOW - AGO + timedelta(days=396):%Y-%m-%d}" in said
        assert "--fingerprint" not in said


async def test_the_certificate_of_ones_own_server_is_trusted_by_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    kept = selfsigned.keep(selfsigned.folder(), (), NOW)
    said = await refused(TlsFiles(kept.shown.path, kept.key))
    assert f"`hairpin up` keeps here: --ca {kept.shown.path}" in said


def test_a_certificate_that_is_yet_to_begin_asks_for_the_clock() -> None:
    later = selfsigned.make(ec.generate_private_key(ec.SECP256R1()), HERE, NOW)
    error = UntrustedError("wss://h/", Distrust.NOT_YET_VALID)
    said = explain(error, later, NOW - AGO)
    assert f"today is {NOW - AGO:%Y-%m-%d} by the clock of this machine" in said
    assert "is this clock right?" in said


def test_a_server_that_is_gone_by_then_is_told_without_its_certificate() -> None:
    error = UntrustedError("wss://127.0.0.1:9/", Distrust.UNKNOWN_ISSUER)
    assert "could not be had a second time" in explain_distrust(error)


def test_a_malformed_certificate_is_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = selfsigned.make(ec.generate_private_key(ec.SECP256R1()), HERE, NOW)
    key_usage, names = bytes.fromhex("0603551d25"), bytes.fromhex("0603551d11")
    twice = whole.public_bytes(serialization.Encoding.DER).replace(key_usage, names)
    monkeypatch.setattr(untrusted, "shown_at", lambda _: x509.load_der_x509_certificate(twice))
    said = explain_distrust(UntrustedError("wss://h/", Distrust.UNKNOWN_ISSUER))
    assert "Its certificate is malformed: " in said
