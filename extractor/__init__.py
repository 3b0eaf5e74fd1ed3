"""Reads sales-call transcripts and fills a qualification form with the buyer's own words as proof."""
