"""Error responses in words."""

import pytest

from stunwire import ErrorCode, refusal_words


@pytest.mark.parametrize(
    ("code", "reason", "words"),
    [
        (486, "", "the user has as many allocations as the server allows"),
        (486, "Quota", "the user has as many allocations as the server allows (Quota)"),
        (499, "Odd", "Odd"),
        (499, "", "without a reason"),
    ],
)
def test_a_code_is_put_into_words_with_the_servers_own_beside(
    code: int, reason: str, words: str
) -> None:
    assert refusal_words(ErrorCode(code, reason)) == words
