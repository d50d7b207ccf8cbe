"""What hubs and desks say to each other."""

import typing

from signaling.matchmaking.ledger import dealings


def test_every_report_names_its_session_or_is_for_all() -> None:
    for report in typing.get_args(dealings.Report):
        assert "sid" in report.__dataclass_fields__ or report is dealings.Reachable, report
