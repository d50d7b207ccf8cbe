"""Error codes have names, close codes have verdicts."""

import pytest

from signaling.codes import FATAL, CloseCode, ErrorCode, Verdict, close_label, verdict


def test_an_error_code_is_labelled_in_lower_case():
    assert ErrorCode.ROOM_FULL.label == "room_full"
    assert ErrorCode(429).label == "rate_limited"


@pytest.mark.parametrize("code", [1000, 1002, 1007, 1009, 4000, 4400, 4401, 4409, 4413, 4499])
def test_these_close_codes_say_stay_away(code):
    assert verdict(code) is Verdict.STAY_AWAY


@pytest.mark.parametrize("code", [1001, 1005, 1006, 1011, 1012, 1013, 4500, 4503, 4508, 4999])
def test_these_close_codes_say_come_back(code):
    assert verdict(code) is Verdict.COME_BACK


def test_every_terminal_close_code_of_ours_repeats_an_error_code():
    for code in CloseCode:
        if 4000 <= code < 4500 and code is not CloseCode.REPLACED:
            assert ErrorCode(code - 4000).name == code.name


def test_close_codes_have_names_even_unknown_ones():
    assert close_label(4508) == "slow_consumer"
    assert close_label(4999) == "close_4999"


def test_a_fatal_error_and_its_close_code_bear_one_name():
    for error, close in FATAL.items():
        assert error.name == close.name or error is ErrorCode.EXPIRED
