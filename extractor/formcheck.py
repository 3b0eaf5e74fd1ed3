"""What makes a form right: the shape that `form.py` wants, and the rules that a shape can't say.

Every mistake is told with its file and line, what is wrong and what would be right.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TypeVar, get_args

from pydantic import BaseModel, ValidationError

from extractor.errors import FormError
from extractor.form import CatalogItem, Example, Field, Form, KindName, Option
from extractor.kinds import KINDS
from extractor.kinds.needs import UNCOVERED
from extractor.parsing.yamlfile import Node
from extractor.patterns import regex

# A mistake: where, what is wrong, what would be right.
Mistake = tuple[Node, str, str]
_M = TypeVar("_M", bound=BaseModel)

_ID = regex(r"[a-z0-9_]+\Z")
_CURRENCY = regex(r"[A-Z]{3}\Z")
_KINDS: tuple[str, ...] = get_args(KindName)
# Columns of the tables that are made from records; `<field>_role` and the like are made from a field's id.
_TAKEN = ("call_id", "score", "tier", "missing", "warnings", "error")
_COLUMN_ENDINGS = ("value", "quote", "role")
_ONE_OF = {
    "fields": "field", "options": "option", "roles": "role", "intensities": "intensity",
    "examples": "example", "catalog": "catalogue item",
}  # fmt: skip
_PARTS: dict[str, type[BaseModel]] = {
    "fields": Field, "options": Option, "roles": Option, "intensities": Option,
    "examples": Example, "catalog": CatalogItem,
}  # fmt: skip
# What only fields, or options, of one kind have: elsewhere it would be read by nobody.
_ONLY: dict[str, str] = {"roles": "role", "intensities": "needs", "multiple": "choice", "points": "text"}
_BOUNDS: dict[str, str] = {"min": "money", "max": "money", "max_days": "horizon", "min_coverage": "needs"}
_WANTED = {
    "string_type": "text", "int_type": "a whole number", "int_from_float": "a whole number",
    "float_type": "a number", "bool_type": "true or false", "tuple_type": "a list", "dict_type": "a mapping",
    "model_type": "a mapping", "greater_than_equal": "at least 0",
    "less_than_equal": "at most 1",
}  # fmt: skip
_OPTION_NAMED = regex(r"\boptions? ([a-z0-9_]+)")


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A hint: the nearest of the known words, or all of them where none is near."""
    known = list(known)
    near = difflib.get_close_matches(word, known, n=1)
    return f"Did you mean `{near[0]}`?" if near else f"It is one of: {', '.join(known)}."


def build(root: Node) -> Form:
    """Make a form of a resolved mapping (no `extends` left) and check it.

    Raises:
        FormError: the first mistake in it.
    """
    if "sha256" in root:
        raise root["sha256"].error("unknown key `sha256`", "Take it out: it is worked out from the form.")
    form = _validated(Form, root)
    for node, problem, hint in form_mistakes(form, root):
        raise node.error(problem, hint)
    return form


def build_catalog(root: Node) -> tuple[CatalogItem, ...]:
    """Make a catalogue of a list and check it.

    Raises:
        FormError: the first mistake in it.
    """
    items = _validated(_Catalog, replace(root, value={"catalog": root})).catalog
    for node, problem, hint in _catalog_mistakes(items, root):
        raise node.error(problem, hint)
    return items


class _Catalog(BaseModel):
    catalog: tuple[CatalogItem, ...]


def _validated(model: type[_M], root: Node) -> _M:
    # Strict JSON: "15" is no number and 1 is no text, but a list does for a tuple.
    try:
        return model.model_validate_json(json.dumps(root.plain()), strict=True)
    except ValidationError as error:
        # A misspelt key is also a missing one: the misspelling is what helps.
        first = min(error.errors(), key=lambda e: e["type"] != "extra_forbidden")
        raise _shape_error(model, root, first["loc"], first["type"]) from None


def _shape_error(model: type[BaseModel], root: Node, loc: Sequence[int | str], kind: str) -> FormError:
    node, where, what = root, "", ""
    for step in loc[:-1]:
        model = _PARTS.get(str(step), model)
        node = node[step]
        if isinstance(step, int):
            name = node["id"].value if "id" in node else f"number {step + 1}"
            where += f"{what} {name}: "
        what = _ONE_OF.get(str(step), "")
    last = str(loc[-1])
    keys = [k for k in model.model_fields if k != "sha256"] + ["extends"] * (model is Form)
    if kind == "missing":
        needed = [k for k, f in model.model_fields.items() if f.is_required()]
        return node.error(f"{where}`{last}` is missing", f"Needed are: {', '.join(needed)}.")
    value = node[loc[-1]]
    if kind == "extra_forbidden":
        return value.error(f"{where}unknown key `{last}`", did_you_mean(last, keys))
    if kind == "literal_error":
        return value.error(f"{where}there is no kind `{value.value}`", did_you_mean(str(value.value), _KINDS))
    wanted = _WANTED.get(kind, "something else")
    quotes = (
        " Put it in quotes." if kind == "string_type" and not isinstance(value.value, dict | list) else ""
    )
    name = f"`{last}`" if isinstance(loc[-1], str) else f"entry {int(last) + 1}"
    got = json.dumps(value.value) if isinstance(value.value, bool | int | float) else value.named()
    return value.error(f"{where}{name} is {got}", f"It should be {wanted}.{quotes}")


def form_mistakes(form: Form, root: Node) -> Iterator[Mistake]:
    """What is wrong with a form of the right shape."""
    yield from _id_mistakes([(form.form, root["form"])], "form")
    yield from _empty(root, "title", "")
    yield from _money_mistakes(form, root)
    yield from _tier_mistakes(form, root)
    if "catalog" in root:
        yield from _catalog_mistakes(form.catalog, root["catalog"])
    fields = root["fields"]
    if not form.fields:
        yield fields, "a form has at least one field", "Add one under `fields`."
        return
    yield from _id_mistakes(
        ((f.id, n["id"]) for f, n in zip(form.fields, fields.value, strict=True)), "field"
    )
    for field, node in zip(form.fields, fields.value, strict=True):
        yield from _field_mistakes(field, node)
        yield from _column_mistakes(form, field, node)
    if not form.max_points:
        yield (
            fields,
            "no option gives any points, so every score would be 0",
            "Give `points` to the best options.",
        )


def _field_mistakes(field: Field, node: Node) -> Iterator[Mistake]:
    where = f"field {field.id}: "
    for key in ("title", "ask", "counts"):
        yield from _empty(node, key, where)
    for key, kind in _ONLY.items():
        if key in node and field.kind != kind:
            yield (
                node[key],
                f"{where}`{key}` is for fields of kind {kind}; this is {field.kind}",
                "Take it out.",
            )
    yield from _option_mistakes(field, node, where)
    if not field.options and field.kind != "text":
        yield node, f"{where}`options` is missing", f"A {field.kind} field has some, each with its points."
        return
    for right in KINDS[field.kind].check(field):
        yield (
            _place(right, node),
            f"{where}not right for kind {field.kind}",
            f"{right[0].upper()}{right[1:]}.",
        )


def _option_mistakes(field: Field, node: Node, where: str) -> Iterator[Mistake]:
    for key in ("options", "roles", "intensities"):
        if key not in node:
            continue
        ids = [(o.id, n["id"]) for o, n in zip(getattr(field, key), node[key].value, strict=True)]
        yield from _id_mistakes(ids, f"{where}{_ONE_OF[key]}")
        for option in node[key].value:
            for bound, kind in _BOUNDS.items():
                if bound in option and (key != "options" or field.kind != kind):
                    yield option[bound], f"{where}`{bound}` is for options of a {kind} field", "Take it out."


def _place(right: str, node: Node) -> Node:
    """The option that a kind's sentence names, or else the options, or the field."""
    if "options" not in node:
        return node
    named = set(_OPTION_NAMED.findall(right))
    return next((o for o in node["options"].value if o["id"].value in named), node["options"])


def _column_mistakes(form: Form, field: Field, node: Node) -> Iterator[Mistake]:
    if field.id[0] not in "abcdefghijklmnopqrstuvwxyz":
        yield node["id"], f"field {field.id}: a field's id begins with a letter", "Rename it."
    made = {f"{f.id}_{ending}" for f in form.fields for ending in _COLUMN_ENDINGS}
    if hasattr(BaseModel, field.id):
        # The model of the answers has an attribute for each field.
        yield node["id"], f"field {field.id}: this id is taken", "Rename it."
    if field.id in _TAKEN or field.id in made:
        yield node["id"], f"field {field.id}: a column of the tables has this name already", "Rename it."


def _catalog_mistakes(items: Sequence[CatalogItem], node: Node) -> Iterator[Mistake]:
    yield from _id_mistakes(
        ((i.id, n["id"]) for i, n in zip(items, node.value, strict=True)), "catalogue item"
    )
    for item, place in zip(items, node.value, strict=True):
        yield from _empty(place, "title", f"catalogue item {item.id}: ")
        if item.id == UNCOVERED:
            yield place["id"], f"the id {UNCOVERED} means needs that nothing covers", "Choose another id."


def _money_mistakes(form: Form, root: Node) -> Iterator[Mistake]:
    if not _CURRENCY.match(form.currency):
        yield (
            root["currency"],
            f"`{form.currency}` is no currency code",
            "Write it as ISO 4217 does: USD, EUR.",
        )
    for code, rate in form.exchange_rates.items():
        node = root["exchange_rates"][code]
        if not _CURRENCY.match(code):
            yield (
                node,
                f"`{code}` is no currency code",
                "Write a rate as `EUR: 1.08`, with the ISO 4217 code.",
            )
        elif rate <= 0:
            yield (
                node,
                f"the rate of {code} is {rate:g}",
                f"Write what one {code} is worth in {form.currency}.",
            )
        elif code == form.currency and rate != 1:
            yield node, f"{code} is the form's own currency, so its rate is 1", "Take it out."


def _tier_mistakes(form: Form, root: Node) -> Iterator[Mistake]:
    if "tiers" not in root:
        return
    node, seen = root["tiers"], dict[int, str]()
    for name, least in form.tiers.items():
        if not 0 <= least <= 100:
            yield node[name], f"tier {name} begins at {least}", "A score runs from 0 to 100."
        if least in seen:
            problem = f"tiers {seen[least]} and {name} both begin at {least}"
            yield (
                node[name],
                problem,
                f"Change one, or take one out (`{seen[least]}: null` in a form that extends).",
            )
        seen[least] = name
    if 0 not in seen:
        yield node, "no tier begins at 0, so a low score would have none", "Add one such as `cold: 0`."


def _empty(node: Node, key: str, where: str) -> Iterator[Mistake]:
    if not str(node[key].value).strip():
        yield node[key], f"{where}`{key}` is empty", "Write it."


def _id_mistakes(ids: Iterable[tuple[str, Node]], what: str) -> Iterator[Mistake]:
    seen: dict[str, int] = {}
    for name, node in ids:
        if not _ID.match(name):
            right = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
            hint = f"Write it as `{right}`." if right else "Write one."
            yield node, f"{what} `{name}`: an id has only a-z, 0-9 and _", hint
        elif name in seen:
            yield node, f"{what} `{name}` stands here and in line {seen[name]}", "Give each an id of its own."
        seen[name] = node.line
