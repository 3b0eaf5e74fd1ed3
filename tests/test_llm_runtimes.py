from __future__ import annotations

import http.client
import json
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from extractor.errors import ModelNotFound, ModelUnreachable
from extractor.llm import local, native, runtimes
from extractor.llm.client import open_client
from extractor.record import Usage

HERE = Path(__file__).parent
pytestmark = pytest.mark.skipif(os.name == "nt", reason="the stand-in is a script with a shebang")


def stand_in(path: Path) -> Path:
    """The stand-in for llama-server as a program."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!{sys.executable} -IS\n{(HERE / 'fake_llama_server.py').read_text()}")
    path.chmod(0o755)
    return path


@pytest.fixture
def gguf(tmp_path: Path) -> Path:
    path = tmp_path / "mine.gguf"
    path.write_bytes(b"GGUF")
    return path


@pytest.fixture
def program(tmp_path: Path) -> Path:
    return stand_in(tmp_path / "bin" / "llama-server")


@pytest.fixture
def named(program: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv(local.SERVER_VARIABLE, str(program))
    yield program
    local._stop_all()


@pytest.fixture
def no_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xllamacpp", None)


def started(gguf: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (gguf.parent / "started.jsonl").read_text().splitlines()]


def lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    # Where nobody collects orphans, an ended process stays in the table.
    return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"


def eventually(true: Callable[[], bool]) -> bool:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        if true():
            return True
        time.sleep(0.02)
    return False


def post(base_url: str, key: str, content: str = "hello") -> int:
    place = urlsplit(base_url)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=10)
    body = json.dumps({"messages": [{"role": "user", "content": content}]})
    try:
        connection.request("POST", f"{place.path}/chat/completions", body, {"Authorization": f"Bearer {key}"})
        return connection.getresponse().status
    finally:
        connection.close()


def test_the_named_server_is_closed_to_all_others(
    named: Path, gguf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LLAMA_API_KEY", "everybody's")
    monkeypatch.setenv("LLAMA_ARG_TOOLS", "all")
    monkeypatch.setenv("AIP_MODE", "PREDICTION")
    runtime = local.acquire(gguf, slots=2)
    assert runtime.base_url.startswith("http://127.0.0.1:")
    assert post(runtime.base_url, runtime.api_key) == 200
    assert post(runtime.base_url, "everybody's") == 401
    (how,) = started(gguf)
    assert len(runtime.api_key) >= 32
    assert runtime.api_key not in " ".join(how["arguments"])
    assert {"LLAMA_ARG_TOOLS", "AIP_MODE"}.isdisjoint(how["environment"])
    assert {"--no-webui", "--no-slots"} <= set(how["arguments"])
    assert how["arguments"][how["arguments"].index("--port") + 1] == "0"


def test_both_runtimes_get_the_same_settings(
    named: Path, gguf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from test_llm_local import Runtime

    wheel = Runtime()
    monkeypatch.setitem(sys.modules, "xllamacpp", wheel.module)
    settings = runtimes.Settings(gguf, 4096, 3)
    runtimes.Program(named, settings).stop()
    runtimes.Wheel(settings).stop()
    (how,), (parameters,) = started(gguf), wheel.started
    given = dict(zip(how["arguments"], how["arguments"][1:], strict=False))
    assert given["--ctx-size"] == str(parameters.n_ctx) == "12288"
    assert given["--parallel"] == str(parameters.n_parallel) == "3"
    assert given["--batch-size"] == str(parameters.n_batch)
    assert given["--ubatch-size"] == str(parameters.n_ubatch)
    assert given["--threads"] == str(parameters.cpuparams.n_threads)
    assert given["--model"] == parameters.model.path
    assert how["environment"]["LLAMA_ARG_CACHE_RAM"] == str(parameters.cache_ram_mib)
    assert how["environment"]["LLAMA_ARG_FIT"] == "off"
    assert parameters.fit_params is False


def test_clients_share_a_server_that_stops_with_the_last(named: Path, gguf: Path) -> None:
    first, second = local.acquire(gguf), local.acquire(gguf)
    assert first is second
    (how,) = started(gguf)
    assert os.getsid(how["pid"]) != os.getsid(0), "Ctrl-C would end it before the requests under way"
    first.release()
    assert lives(how["pid"])
    second.release()
    assert eventually(lambda: not lives(how["pid"]))
    local.acquire(gguf).release()
    assert len(started(gguf)) == 2


@pytest.mark.anyio
async def test_probabilities_and_usage_come_through(named: Path, gguf: Path) -> None:
    client = await open_client(f"local:{gguf}")
    usage = Usage()
    told = await client.choose([{"role": "user", "content": "Yes or No?"}], ["Yes", "No"], usage=usage)
    assert told == pytest.approx({"Yes": 0.75, "No": 0.25})
    assert (usage.prompt_tokens, usage.cached_tokens, usage.completion_tokens) == (100, 90, 1)
    await client.aclose()
    assert eventually(lambda: not lives(started(gguf)[0]["pid"]))


def test_a_server_that_dies_is_started_again_once(
    named: Path, gguf: Path, caplog: pytest.LogCaptureFixture
) -> None:
    runtime = local.acquire(gguf)
    with pytest.raises(http.client.HTTPException):
        post(runtime.base_url, runtime.api_key, "secret words: DIE")

    def answers() -> bool:
        try:
            return post(runtime.base_url, runtime.api_key) == 200
        except OSError:
            return False

    assert eventually(answers)
    with pytest.raises(http.client.HTTPException):
        post(runtime.base_url, runtime.api_key, "DIE")
    assert eventually(lambda: len(caplog.messages) == 2)
    assert not answers()
    assert len(started(gguf)) == 2
    assert caplog.messages[0] == f"{named} ended by itself (exit code 3): it is started again"
    assert "not started a third time" in caplog.messages[1]
    assert "secret" not in caplog.text
    runtime.release()


@pytest.mark.anyio
async def test_a_server_that_always_dies_is_one_error(
    named: Path, gguf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from extractor.llm import transport

    async def at_once(seconds: float) -> None:
        pass

    monkeypatch.setattr(transport, "pause", at_once)
    client = await open_client(f"local:{gguf}")
    with pytest.raises(ModelUnreachable, match="local/mine"):
        await client.choose([{"role": "user", "content": "DIE"}], ["Yes", "No"], usage=Usage())
    await client.aclose()


_PARENT = (
    "import sys, time; from pathlib import Path; from extractor.llm import local; "
    "local.acquire(Path(sys.argv[1])); print('up', flush=True); time.sleep(60)"
)


def test_the_server_ends_with_its_parent_however_that_ends(named: Path, gguf: Path, tmp_path: Path) -> None:
    parents: dict[int, subprocess.Popen[bytes]] = {}
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        mine = tmp_path / str(number) / "mine.gguf"
        mine.parent.mkdir()
        mine.write_bytes(b"GGUF")
        parents[number] = subprocess.Popen(
            [sys.executable, "-c", _PARENT, str(mine)],
            env=os.environ | {"PYTHONPATH": str(HERE.parent)},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )
    for number, parent in parents.items():
        assert parent.stdout is not None
        with parent.stdout as said:
            assert said.readline() == b"up\n"
        (how,) = started(tmp_path / str(number) / "mine.gguf")
        assert lives(how["pid"])
        parent.send_signal(number)
        parent.wait(20)
        assert eventually(lambda pid=how["pid"]: not lives(pid)), number


def test_a_process_that_forgets_to_close_still_ends(named: Path, gguf: Path) -> None:
    told = subprocess.run(
        [sys.executable, "-c", _PARENT.replace("time.sleep(60)", "0"), str(gguf)],
        env=os.environ | {"PYTHONPATH": str(HERE.parent)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (told.returncode, told.stdout, told.stderr) == (0, "up\n", "")
    assert eventually(lambda: not lives(started(gguf)[0]["pid"]))


def test_what_is_named_is_used_or_refused(
    tmp_path: Path, gguf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = tmp_path / "text"
    text.write_text("no program")
    for path in (tmp_path / "none", text, tmp_path):
        monkeypatch.setenv(local.SERVER_VARIABLE, str(path))
        with pytest.raises(ModelNotFound, match="can't be run") as caught:
            local.acquire(gguf)
        assert str(path) in str(caught.value)


def test_a_file_that_is_no_model(named: Path, tmp_path: Path) -> None:
    (tmp_path / "x.gguf").write_bytes(b"text")
    with pytest.raises(ModelNotFound, match=r"exit code 1.*x\.gguf"):
        local.acquire(tmp_path / "x.gguf")


def test_a_program_that_is_no_server_is_given_up(
    tmp_path: Path, gguf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtimes, "_START_SECONDS", 0.5)
    sleeper = tmp_path / "sleeper"
    sleeper.write_text(f'#!/bin/sh\necho $$ > "{tmp_path}/pid"\nexec sleep 60\n')
    sleeper.chmod(0o755)
    with pytest.raises(ModelNotFound, match="where it listens"):
        runtimes.Program(sleeper, runtimes.Settings(gguf, 1024, 1))
    assert not lives(int((tmp_path / "pid").read_text()))


def test_a_server_can_be_named_without_its_folder(
    program: Path, gguf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    assert program not in [choice.program for choice in local.choices()]
    monkeypatch.setenv(local.SERVER_VARIABLE, "llama-server")
    assert local.choices()[0].program == program


def test_what_was_compiled_here_comes_before_the_wheel(gguf: Path, no_wheel: None) -> None:
    stand_in(native.folder() / "llama-server")
    assert local.runtime_version() == f"{native.version()}, compiled for this machine"
    runtime = local.acquire(gguf)
    assert len(started(gguf)) == 1
    runtime.release()


def test_what_was_compiled_here_has_the_wheel_behind_it(
    gguf: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from test_llm_local import Runtime

    wheel = Runtime()
    monkeypatch.setitem(sys.modules, "xllamacpp", wheel.module)
    monkeypatch.setattr(local, "version", lambda name: "1.0")
    monkeypatch.setattr(native, "installed_version", lambda name: "1.0")
    broken = native.folder() / "llama-server"
    broken.parent.mkdir(parents=True)
    broken.write_text("#!/bin/sh\nkill -ILL $$\n")
    broken.chmod(0o755)
    with caplog.at_level(logging.ERROR):
        runtime = local.acquire(gguf)
    assert len(wheel.started) == 1
    (line,) = caplog.messages
    assert "exit code 132" in line
    assert line.endswith("Using xllamacpp 1.0, prebuilt.")
    runtime.release()


def test_without_any_runtime(gguf: Path, no_wheel: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def not_installed(name: str) -> str:
        raise local.PackageNotFoundError(name)

    monkeypatch.setattr(local, "version", not_installed)
    assert local.choices() == []
    assert local.runtime_version() is None
    with pytest.raises(ModelNotFound, match=r"bant-extractor\[local\]"):
        local.acquire(gguf)
