from typing import Any

from invented import failure, record

from extractor.cli.remarks import Remarks


def told(*records: Any) -> list[str]:
    lines: list[str] = []
    remarks = Remarks(lines.append)
    for each in records:
        remarks.add(each)
    remarks.end()
    return lines


def test_what_holds_for_many_calls_is_told_once_and_counted() -> None:
    calls = [record(f"c{n}", warnings=["no catalogue", f"only in {n}"]) for n in range(3)]
    assert told(*calls) == [
        "c0: no catalogue", "c0: only in 0", "c1: only in 1", "c2: only in 2", "2 more calls: no catalogue",
    ]  # fmt: skip
    assert told(*calls[:2])[-1] == "1 more call: no catalogue"


def test_why_a_call_failed_is_told_like_a_warning() -> None:
    hint = failure().error.hint
    assert told(failure("a", "Torn."), record("b"), failure("c", "Torn."), failure("d", "Wet.")) == [
        f"a: Torn. {hint}", f"d: Wet. {hint}", f"1 more call: Torn. {hint}",
    ]  # fmt: skip


def test_what_a_terminal_would_obey_is_left_out() -> None:
    assert told(record("a\x1b[31m", warnings=["be \x1b[2Jcareful"])) == ["a: be careful"]
