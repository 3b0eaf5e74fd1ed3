"""Patterns are compiled when they are first used, and each of them can be."""

import gc
import importlib
import pkgutil
import re

import pytest

import extractor
from extractor.patterns import Later, regex


def test_a_pattern_is_what_re_makes_of_it() -> None:
    later = regex(r"(?P<word>b+)", re.IGNORECASE)
    found = later.search("aBb")
    assert found is not None
    assert found["word"] == "Bb"
    assert later.sub("-", "abc") == "a-c"
    assert (later.pattern, later.groups) == (r"(?P<word>b+)", 1)


def test_a_mistake_is_raised_on_use() -> None:
    wrong = regex("(")
    with pytest.raises(re.error):
        wrong.search("")


def test_every_pattern_of_the_package_is_one() -> None:
    for module in pkgutil.walk_packages(extractor.__path__, "extractor."):
        importlib.import_module(module.name)
    # The command, where a test has run it in this process, has taken them out of sight.
    gc.unfreeze()
    patterns = [p for p in gc.get_objects() if type(p) is Later and p.source != "("]
    assert len(patterns) > 200
    for pattern in patterns:
        assert isinstance(pattern.compiled, re.Pattern)
