from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from extractor.errors import ModelNotFound, ModelUnreachable, OutputError
from extractor.llm import native, weights

HERE = Path(__file__).parent
pytestmark = pytest.mark.skipif(os.name == "nt", reason="the stand-ins are scripts with a shebang")

_CMAKE = """
import os, shutil, sys
from pathlib import Path
with open({log!r}, "a") as log:
    log.write(" ".join(sys.argv[1:]) + "\\n")
if "-S" in sys.argv:
    assert Path(sys.argv[sys.argv.index("-S") + 1], "CMakeLists.txt").is_file()
    Path(sys.argv[sys.argv.index("-B") + 1]).mkdir()
    sys.exit()
print("[1/2] Building CXX object a.o", flush=True)
print("a.cpp: no error", flush=True)
tree = Path(sys.argv[sys.argv.index("--build") + 1])
(tree / "bin").mkdir()
shutil.copy({program!r}, tree / "bin" / "llama-server")
print("[ 50%] Linking", flush=True)
sys.exit(int(os.environ.get("FAKE_CMAKE_EXIT", "0")))
"""


def source(content: dict[str, str], name: str = "xllamacpp-1.0.tar.gz") -> Callable[[str, Path], None]:
    """A download of a made-up source distribution."""

    def download(requirement: str, folder: Path) -> None:
        with tarfile.open(folder / name, "w:gz") as archive:
            for member, text in content.items():
                info = tarfile.TarInfo(member)
                info.size = len(text.encode())
                archive.addfile(info, io.BytesIO(text.encode()))

    return download


RIGHT = source(
    {
        "xllamacpp-1.0/setup.py": "raise SystemExit('never run')",
        "xllamacpp-1.0/thirdparty/llama.cpp/CMakeLists.txt": "project(llama)",
        "xllamacpp-1.0/thirdparty/llama.cpp/src/llama.cpp": "int x;",
    }
)


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "made"
    path.write_text(f"#!{sys.executable} -IS\n{(HERE / 'fake_llama_server.py').read_text()}")
    path.chmod(0o755)
    return path


@pytest.fixture
def cmake(tmp_path: Path, program: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cmake and a compiler on the PATH; what cmake was asked stands in the file."""
    log = tmp_path / "asked"
    tools(
        tmp_path / "tools",
        monkeypatch,
        cmake=_CMAKE.format(log=str(log), program=str(program)),
        **{"c++": "raise SystemExit('never run')"},
    )
    return log


def tools(folder: Path, monkeypatch: pytest.MonkeyPatch, **scripts: str) -> None:
    folder.mkdir()
    for name, script in scripts.items():
        (folder / name).write_text(f"#!{sys.executable} -IS\n{script}")
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.delenv("CXX", raising=False)
    monkeypatch.setattr(native.sysconfig, "get_path", lambda name: str(folder))


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native, "installed_version", lambda name: "1.0")


def quiet(done: int, total: int) -> None:
    pass


def left_over() -> set[str]:
    return {path.name for path in native.runtimes().iterdir()} - {"build.lock", native.LOG}


def test_what_is_built_is_found_with_its_note(cmake: Path) -> None:
    seen: list[tuple[int, int]] = []
    assert native.find() is None
    path = native.build(lambda done, total: seen.append((done, total)), RIGHT)
    assert path == native.find() == native.folder() / "llama-server"
    assert subprocess.run([path, "--version"], check=False).returncode == 0
    assert seen == [(1, 2), (50, 100)]
    configure, compiling = cmake.read_text().splitlines()
    assert "-DGGML_NATIVE=ON" in configure
    assert "--target llama-server" in compiling
    note = json.loads((native.folder() / "built.json").read_text())
    assert (note["version"], note["machine"]) == ("1.0", native.machine())
    assert left_over() == {native.folder().name}
    assert "no error" in (native.runtimes() / native.LOG).read_text()


def test_what_does_not_compile_is_no_runtime(cmake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_CMAKE_EXIT", "2")
    with pytest.raises(ModelNotFound, match=r"exit code 2.*build\.log") as caught:
        native.build(quiet, RIGHT)
    assert "\n" not in str(caught.value)
    assert native.find() is None
    assert left_over() == set()


def test_what_does_not_run_is_no_runtime(cmake: Path, program: Path) -> None:
    program.write_text("#!/bin/sh\nkill -ILL $$\n")
    with pytest.raises(ModelNotFound, match="does not run"):
        native.build(quiet, RIGHT)
    assert native.find() is None
    assert left_over() == set()


def test_an_interrupted_build_leaves_nothing_and_ends_its_compilers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = (
        "import os, subprocess, sys, time\n"
        "if '-S' in sys.argv: sys.exit()\n"
        f"compiler = subprocess.Popen([{sys.executable!r}, '-c', 'import time; time.sleep(60)'])\n"
        f"open({str(tmp_path / 'pid')!r}, 'w').write(str(compiler.pid))\n"
        "print('[1/2] Building', flush=True)\n"
        "time.sleep(60)\n"
    )
    tools(tmp_path / "tools", monkeypatch, cmake=slow, **{"c++": ""})

    def interrupted(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        native.build(interrupted, RIGHT)
    assert left_over() == set()
    from test_llm_runtimes import eventually, lives

    pid = int((tmp_path / "pid").read_text())
    assert eventually(lambda: not lives(pid))


def test_a_killed_build_leaves_nothing_for_long(cmake: Path) -> None:
    (native.runtimes() / "building-killed").mkdir(parents=True)
    (native.runtimes() / "building-killed" / "llama-server").write_text("half")
    native.build(quiet, RIGHT)
    assert left_over() == {native.folder().name}


@pytest.mark.parametrize(
    ("there", "missing"),
    [
        ({}, "missing: cmake, a C++ compiler."),
        ({"cmake": ""}, "missing: a C++ compiler."),
        ({"g++": ""}, "missing: cmake."),
    ],
)
def test_what_is_missing_is_told_in_one_line_before_any_download(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: dict[str, str], missing: str
) -> None:
    tools(tmp_path / "tools", monkeypatch, **there)
    with pytest.raises(ModelNotFound, match=r"bant-extractor\[native\]") as caught:
        native.build(quiet, lambda requirement, folder: pytest.fail("downloaded"))
    assert missing in caught.value.message
    assert "\n" not in str(caught.value)


def test_an_archive_can_not_write_elsewhere(cmake: Path) -> None:
    hostile = {"xllamacpp-1.0/thirdparty/llama.cpp/../../../../../../escaped": "x"}
    with pytest.raises(ModelUnreachable, match=r"xllamacpp==1\.0: not its source"):
        native.build(quiet, source(hostile))
    assert left_over() == set()
    assert not list(native.runtimes().parents[1].rglob("escaped"))


@pytest.mark.parametrize("content", [{}, {"xllamacpp-1.0/setup.py": ""}])
def test_another_archive_is_refused(cmake: Path, content: dict[str, str]) -> None:
    with pytest.raises(ModelUnreachable, match="not its source"):
        native.build(quiet, source(content))


def test_no_archive_at_all_is_refused(cmake: Path) -> None:
    def wheel(requirement: str, folder: Path) -> None:
        assert requirement == "xllamacpp==1.0"
        (folder / "xllamacpp-1.0.tar.gz").write_bytes(b"no archive")

    with pytest.raises(ModelUnreachable, match="not its source"):
        native.build(quiet, wheel)
    with pytest.raises(ModelUnreachable, match="not its source"):
        native.build(quiet, lambda requirement, folder: None)


def test_a_folder_that_can_not_be_written_is_told(
    cmake: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("BANT_CACHE_DIR", str(tmp_path / "file"))
    with pytest.raises(OutputError, match="BANT_CACHE_DIR"):
        native.build(quiet, RIGHT)


@pytest.fixture
def pip(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], str]]:
    """What pip was called with, and the requirements file's content. It says that a checksum is wrong."""
    calls: list[tuple[list[str], str]] = []

    def run(command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
        pinned = Path(command[-1]).read_text() if "--requirement" in command else ""
        calls.append((command, pinned))
        words = "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE."
        return subprocess.CompletedProcess(command, 1, "", words)

    monkeypatch.setattr(weights.subprocess, "run", run)
    return calls


def test_the_pinned_source_is_checked_before_anything_in_it_runs(
    cmake: Path, pip: list[tuple[list[str], str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(native, "installed_version", lambda name: native.PINNED_VERSION)
    with pytest.raises(ModelNotFound, match="checksum is wrong") as caught:
        native.build(quiet)
    assert "\n" not in str(caught.value)
    ((command, pinned),) = pip
    assert command[1:4] == ["-m", "pip", "download"]
    assert {"--no-deps", "--no-binary=xllamacpp", "--require-hashes"} <= set(command)
    assert pinned == f"xllamacpp=={native.PINNED_VERSION} --hash=sha256:{native._PINNED_SHA256}\n"
    assert left_over() == set()


def test_the_pinned_checksum_is_the_one_of_the_lock() -> None:
    lock = (HERE.parent / "requirements.lock").read_text()
    entry = lock.partition(f"xllamacpp=={native.PINNED_VERSION} ")[2].split("\n    # via")[0]
    assert f"--hash=sha256:{native._PINNED_SHA256}" in entry


def test_another_version_is_the_one_of_the_wheel(cmake: Path, pip: list[tuple[list[str], str]]) -> None:
    with pytest.raises(ModelNotFound):
        native.build(quiet)
    ((command, _),) = pip
    assert command[-1] == "xllamacpp==1.0"
    assert "--only-binary=:all:" not in command


_CPU = "processor : 0\nmodel name : Some CPU\nflags : fpu avx2 {}\n\nprocessor : 1\nmodel name : Some CPU\n"


def test_a_build_is_of_one_machine_and_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    info = tmp_path / "cpuinfo"
    monkeypatch.setattr(native, "_CPU_INFO", info)
    folders: list[Path] = []
    for text in (_CPU.format("fma"), _CPU.format("fma smep new_in_linux_9"), _CPU.format("fma avx512f")):
        info.write_text(text)
        folders.append(native.folder())
    info.unlink()
    folders.append(native.folder())
    monkeypatch.setattr(native, "installed_version", lambda name: "2.0")
    folders.append(native.folder())
    assert folders[0] == folders[1]
    assert len(set(folders)) == 4
    assert {folder.parent for folder in folders} == {native.runtimes()}
