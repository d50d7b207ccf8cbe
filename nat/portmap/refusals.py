"""Result codes in words: what a gateway means when it says no, and what would help."""

from collections.abc import Mapping
from typing import Final

from nat.choices import PortMapping
from nat.portmapping import natpmp, pcp

_NAT_PMP: Final[Mapping[int, str]] = {
    natpmp.Result.UNSUPPORTED_VERSION: "it does not speak NAT-PMP",
    natpmp.Result.NOT_AUTHORIZED: "not authorized: port mapping is turned off in its settings,"
    " or not allowed for this machine",
    natpmp.Result.NETWORK_FAILURE: "network failure: it has no external address itself",
    natpmp.Result.OUT_OF_RESOURCES: "out of resources: it has no room for another mapping",
    natpmp.Result.UNSUPPORTED_OPCODE: "it knows no such request",
}
_PCP: Final[Mapping[int, str]] = {
    pcp.Result.UNSUPP_VERSION: "it does not speak this version of PCP",
    pcp.Result.NOT_AUTHORIZED: "not authorized: port mapping is turned off in its settings, or the"
    " mapping is somebody else's",
    pcp.Result.MALFORMED_REQUEST: "it cannot read the request",
    pcp.Result.UNSUPP_OPCODE: "it knows no such request",
    pcp.Result.UNSUPP_OPTION: "it does not know an option of the request",
    pcp.Result.MALFORMED_OPTION: "it cannot read an option of the request",
    pcp.Result.NETWORK_FAILURE: "network failure: it has no external address itself",
    pcp.Result.NO_RESOURCES: "it has no room for another mapping",
    pcp.Result.UNSUPP_PROTOCOL: "it does not map this protocol",
    pcp.Result.USER_EX_QUOTA: "this machine has as many mappings as it may have",
    pcp.Result.CANNOT_PROVIDE_EXTERNAL: "the external port cannot be had",
    pcp.Result.ADDRESS_MISMATCH: "it sees another address than ours: there is a NAT in between",
    pcp.Result.EXCESSIVE_REMOTE_PEERS: "too many remote peers in one filter",
}
_UPNP: Final[Mapping[int, str]] = {
    401: "it knows no such action",
    402: "it does not take these arguments",
    501: "the action failed",
    606: "not authorized: it lets this machine open no ports",
    701: "it has no room for another pinhole",
    702: "its firewall is off, and needs no pinholes",
    703: "its settings let nobody open pinholes",
    704: "there is no such pinhole",
    705: "it opens no pinholes for this protocol",
    706: "it wants to be told the internal port",
    708: "it wants to know from whom packets will come",
    709: "no packet has passed the pinhole so far",
    713: "there is no such entry",
    714: "there is no such mapping",
    715: "it wants to know from whom packets will come",
    716: "it wants to be told the external port",
    718: "the external port is taken by somebody else",
    724: "internal and external port must be the same",
    725: "it gives ports for ever only",
    726: "it lets in everybody or nobody",
    727: "it chooses the external port itself",
    728: "it has no free port",
    729: "the port is one that it uses itself",
    732: "it wants to be told the internal port",
}
_WORDS: Final[Mapping[PortMapping, Mapping[int, str]]] = {
    PortMapping.NAT_PMP: _NAT_PMP,
    PortMapping.PCP: _PCP,
    PortMapping.UPNP: _UPNP,
}


def explain(spoken: PortMapping, code: int, said: str = "") -> str:
    """What a result code means, with the code, and with what the gateway itself said to it."""
    words = _WORDS[spoken].get(code, f"for a reason that is not known: {said or 'it gave none'}")
    return f"{words} (code {code})"
