"""Signatures of Standard Webhooks."""

import base64

import pytest

from signaling.faults import SettingsError
from signaling.signatures import read_webhook_secret, signature_headers

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = b'{"test": 2432232314}'


def test_the_example_of_the_specification_is_signed_byte_for_byte():
    secret = read_webhook_secret(SECRET)
    headers = signature_headers(BODY, (secret,), "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330.9)
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_while_one_secret_follows_another_both_sign():
    both = signature_headers(BODY, (b"o" * 24, b"n" * 24), "m", 0.0)["webhook-signature"].split()
    each = [signature_headers(BODY, (one * 24,), "m", 0.0) for one in (b"o", b"n")]
    assert both == [headers["webhook-signature"] for headers in each]


def test_without_a_secret_nothing_is_signed_but_the_message_has_its_id():
    assert set(signature_headers(BODY, (), "m", 0.0)) == {"webhook-id", "webhook-timestamp"}


def test_a_text_is_a_secret_too():
    assert read_webhook_secret("hunter2hunter2hunter2hunter2") == b"hunter2hunter2hunter2hunter2"


@pytest.mark.parametrize(
    "text",
    [
        "hunter2",
        "whsec_hunter2!",
        "whsec_" + base64.b64encode(b"hunter2").decode(),
        "hunter2" * 10,
        "whsec_hüñter2",
    ],
)
def test_a_secret_that_is_none_is_refused_and_not_repeated(text):
    with pytest.raises(SettingsError) as refused:
        read_webhook_secret(text)
    assert "nter2" not in str(refused.value)
