"""The `bant` command as a whole: help, mistakes, exit codes."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from command import Done, bant, ended, process

from extractor import __version__
from extractor.cli import forms

COMMANDS = {
    "": ["extract", "show", "read", "purge", "eval", "forms", "model"],
    "forms": ["show", "check"],
    "model": ["pull", "build", "bench", "list", "path"],
}
FIXTURE = Path(__file__).parents[1] / "fixtures" / "calls" / "bakery-group.txt"


@pytest.mark.parametrize("group", ["", "model"])
def test_a_group_without_a_command_shows_its_help(capsys: pytest.CaptureFixture[str], group: str) -> None:
    done = bant(capsys, *group.split())
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"Usage: bant {group}".strip())
    for command in COMMANDS[group]:
        assert f"\n  {command} " in done.err


@pytest.mark.parametrize("group", COMMANDS)
def test_help_names_every_command_and_says_what_it_does(
    capsys: pytest.CaptureFixture[str], group: str
) -> None:
    done = bant(capsys, *group.split(), "--help")
    assert (done.code, done.err) == (0, "")
    listed = dict(
        line.strip().split(maxsplit=1) for line in done.out.partition("Commands:")[2].strip().splitlines()
    )
    assert list(listed) == COMMANDS[group]


@pytest.mark.parametrize(
    "command",
    ["extract", "show", "read", "purge", "eval", "eval compare", "forms show", "forms check", "model pull"],
)
def test_each_command_has_help(capsys: pytest.CaptureFixture[str], command: str) -> None:
    done = bant(capsys, *command.split(), "--help")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"Usage: bant {command} ")


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert bant(capsys, "--version") == Done(0, f"bant-extractor {__version__}\n", "")


def test_a_variable_that_happens_to_be_named_so_is_no_wish_for_the_version(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BANT_VERSION", "1.2")
    assert "meddicc" in bant(capsys, "forms").out


@pytest.mark.parametrize(
    ("args", "said", "see"),
    [
        (["--nope"], "No such option: --nope", "bant"),
        (["nope"], "No such command 'nope'", "bant"),
        (["extract"], "Missing argument 'PATH'", "bant extract"),
        (["extract", "x", "--nope"], "No such option: --nope", "bant extract"),
        (["extract", "x", "--jobs", "many"], "'--jobs'", "bant extract"),
        (["read"], "Missing argument 'FILE'", "bant read"),
        (["model", "nope"], "No such command 'nope'", "bant model"),
        (["forms", "show"], "Missing argument", "bant forms show"),
    ],
)
def test_a_wrong_word_is_told_in_one_line_with_where_to_look(
    capsys: pytest.CaptureFixture[str], args: list[str], said: str, see: str
) -> None:
    done = bant(capsys, *args)
    assert (done.code, done.out) == (2, "")
    first, hint = done.err.splitlines()
    assert first.startswith("bant: ")
    assert said in first
    assert hint == f"      See {see} --help."


def test_a_mistake_is_a_line_and_a_hint(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    done = bant(capsys, "read", tmp_path / "nowhere.txt")
    told = f"bant: {tmp_path}/nowhere.txt: no such file or folder.\n      Check the path.\n"
    assert done == Done(2, "", told)


def test_a_hostile_file_name_is_printed_without_its_escapes(capsys: pytest.CaptureFixture[str]) -> None:
    told = bant(capsys, "read", "\x1b[31mred\nline").err
    assert told.startswith("bant: red line: no such file or folder.\n")
    assert "caf\\udce9: no such file" in bant(capsys, "read", "caf\udce9").err


def break_it(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def broken() -> None:
        raise error

    monkeypatch.setattr(forms, "shipped_forms", broken)


def test_a_bug_is_told_without_its_text(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    break_it(monkeypatch, LookupError("what the buyer said"))
    done = bant(capsys, "forms")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("bant: LookupError at cli/forms.py:")
    assert "report it" in done.err
    assert "buyer" not in done.err


def test_verbose_shows_a_bug_whole(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    break_it(monkeypatch, LookupError("x"))
    with pytest.raises(LookupError, match="x"):
        bant(capsys, "--verbose", "forms")


def test_an_interruption_is_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    break_it(monkeypatch, KeyboardInterrupt())
    done = bant(capsys, "forms")
    assert (done.code, done.err.strip()) == (130, "bant: interrupted")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("args", [["forms"], ["read", str(FIXTURE), "--json"]])
def test_output_that_cannot_be_written_is_one_line(args: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        done = ended(process(*args, stdout=full))
    assert done.code == 2
    assert done.err.splitlines()[0] == "bant: No space left on device."


@pytest.mark.parametrize("args", [["forms"], ["read", str(FIXTURE), "--json"]])
def test_a_reader_who_has_gone_is_no_error(args: list[str]) -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    done = ended(process(*args, stdout=write_end))
    os.close(write_end)
    assert (done.code, done.err) == (0, "")


@pytest.mark.skipif(sys.platform == "win32", reason="closes a stream before the start")
def test_a_closed_output_is_no_error() -> None:
    assert ended(process("forms", stdout=None, preexec_fn=lambda: os.close(1))) == Done(0, "", "")
