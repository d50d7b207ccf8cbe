"""Certificates of somebody, as an authority would give them."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from hairpin.allinone import selfsigned
from hairpin.allinone.options import Tls, TlsWish

Issue = Callable[..., TlsWish]


@pytest.fixture
def issue(tmp_path: Path) -> Issue:
    """Makes a certificate and its key, to be given with --tls-cert and --tls-key."""

    def make(now: datetime, *names: str, before: timedelta = timedelta()) -> TlsWish:
        key = ec.generate_private_key(ec.SECP256R1())
        made = selfsigned.make(key, names, now - before)
        wish = TlsWish(kind=Tls.FILES, certificate=tmp_path / "c.pem", key=tmp_path / "k.pem")
        wish.certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
        wish.key.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return wish

    return make
