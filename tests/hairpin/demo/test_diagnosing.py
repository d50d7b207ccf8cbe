"""A NAT of the demo is known for what it is, without the diagnosis being told."""

import pytest

import nat
from hairpin.demo.diagnosing import diagnose


@pytest.mark.parametrize(
    ("behavior", "grade"), [(nat.PORT_RESTRICTED_CONE, "Good: "), (nat.SYMMETRIC, "Poor: ")]
)
def test_the_verdict_is_that_of_the_nat(behavior: nat.Behavior, grade: str) -> None:
    found = diagnose(behavior, seed=1)
    assert found.name == behavior.name
    assert found.verdict.startswith(grade)
    assert found.virtual < 8
