from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner

from extractor.cli import model as command
from extractor.errors import ModelNotFound
from extractor.llm import local, weights
from extractor.llm.client import open_client


class Runtime:
    """A made-up xllamacpp: `started` and `stopped` servers, in order."""

    def __init__(self) -> None:
        self.started: list[Any] = []
        self.stopped: list[Any] = []
        runtime = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        class Server:
            def __init__(self, parameters: Any) -> None:
                if Path(parameters.model.path).read_bytes() != b"GGUF":
                    raise RuntimeError("Failed to init server, please check the input params.")
                self.parameters = parameters
                self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
                threading.Thread(target=self.http.serve_forever, args=(0.01,), daemon=True).start()
                self.listening_address = f"http://127.0.0.1:{self.http.server_port}"
                runtime.started.append(parameters)

            def __del__(self) -> None:
                if hasattr(self, "http"):
                    self.http.shutdown()
                    self.http.server_close()
                    runtime.stopped.append(self.parameters)

        self.module = ModuleType("xllamacpp")
        self.module.Server = Server  # type: ignore[attr-defined]
        self.module.CommonParams = lambda: SimpleNamespace(  # type: ignore[attr-defined]
            model=SimpleNamespace(), cpuparams=SimpleNamespace()
        )


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch) -> Iterator[Runtime]:
    made = Runtime()
    monkeypatch.setitem(sys.modules, "xllamacpp", made.module)
    yield made
    local._stop_all()


@pytest.fixture
def gguf(tmp_path: Path) -> Path:
    path = tmp_path / "mine.gguf"
    path.write_bytes(b"GGUF")
    return path


def test_clients_share_a_server_that_stops_with_the_last(runtime: Runtime, gguf: Path) -> None:
    first, second = local.acquire(gguf), local.acquire(gguf)
    assert first.base_url == second.base_url
    assert len(runtime.started) == 1
    first.release()
    assert runtime.stopped == []
    second.release()
    assert len(runtime.stopped) == 1
    local.acquire(gguf).release()
    assert len(runtime.started) == len(runtime.stopped) == 2


def test_the_server_is_closed_to_all_others(runtime: Runtime, gguf: Path) -> None:
    local.acquire(gguf, slots=2)
    (parameters,) = runtime.started
    (key,) = parameters.api_keys
    assert len(key) >= 32
    assert (parameters.hostnames, parameters.port) == (["127.0.0.1"], 0)
    assert not parameters.ui
    assert not parameters.endpoint_slots
    assert parameters.verbosity < 0
    assert (parameters.n_ctx, parameters.n_parallel) == (2 * local.CONTEXT_TOKENS, 2)
    local._stop_all()
    local.acquire(gguf)
    assert runtime.started[1].api_keys != [key]


def test_threads_that_start_at_once_get_one_server(runtime: Runtime, gguf: Path) -> None:
    threads = [threading.Thread(target=local.acquire, args=(gguf,)) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(runtime.started) == 1


def test_a_file_that_is_no_model(runtime: Runtime, tmp_path: Path) -> None:
    (tmp_path / "x.gguf").write_bytes(b"text")
    with pytest.raises(ModelNotFound, match=r"x\.gguf.*can't load"):
        local.acquire(tmp_path / "x.gguf")
    with pytest.raises(ModelNotFound, match="no such file"):
        local.acquire(tmp_path / "none.gguf")


def test_without_the_runtime(gguf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    with pytest.raises(ModelNotFound, match=r"bant-extractor\[local\]"):
        local.acquire(gguf)


@pytest.mark.anyio
async def test_a_file_of_ones_own_is_opened_and_closed(runtime: Runtime, gguf: Path) -> None:
    client = await open_client(f"local:{gguf}")
    assert (client.model, client.context_tokens) == ("local/mine", local.CONTEXT_TOKENS)
    assert client.supports_probabilities
    await client.aclose()
    await client.aclose()
    assert len(runtime.stopped) == 1


@pytest.mark.anyio
async def test_closing_one_client_twice_leaves_the_other_its_server(runtime: Runtime, gguf: Path) -> None:
    first, second = await open_client(f"local:{gguf}"), await open_client(f"local:{gguf}")
    await first.aclose()
    await first.aclose()
    assert runtime.stopped == []
    await second.aclose()
    assert len(runtime.stopped) == 1


def test_a_process_that_forgets_to_close_still_ends(gguf: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from test_llm_local import Runtime; "
        "sys.modules['xllamacpp'] = Runtime().module; "
        "from extractor.llm import local; print(local.acquire(Path(sys.argv[1])).base_url)"
    )
    here = Path(__file__).parent
    told = subprocess.run(
        [sys.executable, "-c", script, str(gguf)],
        capture_output=True,
        text=True,
        timeout=60,
        env={"PYTHONPATH": f"{here}:{here.parent}"},
        check=False,
    )
    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout.startswith("http://127.0.0.1:")


def test_the_commands_without_the_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BANT_CACHE_DIR", str(tmp_path))
    listed = CliRunner().invoke(command.app, ["list"])
    assert listed.exit_code == 0
    assert "bant model pull" in listed.output
    assert weights.MODEL.file in listed.output
    asked = CliRunner().invoke(command.app, ["path"])
    assert isinstance(asked.exception, ModelNotFound)
    assert asked.stdout == ""


def test_the_commands_with_the_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BANT_CACHE_DIR", str(tmp_path))

    def found(model: weights.Pinned = weights.MODEL) -> Path:
        return tmp_path / "x.gguf"

    def pulled(progress: weights.Progress) -> Path:
        progress(5, 10)
        monkeypatch.setattr(weights, "find", found)
        return found()

    monkeypatch.setattr(weights, "pull", pulled)
    first = CliRunner().invoke(command.app, ["pull"])
    assert (first.exit_code, first.stdout) == (0, "")
    assert f"downloaded and checked: {tmp_path / 'x.gguf'}" in first.stderr
    assert "already there" in CliRunner().invoke(command.app, ["pull"]).stderr
    assert CliRunner().invoke(command.app, ["path"]).stdout == f"{tmp_path / 'x.gguf'}\n"
    assert "bant model pull" not in CliRunner().invoke(command.app, ["list"]).output
