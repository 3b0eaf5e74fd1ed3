"""Tokens, prices and context windows. Prices and windows are those of the genai-prices data set (USD)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import genai_prices

from extractor.record import Usage

UNKNOWN_CONTEXT = 32_768


@dataclass(frozen=True)
class Pricing:
    """Where a model's price is looked up. Both None: it has none.

    Args:
        model: the model's name without its provider.
        provider: genai-prices' name of the provider.
        api_url: the server's address, where that is what tells the provider.
    """

    model: str
    provider: str | None = None
    api_url: str | None = None

    @property
    def context_tokens(self) -> int:
        """The model's context window in tokens, or a modest one where it isn't known."""
        found = self._calculate(genai_prices.Usage(input_tokens=0, output_tokens=0))
        return (found and found.model.context_window) or UNKNOWN_CONTEXT

    def add(self, response: Any, usage: Usage) -> None:
        """Add one answered request to `usage`: its tokens, and its price where there is one."""
        tokens = _tokens(response, self.provider)
        usage.llm_calls += 1
        usage.prompt_tokens += int(tokens.input_tokens or 0)
        usage.cached_tokens += int(tokens.cache_read_tokens or 0)
        usage.completion_tokens += int(tokens.output_tokens or 0)
        if (found := self._calculate(tokens)) is not None:
            usage.cost_usd = (usage.cost_usd or 0.0) + float(found.total_price)

    def _calculate(self, tokens: genai_prices.Usage) -> genai_prices.types.PriceCalculation | None:
        if self.provider is None and self.api_url is None:
            return None
        try:
            if self.api_url is not None:
                return genai_prices.calc_price(tokens, self.model, provider_api_url=self.api_url)
            return genai_prices.calc_price(tokens, self.model, provider_id=self.provider)
        except (LookupError, ValueError):
            return None


def _tokens(response: Any, provider: str | None) -> genai_prices.Usage:
    """Read a response's token counts: the OpenAI shape, else the provider's own, else nothing."""
    told: Any = getattr(response, "usage", None)
    if hasattr(told, "prompt_tokens"):
        details = getattr(told, "prompt_tokens_details", None)
        return genai_prices.Usage(
            input_tokens=told.prompt_tokens or 0,
            cache_read_tokens=getattr(details, "cached_tokens", None) or 0,
            output_tokens=told.completion_tokens or 0,
        )
    if provider is not None and hasattr(response, "model_dump"):
        try:
            return genai_prices.extract_usage(response.model_dump(), provider_id=provider).usage
        except (LookupError, ValueError):
            pass
    return genai_prices.Usage(input_tokens=0, cache_read_tokens=0, output_tokens=0)
