"""Ways to ask a model. A weak model and a strong one need not be asked in the same way."""

from __future__ import annotations

from extractor.strategies.base import Found, Strategy
from extractor.strategies.evidence import EvidenceStrategy
from extractor.strategies.whole import WholeStrategy

STRATEGIES: dict[str, type[Strategy]] = {s.name: s for s in (WholeStrategy, EvidenceStrategy)}

__all__ = ["STRATEGIES", "Found", "Strategy"]
