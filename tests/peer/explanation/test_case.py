"""Whether direct ways were tried in vain is asked by many rules."""

from typing import Any

from peer.explanation.case import direct_failed
from peer.explanation.evidence import gather


def test_direct_ways_failed_where_they_were_tried_and_none_answered(
    failing: Any, direct: Any, side: Any
) -> None:
    reports = [each.report() for each in (failing, direct, side())]
    found = [gather(report) for report in reports]
    assert [direct_failed(each) for each in found if each is not None] == [True, False, False]
