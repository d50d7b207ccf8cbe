"""What a reload cannot change."""

from dataclasses import replace

import pytest

from signaling.operation.changes import unchangeable
from signaling.operation.configuration import make_configuration
from signaling.operation.document import Document, IceTable, LimitsTable

RUNNING = make_configuration(Document(), {})


@pytest.mark.parametrize(
    ("document", "named"),
    [
        (Document(), ()),
        (Document(listen=("127.0.0.1:1",), node="b"), ("listen", "node")),
        (Document(limits=LimitsTable(message=99, peers=2)), ("limits.message",)),
        (Document(resume_for=1.0, admin="/s"), ("admin", "resume-for")),
        (Document(ice=IceTable(stun=("stun:a",)), drain_for=1.0), ()),
        (Document(limits=LimitsTable(peers=2, rate=1.0)), ()),
    ],
)
def test_what_needs_a_restart_is_named_as_the_file_names_it(
    document: Document, named: tuple[str, ...]
) -> None:
    assert unchangeable(RUNNING, make_configuration(document, {})) == named


def test_a_node_whose_name_was_made_up_is_not_another_each_time() -> None:
    running = replace(RUNNING, redis="redis://a")
    assert unchangeable(running, replace(RUNNING, redis="redis://a")) == ()
