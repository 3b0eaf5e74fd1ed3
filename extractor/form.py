"""A qualification form as data: BANT is the first of many. `formfile.py` reads one from YAML."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict
from pydantic import Field as Setting

KindName = Literal["money", "role", "needs", "horizon", "choice", "text"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Option(_Part):
    """One answer that a form knows. Which bounds apply is the kind's matter.

    money: `min` (inclusive) and `max` (exclusive) in the form's currency, per year;
    horizon: `max_days` from the call's date (inclusive), None for the open end;
    needs: `min_coverage`, the least share of the items that the catalogue covers (0 to 1);
    choice: `description` says when the option holds.
    """

    id: str
    label: str = ""
    points: int = Setting(default=0, ge=0)
    min: float | None = None
    max: float | None = None
    max_days: int | None = None
    min_coverage: float | None = Setting(default=None, ge=0, le=1)
    description: str = ""


class Example(_Part):
    """A turn of some other call and whether it counts for the field: shown to the model beside `counts`."""

    says: str
    counts: bool
    why: str = ""


class Field(_Part):
    """One question of a form.

    `ask` is the question for the buyer, `counts` tells a reader what counts as an answer and what doesn't.
    `options` give the points; `roles` (role) and `intensities` (needs) are told beside the option.
    `points` is for `text`, which has no options: what a stated answer is worth.
    """

    id: str
    title: str
    kind: KindName
    ask: str
    counts: str
    options: tuple[Option, ...] = ()
    roles: tuple[Option, ...] = ()
    intensities: tuple[Option, ...] = ()
    multiple: bool = False
    points: int = Setting(default=0, ge=0)
    examples: tuple[Example, ...] = ()

    @property
    def max_points(self) -> int:
        """The most points that this field can give."""
        return max((o.points for o in self.options), default=self.points)

    def option(self, option_id: str) -> Option:
        """The option with this id.

        Raises:
            KeyError: there is none.
        """
        for option in self.options:
            if option.id == option_id:
                return option
        raise KeyError(option_id)


class CatalogItem(_Part):
    """A problem that the seller's product solves."""

    id: str
    title: str
    description: str = ""


class Form(_Part):
    """A qualification form. `exchange_rates` say what one unit of a currency is worth in `currency`.

    They serve only to place an amount in a band. `tiers` give the least score of each tier.
    """

    form: str
    title: str
    currency: str = "USD"
    exchange_rates: dict[str, float] = Setting(default_factory=dict)
    tiers: dict[str, int] = Setting(default_factory=lambda: {"hot": 80, "warm": 50, "cold": 0})
    catalog: tuple[CatalogItem, ...] = ()
    fields: tuple[Field, ...]
    sha256: str = ""

    @property
    def max_points(self) -> int:
        """The most points that the whole form can give."""
        return sum(f.max_points for f in self.fields)

    def field(self, field_id: str) -> Field:
        """The field with this id.

        Raises:
            KeyError: there is none.
        """
        for field in self.fields:
            if field.id == field_id:
                return field
        raise KeyError(field_id)
