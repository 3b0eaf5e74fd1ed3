"""Finds `prompts/` and `schemas/`: beside the package in a checkout, inside it in an installed wheel."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

_PACKAGE = Path(__file__).resolve().parent


def resource_dir(name: Literal["prompts", "schemas"]) -> Path:
    """Return the folder `name` that ships with this package.

    Raises:
        FileNotFoundError: the installation is incomplete.
    """
    for base in (_PACKAGE, _PACKAGE.parent):
        if (folder := base / name).is_dir():
            return folder
    raise FileNotFoundError(f"{name}/ is missing from the installation of bant-extractor; install it again")
