"""The examination on real sockets: a relay on loopback, wrong in one way each time."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

import relay
from relay import CertificateFiles, Limits, PeerPolicy, Reach, Settings
from relay.doctor.examination import examine
from relay.doctor.findings import Finding, Outcome, Step
from relay.doctor.instruments import Trust
from relay.doctor.sockets import Sockets
from relay.doctor.target import Login, Secret, Target
from relay.doctor.troubles import LineError, Trouble
from relay.fivetuple import Transport
from stunwire import Address

HERE = Address("127.0.0.1", 0)
ALICE = Login("alice", "wonder")
DAY = timedelta(days=1)


@asynccontextmanager
async def serving(**settings: Any) -> AsyncIterator[relay.Server]:
    given: dict[str, Any] = {
        "listen": (HERE,),
        "listen_tcp": (HERE,),
        "realm": "lab",
        "users": {"alice": "wonder"},
        "peers": PeerPolicy(allow=("127.0.0.0/8",)),
        **settings,
    }
    async with relay.serve(Settings(**given)) as server:
        yield server


async def examined(
    server: relay.Server,
    transport: Transport = Transport.UDP,
    tools: Sockets | None = None,
    **more: Any,
) -> dict[Step, Finding]:
    address = next(address for over, address in server.listeners if over is transport)
    target = Target(
        **{
            "host": address.host,
            "port": address.port,
            "transport": transport,
            "access": ALICE,
            **more,
        }
    )
    diagnosis = await examine(target, tools or Sockets())
    assert server.counters.allocations == 0, "all is given back"
    return {finding.step: finding for finding in diagnosis.findings}


def bad(findings: dict[Step, Finding]) -> list[Step]:
    return [step for step, one in findings.items() if one.outcome is Outcome.FAILED]


@pytest.mark.parametrize("transport", [Transport.UDP, Transport.TCP])
async def test_a_relay_that_is_well(transport: Transport) -> None:
    async with serving() as server:
        findings = await examined(server, transport, realm="lab", external=("127.0.0.1",))
    assert {one.outcome for one in findings.values()} == {Outcome.OK}, findings


async def test_the_relays_own_machine_is_denied_as_a_peer_but_it_relays() -> None:
    async with serving(peers=PeerPolicy(reach=Reach.PUBLIC)) as server:
        findings = await examined(server)
    assert not bad(findings)
    assert findings[Step.INBOUND].outcome is Outcome.NOTED
    assert findings[Step.LOOP].outcome is Outcome.OK


async def test_a_wrong_external_address() -> None:
    async with serving(external_address="127.0.0.9") as server:
        findings = await examined(server, external=("127.0.0.1",))
    assert Step.RELAYED_ADDRESS in bad(findings)
    assert "announces 127.0.0.9" in findings[Step.RELAYED_ADDRESS].what
    assert findings[Step.LOOP].outcome is Outcome.OK


async def test_a_quota_and_a_relay_without_users_and_a_wrong_password() -> None:
    async with serving(limits=Limits(allocations_per_user=0)) as server:
        assert "486" in (await examined(server))[Step.ALLOCATION].what
    async with serving(limits=Limits(allocations=0)) as server:
        assert "508" in (await examined(server))[Step.ALLOCATION].what
    async with serving(users={}) as server:
        assert bad(await examined(server)) == [Step.REALM]
    async with serving() as server:
        assert bad(await examined(server, access=Login("alice", "0p3n"))) == [Step.CREDENTIALS]


async def test_a_secret_and_another_one() -> None:
    async with serving(users={}, rest_secrets=("s",)) as server:
        findings = await examined(server, access=Secret("s"))
        assert {one.outcome for one in findings.values()} == {Outcome.OK}
        findings = await examined(server, access=Secret("t"))
        assert bad(findings) == [Step.CREDENTIALS]
        assert "another one" in findings[Step.CREDENTIALS].what


@pytest.mark.parametrize("transport", [Transport.UDP, Transport.TCP, Transport.TLS])
async def test_a_closed_port_is_told_from_silence(transport: Transport) -> None:
    kind = socket.SOCK_DGRAM if transport is Transport.UDP else socket.SOCK_STREAM
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    target = Target(host="127.0.0.1", port=port, transport=transport, access=ALICE)
    diagnosis = await examine(target, Sockets())
    assert diagnosis.worst is not None
    assert diagnosis.worst.what.startswith(Trouble.REFUSED.value)


async def test_a_server_that_speaks_something_else() -> None:
    def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH_9.2\r\n")
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    for transport, trouble in ((Transport.TCP, Trouble.NOT_STUN), (Transport.TLS, Trouble.NOT_TLS)):
        target = Target(host="127.0.0.1", port=port, transport=transport)
        worst = (await examine(target, Sockets())).worst
        assert worst is not None
        assert worst.what.startswith(trouble.value)
    server.close()


async def test_a_plain_listener_asked_over_tls() -> None:
    async with serving() as server:
        target = Target(
            host="127.0.0.1", port=server.tcp_addresses[0].port, transport=Transport.TLS
        )
        worst = (await examine(target, Sockets())).worst
    assert worst is not None
    assert worst.what.startswith(Trouble.NOT_TLS.value)


def write(files: CertificateFiles, begins: timedelta, ends: timedelta) -> None:
    """Write a certificate for 127.0.0.1 and localhost."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "lab")])
    names: list[x509.GeneralName] = [
        x509.IPAddress(ip_address("127.0.0.1")),
        x509.DNSName("localhost"),
    ]
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now + begins)
        .not_valid_after(now + ends)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    files.chain.write_bytes(certificate.public_bytes(pem))
    files.key.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


@pytest.fixture
def files(tmp_path: Path) -> CertificateFiles:
    return CertificateFiles(tmp_path / "chain.pem", tmp_path / "key.pem")


@pytest.mark.parametrize(
    ("begins", "ends", "name", "trusted", "trouble"),
    [
        (-DAY, DAY, None, True, None),
        (-DAY, DAY, "localhost", True, None),
        (-2 * DAY, -DAY, None, True, Trouble.EXPIRED),
        (DAY, 2 * DAY, None, True, Trouble.NOT_YET),
        (-DAY, DAY, "turn.example", True, Trouble.OTHER_NAME),
        (-DAY, DAY, None, False, Trouble.UNKNOWN_ISSUER),
    ],
)
async def test_certificates(
    files: CertificateFiles,
    begins: timedelta,
    ends: timedelta,
    name: str | None,
    trusted: bool,
    trouble: Trouble | None,
) -> None:
    write(files, begins, ends)
    tools = Sockets(files.chain if trusted else None)
    async with serving(listen_tls=(HERE,), certificate=files) as server:
        findings = await examined(server, Transport.TLS, tools, name=name)
    certificate = findings.pop(Step.CERTIFICATE)
    assert {one.outcome for one in findings.values()} == {Outcome.OK}, "the rest is well"
    if trouble is None:
        assert certificate.outcome is Outcome.OK
    else:
        assert certificate.outcome is Outcome.FAILED
        assert certificate.what.startswith(trouble.value)


async def test_who_never_answers_a_connection_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("relay.doctor.sockets.CONNECT_TIMEOUT", 0.01)
    with socket.socket() as listening:  # the system connects, and nobody shakes hands
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        server = Address(*listening.getsockname())
        with pytest.raises(LineError) as caught:
            await Sockets().open_line(Transport.TLS, server, "x", Trust.ANY)
    assert caught.value.trouble is Trouble.SILENT


async def test_a_name_is_resolved_or_is_said_to_have_no_address() -> None:
    assert (await Sockets().resolve("127.0.0.1", 7)) == ("127.0.0.1", 7)
    with pytest.raises(LineError) as caught:
        await Sockets().resolve("no such name", 7)
    assert caught.value.trouble is Trouble.UNRESOLVED


async def test_a_connection_that_is_closed_is_said_to_be() -> None:
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    address = Address(*server.sockets[0].getsockname())
    line = await Sockets().open_line(Transport.TCP, address, "", Trust.ANY)
    with pytest.raises(LineError) as caught:
        await line.receive(10)
    assert caught.value.trouble is Trouble.CLOSED
    await line.close()
    server.close()
