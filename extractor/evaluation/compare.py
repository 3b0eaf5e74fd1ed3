"""Two runs over the same calls: what changed in each, and whether the figures' differences mean anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from extractor.errors import InputError
from extractor.evaluation.figures import MEANINGS, field_ids, statistics
from extractor.evaluation.outcomes import CallOutcome
from extractor.evaluation.runs import Run
from extractor.evaluation.statistic import interval, resamples


@dataclass(frozen=True)
class Difference:
    """A figure in both runs. `low` to `high` is the 95% paired bootstrap interval of `b - a` over calls.

    A value is None, and with it the rest, where its run can't tell.
    """

    name: str
    a: float | None
    b: float | None
    low: float | None
    high: float | None

    @property
    def change(self) -> float | None:
        """How much B's is larger."""
        return None if self.a is None or self.b is None else self.b - self.a

    @property
    def clear(self) -> bool:
        """Whether the interval leaves zero out."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


@dataclass(frozen=True)
class Change:
    """A call that is not as it was: its fields that went from wrong to right, and back, and its scores."""

    call_id: str
    mended: tuple[str, ...]
    broken: tuple[str, ...]
    score_a: int
    score_b: int
    gold_score: int


@dataclass(frozen=True)
class Comparison:
    """Two runs. Left out are `only_a`, `only_b`, and `relabelled`: calls that have another label in B."""

    calls: int
    differences: tuple[Difference, ...]
    changes: tuple[Change, ...]
    relabelled: tuple[str, ...]
    only_a: tuple[str, ...]
    only_b: tuple[str, ...]


def compare(a: Run, b: Run) -> Comparison:
    """Compare two runs over the calls that both have. Leads are taken at A's threshold.

    Raises:
        InputError: no call is in both with the same label.
    """
    first, second = ({c.call_id: c for c in run.calls} for run in (a, b))
    shared = [i for i in first if i in second]
    same = [i for i in shared if _gold(first[i]) == _gold(second[i])]
    if not same:
        raise InputError("The two runs share no call with the same label.", "Compare runs over one folder.")
    calls_a, calls_b = [first[i] for i in same], [second[i] for i in same]
    strictly = all(f.quotes is not None for c in (*calls_a, *calls_b) for f in c.fields.values())
    pairs = zip(calls_a, calls_b, strict=True)
    changes = [change for pair in pairs if (change := _change(*pair, strictly=strictly)) is not None]
    return Comparison(
        calls=len(same),
        differences=tuple(_differences(calls_a, calls_b, a.threshold)),
        changes=tuple(changes),
        relabelled=tuple(i for i in shared if i not in same),
        only_a=tuple(i for i in first if i not in second),
        only_b=tuple(i for i in second if i not in first),
    )


def _gold(call: CallOutcome) -> object:
    fields = {name: (f.gold_stated, f.gold_option) for name, f in call.fields.items()}
    return call.gold_score, call.speakers, fields


def _change(a: CallOutcome, b: CallOutcome, *, strictly: bool) -> Change | None:
    right_a, right_b = (
        {name for name, f in c.fields.items() if f.right(strictly=strictly)} for c in (a, b)
    )
    if right_a == right_b and a.score == b.score:
        return None
    return Change(
        call_id=a.call_id,
        mended=tuple(name for name in a.fields if name in right_b - right_a),
        broken=tuple(name for name in a.fields if name in right_a - right_b),
        score_a=a.score,
        score_b=b.score,
        gold_score=a.gold_score,
    )


def _differences(a: Sequence[CallOutcome], b: Sequence[CallOutcome], threshold: int) -> list[Difference]:
    in_a, in_b = statistics(a, threshold), statistics(b, threshold)
    whole, picks = range(len(a)), resamples(len(a))
    made = []
    for name in (*MEANINGS, *(f"{field}.strict_f1" for field in field_ids(a))):
        x, y = in_a[name], in_b[name]
        value_a = None if isinstance(x, str) else x.over(whole)
        value_b = None if isinstance(y, str) else y.over(whole)
        between = None
        if not isinstance(x, str) and not isinstance(y, str) and value_a is not None and value_b is not None:
            drawn = ((x.over(p), y.over(p)) for p in picks)
            between = interval(None if va is None or vb is None else vb - va for va, vb in drawn)
        low, high = between or (None, None)
        made.append(Difference(name, value_a, value_b, low, high))
    return made
