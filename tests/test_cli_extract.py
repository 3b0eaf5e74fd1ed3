"""`bant extract`: what a user gets, right and wrong."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from command import Done, bant, ended, process
from fakes import FakeClient
from fault_server import FaultServer, fails, says
from openai import DefaultAsyncHttpxClient

from extractor import pipeline
from extractor.cli import extract as module
from extractor.cli import model as embedded
from extractor.errors import ModelNotFound
from extractor.llm import local, transport, weights
from extractor.llm.client import Limits
from extractor.readers import read_file
from extractor.reports.files import PARTIAL

SECRET = "ninety thousand"
WRITTEN = ["bant.sqlite", "records.csv", "records.jsonl", "records.md"]


class Client(FakeClient):
    """Answers every question with nothing found; a call that speaks of a bug meets one."""

    def _next(self, messages: Any) -> Any:
        if "bug" in "".join(m["content"] for m in messages):
            raise LookupError(SECRET)
        return {}


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[tuple[tuple[Any, ...], dict[str, Any]]]:
    """With what the model was opened."""
    seen = []

    async def open_client(*args: Any, **options: Any) -> Client:
        seen.append((args, options))
        return Client()

    monkeypatch.setattr(pipeline, "open_client", open_client)
    return seen


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    async def pause(_: float) -> None:
        pass

    monkeypatch.setattr(transport, "pause", pause)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(folder: Path, *names: str, said: str = "Hello there.") -> Path:
    folder.mkdir(exist_ok=True)
    for name in names:
        (folder / name).write_text(
            f"[00:01] Priya Nair: {said}\n[00:09] Tom Okafor: Hi. I want to sign it.\n", encoding="utf-8"
        )
    return folder


@pytest.fixture
def calls(here: Path) -> Path:
    return write(here / "calls", "2026-03-12-a.txt", "2026-03-12-b.txt", "2026-03-12-c.txt")


def records(out: Path) -> dict[str, str | None]:
    """The kind of each call's error, None where it was read."""
    lines = (out / "records.jsonl").read_text(encoding="utf-8").splitlines()
    return {r["call_id"]: r.get("error", {}).get("kind") for r in map(json.loads, lines)}


def files(out: Path) -> list[str]:
    return sorted(f.name for f in out.iterdir())


def run(capsys: pytest.CaptureFixture[str], *args: object) -> Done:
    return bant(capsys, "extract", *args, "--model", "fake/scripted")


# All is well


def test_a_folder_becomes_records(calls: Path, opened: Any, capsys: pytest.CaptureFixture[str]) -> None:
    done = run(capsys, calls)
    assert done.code == 0
    assert "3 calls: 3 cold." in done.out
    assert done.err == (
        "Written: bant-out/records.jsonl, .csv, .md; one call in full: bant show CALL --records bant-out\n"
    )
    assert records(Path("bant-out")) == dict.fromkeys(("2026-03-12-a", "2026-03-12-b", "2026-03-12-c"))
    assert files(Path("bant-out")) == WRITTEN


def test_quiet_prints_nothing(calls: Path, opened: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, calls, "--quiet", "--out", "o") == Done(0, "", "")
    assert files(Path("o")) == WRITTEN


def test_quiet_still_tells_what_went_wrong(
    here: Path, opened: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    done = run(capsys, write(here / "calls", "2026-03-12-a.txt", said="A bug."), "-q")
    assert (done.code, done.out) == (3, "")
    assert "2026-03-12-a: LookupError" in done.err


def test_options_may_come_from_the_environment(
    calls: Path, opened: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {
        "MODEL": "some/model", "BASE_URL": "http://127.0.0.1:9/v1", "JOBS": "3", "QUIET": "1", "OUT": "env",
        "SELLER": "Nobody Known, Tom Okafor",
    }  # fmt: skip
    for name, value in given.items():
        monkeypatch.setenv(f"BANT_EXTRACT_{name}", value)
    assert bant(capsys, "extract", calls) == Done(0, "", "")
    with_what = {"base_url": given["BASE_URL"], "api_key": None, "concurrency": 3, "limits": Limits()}
    assert opened == [(("some/model",), with_what)]
    made = json.loads((Path("env") / "records.jsonl").read_text().splitlines()[0])
    assert {p["name"]: p["side"] for p in made["participants"]} == {
        "Priya Nair": "buyer", "Tom Okafor": "seller",
    }  # fmt: skip


def test_sellers_given_as_options_win_over_the_environment(
    calls: Path, opened: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BANT_EXTRACT_SELLER", "Tom Okafor")
    run(capsys, calls, "--seller", "Priya Nair", "--seller", "Another One")
    made = json.loads((Path("bant-out") / "records.jsonl").read_text().splitlines()[0])
    assert {p["name"]: p["side"] for p in made["participants"]}["Priya Nair"] == "seller"


def test_two_calls_with_one_name_stay_two(
    here: Path, opened: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder in ("east", "west"):
        write(here / folder, "2026-03-12-a.txt")
    done = run(capsys, "east", "west")
    assert set(records(Path("bant-out"))) == {"2026-03-12-a~east", "2026-03-12-a~west"}
    assert "2 files would be call '2026-03-12-a'" in done.err


def test_the_default_is_one_call_at_a_time_for_the_embedded_model_alone() -> None:
    assert [module.default_jobs(m) for m in ("local", "local:x.gguf", "local/x")] == [1, 1, 1]
    assert module.default_jobs("openai/gpt-5") == 4


# Files that can't be read


def test_bad_files_among_good_ones(calls: Path, opened: Any, capsys: pytest.CaptureFixture[str]) -> None:
    (calls / "empty.txt").touch()
    (calls / "binary.txt").write_bytes(bytes(range(256)) * 20)
    (calls / "broken.json").write_text('{"calls": [')
    (calls / os.fsdecode(b"caf\xe9.txt")).touch()
    write(calls, "2026-03-12-bug.txt", said=f"A bug, {SECRET} of them.")
    done = run(capsys, calls)
    good = dict.fromkeys(("2026-03-12-a", "2026-03-12-b", "2026-03-12-c"))
    bad = dict.fromkeys(("empty", "binary", "broken", "caf\\udce9"), "input")
    assert done.code == 3
    assert records(Path("bant-out")) == good | bad | {"2026-03-12-bug": "internal"}
    assert "empty: empty.txt: the file is empty." in done.err
    assert "8 calls: 3 cold, 5 failed." in done.out
    everything = done.out + done.err + "".join(f.read_text() for f in Path("bant-out").glob("records.*"))
    assert SECRET not in everything
    assert "Traceback" not in everything


def test_a_reader_that_breaks_loses_one_call(
    calls: Path, opened: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(file: Path, **options: Any) -> Any:
        if file.stem.endswith("b"):
            raise IndexError(SECRET)
        return read_file(file, **options)

    monkeypatch.setattr(module, "read_file", breaks)
    done = run(capsys, calls)
    assert done.code == 3
    assert records(Path("bant-out"))["2026-03-12-b"] == "internal"
    assert SECRET not in done.out + done.err
    assert len(records(Path("bant-out"))) == 3


def test_another_encoding_and_a_huge_line_are_read(
    here: Path, opened: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = here / "calls"
    folder.mkdir()
    text = "Ana: Wir brauchen für die Büros größere Räume, schön wär's\nBen: Natürlich, über die Größe\n"
    (folder / "2026-03-12-l.txt").write_bytes((text * 5).encode("cp1252"))
    (folder / "2026-03-12-h.txt").write_text("Ana: " + "words and words " * 60_000)
    done = run(capsys, folder)
    assert done.code == 0
    assert "2026-03-12-l: The file is not UTF-8; it was read as" in done.err
    assert records(Path("bant-out")) == {"2026-03-12-l": None, "2026-03-12-h": None}


# The user's mistakes: exit code 2, one line and a hint


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["nowhere"], "nowhere: no such file or folder."),
        (["empty"], "empty: no transcripts in this folder."),
        (["calls", "--form", "nope"], "nope: there is no form of this name."),
        (["calls", "--form", "mine.yaml"], "mine.yaml:2: `fields` is a number."),
        (["calls", "--strategy", "wild"], "'wild' is not one of 'whole', 'evidence'"),
        (["calls", "--base-url", "localhost:8000"], "'localhost:8000' is no web address"),
        (["calls", "--jobs", "0"], "greater than or equal to 1"),
        (["calls", "--out", "mine.yaml"], "mine.yaml: this folder can't be written (File exists)."),
        (["calls", "--out", "mine.yaml/o"], "mine.yaml/o: this folder can't be written (Not a directory)."),
        (["calls", "--out", "/dev/null/o"], "/dev/null/o: this folder can't be written"),
        (["wrong"], "wrong/calls.yaml:1: unknown key `dat`."),
    ],
)
def test_mistakes(
    calls: Path, opened: Any, capsys: pytest.CaptureFixture[str], args: list[str], said: str
) -> None:
    Path("empty").mkdir()
    Path("mine.yaml").write_text("extends: bant\nfields: 3\n")
    write(Path("wrong"), "a.txt")
    Path("wrong", "calls.yaml").write_text("a.txt: {dat: 2026-03-12}\n")
    done = run(capsys, *args)
    assert (done.code, done.out) == (2, "")
    first, hint = done.err.splitlines()
    assert first.startswith("bant: ")
    assert said in first
    assert hint.startswith("      ")
    assert hint.strip()
    assert opened == []
    assert not Path("bant-out").exists()


@pytest.mark.parametrize(
    ("model", "said"),
    [("nope", "no such model."), ("nope/x", "Unsupported provider"), ("openai/gpt-5", "there is no key")],
)
def test_a_model_that_is_not_there(
    calls: Path, capsys: pytest.CaptureFixture[str], model: str, said: str
) -> None:
    done = bant(capsys, "extract", calls, "--model", model)
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert "Traceback" not in done.err
    assert files(Path("bant-out")) == ["bant.sqlite"]


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_permission(calls: Path, opened: Any, capsys: pytest.CaptureFixture[str]) -> None:
    Path("locked").mkdir(mode=0o500)
    done = run(capsys, calls, "--out", "locked")
    assert done.code == 2
    assert "locked: this folder can't be written (Permission denied)." in done.err


def test_a_refused_key_leaves_an_earlier_run_as_it_was(
    calls: Path, opened: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run(capsys, calls, "-q")
    before = {f.name: f.read_bytes() for f in Path("bant-out").glob("records.*")}
    monkeypatch.undo()
    monkeypatch.chdir(calls.parent)
    (calls / "0-empty.txt").touch()
    with FaultServer(fails(401), fails(401)).running() as server:
        done = bant(capsys, "extract", calls, "--model", "m", "--base-url", server.base_url, "--jobs", "1")
        assert len(server.requests) == 1
    assert done == Done(
        2, "", "bant: m: refused (HTTP 401).\n      Set BANT_API_KEY to a key that may use this model.\n"
    )
    assert {f.name: f.read_bytes() for f in Path("bant-out").glob("records.*")} == before
    assert len(before) == 3


# A model that can't be reached


def test_a_refused_connection_is_tried_for_one_call(
    here: Path, no_waiting: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        names = [f"2026-03-12-{n:02}" for n in range(40)]
        attempts = 0
        send = DefaultAsyncHttpxClient.send

        async def counted(*request: Any, **options: Any) -> Any:
            nonlocal attempts
            attempts += 1
            return await send(*request, **options)

        monkeypatch.setattr(DefaultAsyncHttpxClient, "send", counted)
        write(here / "calls", *(f"{n}.txt" for n in names))
        done = bant(capsys, "extract", "calls", "--model", "m", "--base-url", nobody, "--jobs", "2")
    assert done.code == 3
    assert records(Path("bant-out")) == dict.fromkeys(names, "model_unreachable")
    assert attempts <= 2 * transport.ATTEMPTS
    # It is said of the first call, and of how many more it is.
    told = [line for line in done.err.splitlines() if "no answer after" in line]
    assert [line.partition(": ")[0] for line in told] == [names[0], "39 more calls"]


def test_a_server_that_answers_is_used(calls: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with FaultServer(*[says("{}")] * 20).running() as server:
        url = ("--model", "m", "--base-url", server.base_url)
        assert bant(capsys, "extract", calls, *url, "--jobs", "4").code == 0
        assert {r["model"] for r in server.requests} == {"m"}


@pytest.mark.parametrize(("jobs", "most"), [((), 4), (("--jobs", "8"), 8)])
def test_no_more_requests_are_sent_at_once_than_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], jobs: tuple[str, ...], most: int
) -> None:
    for n in range(20):
        (tmp_path / f"c{n}.txt").write_text(f"Priya Nair: Hello.\nTom Okafor: We are {n} people.\n")
    with FaultServer(delay=0.4, answer=lambda _: says("{}")).running() as server:
        url = ("--model", "m", "--base-url", server.base_url, "--seller", "Priya Nair")
        assert bant(capsys, "extract", tmp_path, *url, *jobs, "--out", tmp_path / "out").code == 0
    assert (server.most_at_once, len(server.requests)) == (most, 20)


# The embedded model, the first time


@pytest.fixture
def no_weights(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is done about weights that are not there."""
    done: list[str] = []
    monkeypatch.setattr(weights, "find", lambda: None)
    monkeypatch.setattr(weights, "pull", lambda *_: done.append("quietly"))
    monkeypatch.setattr(embedded, "pull", lambda: done.append("with a bar"))
    monkeypatch.setattr(local, "runtime_version", lambda: "1.0")
    return done


@pytest.mark.parametrize(("quiet", "how"), [(False, "with a bar"), (True, "quietly")])
def test_the_first_time_the_weights_are_downloaded(
    calls: Path, opened: Any, no_weights: list[str], capsys: pytest.CaptureFixture[str], quiet: bool, how: str
) -> None:
    done = bant(capsys, "extract", calls, *(["-q"] if quiet else []))
    assert done.code == 0
    assert no_weights == [how]
    assert done.err.count("this first time only (1.1 GB)") == 1


def test_a_missing_runtime_is_told_before_any_download(
    calls: Path,
    opened: Any,
    no_weights: list[str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(local, "runtime_version", lambda: None)
    done = bant(capsys, "extract", calls)
    assert done.code == 2
    assert done.err == (
        'bant: The embedded model needs its runtime.\n      Install it: pip install "bant-extractor[local]"\n'
    )
    assert no_weights == []


def test_an_unwritable_folder_is_told_before_any_download(
    calls: Path, no_weights: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert bant(capsys, "extract", calls, "--out", "/dev/null/o").code == 2
    assert no_weights == []


@pytest.mark.parametrize(
    ("model", "base_url"), [("local:mine.gguf", None), ("local", "http://127.0.0.1:9/v1"), ("openai/x", None)]
)
def test_other_models_need_no_weights(no_weights: list[str], model: str, base_url: str | None) -> None:
    module.prepare(model, base_url, quiet=True)
    assert no_weights == []


def test_weights_that_are_there_are_used(no_weights: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "find", lambda: Path("model.gguf"))
    module.prepare("local", None, quiet=False)
    assert no_weights == []


def test_a_download_that_fails_is_one_line(
    calls: Path, no_weights: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def pull() -> None:
        raise ModelNotFound("What was downloaded is not the model.", "Try again.")

    monkeypatch.setattr(embedded, "pull", pull)
    done = bant(capsys, "extract", calls)
    assert done.code == 2
    assert done.err.splitlines()[-2:] == ["bant: What was downloaded is not the model.", "      Try again."]


# As a process: signals, pipes, disks, terminals


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer(*[says("{}")] * 200).running() as running:
        yield running


def options(server: FaultServer, *more: str) -> list[str]:
    return ["extract", "calls", "--model", "m", "--base-url", server.base_url, *more]


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT")
def test_ctrl_c_keeps_what_is_done(here: Path) -> None:
    write(here / "calls", *(f"2026-03-12-{n}.txt" for n in range(30)))
    with FaultServer(*[says("{}")] * 200, delay=0.3).running() as slow:
        running = process(*options(slow, "--jobs", "1", "--out", "o"))
        partial = Path("o") / PARTIAL
        while not partial.exists() or partial.read_text().count("\n") < 2:
            assert running.poll() is None
            time.sleep(0.02)
        running.send_signal(signal.SIGINT)
        done = ended(running)
    assert (done.code, done.out) == (130, "")
    kept = records(Path("o"))
    assert 2 <= len(kept) < 30
    assert set(kept.values()) == {None}
    assert done.err.splitlines() == [
        f"{len(kept)} of 30 calls are done: o/records.jsonl", "bant: interrupted",
    ]  # fmt: skip
    assert files(Path("o")) == WRITTEN


def test_a_reader_who_has_gone_is_no_error(calls: Path, server: FaultServer) -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    done = ended(process(*options(server), stdout=write_end))
    os.close(write_end)
    assert (done.code, done.err.startswith("Written: ")) == (0, True)
    assert len(done.err.splitlines()) == 1
    assert len(records(Path("bant-out"))) == 3


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on the size of files")
def test_a_full_disk_is_one_line(calls: Path, server: FaultServer) -> None:
    import resource

    def full() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))

    done = ended(process(*options(server), preexec_fn=full))
    assert (done.code, done.out) == (2, "")
    assert len(done.err.splitlines()) == 2
    assert "bant-out/bant.sqlite: can't be used" in done.err
    assert "Make room" in done.err


def test_names_that_the_locale_has_no_letters_for(here: Path, server: FaultServer) -> None:
    write(here / "calls", "2026-03-12-Zoë 日本.txt")
    ascii_only = {"LC_ALL": "C", "PYTHONIOENCODING": "ascii"}
    done = ended(process(*options(server), env=ascii_only), "ascii")
    assert done.code == 0
    assert "2026-03-12-Zo\\xeb" in done.out
    assert list(records(Path("bant-out"))) == ["2026-03-12-Zoë 日本"]


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
@pytest.mark.parametrize(("env", "colours"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_on_a_narrow_terminal(calls: Path, server: FaultServer, env: dict[str, str], colours: bool) -> None:
    import pty

    ours, theirs = pty.openpty()
    terminal = {"TERM": "xterm", "COLUMNS": "30"} | env
    running = process(*options(server), env=terminal, stdout=theirs, stderr=theirs)
    os.close(theirs)
    shown = b"".join(iter(lambda: _read(ours), b"")).decode()
    os.close(ours)
    assert ended(running).code == 0
    assert (re.search(r"\x1b\[(\d+;)*3[0-7]m", shown) is not None) is colours
    assert "Reading calls" in shown
    table = re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", shown.partition("Score")[2])
    assert "3 calls: 3 cold." in table
    assert max(map(len, table.partition("3 calls")[0].split("\r\n"))) <= 30


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 10_000)
    except OSError:
        # Linux says so when the other end is closed.
        return b""
