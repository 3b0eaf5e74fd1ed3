"""The kinds of field that a form may use, by name."""

from __future__ import annotations

from extractor.form import KindName
from extractor.kinds.base import Answer, Finding, Kind, Reading
from extractor.kinds.choice import ChoiceKind
from extractor.kinds.horizon import HorizonKind
from extractor.kinds.money import MoneyKind
from extractor.kinds.needs import NeedsKind
from extractor.kinds.role import RoleKind
from extractor.kinds.text import TextKind

KINDS: dict[KindName, Kind] = {
    "money": MoneyKind(),
    "role": RoleKind(),
    "needs": NeedsKind(),
    "horizon": HorizonKind(),
    "choice": ChoiceKind(),
    "text": TextKind(),
}

__all__ = ["KINDS", "Answer", "Finding", "Kind", "Reading"]
