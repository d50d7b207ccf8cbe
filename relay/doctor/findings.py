"""What an examination finds: a row of steps, each with an outcome, a reason and a remedy."""

from dataclasses import dataclass
from enum import Enum
from typing import Any

from relay.fivetuple import Transport

VERSION = 1


class Step(Enum):
    """What is looked at, in this order."""

    NAME = "name"
    CONNECTION = "connection"
    CERTIFICATE = "certificate"
    BINDING = "Binding"
    REALM = "realm"
    CREDENTIALS = "credentials"
    CLOCK = "clock"
    ALLOCATION = "allocation"
    RELAYED_ADDRESS = "relayed address"
    PERMISSION = "permission"
    INBOUND = "peer to client"
    OUTBOUND = "client to peer"
    LOOP = "relay to itself"


class Outcome(Enum):
    """What came of a step."""

    OK = "ok"
    NOTED = "noted"
    """It works, but not for everybody."""
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Finding:
    """One step.

    Args:
        step: which.
        outcome: what came of it.
        what: the reason, or what was seen; a sentence without its full stop.
        remedy: what to do about it, in sentences.
        seconds: how long an answer took, where that says something.
    """

    step: Step
    outcome: Outcome
    what: str = ""
    remedy: str = ""
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What was found over one transport.

    Args:
        server: as it was asked for, `HOST:PORT`.
        transport: how.
        findings: every step, in order.
    """

    server: str
    transport: Transport
    findings: tuple[Finding, ...]

    @property
    def worst(self) -> Finding | None:
        """The first step that failed, or else the first that is noted."""
        for outcome in (Outcome.FAILED, Outcome.NOTED):
            for finding in self.findings:
                if finding.outcome is outcome:
                    return finding
        return None

    @property
    def has_relayed(self) -> bool:
        """Whether relaying was looked at, and not STUN alone."""
        return any(finding.step is Step.ALLOCATION for finding in self.findings)

    @property
    def is_well(self) -> bool:
        """Whether nothing failed."""
        return all(finding.outcome is not Outcome.FAILED for finding in self.findings)


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that was found."""

    diagnoses: tuple[Diagnosis, ...]

    @property
    def is_well(self) -> bool:
        """Whether nothing failed."""
        return all(diagnosis.is_well for diagnosis in self.diagnoses)

    @property
    def verdict(self) -> str:
        """One sentence."""
        bad = [one for one in self.diagnoses if not one.is_well]
        if bad:
            good = [one for one in self.diagnoses if one.is_well]
            before = f"Works over {_over(good)}, but not over {_over(bad)}: " if good else ""
            return before + _sentence(bad[0], capital=not good)
        noted = [one for one in self.diagnoses if one.worst is not None]
        if noted:
            return f"It relays, with one reservation: {_sentence(noted[0], capital=False)}"
        over = _over(list(self.diagnoses))
        if not all(one.has_relayed for one in self.diagnoses):
            return f"It answers STUN, over {over}. Whether it relays, only a credential tells."
        return f"It relays, over {over}."

    def document(self) -> dict[str, Any]:
        """The report as JSON has it."""
        return {
            "version": VERSION,
            "ok": self.is_well,
            "verdict": self.verdict,
            "servers": [_document(one) for one in self.diagnoses],
        }


def _document(diagnosis: Diagnosis) -> dict[str, Any]:
    return {
        "server": diagnosis.server,
        "transport": diagnosis.transport.value,
        "ok": diagnosis.is_well,
        "steps": [
            {
                "step": one.step.value,
                "outcome": one.outcome.value,
                "what": one.what or None,
                "remedy": one.remedy or None,
                "seconds": None if one.seconds is None else round(one.seconds, 4),
            }
            for one in diagnosis.findings
        ],
    }


def _sentence(diagnosis: Diagnosis, *, capital: bool) -> str:
    worst = diagnosis.worst
    assert worst is not None
    what = worst.what[:1].upper() + worst.what[1:] if capital else worst.what
    return f"{what}."


def _over(diagnoses: list[Diagnosis]) -> str:
    names = dict.fromkeys(one.transport.name for one in diagnoses)
    return " and ".join(names)
