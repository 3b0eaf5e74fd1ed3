"""Points, score, tier and what is missing: arithmetic over the form, no judgement."""

from __future__ import annotations

from collections.abc import Mapping

from extractor.form import Field, Form


def points_of(field: Field, option: str | None) -> int:
    """Points of a stated field: its option's, or the field's own where it has no options.

    Raises:
        KeyError: the form's field has no such option.
    """
    if not field.options:
        return field.points
    return 0 if option is None else field.option(option).points


def score(form: Form, points: Mapping[str, int]) -> int:
    """Points of all fields as a share of the form's maximum, 0 to 100, halves rounded up."""
    total = sum(points.get(f.id, 0) for f in form.fields)
    return int(100 * total / form.max_points + 0.5) if form.max_points else 0


def tier(form: Form, score: int) -> str:
    """The highest tier whose least score is reached (the lowest tier where none is)."""
    by_least = sorted(form.tiers.items(), key=lambda t: t[1])
    reached = [name for name, least in by_least if score >= least]
    return reached[-1] if reached else by_least[0][0]
