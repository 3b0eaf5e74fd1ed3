"""Small linear models over cue features. `learned.json` holds their weights; `eval/fit.py` makes it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from extractor.cues import Features

FILE = Path(__file__).with_name("learned.json")


@dataclass(frozen=True)
class Learned:
    """A logistic regression over features, with what was learned about believing it.

    `stated_curve` turns the log-odds of a call's best places, `together`, and the log-probability that
    something is sold on the call, into the log-odds that its field is stated (two slopes, an intercept); it
    is reported from `stated_from` on.
    `also_from` are a place's log-odds from which it is taken as evidence beside the best. `right_curve` turns
    the best place's into the probability of a right answer (slope and intercept). The curves were fitted on
    calls of sellers left out of training. `judge_weight` is what the embedded model's own log-odds of Yes,
    less their mean `judge_mean`, count beside the place's.
    """

    bias: float
    weights: Mapping[str, float]
    stated_from: float = 0.0
    also_from: float = 0.0
    stated_curve: tuple[float, float, float] = (1.0, 0.0, 0.0)
    right_curve: tuple[float, float] = (1.0, 0.0)
    judge_weight: float = 0.0
    judge_mean: float = 0.0

    def log_odds(self, features: Features) -> float:
        """The log-odds that a place with these features is the answer."""
        return self.bias + sum(value * self.weights.get(name, 0.0) for name, value in features.items())

    def judged(self, log_odds: float, yes: float) -> float:
        """Log-odds of a place that the model, asked, holds for the answer with probability `yes`."""
        return log_odds + self.judge_weight * (logit(yes) - self.judge_mean)

    def stated(self, log_odds: Sequence[float], sale: float) -> float:
        """The log-odds that a call states the field.

        Args:
            log_odds: of the best places of the call, at least one.
            sale: the log-probability that something is sold.
        """
        places, sold, bias = self.stated_curve
        return places * together(log_odds) + sold * sale + bias

    def right(self, log_odds: float) -> float:
        """The probability that what was read at a place with these log-odds is right."""
        return sigmoid(self._right(log_odds))

    def log_right(self, log_odds: float) -> float:
        """The logarithm of `right`."""
        return log_probability(self._right(log_odds))

    def _right(self, log_odds: float) -> float:
        return self.right_curve[0] * log_odds + self.right_curve[1]


def together(log_odds: Sequence[float]) -> float:
    """What several places say together: the logarithm of their odds' mean.

    What matters is mostly said more than once: several middling places speak for a field as a good one does.
    """
    best = max(log_odds)
    return best + math.log(sum(math.exp(o - best) for o in log_odds) / len(log_odds))


def sigmoid(log_odds: float) -> float:
    """The probability that these log-odds are."""
    return 1 / (1 + math.exp(-max(-60.0, min(60.0, log_odds))))


def log_probability(log_odds: float) -> float:
    """The logarithm of the probability that these log-odds are."""
    return -math.log1p(math.exp(-max(-60.0, min(60.0, log_odds))))


def logit(probability: float) -> float:
    """The log-odds of a probability, at most 10 either way."""
    p = min(max(probability, 4.6e-5), 1 - 4.6e-5)
    return math.log(p / (1 - p))


@lru_cache(maxsize=1)
def _all() -> dict[str, Learned]:
    models = json.loads(FILE.read_text(encoding="utf-8"))["models"]
    return {name: Learned(**model) for name, model in models.items()}


def learned(name: str) -> Learned:
    """The model of that name.

    Raises:
        KeyError: there is none.
    """
    return _all()[name]
