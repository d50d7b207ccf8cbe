"""Is the relayed address that a relay announces one that peers can reach?"""

from relay.doctor.findings import Finding, Outcome, Step
from relay.policy import DENIED_BLOCKS, BlockSet, canonical
from stunwire import Address

_SPECIAL = BlockSet(DENIED_BLOCKS)
_ANNOUNCE = "Say what peers reach it at: --external-ip ADDRESS."


def judge_relayed(relayed: Address, server: Address, expected: tuple[str, ...]) -> Finding:
    """Judge an announced address by the server's, and by what was expected."""
    kind, kind_of_server = kind_of(relayed.host), kind_of(server.host)
    same = [host for host in expected if (":" in host) == (":" in relayed.host)]
    if same and canonical(relayed.host) not in {canonical(host) for host in same}:
        return _failed(
            f"it announces {relayed.host} where {' or '.join(same)} was expected",
            "Correct --external-ip; a relay takes another one only when it starts.",
        )
    if not relayed.port or kind in ("unspecified", "this network"):
        return _failed(f"it announces {relayed.host}, which is no address of anybody", _ANNOUNCE)
    if kind is not None and kind_of_server is None:
        return _failed(
            f"it announces {relayed.host}, which is {kind}, though it is reached at {server.host}",
            _ANNOUNCE,
        )
    if kind != kind_of_server:
        return Finding(
            Step.RELAYED_ADDRESS,
            Outcome.OK,
            f"{_text(relayed)}; it was reached at {server.host}, which is {kind_of_server}",
        )
    return Finding(Step.RELAYED_ADDRESS, Outcome.OK, _text(relayed) + (f", {kind}" if kind else ""))


def kind_of(host: str) -> str | None:
    """Say what an address that is not on the public internet is; None for one that is."""
    row = _SPECIAL.find(canonical(host))
    return None if row is None else row.name


def _failed(what: str, remedy: str) -> Finding:
    return Finding(Step.RELAYED_ADDRESS, Outcome.FAILED, what, remedy)


def _text(address: Address) -> str:
    host, port = address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
