"""Scores records against labelled calls."""
