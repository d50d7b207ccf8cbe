"""Where a secret comes from: said as it is, in a file, or in the environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from signaling.faults import SettingsError

LARGEST = 64 * 1024


@dataclass(frozen=True, slots=True)
class SecretSource:
    """The three ways in which a secret may be said, of which one is used.

    Args:
        key: How the setting is called, for what is said to people.
        value: The secret.
        file: The path of a file that holds it.
        variable: The name of a variable that holds it.
    """

    key: str
    value: str | None = field(default=None, repr=False)
    file: str | None = None
    variable: str | None = None

    def read(self, environment: Mapping[str, str]) -> str | None:
        """Find the secret; None where none is said.

        Raises:
            SettingsError: It is said twice, or is not where it is said to be.
        """
        if sum(one is not None for one in (self.value, self.file, self.variable)) > 1:
            raise SettingsError(
                f"{self.key}: expected one of {self.key}, {self.key}-file and {self.key}-env, got several"
            )
        if self.file is not None:
            return self._filled(self._from_file(Path(self.file)))
        if self.variable is not None:
            found = environment.get(self.variable)
            if found is None:
                raise SettingsError(f"{self.key}-env: no variable {self.variable} is set")
            return self._filled(found)
        return None if self.value is None else self._filled(self.value)

    def _from_file(self, path: Path) -> str:
        try:
            with path.open("rb") as opened:
                content = opened.read(LARGEST + 1)
        except OSError as error:
            raise SettingsError(f"{self.key}-file: {path}: {error.strerror or error}") from error
        try:
            if len(content) <= LARGEST:
                return content.decode().strip("\r\n")
        except UnicodeDecodeError:
            pass
        raise SettingsError(f"{self.key}-file: {path}: expected a line of text")

    def _filled(self, secret: str) -> str:
        if not secret:
            raise SettingsError(f"{self.key}: expected a secret, got an empty one")
        return secret
