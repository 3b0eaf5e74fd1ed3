"""Reads qualification forms and catalogues from YAML.

A form may state `extends: NAME|FILE` and then only what differs: a top-level key replaces the base's;
`exchange_rates` and `tiers` are merged (a null takes an entry out); `fields` are matched by `id` and merged
key by key, so that a list such as `options` is replaced whole; a new id adds a field, and
`{id: x, drop: true}` takes one out.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from extractor.errors import FormError
from extractor.form import CatalogItem, Form
from extractor.formcheck import build, build_catalog, did_you_mean
from extractor.parsing.yamlfile import Node, read_yaml
from extractor.patterns import regex
from extractor.resources import resource_dir

_MERGED = ("exchange_rates", "tiers")
_NAME = regex(r"[A-Za-z0-9_-]+\Z")
# Rates are rounded to this many significant digits when they are worked out for another currency.
_RATE_DIGITS = 6


def shipped_forms() -> list[str]:
    """Names of the forms that come with the package, sorted."""
    return sorted(path.stem for path in resource_dir("schemas").glob("*.yaml"))


def load_form(name_or_path: str | Path) -> Form:
    """Read a form, with all that it extends, and check it.

    Args:
        name_or_path: the name of a shipped form, or a YAML file.

    Returns:
        The form; its `sha256` is of what it says, not of how the files are written or called.

    Raises:
        FormError: there is no such form, or it has a mistake.
    """
    return _sealed(_resolve(_locate(name_or_path), ())[1])


def load_catalog(path: str | Path) -> tuple[CatalogItem, ...]:
    """Read a catalogue: a YAML list of `{id, title, description}`.

    Raises:
        FormError: it can't be read or has a mistake.
    """
    root = read_yaml(Path(path))
    if not isinstance(root.value, list):
        raise root.error(f"a catalogue is a list, not {root.named()}", "Write `- {id: ..., title: ...}`.")
    return build_catalog(root)


def with_catalog(form: Form, catalog: Iterable[CatalogItem]) -> Form:
    """The form with this catalogue in place of its own, and the `sha256` that goes with it."""
    return _sealed(form.model_copy(update={"catalog": tuple(catalog)}))


def _sealed(form: Form) -> Form:
    said = json.dumps(form.model_dump(exclude={"sha256"}), sort_keys=True, ensure_ascii=False)
    return form.model_copy(update={"sha256": hashlib.sha256(said.encode()).hexdigest()})


def _locate(name_or_path: str | Path) -> Path:
    """The file of a form."""
    path = Path(name_or_path)
    if isinstance(name_or_path, Path) or not _NAME.match(name_or_path):
        return path
    if name_or_path in shipped_forms():
        return resource_dir("schemas") / f"{name_or_path}.yaml"
    if path.is_file():
        return path
    raise FormError(name_or_path, None, "there is no form of this name.", _unknown_form(name_or_path))


def _unknown_form(name: str) -> str:
    return f"{did_you_mean(name, shipped_forms())} `bant forms` lists them; a file of your own ends in .yaml."


def _resolve(file: Path, chain: tuple[Path, ...]) -> tuple[Node, Form]:
    """The form in `file` with all that it extends; `chain` are the files that led to it."""
    root = read_yaml(file)
    if isinstance(root.value, list):
        hint = "If it is a catalogue, put it under `catalog:` of a form that has `extends: bant`."
        raise root.error("a form is a mapping, not a list", hint)
    if not isinstance(root.value, dict):
        raise root.error(f"a form is a mapping, not {root.named()}", "Begin with `extends: bant`.")
    if "extends" not in root:
        if "form" not in root and "fields" not in root:
            raise root.error("`form` and `fields` are missing", "Or begin with `extends: bant`.")
        return root, build(root)
    chain = (*chain, file.resolve())
    base, base_form = _resolve(_extended(root["extends"], chain), chain)
    merged = _merged(base, base_form, root)
    return merged, build(merged)


def _extended(node: Node, chain: tuple[Path, ...]) -> Path:
    """The file that `extends: ...` names; a file is looked for beside the one that names it."""
    name = node.value
    if not isinstance(name, str) or not name.strip():
        raise node.error(f"`extends` is {node.named()}", "It should be the name of a form, or a YAML file.")
    if name in shipped_forms():
        return resource_dir("schemas") / f"{name}.yaml"
    path = node.file.parent / name
    if not path.is_file():
        raise node.error(f"there is no form `{name}` to extend", _unknown_form(name))
    if path.resolve() in chain:
        raise node.error(
            "forms extend each other in a circle", "Let the first of them extend a shipped form."
        )
    return path


def _merged(base: Node, base_form: Form, own: Node) -> Node:
    value: dict[str, Node] = dict(base.value)
    currency = own["currency"].value if "currency" in own else base_form.currency
    foreign = isinstance(currency, str) and currency != base_form.currency
    if foreign:
        value["exchange_rates"] = _rates_in(currency, base_form, own["currency"])
    for key, node in own.value.items():
        if key == "fields":
            value[key] = _merged_fields(base["fields"], node)
        elif key in _MERGED and key in value and isinstance(node.value, dict):
            entries = {**value[key].value, **node.value}
            value[key] = replace(node, value={k: n for k, n in entries.items() if n.value is not None})
        elif key != "extends":
            value[key] = node
    if foreign:
        _refuse_foreign_bands(base_form, own)
    return replace(own, value=value)


def _merged_fields(base: Node, own: Node) -> Node:
    if not isinstance(own.value, list):
        raise own.error(f"`fields` is {own.named()}", "It should be a list of `- id: ...`.")
    fields: dict[str, Node] = {f["id"].value: f for f in base.value}
    seen: dict[str, int] = {}
    for node in own.value:
        if "id" not in node or not isinstance(node["id"].value, str):
            raise node.error("a field has no `id`", f"Begin it with `- id: ...`; {_known(fields)}.")
        name = node["id"].value
        if name in seen:
            raise node.error(f"field `{name}` stands here and in line {seen[name]}", "Keep one of them.")
        seen[name] = node.line
        if "drop" in node:
            _check_drop(node, name, fields)
            del fields[name]
        elif name in fields:
            fields[name] = replace(node, value={**fields[name].value, **node.value})
        elif "kind" not in node:
            problem = f"field `{name}` is not in the form that is extended, and has no `kind` to be a new one"
            raise node["id"].error(problem, did_you_mean(name, fields))
        else:
            fields[name] = node
    return replace(own, value=list(fields.values()))


def _known(fields: dict[str, Node]) -> str:
    return f"the form that is extended has {', '.join(fields)}"


def _check_drop(node: Node, name: str, fields: dict[str, Node]) -> None:
    if node["drop"].value is not True or len(node.value) > 2:
        raise node["drop"].error(
            f"field `{name}`: a field is taken out by `{{id: {name}, drop: true}}` alone"
        )
    if name not in fields:
        raise node["id"].error(
            f"field `{name}` is not in the form that is extended", did_you_mean(name, fields)
        )


def _rates_in(currency: str, base: Form, node: Node) -> Node:
    """The base's rates as rates into another currency; none where the base doesn't know it."""
    worth = base.exchange_rates.get(currency)
    rates = {**base.exchange_rates, base.currency: 1.0} if worth else {}
    return replace(
        node,
        value={
            code: replace(node, value=float(f"{rate / worth:.{_RATE_DIGITS}g}"))
            for code, rate in rates.items()
            if worth and code != currency
        },
    )


def _refuse_foreign_bands(base: Form, own: Node) -> None:
    """A band of dollars is no band of euros: whoever changes the currency says the bands anew."""
    fields = own["fields"].value if "fields" in own else []
    stated = {f["id"].value for f in fields if "options" in f or "drop" in f}
    for field in base.fields:
        if field.kind == "money" and field.id not in stated:
            raise own["currency"].error(
                f"the bands of field {field.id} are in {base.currency}",
                f"State its `options` in {own['currency'].value}, or leave `currency` as it is.",
            )
