"""The examination of one listener: a dialogue that stops at the first step nothing can come after."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from relay.doctor import clock
from relay.doctor.addresses import judge_relayed
from relay.doctor.client import TurnClient, error_code
from relay.doctor.findings import Diagnosis, Finding, Outcome, Step
from relay.doctor.instruments import Instruments, Line, Trust
from relay.doctor.passage import Passage
from relay.doctor.refusals import meaning_of
from relay.doctor.target import Login, Secret, Target
from relay.doctor.troubles import CERTIFICATE_TROUBLES, REMEDIES, LineError
from relay.fivetuple import Transport
from stunwire import (
    Address,
    ErrorCodes,
    Lifetime,
    Message,
    Method,
    RequestedAddressFamily,
    RequestedTransport,
    XorMappedAddress,
    XorRelayedAddress,
)

CREDENTIAL_TTL = 600.0
_UDP = RequestedTransport(17)


async def examine(target: Target, instruments: Instruments) -> Diagnosis:
    """Examine one listener; whatever happens is a finding."""
    examination = _Examination(target, instruments)
    try:
        await examination.run()
    finally:
        await examination.close()
    return Diagnosis(target.text, target.transport, _in_order(examination.findings, target))


@dataclass(frozen=True, slots=True)
class _Held:
    """An allocation, as the response that gave it says."""

    relayed: Address
    mapped: Address


class _Examination:
    def __init__(self, target: Target, instruments: Instruments) -> None:
        self.findings: list[Finding] = []
        self._target = target
        self._tools = instruments
        self._server: Address
        self._trust = Trust.CHECKED
        self._login: Login | None = None
        self._clients: list[TurnClient] = []
        self._holding: list[TurnClient] = []
        self._step = Step.NAME
        self._held: _Held | None = None

    async def run(self) -> None:
        """Go from step to step until one says that nothing can come after it."""
        steps: tuple[Callable[[], Awaitable[bool]], ...] = (
            self._resolve,
            self._connect,
            self._bind,
            self._see_challenge,
            self._allocate,
            self._judge_address,
            self._pass_packets,
            self._see_clock,
        )
        try:
            for step in steps:
                if not await step():
                    return
        except LineError as error:
            remedy = REMEDIES[error.trouble]
            self._note(Outcome.FAILED, self._where(error), remedy)

    async def close(self) -> None:
        """Give back what was held."""
        for client in self._clients:
            try:
                if client in self._holding:
                    await client.ask(Method.REFRESH, Lifetime(0))
            except LineError:
                pass  # it ends by itself
            await client.close()

    async def _resolve(self) -> bool:
        self._server = await self._tools.resolve(self._target.host, self._target.port)
        if self._server.host != self._target.host:
            self._note(Outcome.OK, f"{self._target.host} is {self._server.host}")
        return True

    async def _connect(self) -> bool:
        self._step = Step.CONNECTION
        before = self._tools.now()
        try:
            line = await self._open()
        except LineError as error:
            if error.trouble not in CERTIFICATE_TROUBLES:
                raise
            self._trust = Trust.ANY  # what comes after may be right or wrong all the same
            line = await self._open()
            what = f"{error.trouble.value}{f' ({error.detail})' if error.detail else ''}"
            self._note(Outcome.FAILED, what, REMEDIES[error.trouble], step=Step.CERTIFICATE)
        if self._target.transport is not Transport.UDP:
            self._note(Outcome.OK, seconds=self._tools.now() - before)
        if self._target.transport is Transport.TLS and self._trust is Trust.CHECKED:
            self._note(Outcome.OK, f"good for {self._name}", step=Step.CERTIFICATE)
        self._client(line)
        return True

    async def _bind(self) -> bool:
        self._step = Step.BINDING
        before = self._tools.now()
        response = await self._clients[0].ask(Method.BINDING)
        mapped = response.get(XorMappedAddress)
        seconds = self._tools.now() - before
        if mapped is None:
            self._note(Outcome.NOTED, f"it refuses Binding requests with {error_code(response)}")
        else:
            host, port = mapped.address
            shown = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
            self._note(Outcome.OK, f"it sees us as {shown}", seconds=seconds)
        return self._target.access is not None

    async def _see_challenge(self) -> bool:
        self._step = Step.REALM
        client = self._clients[0]
        client.show(None)
        # A Refresh holds nothing, whatever comes of it.
        response = await client.ask(Method.REFRESH, Lifetime(0))
        if client.challenge is None:
            return self._unchallenged(response)
        realm = client.realm or ""
        if self._target.realm is not None and realm != self._target.realm:
            self._note(
                Outcome.FAILED,
                f"its realm is {realm!r} where {self._target.realm!r} was expected",
                "Another relay answers here, or it runs with another configuration: restart it, "
                "or correct the realm.",
            )
        else:
            self._note(Outcome.OK, repr(realm))
        return True

    def _unchallenged(self, response: Message) -> bool:
        code = error_code(response)
        if code == ErrorCodes.FORBIDDEN:
            meaning = meaning_of(response)
            self._note(Outcome.FAILED, meaning.what, meaning.remedy)
        elif code in (None, ErrorCodes.ALLOCATION_MISMATCH):
            self._note(
                Outcome.FAILED,
                "it asks for no credential: everybody may relay through it",
                "Give it users or a secret, and take no-auth out of its configuration.",
            )
        else:
            self._note(
                Outcome.FAILED,
                f"it answers with {code} where it should ask for a credential",
                "It may be a STUN server without TURN, or badly broken.",
            )
        return False

    async def _allocate(self) -> bool:
        self._step = Step.CREDENTIALS
        client, access = self._clients[0], self._target.access
        assert access is not None
        self._login = self._make_login(CREDENTIAL_TTL)
        client.show(self._login)
        before = self._tools.now()
        response = await client.ask(Method.ALLOCATE, *self._wishes())
        if error_code(response) == ErrorCodes.UNAUTHENTICATED:
            return await self._explain_refused_credential()
        self._note(Outcome.OK, "accepted")
        self._step = Step.ALLOCATION
        relayed, mapped = response.get(XorRelayedAddress), response.get(XorMappedAddress)
        if relayed is None or mapped is None:
            meaning = meaning_of(response)
            self._note(Outcome.FAILED, meaning.what, meaning.remedy)
            return False
        self._note(Outcome.OK, seconds=self._tools.now() - before)
        self._holding.append(client)
        self._held = _Held(relayed.address, mapped.address)
        return True

    async def _explain_refused_credential(self) -> bool:
        assert self._login is not None
        if isinstance(self._target.access, Secret):
            skew = await clock.measure(self._is_taken)
            finding = clock.judge(skew)
            if skew.most is None:  # the clock is not the reason
                self._note(Outcome.FAILED, finding.what, finding.remedy)
            else:
                why = f"a credential for {CREDENTIAL_TTL / 60:.0f} minutes is refused: "
                self._note(Outcome.FAILED, why + finding.what, finding.remedy)
            return False
        expires = self._login.expires
        if expires is not None and expires <= self._tools.unix_now():
            ago = self._tools.unix_now() - expires
            self._note(
                Outcome.FAILED,
                f"the credential ended {ago:.0f} s ago, by this machine's clock",
                "Get a new one: `hairpin relay mint`.",
            )
            return False
        self._note(
            Outcome.FAILED,
            f"the user {self._login.username!r} is unknown there, or the password is wrong: "
            "a server does not say which",
            "Compare both with the relay's configuration; `hairpin relay reload` lets it read a change. A password "
            "is also wrong if it was made for another realm"
            + ("." if expires is None else ", or with another secret."),
        )
        return False

    async def _judge_address(self) -> bool:
        assert self._held is not None
        finding = judge_relayed(self._held.relayed, self._server, self._target.external)
        self.findings.append(finding)
        return True

    async def _pass_packets(self) -> bool:
        assert self._held is not None
        self._step = Step.PERMISSION
        passage = Passage(
            self._clients[0],
            self._tools,
            server=self._server,
            relayed=self._held.relayed,
            mapped=self._held.mapped,
        )
        findings = await passage.findings()
        self.findings += findings
        if all(one.outcome is Outcome.OK for one in findings):
            return True
        self._step = Step.LOOP
        other = self._client(await self._open())
        other.show(self._login)
        response = await other.ask(Method.ALLOCATE, *self._wishes())
        relayed = response.get(XorRelayedAddress)
        if relayed is None:
            self._note(Outcome.SKIPPED, meaning_of(response).what)
        else:
            self._holding.append(other)
            self.findings.append(await passage.loop(other, relayed.address))
        return True

    async def _see_clock(self) -> bool:
        self._step = Step.CLOCK
        if isinstance(self._target.access, Secret):
            self.findings.append(clock.judge(await clock.measure(self._is_taken)))
        return True

    async def _is_taken(self, ttl: float) -> bool:
        """Try a credential on a line of its own, with a Refresh, so that nothing is allocated."""
        line = await self._open()
        client = TurnClient(
            line, self._target.transport, self._make_login(ttl), self._tools.transaction_id
        )
        try:
            response = await client.ask(Method.REFRESH, Lifetime(0))
        finally:
            await client.close()
        return error_code(response) != ErrorCodes.UNAUTHENTICATED

    def _make_login(self, ttl: float) -> Login:
        access = self._target.access
        assert access is not None
        return access.login(self._tools.unix_now(), ttl) if isinstance(access, Secret) else access

    def _wishes(self) -> tuple[RequestedTransport | RequestedAddressFamily, ...]:
        """A relayed address of the server's family, so that our own peer can reach it."""
        return (_UDP, RequestedAddressFamily(self._server.family))

    def _client(self, line: Line) -> TurnClient:
        client = TurnClient(line, self._target.transport, None, self._tools.transaction_id)
        self._clients.append(client)
        return client

    async def _open(self) -> Line:
        return await self._tools.open_line(
            self._target.transport, self._server, self._name, self._trust
        )

    @property
    def _name(self) -> str:
        return self._target.name or self._target.host

    def _where(self, error: LineError) -> str:
        return f"{error} at {self._target.text} over {self._target.transport.name}"

    def _note(
        self,
        outcome: Outcome,
        what: str = "",
        remedy: str = "",
        *,
        step: Step | None = None,
        seconds: float | None = None,
    ) -> None:
        self.findings.append(Finding(step or self._step, outcome, what, remedy, seconds))


def _in_order(found: list[Finding], target: Target) -> tuple[Finding, ...]:
    """Every step that was taken, and what was not is skipped: the reader sees how far it came."""
    by_step = {finding.step: finding for finding in found}
    expected = [Step.BINDING]
    if target.transport is not Transport.UDP:
        expected.append(Step.CONNECTION)
    if target.transport is Transport.TLS:
        expected.append(Step.CERTIFICATE)
    if target.access is not None:
        expected += [
            Step.REALM,
            Step.CREDENTIALS,
            Step.ALLOCATION,
            Step.RELAYED_ADDRESS,
            Step.PERMISSION,
            Step.INBOUND,
            Step.OUTBOUND,
        ]
    if isinstance(target.access, Secret):
        expected.append(Step.CLOCK)
    return tuple(
        by_step.get(step, Finding(step, Outcome.SKIPPED))
        for step in Step
        if step in by_step or step in expected
    )
