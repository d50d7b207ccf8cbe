"""A certificate is read, and refused where a browser would refuse it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from hairpin.allinone.certificates import UnusableCertificateError, read
from hairpin.allinone.selfsigned import LIFETIME, make

NOW = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    made = make(key, ["*.example.org", "chat.example.org", "192.168.1.20"], NOW)
    at = tmp_path / "chain.pem"
    at.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return at


def test_it_tells_its_names_without_wildcards_and_when_it_ends_soon(path: Path) -> None:
    shown = read(path, NOW)
    assert shown.names == ("chat.example.org",)
    assert not shown.ends_soon(NOW)
    assert shown.ends_soon(shown.ends - timedelta(days=10))


@pytest.mark.parametrize(
    ("later", "said"),
    [(LIFETIME, "ended on 2027-06-01"), (timedelta(days=-2), "begins on 2026-04-30")],
)
def test_one_that_is_not_good_now_is_refused(path: Path, later: timedelta, said: str) -> None:
    with pytest.raises(UnusableCertificateError, match=said):
        read(path, NOW + later)


def test_what_is_no_certificate_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnusableCertificateError, match=r"Cannot read .*none.pem: No such file"):
        read(tmp_path / "none.pem", NOW)
    (tmp_path / "key.pem").write_text("-----BEGIN PRIVATE KEY-----\n")
    with pytest.raises(UnusableCertificateError, match=r"key.pem has no certificate in PEM"):
        read(tmp_path / "key.pem", NOW)
