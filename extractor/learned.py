"""Small linear models over cue features. `learned.json` holds their weights; `eval/fit.py` makes it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from extractor.cues import Features

FILE = Path(__file__).with_name("learned.json")


@dataclass(frozen=True)
class LinearModel:
    """A logistic regression: log-odds are `bias` plus the weighted features."""

    bias: float
    weights: Mapping[str, float]

    def log_odds(self, features: Features) -> float:
        """The log-odds that the answer is yes."""
        return self.bias + sum(value * self.weights.get(name, 0.0) for name, value in features.items())

    def probability(self, features: Features) -> float:
        """The probability that the answer is yes, 0 to 1."""
        return sigmoid(self.log_odds(features))


def sigmoid(log_odds: float) -> float:
    """The probability that these log-odds are."""
    return 1 / (1 + math.exp(-max(-60.0, min(60.0, log_odds))))


@lru_cache(maxsize=1)
def learned(file: Path = FILE) -> dict[str, LinearModel]:
    """The models by name."""
    return {
        name: LinearModel(model["bias"], model["weights"])
        for name, model in json.loads(file.read_text(encoding="utf-8"))["models"].items()
    }
