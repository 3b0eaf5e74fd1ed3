"""Numbers over calls, quick enough to be worked out anew for a thousand resamples of the calls."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from statistics import StatisticsError, correlation, fmean
from typing import Protocol

RESAMPLES = 1000
SEED = 20_26
# 95% of the resampled values lie between these shares.
_TAILS = (0.025, 0.975)


class Statistic(Protocol):
    """A number over calls. `n` says how many cases all calls have for it."""

    @property
    def n(self) -> int:
        """How many cases it is counted over."""

    def over(self, picks: Sequence[int]) -> float | None:
        """The number over these calls (indices, each any number of times), None without cases."""


@dataclass(frozen=True)
class Sums:
    """A number made from sums over calls: `columns` hold each call's share, `finish` gets their sums."""

    columns: tuple[tuple[float, ...], ...]
    finish: Callable[[Sequence[float]], float | None]
    n: int

    def over(self, picks: Sequence[int]) -> float | None:
        """Sum each column over these calls and finish."""
        return self.finish([sum(map(column.__getitem__, picks)) for column in self.columns])


@dataclass(frozen=True)
class Spearman:
    """The rank correlation of two numbers that each call has; ties share their mean rank."""

    first: tuple[float, ...]
    second: tuple[float, ...]

    @property
    def n(self) -> int:
        """How many calls."""
        return len(self.first)

    def over(self, picks: Sequence[int]) -> float | None:
        """The correlation over these calls; None for fewer than two or where either is the same for all."""
        try:
            return correlation(
                ranks([self.first[i] for i in picks]), ranks([self.second[i] for i in picks])
            )
        except StatisticsError:
            return None


def ratio(shares: Iterable[tuple[float, float]], n: int | None = None) -> Sums:
    """The sum of numerators over the sum of denominators; `n` is the sum of denominators unless given."""
    numerators, denominators = zip(*shares, strict=True)
    return Sums((numerators, denominators), _divide, round(sum(denominators)) if n is None else n)


def precision_recall_f1(counts: Iterable[tuple[int, int, int]]) -> tuple[Sums, Sums, Sums]:
    """Precision, recall and F1 from each call's true positives, false positives and false negatives.

    Their `n` are the predictions, the labels, and the cases that either has.
    """
    counts = list(counts)
    return (
        ratio((tp, tp + fp) for tp, fp, _ in counts),
        ratio((tp, tp + fn) for tp, _, fn in counts),
        ratio(((2 * tp, 2 * tp + fp + fn) for tp, fp, fn in counts), n=sum(map(sum, counts))),
    )


@lru_cache(maxsize=8)
def resamples(calls: int) -> tuple[tuple[int, ...], ...]:
    """Draws with replacement of as many calls as there are, the same each time."""
    draw = random.Random(SEED)  # noqa: S311 - a bootstrap, not a secret
    return tuple(tuple(draw.choices(range(calls), k=calls)) for _ in range(RESAMPLES))


def interval(values: Iterable[float | None]) -> tuple[float, float] | None:
    """The 95% percentile interval of resampled values; those without cases are left out."""
    known = sorted(v for v in values if v is not None)
    if not known:
        return None
    low, high = (_quantile(known, share) for share in _TAILS)
    return low, high


def ranks(values: Sequence[float]) -> list[float]:
    """The rank of each value from 1, equal ones sharing their mean rank."""
    order = sorted(range(len(values)), key=values.__getitem__)
    starts = [k for k in range(len(order)) if k == 0 or values[order[k]] != values[order[k - 1]]]
    ranked = [0.0] * len(values)
    for start, end in pairwise([*starts, len(order)]):
        for k in range(start, end):
            ranked[order[k]] = (start + 1 + end) / 2
    return ranked


def mean(values: Sequence[float]) -> float | None:
    """The mean, None of nothing."""
    return fmean(values) if values else None


def _divide(sums: Sequence[float]) -> float | None:
    numerator, denominator = sums
    return numerator / denominator if denominator else None


def _quantile(values: Sequence[float], share: float) -> float:
    place = share * (len(values) - 1)
    below = math.floor(place)
    above = min(below + 1, len(values) - 1)
    return values[below] + (values[above] - values[below]) * (place - below)
