"""The certificate made here: what stands in it, that it is kept, and when it is made anew."""

import asyncio
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from hairpin.allinone import selfsigned
from hairpin.allinone.certificates import UnusableCertificateError
from hairpin.allinone.selfsigned import LIFETIME, RENEWED_BEFORE, Kept, keep, keep_fresh
from nat.simulator import Simulation

NOW = datetime(2026, 5, 1, tzinfo=UTC)
NAMES = ("192.168.1.20", "chat.test")


def kept(where: Path, now: datetime = NOW, names: tuple[str, ...] = NAMES) -> Kept:
    return keep(where, names, now)


def certificate(of: Kept) -> x509.Certificate:
    return x509.load_pem_x509_certificate(of.shown.path.read_bytes())


def test_browsers_and_phones_take_it(tmp_path: Path) -> None:
    one = kept(tmp_path)
    made = certificate(one)
    names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["localhost", "chat.test"]
    assert names.get_values_for_type(x509.IPAddress) == [
        ip_address(each) for each in ("127.0.0.1", "::1", "192.168.1.20")
    ]
    key = made.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert key.curve.name == "secp256r1"
    assert one.shown.ends - one.shown.begins <= timedelta(days=398)
    assert one.shown.begins < NOW
    usage = made.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [x509.ExtendedKeyUsageOID.SERVER_AUTH]  # type: ignore[attr-defined]
    ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(one.shown.path, one.key)


def test_the_next_start_shows_the_same_and_nobody_else_may_read_the_key(tmp_path: Path) -> None:
    where = tmp_path / "deep" / "hairpin"
    one, again = kept(where), kept(where, NOW + timedelta(days=300))
    assert again == one
    assert one.key.stat().st_mode & 0o777 == 0o600
    assert where.stat().st_mode & 0o777 == 0o700
    assert sorted(each.name for each in where.iterdir()) == ["certificate.pem", "key.pem"]


@pytest.mark.parametrize(
    ("now", "names"),
    [
        (NOW + LIFETIME - RENEWED_BEFORE, NAMES),
        (NOW - timedelta(days=3), NAMES),
        (NOW, ("192.168.1.21",)),
    ],
)
def test_it_is_made_anew_with_the_same_key_before_its_end_and_for_another_address(
    tmp_path: Path, now: datetime, names: tuple[str, ...]
) -> None:
    one = kept(tmp_path)
    other = kept(tmp_path, now, names)
    assert other.shown.fingerprint != one.shown.fingerprint
    assert other.shown.begins < now < other.shown.ends
    assert kept(tmp_path, now, names) == other


def spoil_key(one: Kept) -> None:
    one.key.write_text("nonsense")


def show_key(one: Kept) -> None:
    one.key.chmod(0o640)


def lose_key(one: Kept) -> None:
    one.key.unlink()


def spoil_certificate(one: Kept) -> None:
    one.shown.path.write_bytes(b"\0")


@pytest.mark.parametrize("spoil", [spoil_key, show_key, lose_key, spoil_certificate])
def test_what_is_broken_or_could_be_read_by_others_is_replaced(
    tmp_path: Path, spoil: Callable[[Kept], None]
) -> None:
    one = kept(tmp_path)
    key = one.key.read_bytes()
    spoil(one)
    other = kept(tmp_path)
    ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(other.shown.path, other.key)
    assert other.shown.fingerprint != one.shown.fingerprint
    assert (other.key.read_bytes() == key) == (spoil is spoil_certificate)
    assert other.key.stat().st_mode & 0o777 == 0o600


def test_a_key_that_somebody_else_has_just_made_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = kept(tmp_path)
    seen: list[Path] = []
    load = selfsigned._load_key

    def late(path: Path) -> ec.EllipticCurvePrivateKey | None:
        seen.append(path)
        return None if len(seen) == 1 else load(path)

    monkeypatch.setattr(selfsigned, "_load_key", late)
    other = kept(tmp_path)
    assert certificate(other).public_key() == certificate(one).public_key()


def test_a_place_where_nothing_can_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UnusableCertificateError, match=r"file/hairpin: Not a directory.*XDG_STATE"):
        kept(tmp_path / "file" / "hairpin")


def test_it_is_kept_with_the_other_state_of_this_user(monkeypatch: pytest.MonkeyPatch) -> None:
    assert selfsigned.folder({"XDG_STATE_HOME": "/s"}) == Path("/s/hairpin")
    monkeypatch.setattr(Path, "home", lambda: Path("/home/aoi"))
    for environment in ({}, {"XDG_STATE_HOME": "relative"}):
        assert selfsigned.folder(environment) == Path("/home/aoi/.local/state/hairpin")

    def homeless() -> Path:
        raise RuntimeError

    monkeypatch.setattr(Path, "home", homeless)
    with pytest.raises(UnusableCertificateError, match="has no home"):
        selfsigned.folder({})


def test_a_server_that_runs_for_long_gets_another_in_time(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulation = Simulation(seed=1)
    asked: list[datetime] = []

    def keeping(where: Path, names: tuple[str, ...], now: datetime) -> None:
        asked.append(now)
        if len(asked) > 1:
            raise UnusableCertificateError("the disk is full")

    monkeypatch.setattr(selfsigned, "keep", keeping)

    async def main() -> None:
        fresh = asyncio.create_task(keep_fresh(tmp_path, NAMES, every=600.0))
        await asyncio.sleep(2000.0)
        fresh.cancel()

    simulation.run(main())
    assert len(asked) >= 3
    assert "the disk is full" in caplog.text
