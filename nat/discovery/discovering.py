"""From servers to a report in one call."""

from collections.abc import Iterable

from nat.discovery.asyncionetwork import AsyncioNetwork
from nat.discovery.collecting import collect
from nat.discovery.judging import judge
from nat.discovery.network import Network
from nat.discovery.plan import Plan, StunServer
from nat.discovery.recorder import Listener
from nat.discovery.report import Report
from nat.discovery.servers import parse_server


async def discover(
    asked: Plan | Iterable[StunServer | str] = (),
    *,
    network: Network | None = None,
    progress: Listener | None = None,
) -> Report:
    """Find out what stands between this machine and the internet, and what that means.

    Args:
        asked: STUN servers, as text or not, with the usual questions; none for the built-in list.
            Or a whole plan.
        network: the world; None for the real one.
        progress: is told how far it is.

    Raises:
        ServerError: a text names no server.
        ValueError: the plan's pace is not more than 0.
    """
    plan = asked if isinstance(asked, Plan) else Plan(servers=_read(asked))
    return judge(await collect(plan, network or AsyncioNetwork(), progress))


def _read(servers: Iterable[StunServer | str]) -> tuple[StunServer, ...]:
    return tuple(parse_server(each) if isinstance(each, str) else each for each in servers)
