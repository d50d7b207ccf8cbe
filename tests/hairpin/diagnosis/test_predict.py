"""`hairpin nat predict`: two recorded diagnoses, and what ICE would find."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import nat
from hairpin.commands import app
from hairpin.diagnosis.predict import outcome_of
from hairpin.diagnosis.simulated import Scene, diagnose
from nat.discovery import Outcome, Plan, Wish, encode
from nat.discovery.prediction import Certainty, Prediction
from nat.discovery.prediction import Path as Way

PLAN = Plan(wishes=frozenset({Wish.MAPPING, Wish.FILTERING}))


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Evidence of three kinds of NAT, recorded in the simulator."""
    where = tmp_path_factory.mktemp("evidence")
    kinds = {
        "home": nat.PORT_RESTRICTED_CONE,
        "strict": nat.SYMMETRIC,
        "open": nat.FULL_CONE,
    }
    found = {}
    for seed, (name, behavior) in enumerate(kinds.items(), 1):
        found[name] = where / f"{name}.json"
        found[name].write_bytes(encode(diagnose(Scene(home=behavior, seed=seed), PLAN)))
    return found


@pytest.mark.parametrize(
    ("a", "b", "status", "words"),
    [
        ("home", "strict", 11, "They very likely meet through a relay."),
        ("strict", "strict", 11, "They very likely meet through a relay."),
        ("strict", "open", 0, "They very likely meet directly."),
    ],
)
def test_it_says_by_which_path_and_why(
    run_nat: Any, files: dict[str, Path], a: str, b: str, status: int, words: str
) -> None:
    other = files[b].with_name(f"other-{b}.json")  # who is not behind the same NAT
    other.write_text(files[b].read_text().replace("203.0.113.7", "203.0.113.99"))
    result = run_nat("predict", str(files[a]), str(other))
    assert (result.exit_code, result.output.startswith(words)) == (status, True), result.output
    assert "IPv4 filtering" in result.output
    quiet = run_nat("predict", str(files[a]), str(other), "--quiet", "--fail-on", "nothing")
    assert (quiet.exit_code, quiet.output.count("\n")) == (0, 1)
    document = json.loads(run_nat("predict", str(files[a]), str(other), "--json").output)
    assert document["version"] == 1
    assert document["direct"] is (status == 0)


@pytest.mark.parametrize(
    ("path", "certainty", "outcome"),
    [
        (Way.DIRECT, Certainty.LIKELY, Outcome.DIRECT_LIKELY),
        (Way.HAIRPIN, Certainty.CERTAIN, Outcome.DIRECT_LIKELY),
        (Way.RELAY, Certainty.LIKELY, Outcome.RELAY_NEEDED),
        (Way.NONE, Certainty.CERTAIN, Outcome.UDP_BLOCKED),
        (Way.DIRECT, Certainty.UNCERTAIN, Outcome.INCONCLUSIVE),
    ],
)
def test_the_status_says_how_they_meet(path: Way, certainty: Certainty, outcome: Outcome) -> None:
    assert outcome_of(Prediction(path, certainty, "because")) is outcome


def test_a_file_that_is_no_report_is_a_line(run_nat: Any, files: dict[str, Path]) -> None:
    result = run_nat("predict", str(files["home"]), "none.json")
    assert result.exit_code == 1
    assert "none.json" in result.output


def test_one_of_the_two_comes_from_standard_input_and_not_both(
    run_nat: Any, files: dict[str, Path]
) -> None:
    result = CliRunner().invoke(
        app,
        ["nat", "predict", "-", str(files["open"])],
        input=files["strict"].read_bytes(),
        env={"COLUMNS": "200", "NO_COLOR": "1"},
    )
    assert result.output == run_nat("predict", str(files["strict"]), str(files["open"])).output
    both = run_nat("predict", "-", "-")
    assert both.exit_code == 2
    assert "only one of the two" in " ".join(both.output.replace("│", " ").split())
