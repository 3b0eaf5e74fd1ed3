from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from command import bant

from extractor.llm import local, native, speed, weights

HERE = Path(__file__).parent
pytestmark = pytest.mark.skipif(os.name == "nt", reason="the stand-in is a script with a shebang")


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model that the stand-in serves."""
    path = tmp_path / "model.gguf"
    path.write_bytes(b"GGUF")
    monkeypatch.setattr(weights, "find", lambda: path)
    return path


@pytest.fixture
def wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "version", lambda name: "1.0")
    monkeypatch.setattr(native, "installed_version", lambda name: "1.0")
    monkeypatch.setattr(native.shutil, "which", lambda name, path=None: None)


@pytest.fixture
def no_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    def not_installed(name: str) -> str:
        raise local.PackageNotFoundError(name)

    monkeypatch.setattr(local, "version", not_installed)


def stand_in(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!{sys.executable} -IS\n{(HERE / 'fake_llama_server.py').read_text()}")
    path.chmod(0o755)
    return path


def test_list_says_what_would_be_faster(wheel: None, capsys: pytest.CaptureFixture[str]) -> None:
    listed = bant(capsys, "model", "list").out
    assert "xllamacpp 1.0, prebuilt" in listed
    assert "not measured yet: bant model bench" in listed
    assert "bant model build" in listed
    (native.runtimes() / "xllamacpp-0.9-abc").mkdir(parents=True)
    assert "another version or machine" in bant(capsys, "model", "list").out


def test_list_names_a_server_on_the_path_but_does_not_take_it(
    wheel: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(native.shutil, "which", lambda name, path=None: "/usr/bin/llama-server")
    listed = bant(capsys, "model", "list").out
    assert "xllamacpp 1.0, prebuilt" in listed
    assert "/usr/bin/llama-server: BANT_LLAMA_SERVER=llama-server" in listed


def test_bench_measures_what_there_is_and_list_shows_it(
    model: Path, no_wheel: None, capsys: pytest.CaptureFixture[str]
) -> None:
    stand_in(native.folder() / "llama-server")
    done = bant(capsys, "model", "bench")
    assert done.code == 0, done.err
    name = f"xllamacpp {native.version()}, compiled for this machine"
    assert done.out == f"{name}: reads 170 tokens a second, writes 41\n"
    listed = bant(capsys, "model", "list").out
    assert name in listed
    told = speed.known(name)
    assert told is not None
    assert f"reads 170 tokens a second, writes 41 ({told.measured})" in listed
    assert "bant model b" not in listed


def test_what_was_measured_of_one_runtime_is_not_told_of_another(
    model: Path,
    no_wheel: None,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stand_in(native.folder() / "llama-server")
    assert bant(capsys, "model", "bench").code == 0
    mine = stand_in(tmp_path / "mine")
    monkeypatch.setenv(local.SERVER_VARIABLE, str(mine))
    listed = bant(capsys, "model", "list").out.replace("\n", "")
    assert local.SERVER_VARIABLE in listed
    assert "not measured yet" in listed
    assert bant(capsys, "model", "bench").out.count("reads 170") == 2
    mine.unlink()
    assert "no such file" in bant(capsys, "model", "list").out


def test_a_broken_note_of_the_speed_is_no_matter(
    model: Path, no_wheel: None, capsys: pytest.CaptureFixture[str]
) -> None:
    stand_in(native.folder() / "llama-server")
    (native.runtimes() / "speed.json").write_text("{")
    assert "not measured yet" in bant(capsys, "model", "list").out
    assert bant(capsys, "model", "bench").code == 0
    assert "reads 170" in bant(capsys, "model", "list").out


def test_bench_without_the_model_or_its_runtime(
    no_wheel: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    done = bant(capsys, "model", "bench")
    assert (done.code, done.out) == (2, "")
    assert "bant model pull" in done.err
    monkeypatch.setattr(weights, "find", lambda: Path("x.gguf"))
    assert "bant-extractor[local]" in bant(capsys, "model", "bench").err


def test_build_measures_what_it_has_built(
    model: Path, no_wheel: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def build(progress: native.Progress) -> Path:
        progress(1, 2)
        return stand_in(native.folder() / "llama-server")

    monkeypatch.setattr(native, "build", build)
    done = bant(capsys, "model", "build")
    assert done.code == 0, done.err
    assert f"compiled: {native.folder() / 'llama-server'}" in done.err
    assert "reads 170" in done.out
    again = bant(capsys, "model", "build")
    assert "already there" in again.err
    assert again.out == ""


def test_build_without_its_tools_is_the_users_matter(
    wheel: None, capsys: pytest.CaptureFixture[str]
) -> None:
    done = bant(capsys, "model", "build")
    assert done.code == 2
    assert "cmake" in done.err
