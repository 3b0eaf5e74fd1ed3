from __future__ import annotations

import pytest

from extractor.evaluation.statistic import (
    RESAMPLES,
    Spearman,
    interval,
    precision_recall_f1,
    ranks,
    ratio,
    resamples,
)


def test_ratio_sums_before_it_divides() -> None:
    shares = ratio([(1, 1), (0, 3)])
    assert shares.over([0, 1]) == 0.25
    assert shares.over([0, 0, 1]) == 0.4
    assert shares.n == 4
    assert ratio([(0, 0)]).over([0]) is None


def test_precision_recall_f1() -> None:
    # 3 true positives, 1 false positive, 2 false negatives.
    precision, recall, f1 = precision_recall_f1([(2, 1, 0), (1, 0, 2)])
    assert (precision.over([0, 1]), precision.n) == (0.75, 4)
    assert (recall.over([0, 1]), recall.n) == (0.6, 5)
    assert f1.over([0, 1]) == pytest.approx(2 * 0.75 * 0.6 / 1.35)
    assert f1.n == 6


def test_ties_share_their_mean_rank() -> None:
    assert ranks([30, 10, 10, 20]) == [4, 1.5, 1.5, 3]
    assert ranks([]) == []


def test_spearman() -> None:
    # Ranks 1 2 3 4 and 1 3 2 4: 1 - 6 * 2 / (4 * 15).
    assert Spearman((1, 2, 3, 4), (10, 30, 20, 90)).over(range(4)) == pytest.approx(0.8)
    assert Spearman((1, 2), (5, 5)).over(range(2)) is None
    assert Spearman((1,), (5,)).over([0]) is None


def test_resamples_are_the_same_each_time_and_of_the_same_size() -> None:
    drawn = resamples(7)
    resamples.cache_clear()
    assert resamples(7) == drawn
    assert len(drawn) == RESAMPLES
    assert {len(picks) for picks in drawn} == {7}
    assert {i for picks in drawn for i in picks} == set(range(7))


def test_interval_leaves_out_a_fortieth_at_each_end() -> None:
    assert interval([*range(1000), None]) == (pytest.approx(24.975), pytest.approx(974.025))
    assert interval([None]) is None
