"""Read the file and the certificate again, and go on with the old where the new is bad."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from rich.text import Text

import relay
from hairpin.console import BROKEN, stderr
from relay.configuration import Configuration
from relay.outputs import UsersFileRead

PATIENCE = 5.0
"""Seconds that an operator waits for the users file."""


@dataclass(frozen=True, slots=True)
class Reload:
    """What SIGHUP does, and the operator's `reload`.

    Args:
        server: As it serves.
        started: The configuration it was started with, of which listeners cannot change.
        read: Reads the configuration again.
    """

    server: relay.Server
    started: Configuration
    read: Callable[[], Configuration]

    def carry_out(self) -> None:
        """Go on with what the file and the certificate hold now, each unless it is bad.

        Raises:
            RelayError: One is bad; the text says which, and that the old goes on.
        """
        problems = []
        try:
            self._read_settings()
        except relay.RelayError as error:
            problems.append(f"{error}. The old settings go on.")
        try:
            self.server.reload_certificates()
        except relay.RelayError as error:
            problems.append(f"{error}. The old one goes on.")
        if problems:
            raise relay.RelayError(" ".join(problems))

    async def carry_out_whole(self) -> UsersFileRead | None:
        """The same, and wait for the users file, but not for long; say what came of it.

        Raises:
            RelayError: As above.
        """
        self.carry_out()
        try:
            async with asyncio.timeout(PATIENCE):
                return await self.server.users_read()
        except TimeoutError:
            return None  # the log says it later

    def carry_out_and_tell(self, *, quiet: bool) -> None:
        """The same, and print what came of it."""
        try:
            self.carry_out()
        except relay.RelayError as error:
            stderr().print(Text.assemble(("error: ", BROKEN), str(error)), soft_wrap=True)
        else:
            if not quiet:
                stderr().print("Settings were read again.")

    def _read_settings(self) -> None:
        configuration = self.read()
        for name in ("metrics", "admin"):
            if getattr(configuration, name) != getattr(self.started, name):
                raise relay.SettingsError(f"cannot change without a restart: {name}")
        self.server.reload(configuration.settings)
