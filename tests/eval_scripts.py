"""The scripts of `eval/` as modules: they are no package, and import one another from their own folder."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "eval"


def script(name: str) -> Any:
    """The module `eval/NAME.py`."""
    sys.path.insert(0, str(FOLDER))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(FOLDER))
