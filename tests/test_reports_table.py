"""The table of leads, as it looks at several widths."""

from __future__ import annotations

import pytest
from invented import absent, failure, form, record, stated
from rich.console import Console

from extractor.form import Field, Form
from extractor.record import AnyRecord
from extractor.reports.table import answer_style, leads_table, tier_style


def shown(records: list[AnyRecord], width: int, of: Form | None = None, *, color: bool = False) -> str:
    console = Console(
        width=width,
        highlight=False,
        force_terminal=color,
        color_system="truecolor" if color else None,
        record=True,
    )
    with console.capture() as capture:
        console.print(leads_table(records, of or form()))
    return "\n".join(line.rstrip() for line in capture.get().splitlines())


LEADS: list[AnyRecord] = [
    failure(),
    record("b7", 15, "cold", budget=absent(30), timeline=absent(20), warnings=["incomplete: turns 3 to 9"]),
    record("a01", 60, "warm"),
    record("c02", 85, "hot"),
]


def test_wide() -> None:
    assert (
        shown(LEADS, 120)
        == """\
Score  Tier  Call             Budget    Authority        Need  Timeline    Missing
───────────────────────────────────────────────────────────────────────────────────────────
   85  hot   c02              50k-100k  department head  low   1-3 months  nothing
   60  warm  a01              50k-100k  department head  low   1-3 months  nothing
   15  cold  b7 (incomplete)  -         department head  low   -           Budget, Timeline

-  not said on the call
4 calls: 1 hot, 1 warm, 1 cold, 1 failed.
z09 failed: calls/z09.txt: no turns in it. Check the file with `bant read`."""
    )


def test_eighty_columns() -> None:
    assert (
        shown(LEADS, 80)
        == """\
Score  Tier  Call             Budget    Authority        Need  Timeline
─────────────────────────────────────────────────────────────────────────
   85  hot   c02              50k-100k  department head  low   1-3 months
   60  warm  a01              50k-100k  department head  low   1-3 months
   15  cold  b7 (incomplete)  -         department head  low   -

-  not said on the call
4 calls: 1 hot, 1 warm, 1 cold, 1 failed.
z09 failed: calls/z09.txt: no turns in it. Check the file with `bant read`."""
    )


def test_narrow() -> None:
    text = shown([record("b7", 15, "cold", budget=absent(30))], 60)
    assert (
        text
        == """\
Score  Tier  Call  Stated                      Missing
──────────────────────────────────────────────────────
   15  cold  b7    Authority: department head  Budget
                   Need: low
                   Timeline: 1-3 months

1 call: 1 cold."""
    )


def test_a_form_of_many_fields_is_shown_compactly_in_eighty_columns() -> None:
    fields = tuple(
        Field(id=f"f{n}", title=f"Field {n}", kind="text", ask="?", counts="x", points=1) for n in range(7)
    )
    of = Form(form="wide", title="Wide", fields=fields)
    results = {f.id: stated(None, 1, 1, {"text": "x"}, "x") for f in fields[:-1]}
    made = record("a").model_copy(update={"fields": {**results, "f6": absent(1)}, "missing": ["f6"]})
    text = shown([made], 80, of)
    assert "Field 5: stated" in text
    assert "Field 6: stated" not in text
    assert max(len(line) for line in text.splitlines()) <= 80
    assert "Stated" not in shown([made], 130, of).splitlines()[0]


def test_only_failed_and_none() -> None:
    assert shown([failure("z"), failure("y")], 120).splitlines() == [
        "2 calls: 2 failed.",
        "y failed: calls/z09.txt: no turns in it. Check the file with `bant read`.",
        "z failed: calls/z09.txt: no turns in it. Check the file with `bant read`.",
    ]
    assert shown([], 120) == "No calls."


def test_colours_say_nothing_that_words_do_not() -> None:
    plain, coloured = shown(LEADS, 120), shown(LEADS, 120, color=True)
    assert "\x1b[1;32mhot" in coloured
    assert "\x1b[32mdepartment head" in coloured
    assert "\x1b" not in plain


def test_names_are_no_markup_and_no_commands() -> None:
    text = shown([record("[red]x[/red]\x1b[2J"), failure("[bold", "a \x1b]0;t\x07b")], 120)
    assert "[red]x[/red]" in text
    assert "[bold failed: a b" in text
    assert "\x1b" not in text


def test_long_names_of_calls_are_not_cut() -> None:
    name = "2026-03-12_discovery_call_with_halden_freight_and_two_of_their_depots"
    lines = shown([record(name)], 80).splitlines()[2:]
    assert "".join(line[13:].split("  ")[0] for line in lines[: lines.index("")]) == name


@pytest.mark.parametrize(
    ("points", "style"), [(0, "red"), (5, "red"), (15, "yellow"), (20, "green"), (25, "green")]
)
def test_answers_by_their_share_of_the_points(points: int, style: str) -> None:
    assert answer_style(stated("x", points, 25, {}, "x")) == style


def test_tiers_by_their_rank() -> None:
    assert [tier_style(t, form()) for t in ("hot", "warm", "cold", "other")] == [
        "bold green",
        "yellow",
        "dim",
        "",
    ]
    assert tier_style("hot", None) == ""
