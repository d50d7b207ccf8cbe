"""Reports as they come of diagnoses, made by hand: of one who is behind a NAT of a type."""

import dataclasses

from nat.behavior import Behavior
from nat.choices import Blocking, Dependence, PortMapping
from nat.discovery.evidence import Evidence, Wish
from nat.discovery.findings import Finding, known
from nat.discovery.judging import judge
from nat.discovery.report import FamilyReport, RelayReport, Report
from nat.discovery.surroundings import GatewayProbe
from stunwire import Family

EI, AD, APD = Dependence
YES, NO = known(value=True, why=""), known(value=False, why="")


def side(
    behavior: Behavior | None = None,
    *,
    external: str = "192.0.2.1",
    local: str = "192.168.1.2",
    model: bool = True,
    relays: dict[str, Finding[bool]] | None = None,
    gateway: str = "192.168.1.1",
    outer: str | None = None,
    print_: str | None = None,
    anonymous: bool = False,
    wishes: tuple[Wish, ...] = (),
    opened: dict[PortMapping, Finding[bool]] | None = None,
    more: tuple[FamilyReport, ...] = (),
    **values: object,
) -> Report:
    """The report of one who is behind that.

    Args:
        model: whether it is known what RFC 4787 leaves open.
        outer: the outer address that the router tells.
        print_: what tells the router from others.
    """
    behavior = behavior or Behavior(EI, APD)
    found: dict[str, object] = {
        "udp": NO if behavior.blocking is Blocking.UDP else YES,
        "translated": YES,
        "mapping": known(behavior.mapping, ""),
        "filtering": known(behavior.filtering, ""),
        "clashes": NO,
    }
    if model:
        found["filter_scope"] = known(behavior.filter_scope, "")
        found["sessions"] = known(behavior.sessions, "")
    family = FamilyReport(Family.IPV4, local, (external,), **{**found, **values})  # type: ignore[arg-type]
    told = GatewayProbe(protocol=PortMapping.UPNP, answered_at=1.0, external=outer)
    evidence = Evidence(
        gateway=gateway,
        gateway_print=print_,
        gateways=(told,) if outer else (),
        anonymous=anonymous,
        wishes=wishes,
    )
    report = judge(evidence)
    ways = tuple(RelayReport("turn", means, works) for means, works in (relays or {}).items())
    return dataclasses.replace(report, families=(family, *more), ways_out=ways, opened=opened or {})


def elsewhere(behavior: Behavior | None = None, **values: object) -> Report:
    return side(behavior, external="198.51.100.9", **values)  # type: ignore[arg-type]
