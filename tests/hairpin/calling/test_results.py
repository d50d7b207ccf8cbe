"""What came of a call is a sentence and a document, also when nothing came of it."""

from hairpin.calling.results import CallResult


def test_a_call_that_met_nobody_has_a_document_all_the_same() -> None:
    result = CallResult("tea-room", reason="stopped here")
    assert result.verdict == "Not connected: stopped here."
    document = result.as_document()
    assert document["connected"] is False
    assert document["explanation"] is None
    assert document["timeline"] == {}
