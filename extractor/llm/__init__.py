"""Asking language models: the embedded one and all others, through one client."""
