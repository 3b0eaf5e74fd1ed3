"""What takes long stands back while requests and answers are on their way."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest
from fault_server import FaultServer

from extractor.llm import background
from extractor.llm.background import BackgroundClient
from extractor.llm.client import open_client

BUSY = 1.0


def seconds_stood_back(client: BackgroundClient) -> float:
    started = time.monotonic()
    client.stand_back()
    return time.monotonic() - started


@contextmanager
def busy() -> Iterator[BackgroundClient]:
    """A client whose thread that asks has begun something long."""
    with FaultServer().running() as server:
        client = BackgroundClient(partial(open_client, "m", base_url=server.base_url))
        client.open().result()
        assert client._asking is not None
        client._asking.start_task_soon(time.sleep, BUSY)
        time.sleep(BUSY / 5)
        yield client
        client.close()


def test_before_anything_is_asked_nothing_waits() -> None:
    client = BackgroundClient(partial(open_client, "m", base_url="http://127.0.0.1:9/v1"))
    assert seconds_stood_back(client) < BUSY / 5


def test_it_waits_until_the_others_are_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "_STANDS_BACK", 60.0)
    with busy() as client:
        assert BUSY / 5 < seconds_stood_back(client) < 30


def test_it_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "_STANDS_BACK", 0.01)
    with busy() as client:
        assert 0.01 <= seconds_stood_back(client) < BUSY / 2
