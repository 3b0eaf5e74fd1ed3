"""Forms are read with all that they extend, and every mistake in one is told with its line and its cure."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from extractor.errors import FormError
from extractor.form import CatalogItem
from extractor.formfile import load_catalog, load_form, shipped_forms, with_catalog
from extractor.resources import resource_dir

WHOLE = """\
form: mini
title: A small form
tiers: {good: 50, poor: 0}
fields:
  - id: size
    title: Size
    kind: choice
    ask: How big are you?
    counts: Head counts.
    options:
      - {id: small, label: Small, points: 1}
      - {id: large, label: Large, points: 10}
  - id: place
    title: Place
    kind: text
    ask: Where are you?
    counts: Towns.
    points: 5
"""


def write(folder: Path, text: str, name: str = "form.yaml") -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def refused(file: Path | str) -> FormError:
    with pytest.raises(FormError) as caught:
        load_form(file)
    return caught.value


def test_a_form_of_its_own(tmp_path: Path) -> None:
    form = load_form(write(tmp_path, WHOLE))
    assert [(f.id, f.max_points) for f in form.fields] == [("size", 10), ("place", 5)]
    assert form.tiers == {"good": 50, "poor": 0}
    assert form.currency == "USD"


def test_a_shipped_form_wins_over_a_folder_of_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bant").mkdir()
    monkeypatch.chdir(tmp_path)
    assert load_form("bant").form == "bant"


def test_an_unknown_name_is_told_the_shipped_ones() -> None:
    assert "Did you mean `bant`?" in refused("bnat").hint
    error = refused("zzz")
    assert all(name in error.hint for name in shipped_forms())
    assert error.message == "zzz: there is no form of this name."


def test_a_file_without_ending_is_a_form_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, WHOLE, "ours")
    monkeypatch.chdir(tmp_path)
    assert load_form("ours").form == "mini"


def test_extending_states_only_what_differs(tmp_path: Path) -> None:
    own = """\
        extends: bant
        title: Ours
        tiers: {hot: 90}
        exchange_rates: {SEK: 0.1, GBP: null}
        catalog:
          - {id: manual_entry, title: Typing twice}
        fields:
          - {id: timeline, drop: true}
          - {id: budget, ask: How much?}
          - {id: rival, title: Rival, kind: text, ask: Who else?, counts: Names., points: 7}
    """
    base, form = load_form("bant"), load_form(write(tmp_path, own))
    assert [f.id for f in form.fields] == ["budget", "authority", "need", "rival"]
    assert form.field("budget").ask == "How much?"
    assert form.field("budget").options == base.field("budget").options
    assert form.field("authority") == base.field("authority")
    assert form.tiers == {**base.tiers, "hot": 90}
    assert form.exchange_rates == {**{k: v for k, v in base.exchange_rates.items() if k != "GBP"}, "SEK": 0.1}
    assert form.catalog == (CatalogItem(id="manual_entry", title="Typing twice"),)
    assert (form.form, form.title, form.max_points) == ("bant", "Ours", 87)


def test_lists_such_as_options_are_replaced_whole(tmp_path: Path) -> None:
    own = "extends: mini.yaml\nfields:\n  - id: size\n    options: [{id: a, points: 1}, {id: b, points: 4}]\n"
    write(tmp_path, WHOLE, "mini.yaml")
    assert [o.id for o in load_form(write(tmp_path, own)).field("size").options] == ["a", "b"]


def test_forms_extend_in_chains_from_the_folder_of_each(tmp_path: Path) -> None:
    (tmp_path / "team").mkdir()
    write(tmp_path, WHOLE, "mini.yaml")
    write(tmp_path, "extends: mini.yaml\nform: middle\nfields: [{id: place, points: 9}]\n", "middle.yaml")
    form = load_form(write(tmp_path / "team", "extends: ../middle.yaml\ntitle: Last\n"))
    assert (form.form, form.title, form.field("place").points, form.max_points) == ("middle", "Last", 9, 19)


def test_a_circle_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "extends: b.yaml\n", "a.yaml")
    write(tmp_path, "title: x\nextends: a.yaml\n", "b.yaml")
    error = refused(tmp_path / "a.yaml")
    assert "circle" in error.message
    assert (error.file.name, error.line) == ("b.yaml", 2)
    assert "circle" in refused(write(tmp_path, "extends: self.yaml\n", "self.yaml")).message


def test_the_hash_is_of_what_a_form_says(tmp_path: Path) -> None:
    first = load_form(write(tmp_path, WHOLE))
    reordered = "# a remark\n" + WHOLE.replace("title: A small form\n", "") + "title: 'A small form'\n"
    assert load_form(write(tmp_path, reordered, "renamed.yaml")).sha256 == first.sha256
    assert load_form(write(tmp_path, "extends: form.yaml\n", "child.yaml")).sha256 == first.sha256
    assert load_form(write(tmp_path, WHOLE.replace("points: 5", "points: 6"))).sha256 != first.sha256
    assert len(first.sha256) == 64


def test_another_currency_brings_its_own_bands_and_keeps_the_rates(tmp_path: Path) -> None:
    bands = "[{id: low, max: 5000}, {id: high, min: 5000, points: 30}]"
    form = load_form(
        write(tmp_path, f"extends: bant\ncurrency: EUR\nexchange_rates: {{GBP: 1.2}}\n"
                        f"fields:\n  - id: budget\n    options: {bands}\n")
    )  # fmt: skip
    base = load_form("bant")
    assert form.exchange_rates["USD"] == pytest.approx(1 / base.exchange_rates["EUR"], rel=1e-5)
    assert form.exchange_rates["CHF"] == pytest.approx(
        base.exchange_rates["CHF"] / base.exchange_rates["EUR"], rel=1e-5
    )
    assert form.exchange_rates["GBP"] == 1.2
    assert "EUR" not in form.exchange_rates
    error = refused(write(tmp_path, "extends: bant\n\ncurrency: EUR\n"))
    assert (error.line, "bands of field budget are in USD" in error.message) == (3, True)


def test_a_catalogue_of_its_own(tmp_path: Path) -> None:
    file = write(
        tmp_path, "- id: a\n  title: First\n  description: What it ends.\n- {id: b, title: Second}\n"
    )
    catalog = load_catalog(file)
    assert catalog == (
        CatalogItem(id="a", title="First", description="What it ends."),
        CatalogItem(id="b", title="Second"),
    )
    plain = load_form("bant")
    form = with_catalog(plain, catalog)
    assert (form.catalog, form.fields) == (catalog, plain.fields)
    assert form.sha256 != plain.sha256
    assert with_catalog(form, plain.catalog).sha256 == plain.sha256
    assert (
        load_form(write(tmp_path, f"extends: bant\ncatalog:\n{_indented(file)}", "f.yaml")).sha256
        == form.sha256
    )


def _indented(file: Path) -> str:
    return "".join(f"  {line}\n" for line in file.read_text(encoding="utf-8").splitlines())


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("{id: a, title: b}", 1, "a catalogue is a list"),
        ("- {id: a, title: First}\n- {id: a, title: Second}", 2, "stands here and in line 1"),
        ("- {id: A 1, title: First}", 1, "an id has only a-z, 0-9 and _"),
        ("- {id: a}", 1, "catalogue item a: `title` is missing"),
        ("- {id: a, titel: First}", 1, "unknown key `titel`"),
        ("- {id: a, title: ''}", 1, "`title` is empty"),
        ("- {id: none_of_these, title: x}", 1, "needs that nothing covers"),
        ("- just words", 1, "should be a mapping"),
    ],
)
def test_mistakes_in_a_catalogue(tmp_path: Path, text: str, line: int, problem: str) -> None:
    with pytest.raises(FormError) as caught:
        load_catalog(write(tmp_path, text))
    assert problem in str(caught.value)
    assert caught.value.line == line


# fmt: off
# What is replaced in WHOLE, by what; the line of the mistake; words of the message; words of the hint.
MISTAKES = [
    ("title: A small form\n", "", 1, "`title` is missing", "form, title, fields"),
    ("title: A small form", "titel: A small form", 2, "unknown key `titel`", "Did you mean `title`?"),
    ("title: A small form", "titel: x\nextend: bant", 2, "unknown key `titel`", "`title`"),
    ("title: A small form", "title: ''", 2, "`title` is empty", "Write it"),
    ("title: A small form", "title: 12", 2, "`title` is 12", "should be text. Put it in quotes."),
    ("title: A small form", "title: [a]", 2, "`title` is a list", "should be text."),
    ("title: A small form", "title: x\nsha256: y", 3, "unknown key `sha256`", "worked out"),
    ("form: mini", "form: Mini Form", 1, "form `Mini Form`", "Write it as `mini_form`."),
    ("kind: choice", "kind: chioce", 7, "there is no kind `chioce`", "Did you mean `choice`?"),
    ("kind: choice", "kind: number", 7, "there is no kind `number`", "role, needs, horizon"),
    ("    ask: How big are you?\n", "", 5, "`ask` is missing", "id, title, kind, ask, counts"),
    ("ask: How big are you?", "ask: ' '", 8, "field size: `ask` is empty", "Write it"),
    ("id: place", "id: size", 13, "`size` stands here and in line 5", "of its own"),
    ("id: place", "id: Place-1", 13, "field `Place-1`", "Write it as `place_1`."),
    ("id: place", "id: _place", 13, "begins with a letter", "Rename"),
    ("id: place", "id: copy", 13, "this id is taken", "Rename"),
    ("id: place", "id: score", 13, "a column of the tables has this name already", "Rename"),
    ("id: place", "id: size_quote", 13, "a column of the tables has this name already", "Rename"),
    ("{id: large,", "{id: small,", 12, "option `small` stands here and in line 11", "of its own"),
    ("{id: large,", "{id: 2_3,", 12, "`id` is 23", "Put it in quotes."),
    ("{id: large,", "{idd: large,", 12, "unknown key `idd`", "Did you mean `id`?"),
    ("points: 10", "points: lots", 12, "option large: `points` is text", "a whole number"),
    ("points: 10", "points: '10'", 12, "`points` is text", "a whole number"),
    ("points: 10", "points: true", 12, "`points` is true", "a whole number"),
    ("points: 10", "points: 1.5", 12, "`points` is 1.5", "a whole number"),
    ("points: 10", "points: -1", 12, "`points` is -1", "at least 0"),
    ("points: 10", "points: 10, min: 3", 12, "`min` is for options of a money field", "Take it out"),
    ("points: 10", "points: 10, min: .inf", 12, "`min` is text", "a number"),
    ("counts: Head counts.", "counts: x\n    roles: []", 10, "`roles` is for fields of kind role", "out"),
    ("counts: Head counts.", "counts: x\n    multiple: maybe", 10, "`multiple` is text", "true or false"),
    ("counts: Head counts.", "counts: x\n    examples: {a: b}", 10, "`examples` is a mapping", "a list"),
    ("counts: Head counts.", "counts: x\n    examples: [{says: y}]", 10, "example number 1", "counts"),
    ("counts: Head counts.", "counts: x\n    points: 3", 10, "`points` is for fields of kind text", "out"),
    ("counts: Head counts.", "counts: x\n    drop: true", 10, "unknown key `drop`", ""),
    ("    points: 5", "    points: 5\n    options: [{id: a}]", 19, "not right for kind text", "no options"),
    ("      - {id: small, label: Small, points: 1}\n", "", 10, "not right for kind choice", "at least two"),
    ("{good: 50, poor: 0}", "{good: 120, poor: 0}", 3, "tier good begins at 120", "0 to 100"),
    ("{good: 50, poor: 0}", "{good: 0, poor: 0}", 3, "tiers good and poor both begin at 0", "Change one"),
    ("{good: 50, poor: 0}", "{good: 50}", 3, "no tier begins at 0", "cold: 0"),
    ("{good: 50, poor: 0}", "{good: high}", 3, "`good` is text", "a whole number"),
    ("{good: 50, poor: 0}", "[50, 0]", 3, "`tiers` is a list", "a mapping"),
    ("title: A small form", "title: x\ncurrency: dollars", 3, "`dollars` is no currency code", "EUR"),
    ("title: A small form", "title: x\nexchange_rates: {euro: 1}", 3, "`euro` is no currency", "EUR: 1.08"),
    ("title: A small form", "title: x\nexchange_rates: {EUR: 0}", 3, "the rate of EUR is 0", "worth in USD"),
    ("title: A small form", "title: x\nexchange_rates: {EUR: 1.1 USD}", 3, "`EUR` is text", "a number"),
    ("title: A small form", "title: x\nexchange_rates: {USD: 2}", 3, "the form's own currency", "out"),
    ("title: A small form", "title: x\ntitle: y", 3, "`title` stands here and in line 2", "Keep one"),
    ("title: A small form", "title: x\n? [a]\n: b", 3, "a key is not a plain word", "key: value"),
    ("title: A small form", "title: &a [*a]", 2, "contains itself", "alias"),
    ("title: A small form", "title: this: that", 2, "is not valid YAML", "in quotes"),
    ("title: A small form", "title: x\n\ttabbed: y", 3, "is not valid YAML", ""),
    ("title: A small form", "title: [a", 3, "is not valid YAML", "brackets"),
    ("title: A small form", "title: *nothing", 2, "is not valid YAML", "in quotes"),
    ("title: A small form", "title: x\n---\nmore: y", 3, "is not valid YAML", "one document in one file"),
]
# fmt: on


@pytest.mark.parametrize(("old", "new", "line", "problem", "hint"), MISTAKES)
def test_mistakes_are_told_with_line_and_cure(
    tmp_path: Path, old: str, new: str, line: int, problem: str, hint: str
) -> None:
    assert WHOLE.count(old) == 1
    file = write(tmp_path, WHOLE.replace(old, new))
    error = refused(file)
    assert error.message.startswith(f"{file}:{line}: ")
    assert problem in error.message
    assert hint in error.hint
    assert "pydantic" not in str(error)
    assert "\n" not in str(error)


# fmt: off
# What an extending form says; the line of the mistake; words of the message; words of the hint.
EXTENDING_MISTAKES = [
    ("extends: bnat\n", 1, "no form `bnat` to extend", "Did you mean `bant`?"),
    ("extends: missing.yaml\n", 1, "no form `missing.yaml`", "bant forms"),
    ("extends: 3\n", 1, "`extends` is a number", "name of a form"),
    ("extends: bant\nextra: 1\n", 2, "unknown key `extra`", "extends"),
    ("extends: bant\nfields: {id: budget}\n", 2, "`fields` is a mapping", "list"),
    ("extends: bant\nfields:\n  - {title: x}\n", 3, "a field has no `id`", "budget, authority"),
    ("extends: bant\nfields:\n  - words\n", 3, "a field has no `id`", ""),
    ("extends: bant\nfields:\n  - {id: budgett, ask: x}\n", 3, "not in the form that", "`budget`"),
    ("extends: bant\nfields:\n  - {id: budgett, drop: true}\n", 3, "not in the form that", "`budget`"),
    ("extends: bant\nfields:\n  - {id: need, drop: false}\n", 3, "drop: true}` alone", ""),
    ("extends: bant\nfields:\n  - {id: need, drop: true, ask: x}\n", 3, "drop: true}` alone", ""),
    ("extends: bant\nfields:\n  - {id: need}\n  - {id: need, ask: x}\n", 4, "here and in line 3", "Keep"),
    ("extends: bant\nfields:\n  - {id: rival, kind: text, ask: x}\n", 3, "`title` is missing", "counts"),
    ("extends: bant\ntiers: {top: 80}\n", 2, "tiers hot and top both begin at 80", "`hot: null`"),
    ("extends: bant\ntiers: nope\n", 2, "`tiers` is text", "a mapping"),
    ("extends: bant\ncurrency: 5\n", 2, "`currency` is 5", "text"),
    ("extends: bant\nfields:\n  - id: budget\n    optoins: []\n", 4, "unknown key `optoins`", "`options`"),
]
# fmt: on


@pytest.mark.parametrize(("text", "line", "problem", "hint"), EXTENDING_MISTAKES)
def test_mistakes_of_an_extending_form(tmp_path: Path, text: str, line: int, problem: str, hint: str) -> None:
    error = refused(write(tmp_path, text))
    assert (error.line, error.file.name) == (line, "form.yaml")
    assert problem in error.message
    assert hint in error.hint


def test_dropping_every_field_or_point_is_refused(tmp_path: Path) -> None:
    write(tmp_path, WHOLE, "mini.yaml")
    drops = "fields: [{id: size, drop: true}, {id: place, drop: true}]"
    assert "at least one field" in refused(write(tmp_path, f"extends: mini.yaml\n{drops}\n")).message
    nothing = "fields: [{id: size, drop: true}, {id: place, points: 0}]"
    assert "every score would be 0" in refused(write(tmp_path, f"extends: mini.yaml\n{nothing}\n")).message


def test_a_mistake_in_the_extended_file_is_told_there(tmp_path: Path) -> None:
    write(tmp_path, WHOLE.replace("kind: text", "kind: texts"), "mini.yaml")
    error = refused(write(tmp_path, "extends: mini.yaml\n"))
    assert (error.file.name, error.line) == ("mini.yaml", 15)


@pytest.mark.parametrize(
    ("kind", "options", "line"),
    [
        ("money", "[{id: a, max: 10}, {id: b, min: 20, points: 1}]", 10),
        ("money", "[{id: a, max: 30}, {id: b, min: 20, points: 1}]", 10),
        ("horizon", "[{id: a, max_days: 30, points: 1}, {id: b, max_days: 60}]", 10),
        ("needs", "[{id: a, min_coverage: 0.8, points: 1}]", 10),
    ],
)
def test_what_a_kind_finds_wrong_is_told_at_its_options(
    tmp_path: Path, kind: str, options: str, line: int
) -> None:
    text = WHOLE.replace("kind: choice", f"kind: {kind}")
    start, end = text.index("    options:"), text.index("  - id: place")
    error = refused(write(tmp_path, f"{text[:start]}    options: {options}\n{text[end:]}"))
    assert error.line == line
    assert f"field size: not right for kind {kind}." in error.message
    assert error.hint.endswith(".")


def test_a_field_without_options_is_refused(tmp_path: Path) -> None:
    error = refused(write(tmp_path, "extends: bant\nfields:\n  - {id: budget, options: []}\n"))
    assert (error.line, "field budget: `options` is missing" in error.message) == (3, True)


def test_the_option_that_is_wrong_is_told(tmp_path: Path) -> None:
    options = (
        "      - {id: a, max: 10}\n      - {id: b, min: 10, max: 5}\n      - {id: c, min: 5, points: 1}\n"
    )
    error = refused(write(tmp_path, f"extends: bant\nfields:\n  - id: budget\n    options:\n{options}"))
    assert error.line == 6
    assert "Option b" in error.hint


def test_an_intensity_is_called_by_its_name(tmp_path: Path) -> None:
    error = refused(
        write(tmp_path, "extends: bant\nfields:\n  - {id: need, intensities: [{id: very, when: x}]}\n")
    )
    assert "field need: intensity very: unknown key `when`" in error.message


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "is empty"),
        (b"# nothing but a remark\n", "is empty"),
        (b"form: caf\xe9", "is not UTF-8"),
        (b"form: \x00", "not text that YAML allows"),
        (b"- id: a\n  title: b\n", "a form is a mapping, not a list"),
        (b"just words", "a form is a mapping, not text"),
        (b"{}", "`form` and `fields` are missing"),
        (b"[" * 5000, "not YAML that can be read"),
        (b"form: !!int words\nfields: []", "not"),
        (b"form: !thing x\nfields: []", "not valid YAML"),
    ],
)
def test_what_is_no_form_at_all(tmp_path: Path, content: bytes, problem: str) -> None:
    file = tmp_path / "form.yaml"
    file.write_bytes(content)
    error = refused(file)
    assert problem in error.message
    assert str(file) in error.message


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    assert "No such file" in refused(tmp_path / "none.yaml").message
    assert "can't be read" in refused(tmp_path).message


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    assert load_form(write(tmp_path, "\ufeff" + WHOLE)).form == "mini"


@given(st.data())
@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_done_to_a_form_is_read_or_refused(tmp_path: Path, data: st.DataObject) -> None:
    text = (resource_dir("schemas") / "bant.yaml").read_text(encoding="utf-8")
    lines = text.splitlines()
    at = data.draw(st.integers(0, len(lines) - 1))
    lines[at] = data.draw(
        st.sampled_from(
            ["", "fields: 3", "  - 5", "      - {id: }", "- - -", "    kind: ", "id: &x [*x]", "? x"]
        )
        | st.just(lines[at][::-1])
        | st.text(max_size=12)
    )
    file = write(tmp_path, "\n".join(lines))
    try:
        told = str(load_form(file).max_points)
    except FormError as error:
        told = error.message
    assert told.isdigit() or str(file) in told


def test_moving_the_files_changes_no_hash(tmp_path: Path) -> None:
    file = write(tmp_path, "extends: bant\ntitle: Ours\n")
    (tmp_path / "elsewhere").mkdir()
    moved = shutil.copy(file, tmp_path / "elsewhere" / "other.yaml")
    assert load_form(moved).sha256 == load_form(file).sha256
