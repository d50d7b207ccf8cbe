"""The file and the flags together."""

from pathlib import Path

from hairpin.switchboard.options import Flags
from hairpin.switchboard.reading import read


def test_flags_win_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "signaling.toml"
    file.write_text("listen = ['127.0.0.1:1']\nregion = 'eu'\n")
    found = read(Flags(listen=["127.0.0.1:2"]).document(), file)
    assert found.listen == (("127.0.0.1", 2),)
    assert found.settings.region == "eu"
