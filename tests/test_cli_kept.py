"""What `bant extract` keeps: running it again, saying what it would cost, showing what was sent, purging."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from command import Done, bant
from fault_server import FaultServer, Reply, says

from extractor.llm import transport
from extractor.reports.files import LEFT_BEHIND, PARTIAL
from extractor.store import FILE, Store

AMOUNT = re.compile(r"We have (\d+) thousand dollars approved for this year")
OUT = Path("bant-out")


def answer(request: dict[str, Any]) -> Reply:
    """The budget that the question shows."""
    found = AMOUNT.search(request["messages"][1]["content"])
    answers: dict[str, Any] = {}
    if found:
        amount = int(found[1]) * 1000
        answers["budget"] = [{"amount_min": amount, "amount_max": amount, "currency": "USD", "period": "year",
                              "quotes": [found[0]]}]  # fmt: skip
    return says(json.dumps(answers))


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer(answer=answer).running() as running:
        yield running


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "calls"
    folder.mkdir()
    for name, thousands in (("a", 60), ("b", 70), ("c", 80)):
        write(folder, name, f"We have {thousands} thousand dollars approved for this year.")
    return folder


def write(folder: Path, name: str, said: str) -> None:
    (folder / f"2026-03-12-{name}.txt").write_text(f"Priya Nair: And the money?\nTom Okafor: {said}\n")


SELLER = ("--seller", "Priya Nair")


@pytest.fixture
def run(calls: Path, server: FaultServer, capsys: pytest.CaptureFixture[str]) -> Any:
    def command(*args: object, model: str = "m") -> Done:
        return bant(capsys, "extract", calls, "--model", model, "--base-url", server.base_url, *SELLER, *args)

    return command


def records() -> dict[str, Any]:
    lines = (OUT / "records.jsonl").read_text(encoding="utf-8").splitlines()
    return {r["call_id"][-1]: r for r in map(json.loads, lines)}


def amounts() -> dict[str, int | None]:
    return {name: (r["fields"]["budget"]["value"] or {}).get("amount_min") for name, r in records().items()}


def asked(server: FaultServer) -> list[str]:
    """The amounts that were asked about since the last time."""
    texts = [r["messages"][1]["content"] for r in server.requests]
    server.requests.clear()
    return sorted(found[1] if (found := AMOUNT.search(text)) else "-" for text in texts)


# Again


def test_the_same_command_again_asks_nothing(run: Any, server: FaultServer) -> None:
    assert run().code == 0
    assert asked(server) == ["60", "70", "80"]
    before = {f.name: f.read_bytes() for f in OUT.glob("records.*")}
    again = run()
    assert (again.code, asked(server)) == (0, [])
    assert {f.name: f.read_bytes() for f in OUT.glob("records.*")} == before
    assert "3 calls: 3 cold." in again.out
    assert "3 of 3 calls were read before and are unchanged.\n" in again.err


def test_only_what_is_new_or_has_changed_is_read(run: Any, calls: Path, server: FaultServer) -> None:
    run()
    asked(server)
    write(calls, "b", "We have 20 thousand dollars approved for this year.")
    write(calls, "d", "We have 90 thousand dollars approved for this year.")
    (calls / "2026-03-12-a.txt").unlink()
    assert run().code == 0
    assert asked(server) == ["20", "90"]
    # The records are those of this run.
    assert amounts() == {"b": 20_000, "c": 80_000, "d": 90_000}


@pytest.mark.parametrize("change", ["model", "strategy", "form", "sides", "date"])
def test_what_a_record_hangs_on(run: Any, calls: Path, server: FaultServer, change: str) -> None:
    run()
    asked(server)
    args: dict[str, Any] = {"model": "n"} if change == "model" else {}
    options: tuple[object, ...] = ()
    if change == "strategy":
        options = ("--strategy", "evidence")
    elif change == "form":
        Path("mine.yaml").write_text("extends: bant\nform: mine\ntitle: Mine\n")
        options = ("--form", "mine.yaml")
    elif change == "sides":
        options = ("--seller", "Tom Okafor")
    else:
        (calls / "calls.yaml").write_text("2026-03-12-a.txt: {date: 2026-01-01}\n")
    done = run(*options, **args)
    # What the other strategy asks, the stand-in may not be able to answer.
    assert done.code == 0 or change == "strategy"
    kept = "2 of 3 calls were read before" if change == "date" else ""
    assert kept in done.err
    assert ("read before" in done.err) is bool(kept)
    made = records()
    if change == "model":
        assert {r["model"] for r in made.values()} == {"n"}
        assert asked(server) == ["60", "70", "80"]
    elif change == "form":
        # The form is called otherwise, but what the model is asked is the same: that was paid for.
        assert {r["form"] for r in made.values()} == {"mine"}
        assert asked(server) == []
    elif change == "sides":
        assert {p["side"] for r in made.values() for p in r["participants"] if p["name"] == "Tom Okafor"} == {
            "seller"
        }
        assert asked(server) == ["60", "70", "80"]
    elif change == "date":
        assert made["a"]["call_date"] == "2026-01-01"
        assert asked(server) == ["60"]


def test_a_file_that_was_moved_is_not_read_again(run: Any, calls: Path, server: FaultServer) -> None:
    run()
    asked(server)
    (calls / "deeper").mkdir()
    (calls / "2026-03-12-a.txt").rename(calls / "deeper" / "2026-03-12-a.txt")
    run()
    assert asked(server) == []
    assert records()["a"]["source"].endswith("deeper/2026-03-12-a.txt")


def test_the_usage_is_what_it_cost_when_it_was_made(run: Any, server: FaultServer) -> None:
    run()
    run()
    usage = records()["a"]["usage"]
    assert (usage["llm_calls"], usage["prompt_tokens"], usage["completion_tokens"]) == (1, 100, 10)


def test_fresh_begins_anew(run: Any, server: FaultServer) -> None:
    run()
    asked(server)
    assert run("--fresh").code == 0
    assert asked(server) == ["60", "70", "80"]


def test_one_answer_serves_all_calls_that_ask_the_same(run: Any, calls: Path, server: FaultServer) -> None:
    (calls / "2026-03-12-z.txt").write_bytes((calls / "2026-03-12-a.txt").read_bytes())
    run("--jobs", 1)
    assert asked(server) == ["60", "70", "80"]
    assert amounts() == {"a": 60_000, "b": 70_000, "c": 80_000, "z": 60_000}


def test_a_call_that_could_not_be_read_is_tried_again(run: Any, calls: Path, server: FaultServer) -> None:
    (calls / "2026-03-12-d.txt").touch()
    assert run().code == 3
    asked(server)
    write(calls, "d", "We have 90 thousand dollars approved for this year.")
    assert run().code == 0
    assert asked(server) == ["90"]


# Least confidence


def test_fields_below_the_least_confidence_are_absent(run: Any, server: FaultServer) -> None:
    run()
    sure = records()["a"]["fields"]["budget"]["confidence"]
    run("--min-confidence", sure)
    assert amounts()["a"] == 60_000
    before = records()["a"]
    assert run("--min-confidence", min(1, sure + 0.01)).code == 0
    made = records()["a"]
    budget = made["fields"]["budget"]
    assert budget.pop("confidence") == pytest.approx(1 - sure)
    assert budget == {
        "status": "absent", "option": None, "value": None, "points": 0, "max_points": 30, "evidence": [],
        "conflicts": [],
    }  # fmt: skip
    assert (before["missing"][:1], made["missing"][:1]) == (["authority"], ["budget"])
    assert len(made["next_questions"]) == len(before["next_questions"]) + 1
    assert made["score"] < before["score"]
    (warning,) = [w for w in made["warnings"] if w not in before["warnings"]]
    assert warning.startswith("budget: left out, its confidence")
    # It is only left out: nothing is asked again, and it comes back.
    run()
    assert amounts()["a"] == 60_000
    assert asked(server) == ["60", "70", "80"]


# Caps


def test_a_cap_ends_the_run_and_the_next_one_goes_on(run: Any, server: FaultServer) -> None:
    found = re.search(r"(\d+) tokens of prompts, at most 6000 of answers", run("--dry-run").out)
    assert found is not None
    # Each request may use its prompt and 2000 tokens of answer, and then uses 110: the third may be too much.
    most = int(found[1]) // 3 + 2000 + 150
    first = run("--jobs", 1, "--max-total-tokens", most)
    assert first.code == 3
    # Calls are prepared side by side: which of them come first is not told.
    paid = asked(server)
    assert len(paid) == 2
    made = records()
    failed = [r["error"] for r in made.values() if "error" in r]
    assert (len(made), len(failed)) == (3, 1)
    assert {e["kind"] for e in failed} == {"cap_reached"}
    assert f"{most} tokens" in failed[0]["message"]
    assert first.err.count("the run has used what it may use") == 1
    assert run().code == 0
    assert sorted(paid + asked(server)) == ["60", "70", "80"]
    assert amounts() == {"a": 60_000, "b": 70_000, "c": 80_000}


def test_a_cap_on_the_cost_needs_a_price(run: Any, server: FaultServer) -> None:
    done = run("--max-cost", 1)
    assert (done.code, done.out) == (2, "")
    assert "m: its price is not known" in done.err
    assert server.requests == []


# Saying what it would cost


def test_a_dry_run_asks_and_writes_nothing(run: Any, server: FaultServer) -> None:
    done = run("--dry-run")
    assert done.code == 0
    lines = done.out.splitlines()
    assert lines[0] == "3 calls: 3 to read, 0 read before and unchanged, 0 that can't be read."
    assert re.fullmatch(
        r"m: 3 requests, \d{4} tokens of prompts, at most 6000 of answers; its price is not known\.", lines[1]
    )
    assert lines[2].startswith("An estimate: ")
    assert server.requests == []
    assert not OUT.exists()


def test_a_dry_run_counts_what_is_missing(run: Any, calls: Path, server: FaultServer) -> None:
    run()
    asked(server)
    write(calls, "d", "We have 90 thousand dollars approved for this year.")
    (calls / "2026-03-12-e.txt").touch()
    before = (OUT / "records.jsonl").read_bytes()
    done = run("--dry-run")
    assert done.code == 3
    assert "5 calls: 1 to read, 3 read before and unchanged, 1 that can't be read." in done.out
    assert "m: 1 requests," in done.out
    assert "2026-03-12-e: 2026-03-12-e.txt: the file is empty." in done.err
    assert "5 calls: 4 to read, 0 read before" in run("--dry-run", "--fresh").out
    assert asked(server) == []
    assert (OUT / "records.jsonl").read_bytes() == before


def test_a_dry_run_knows_prices_without_a_key(calls: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = bant(capsys, "extract", calls, "--model", "openai/gpt-4.1-mini", *SELLER, "--dry-run")
    assert done.code == 0
    found = re.search(r"(\d+) tokens of prompts, .*; ([\d.]+) to ([\d.]+) USD\.", done.out)
    assert found is not None
    # gpt-4.1-mini: 0.40 USD a million tokens read, 1.60 written.
    assert float(found[2]) == pytest.approx(int(found[1]) * 0.4e-6, abs=0.005)
    assert float(found[3]) == pytest.approx(int(found[1]) * 0.4e-6 + 6000 * 1.6e-6, abs=0.005)


def test_a_dry_run_with_the_embedded_model_starts_nothing(
    calls: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done = bant(capsys, "extract", calls, *SELLER, "--dry-run")
    assert (done.code, done.err) == (0, "")
    assert "local/" in done.out


# What was sent


def test_what_was_sent_is_shown(run: Any, server: FaultServer, capsys: pytest.CaptureFixture[str]) -> None:
    run()
    done = bant(capsys, "show", "2026-03-12-b", "--sent")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("[1 of 1] to m, answered, requests: 1\n\nsystem: ")
    assert "We have 70 thousand dollars" in done.out
    assert "We have 60 thousand dollars" not in done.out
    (question,) = json.loads(bant(capsys, "show", "2026-03-12-b", "--sent", "--json").out)
    (request,) = [r for r in server.requests if "We have 70" in r["messages"][1]["content"]]
    assert question["messages"] == request["messages"]


def test_what_was_sent_in_vain_is_shown_too(
    run: Any, server: FaultServer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "ATTEMPTS", 1)
    server.answer = lambda _: Reply(500, {})
    assert run("--jobs", 1).code == 3
    assert "[1 of 1] to m, not answered, requests: 1" in bant(capsys, "show", "2026-03-12-a", "--sent").out
    assert bant(capsys, "show", "2026-03-12-c", "--sent").out == "Nothing was sent for this call.\n"


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["nope", "--sent"], "There is no call nope."),
        (["2026-03-12-a", "--sent", "--records", "calls"], "calls: nothing is kept here of what was sent."),
    ],
)
def test_mistakes_with_sent(run: Any, capsys: pytest.CaptureFixture[str], args: list[str], said: str) -> None:
    run()
    done = bant(capsys, "show", *args)
    assert (done.code, done.out) == (2, "")
    assert said in done.err


# Purging


def everything() -> bytes:
    return b"".join(f.read_bytes() for f in OUT.iterdir())


def packed(call: str) -> list[bytes]:
    """What the store holds of a call, as it stands in the file."""
    with Store(OUT / FILE) as store:
        rows = store._rows("SELECT record FROM calls WHERE call_id = ?", call)
        rows += store._rows("SELECT messages FROM questions JOIN asked USING (key) WHERE call_id = ?", call)
        rows += store._rows("SELECT answer FROM questions JOIN asked USING (key) WHERE call_id = ?", call)
    return [row[0] for row in rows]


def test_purging_removes_all_that_is_kept_of_a_call(
    run: Any, server: FaultServer, capsys: pytest.CaptureFixture[str]
) -> None:
    run()
    lines = (OUT / "records.jsonl").read_text()
    # What a run that was killed has left; the last line is cut off.
    (OUT / PARTIAL).write_text(lines)
    (OUT / LEFT_BEHIND).write_text(lines[: len(lines) - 40])
    (OUT / "records.csv.new").write_text("70 thousand")
    call, others = "2026-03-12-b", records()
    private = [*packed(call), b"2026-03-12-b", b"70 thousand", b"70000"]
    assert len(private) == 6
    assert all(part in everything() for part in private)
    said = f"{call}: nothing of it is kept in bant-out any more.\n"
    assert bant(capsys, "purge", call) == Done(0, "", said)
    assert [part for part in private if part in everything()] == []
    assert records() == {name: others[name] for name in "ac"}
    assert "2 calls: 2 cold." in (OUT / "records.md").read_text()
    assert len((OUT / "records.csv").read_text().splitlines()) == 3
    # The others need not be read again, and this one is as new.
    asked(server)
    run()
    assert asked(server) == ["70"]


def test_purging_the_only_call_leaves_no_records(
    run: Any, calls: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in "bc":
        (calls / f"2026-03-12-{name}.txt").unlink()
    run()
    assert bant(capsys, "purge", "2026-03-12-a").code == 0
    assert [f.name for f in OUT.iterdir()] == [FILE]
    assert bant(capsys, "purge", "2026-03-12-a").code == 2


def test_a_call_that_only_failed_is_purged_too(
    run: Any, calls: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (calls / "2026-03-12-e.txt").touch()
    run()
    assert bant(capsys, "purge", "2026-03-12-e").code == 0
    assert b"2026-03-12-e" not in everything()
    assert set(records()) == {"a", "b", "c"}


def test_purging_keeps_the_words_of_the_form(run: Any, capsys: pytest.CaptureFixture[str]) -> None:
    Path("mine.yaml").write_text("extends: bant\nfields:\n  - {id: budget, title: The money}\n")
    run("--form", "mine.yaml")
    assert "The money" in (OUT / "records.md").read_text()
    Path("mine.yaml").unlink()
    bant(capsys, "purge", "2026-03-12-b")
    assert "The money" in (OUT / "records.md").read_text()


def test_a_folder_without_a_store_is_purged_as_well(run: Any, capsys: pytest.CaptureFixture[str]) -> None:
    run()
    (OUT / FILE).unlink()
    assert bant(capsys, "purge", "2026-03-12-b").code == 0
    assert set(records()) == {"a", "c"}
    assert not (OUT / FILE).exists()


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["2026-03-12"], "There is no call 2026-03-12."),
        (["2026-03-12-x"], "Did you mean 2026-03-12-"),
        (["a", "--out", "nowhere"], "nowhere: no such folder."),
    ],
)
def test_a_call_that_there_is_not(
    run: Any, capsys: pytest.CaptureFixture[str], args: list[str], said: str
) -> None:
    run()
    before = everything()
    done = bant(capsys, "purge", *args)
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert records() == {r: records()[r] for r in "abc"}
    assert len(everything()) == len(before)


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")
def test_what_is_kept_is_for_the_owner_alone(run: Any) -> None:
    run()
    assert (OUT / FILE).stat().st_mode & 0o777 == 0o600
