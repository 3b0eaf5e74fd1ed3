"""`bant read`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from extractor.cli.read import read
from extractor.errors import InputError

FIXTURES = Path(__file__).parent.parent / "fixtures" / "formats"

app = typer.Typer()
app.command()(read)


def run(*args: str) -> str:
    result = CliRunner().invoke(app, list(args), catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


def test_json_is_the_transcript_with_the_fixed_keys():
    found = json.loads(run(str(FIXTURES / "gong/kestrel-demo.json"), "--json"))
    assert set(found) == {"turns", "participants", "date", "format", "warnings"}
    assert (found["format"], found["date"]) == ("gong", "2026-02-03")
    assert found["turns"][0] == {
        "speaker": "Ines Duarte", "side": "seller", "start": 2.4, "end": 9.8,
        "text": "Morning, Ruth. What made you look at a new dispatch board?",
    }  # fmt: skip
    assert set(found["participants"][0]) == {"name", "side", "title", "company", "email", "phone"}


def test_the_summary_says_what_was_understood():
    shown = run(str(FIXTURES / "gong/kestrel-demo.json"))
    for part in ("callTranscripts", "Ruth Abara", "Head of Dispatch", "buyer", "2026-02-03 (from file)"):
        assert part in shown
    assert "Warning: The file has no party" in shown
    assert "0:00:02 to 0:00:22" in shown


def test_names_are_never_markup(tmp_path):
    file = tmp_path / "2026-03-12.txt"
    file.write_text("[0:01] Ana [red]: hi\n[0:02] Ben: hi\n[0:03] Ana [red]: hi\n")
    assert "Ana [red]" in run(str(file))


def test_a_refused_file_raises_for_the_program_to_print():
    with pytest.raises(InputError, match="no such file"):
        CliRunner().invoke(app, ["nowhere.txt"], catch_exceptions=False)
