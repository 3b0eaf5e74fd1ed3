"""What holds for every test: no network but loopback, its own home and cache, no settings from outside."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

_FROM_OUTSIDE = ("BANT_", "OPENAI_", "HF_", "XDG_")
LOOPBACK = ["127.0.0.1", "::1", "localhost"]

# The same examples on every run and on every machine, however slow it is.
settings.register_profile("repeatable", deadline=None, derandomize=True, database=None)
settings.load_profile("repeatable")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("block_network") is None:
            item.add_marker(pytest.mark.block_network(allowed_hosts=LOOPBACK))


@pytest.fixture(autouse=True)
def _own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in list(os.environ):
        if name.startswith(_FROM_OUTSIDE) or name.upper().endswith(("_API_KEY", "_PROXY")):
            monkeypatch.delenv(name)
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    monkeypatch.setenv("BANT_CACHE_DIR", str(home / "cache"))
    return home


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
