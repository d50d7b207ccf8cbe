"""Nobody is in a hurry with gateways; as a program, `hairpin` that is not either.

A person waits for a gateway for two seconds; on a busy machine it may need them for itself.
"""

from collections.abc import Callable

from hairpin.cli import main
from nat.portmap import IgdClient, PcpClient, PinholeClient, choosing
from nat.portmap.asking import PATIENTLY, Asker
from nat.portmap.probing import probe

PATIENCE = 60.0


def take_time(replace: Callable[[object, str, object], None]) -> None:
    """Put more patience in the place of what clients of gateways have."""
    for client, defaults in (
        (IgdClient, (None, PATIENTLY, PATIENCE, "")),
        (PinholeClient, (PATIENTLY, PATIENCE, "")),
        (PcpClient, (PATIENTLY, "")),
        (Asker, (PATIENTLY, "")),
    ):
        assert len(client.__init__.__defaults__ or ()) == len(defaults)
        replace(client.__init__, "__defaults__", defaults)
    replace(choosing, "GIVING_UP", PATIENCE)
    assert "patience" in (probe.__kwdefaults__ or {})
    replace(probe, "__kwdefaults__", {**(probe.__kwdefaults__ or {}), "patience": PATIENCE})


if __name__ == "__main__":
    take_time(setattr)
    main()
