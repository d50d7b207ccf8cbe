"""Options that say what a call explains at its end, and on which diagnoses that rests."""

from dataclasses import dataclass
from pathlib import Path

import typer

from hairpin.calling.connecting import Connecting
from hairpin.calling.options import (
    DiagnoseOption,
    DiagnosisOption,
    ExplainOption,
    RemoteDiagnosisOption,
)
from hairpin.calling.plan import Diagnoses
from peer.explanation import Diagnosis


@dataclass(frozen=True, slots=True)
class Explaining(Connecting):
    """The options as they were typed, beside those that say how to connect."""

    explain: ExplainOption = False
    diagnosis: DiagnosisOption = None
    remote_diagnosis: RemoteDiagnosisOption = None
    diagnose: DiagnoseOption = False

    @property
    def is_wanted(self) -> bool:
        """Whether to explain: whoever gives a diagnosis wants to know what comes of it."""
        given = self.diagnosis is not None or self.remote_diagnosis is not None
        return self.explain or self.diagnose or given

    def diagnoses(self) -> Diagnoses:
        """What is known of the networks, and whether more is to be found out.

        Raises:
            typer.BadParameter: They make no sense.
            typer.Exit: A file cannot be read, or is no diagnosis; a line says why.
        """
        if self.diagnose and self.diagnosis is not None:
            raise typer.BadParameter("one of --diagnosis and --diagnose", param_hint="--diagnose")
        return Diagnoses(_read(self.diagnosis), _read(self.remote_diagnosis), make=self.diagnose)


def _read(file: Path | None) -> Diagnosis | None:
    if file is None:
        return None
    from hairpin.calling.diagnosing import (  # noqa: PLC0415 - it loads all of the diagnosis
        read_diagnosis,
    )

    return read_diagnosis(file)
