"""Options that say which servers and addresses a connection may use, and what they come to."""

from dataclasses import dataclass, field

import typer

import signaling
from hairpin.calling import trusting
from hairpin.calling.options import (
    AuthorityOption,
    FingerprintOption,
    HostOption,
    OwnServersOption,
    RelayOnlyOption,
    StunOption,
    TurnOption,
    UserOption,
)
from peer import Configuration, ConfigurationError, IceTransportPolicy, Server, parse_servers


@dataclass(frozen=True, slots=True)
class Connecting:
    """The options as they were typed."""

    stun: StunOption = None
    turn: TurnOption = None
    user: UserOption = field(default=None, repr=False)
    own_servers_only: OwnServersOption = False
    relay_only: RelayOnlyOption = False
    host: HostOption = None
    ca: AuthorityOption = None
    fingerprint: FingerprintOption = None

    def configuration(self, url: str) -> Configuration:
        """What a session is told.

        Args:
            url: Of the signaling server.

        Raises:
            typer.BadParameter: They make no sense.
        """
        trust = trusting.read(url, self.ca, self.fingerprint)
        return Configuration(
            servers=self._servers(),
            use_signaled_servers=not self.own_servers_only,
            policy=IceTransportPolicy.RELAY if self.relay_only else IceTransportPolicy.ALL,
            host_addresses=tuple(self.host) if self.host else None,
            tls=trust.relays,
            signaling_tls=trust.signaling,
            meeting_deadline=30.0,
        )

    def _servers(self) -> tuple[Server, ...]:
        name, colon, password = (self.user or "").partition(":")
        if self.user is not None and not colon:
            raise typer.BadParameter("expected NAME:PASSWORD", param_hint="--user")
        if self.turn and self.user is None:
            raise typer.BadParameter(
                "a TURN server needs --user NAME:PASSWORD as well", param_hint="--turn"
            )
        asked = [signaling.IceServer((url,)) for url in self.stun or ()]
        relays = [signaling.IceServer((url,), name, password) for url in self.turn or ()]
        try:
            return parse_servers(asked) + parse_servers(relays)
        except ConfigurationError as error:
            raise typer.BadParameter(str(error), param_hint="--stun or --turn") from None
