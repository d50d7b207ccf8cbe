"""What a selected pair means."""

import itertools

import pytest

from peer import CandidateType, Path, PathKind

ADDRESS = ("192.0.2.1", 1)


@pytest.mark.parametrize(("local", "remote"), [*itertools.product(CandidateType, CandidateType)])
def test_a_path_is_relayed_if_either_end_is_and_host_only_if_both_are(
    local: CandidateType, remote: CandidateType
) -> None:
    kind = Path(local, ADDRESS, remote, ADDRESS).kind
    if CandidateType.RELAYED in (local, remote):
        assert kind is PathKind.RELAYED
    elif local is remote is CandidateType.HOST:
        assert kind is PathKind.HOST
    else:
        assert kind is PathKind.REFLEXIVE


def test_every_kind_has_words_of_its_own() -> None:
    assert len({kind.words for kind in PathKind}) == len(PathKind)
