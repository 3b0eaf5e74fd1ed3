"""`bant forms`: the list, a form as one would fill it in, and the check of one's own."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from extractor.cli.forms import app
from extractor.errors import FormError
from extractor.formfile import load_form, shipped_forms


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(app, [str(w) for w in words])


def lines(result: Result) -> list[str]:
    assert result.exit_code == 0, result.output
    return [line.rstrip() for line in result.stdout.splitlines()]


def test_the_list_has_every_shipped_form() -> None:
    printed = lines(run())
    for name in shipped_forms():
        assert any(line.startswith(f"{name} ") for line in printed)
    assert any("budget, authority, need, timeline" in line for line in printed)


def test_a_form_as_one_would_fill_it_in() -> None:
    printed = lines(run("show", "bant"))
    assert printed[:2] == [
        "BANT (Budget, Authority, Need, Timeline)",
        "100 points: hot from 80, warm from 50, cold from 0",
    ]
    start = printed.index("Budget  up to 30 points  money")
    assert printed[start : start + 6] == [
        "Budget  up to 30 points  money",
        "What budget range do you have in mind for a solution like this?",
        "  ( )  < $10,000            0",
        "  ( )  $10,000 - $50,000    0",
        "  ( )  $50,000 - $100,000  15",
        "  ( )  > $100,000          30",
    ]
    assert "  ( )  Perfect match  25  from 80% of the needs solved by the catalogue" in printed
    assert "  ( )  Consultant      an outside adviser of the buyer" in printed


def test_texts_several_choices_and_a_catalogue(tmp_path: Path) -> None:
    file = tmp_path / "ours.yaml"
    file.write_text(
        "extends: bant\n"
        "catalog: [{id: manual_entry, title: Typing twice, description: '[red]Ends it.'}]\n"
        "fields:\n"
        "  - {id: rival, title: Rival, kind: text, ask: Who else?, counts: Names., points: 7}\n"
        "  - {id: tools, title: Tools, kind: choice, multiple: true, ask: Which?, counts: Names.,\n"
        "     options: [{id: erp, points: 3}, {id: crm}]}\n",
        encoding="utf-8",
    )
    printed = lines(run("show", file))
    assert printed[printed.index("Who else?") + 1] == "  ________________  7"
    assert printed[printed.index("Which?") + 1 :][:2] == ["  [ ]  erp  3", "  [ ]  crm  0"]
    assert printed[-2:] == ["What the product solves", "  manual_entry  Typing twice  [red]Ends it."]
    checked = lines(run("check", file))
    assert checked[:3] == [
        "right: bant, BANT (Budget, Authority, Need, Timeline)",
        "points     Budget 30 + Authority 25 + Need 25 + Timeline 20 + Rival 7 + Tools 3 = 110",
        "tiers      hot from 80, warm from 50, cold from 0",
    ]
    assert "catalogue  1 item" in checked
    assert checked[-1] == f"sha256     {load_form(file).sha256}"


def test_a_check_says_what_is_missing_from_a_form_that_is_right() -> None:
    assert any(line.startswith("catalogue  empty: no need counts") for line in lines(run("check", "bant")))
    checked = lines(run("check", "firmographic"))
    assert not any(line.startswith("catalogue") for line in checked)
    assert any(line.startswith("currency  USD; rates for EUR, GBP") for line in checked)


@pytest.mark.parametrize("command", ["show", "check"])
def test_a_form_with_a_mistake(tmp_path: Path, command: str) -> None:
    file = tmp_path / "ours.yaml"
    file.write_text("extends: bant\ntiers: {hot: 800}\n", encoding="utf-8")
    error = run(command, file).exception
    assert isinstance(error, FormError)
    assert error.message == f"{file}:2: tier hot begins at 800."
