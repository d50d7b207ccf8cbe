"""What phones get of `hairpin up --tls self-signed`: camera and call over HTTPS, once they have gone on."""

import base64
import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from hairpin.allinone import plan
from hairpin.allinone.options import Tls, TlsWish, UpOptions
from tests.interop.chatstage import CAMERA, sees, staged, until

pytestmark = pytest.mark.interop

#: This machine, by a name that a browser does not know to be of this machine: it gets no camera without HTTPS.
NAME = "phone-sees.test"


def planned(state: Path, tls: Tls) -> plan.Plan:
    options = UpOptions(
        tls=TlsWish(kind=tls),
        names=(NAME,),
        signaling=("127.0.0.1", 0),
        relay=("127.0.0.1", 0),
        allow_private_peers=True,
    )
    return plan.make(options, None, state, datetime.now(UTC))


def going_on(certificate: Path) -> str:
    """The flag for a person who has compared the fingerprint and goes on with this certificate alone."""
    key = x509.load_pem_x509_certificate(certificate.read_bytes()).public_key()
    der = key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    digest = base64.b64encode(hashlib.sha256(der).digest()).decode()
    return f"--ignore-certificate-errors-spki-list={digest}"


async def test_two_pages_with_cameras_see_each_other_over_https(tmp_path: Path) -> None:
    made = planned(tmp_path / "state", Tls.SELF_SIGNED)
    assert made.certificate is not None
    flags = (
        *CAMERA,
        f"--host-resolver-rules=MAP {NAME} 127.0.0.1",
        going_on(made.certificate.path),
    )
    async with staged(tmp_path / "profile", *flags, services=made.services) as stage:
        assert stage.running.page_url.startswith(f"https://{NAME}:")
        alice = await stage.enter("Aoi", f"?room={made.room}")
        bob = await stage.enter("Bob", f"?room={made.room}")
        for page in (alice, bob):
            assert await page.evaluate("isSecureContext && location.protocol") == "https:"
            await sees(page, 1)
        # Two ports of the server's one address, by which the page measures how ports are mapped.
        servers = "hairpin.mesh().remotes.values().next().value.pc.getConfiguration().iceServers"
        stun = await alice.evaluate(
            f"{servers}.flatMap((one) => one.urls).filter((url) => /^stun:/.test(url))"
        )
        assert tuple(stun) == stage.running.stun_urls
        assert len(set(stun)) == 2


async def test_without_https_a_phone_is_told_why_it_has_no_camera(tmp_path: Path) -> None:
    made = planned(tmp_path / "state", Tls.NONE)
    flags = (*CAMERA, f"--host-resolver-rules=MAP {NAME} 127.0.0.1")
    async with staged(tmp_path / "profile", *flags, services=made.services) as stage:
        page = await stage.open()
        await until(page, "document.body.innerText.includes('HTTPS pages only')")
        assert not await page.evaluate("isSecureContext")
