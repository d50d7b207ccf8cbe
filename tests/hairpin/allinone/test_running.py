"""What `hairpin up` says of what it cannot have. The rest is in `tests/hairpin/test_up.py`, as a person meets it."""

import re

from hairpin.allinone.running import explain
from hairpin.services import CannotListenError, Service
from relay.errors import CertificateError


def test_an_error_without_a_listener_is_told_as_it_is() -> None:
    assert explain(ValueError("odd options")) == "odd options."
    assert explain(CertificateError("no file.")) == "no file."


def test_each_service_names_the_option_that_moves_it() -> None:
    for service in Service:
        error = CannotListenError(service, ("127.0.0.1", 1), OSError(98, "in use"))
        (option,) = re.findall(r"Choose another with (--[a-z-]+) HOST:PORT", explain(error))
        assert option.removeprefix("--") in {
            *("signaling", "relay", "alternate", "relay-tls", "metrics")
        }
