"""Ways to show records: a terminal table, CSV, Markdown."""
