"""What several parts need: root, certificates, and a client's side of DTLS."""

import gc
import math
import os
import signal
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import settings
from OpenSSL import SSL

from relay import CertificateFiles
from tests.hangs import Watch

# Where the environment says that no bytecode is to be written (as many containers do), each of some hundred programs
# that tests start would compile the house anew, and each run every test: half of the time of the whole suite.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# In the background of a shell SIGINT is ignored, by each program that tests start as well: it would be waited for in vain.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# property tests are not timed: a machine with other work to do is no bug of what they test
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


def pytest_xdist_auto_num_workers() -> int:
    """Three workers for two processors: a worker waits for a quarter of its time, for timeouts and other programs."""
    processors = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    return math.ceil(1.5 * processors)


def pytest_configure(config: pytest.Config) -> None:
    """Watch for tests that hang in a worker; without workers a person sees that, and which it is."""
    if hasattr(config, "workerinput"):
        config.pluginmanager.register(Watch())


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Collect tests without looking for garbage: ten thousand of them are half a million objects, all of which stay.

    Afterwards they are looked at no more, and what is new less often than Python's 700 objects: a tenth of the time.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(10_000, *gc.get_threshold()[1:])
        gc.enable()


@pytest.fixture(scope="session")
def root() -> None:
    """For a test that makes network namespaces; without root it is skipped, and in CI it fails."""
    if os.geteuid() != 0:
        missing = "makes network namespaces, which needs root: run the tests with sudo"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(missing)


def write_certificate(files: CertificateFiles, name: str = "lab", host: str = "127.0.0.1") -> None:
    """Make a self-signed certificate for a name and an address, and put it where `files` says."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address(host))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    files.chain.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    files.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


@pytest.fixture(scope="session")
def make_certificate() -> Callable[..., None]:
    return write_certificate


@pytest.fixture
def own_files(tmp_path: Path) -> CertificateFiles:
    """A certificate that a test may change."""
    files = CertificateFiles(tmp_path / "chain.pem", tmp_path / "key.pem")
    write_certificate(files)
    return files


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> CertificateFiles:
    where: Path = tmp_path_factory.mktemp("tls")
    files = CertificateFiles(where / "chain.pem", where / "key.pem")
    write_certificate(files)
    return files


class DtlsClient:
    """A client's side of DTLS on buffers: what it sends is given as datagrams."""

    def __init__(self, *, mtu: int = 1200, alpn: tuple[bytes, ...] = ()) -> None:
        context = SSL.Context(SSL.DTLS_CLIENT_METHOD)
        context.set_options(SSL.OP_NO_QUERY_MTU)
        if alpn:
            context.set_alpn_protos(list(alpn))
        self.tls = SSL.Connection(context, None)
        self.tls.set_connect_state()
        self.tls.set_ciphertext_mtu(mtu)
        self.is_ready = False
        self.heard: list[bytes] = []

    def hello(self) -> list[bytes]:
        """Begin, or go on with what was heard; return what is to be sent."""
        return self.hear()

    def hear(self, *datagrams: bytes) -> list[bytes]:
        """Take datagrams in; return what is to be sent in answer."""
        for datagram in datagrams:
            self.tls.bio_write(datagram)
            self._read()
        if not datagrams:
            self._read()
        return self._sent()

    def say(self, frame: bytes) -> bytes:
        """Encrypt one frame."""
        self.tls.send(frame)
        (datagram,) = self._sent()
        return datagram

    def server_name(self) -> str:
        """The name in the certificate that was shown."""
        shown = self.tls.get_peer_certificate(as_cryptography=True)
        assert shown is not None
        return str(shown.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value)

    def goodbye(self) -> bytes:
        """Say that there is nothing more."""
        self.tls.shutdown()
        (datagram,) = self._sent()
        return datagram

    def _read(self) -> None:
        try:
            if not self.is_ready:
                self.tls.do_handshake()
                self.is_ready = True
            while True:
                self.heard.append(self.tls.recv(65536))
        except SSL.WantReadError:
            pass

    def _sent(self) -> list[bytes]:
        """One datagram for each record, which is as good as any other way to send them."""
        try:
            rest = self.tls.bio_read(1 << 20)
        except SSL.WantReadError:
            return []
        datagrams = []
        while rest:
            size = 13 + int.from_bytes(rest[11:13], "big")
            datagrams.append(rest[:size])
            rest = rest[size:]
        return datagrams


@pytest.fixture
def make_dtls_client() -> type[DtlsClient]:
    return DtlsClient
