"""`eval/ablate.py`: a row for each part that is left out, and what wrong sides cost."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from eval_scripts import script
from fakes import FakeClient, text_of

from extractor import pipeline
from extractor.record import Usage

ablate = script("ablate")

CALLS = Path(__file__).parents[1] / "fixtures" / "calls"


class Agreeing(FakeClient):
    """Answers with the first choice, whatever the question."""

    def __init__(self) -> None:
        super().__init__(context_tokens=32_000)
        self.questions: list[str] = []

    async def choose(
        self, messages: Sequence[Mapping[str, Any]], choices: Sequence[str], *, usage: Usage
    ) -> dict[str, float]:
        self.questions.append(text_of(messages))
        return {choice: float(choice == choices[0]) for choice in choices}


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Agreeing:
    client = Agreeing()

    async def open_client(*_: Any, **__: Any) -> Agreeing:
        return client

    monkeypatch.setattr(pipeline, "open_client", open_client)
    return client


def folder_of(*names: str, into: Path) -> Path:
    for file in CALLS.iterdir():
        if file.name.startswith((*names, "calls.yaml", "form.yaml", "catalog.yaml")):
            shutil.copy(file, into)
    return into


def test_a_row_for_each_part(model: Agreeing, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ablate.main([str(folder_of("bakery-group", into=tmp_path))])
    _, _, header, _, *rows = capsys.readouterr().out.splitlines()
    cells = {r.split(" | ")[0].removeprefix("| "): r.removesuffix(" |").split(" | ")[1:] for r in rows}
    names = header.strip("| ").split(" | ")
    assert all(len(row) == len(names) == len(ablate.FIGURES) for row in cells.values())
    first, *_, last = cells
    assert (first, last) == ("all of it", "with the label's sides")
    assert len(cells) == 8
    items = {title: float(row[names.index("items_f1")]) for title, row in cells.items()}
    assert items["with one place a field"] < items["all of it"]
    # There is no call without a sale.
    assert {row[names.index("no_sale_stated")] for row in cells.values()} == {"–"}


def test_with_the_labels_sides_nobody_is_asked_for_them(model: Agreeing) -> None:
    calls = ablate.load_labelled(CALLS)
    told = [ablate.told_sides(call, ablate.dated(call)) for call in calls]
    for call, transcript in zip(calls, told, strict=True):
        assert {s: call.label.speakers[s] for s in transcript.speakers()} == {
            t.speaker: t.side for t in transcript.turns
        }
    with ablate.answers(None) as store:
        reading = ablate.read_all(calls, told, ablate.whole, ablate.coverage_features, store)
        records = asyncio.run(reading)
    assert all(p.side == c.label.speakers.get(p.name) for c, r in zip(calls, records, strict=True)
               for p in r.participants)  # fmt: skip
    assert model.questions
    assert not any("a seller or a buyer?" in q for q in model.questions)


def test_labels_that_state_nothing_are_told_in_one_line(
    model: Agreeing, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = folder_of("wrong-number", into=tmp_path)
    with pytest.raises(SystemExit, match=r"^\S+: no label states anything, so there is nothing to find\.$"):
        ablate.main([str(folder)])
    assert capsys.readouterr().out == ""
    assert model.questions == []
