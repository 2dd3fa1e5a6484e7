"""What a diagnosis of storefront has to find, and what it must leave alone.

The places are given by source text, so that moving code in the shop moves no line number here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["CASES", "CONTROLS", "ControlSite", "PlantedCase", "line_of"]


@dataclass(frozen=True, slots=True)
class PlantedCase:
    """A map site with something wrong."""

    name: str
    file: str  # relative to the module root
    snippet: str  # unique text on the creation line
    rules: frozenset[str]  # codes that are right for this site
    required: str  # the code that must be reported


@dataclass(frozen=True, slots=True)
class ControlSite:
    """A map site with nothing wrong: no rule may report it."""

    name: str
    file: str
    snippet: str


def line_of(root: Path, site: PlantedCase | ControlSite) -> int:
    """The 1-based line of a site; `LookupError` unless its text is there exactly once."""
    lines = (root / site.file).read_text(encoding="utf-8").splitlines()
    found = [number for number, line in enumerate(lines, start=1) if site.snippet in line]
    if len(found) != 1:
        raise LookupError(f"{site.file}: {site.snippet!r} is there {len(found)} times, expected 1")
    return found[0]


# Whoever allocates during a mark phase may have to assist, so every growing map may also carry
# GW103 in one run and not in the next.
_GROWS = frozenset({"GW101", "GW103"})

CASES: tuple[PlantedCase, ...] = (
    PlantedCase(
        name="product index filled from a slice",
        file="internal/api/browse.go",
        snippet="index := make(map[string]*offer)",
        rules=_GROWS,
        required="GW101",
    ),
    PlantedCase(
        name="charges filled from another map",
        file="internal/cart/order.go",
        snippet="charges := make(map[string]Charge)",
        rules=_GROWS,
        required="GW101",
    ),
    PlantedCase(
        name="facets of a stable number of values",
        file="internal/search/refine.go",
        snippet="counts := make(map[catalog.Attribute]int)",
        rules=_GROWS,
        required="GW101",
    ),
    PlantedCase(
        name="hits grouped by brand",
        file="internal/search/refine.go",
        snippet="brands := make(map[string][]*catalog.Product)",
        rules=_GROWS,
        required="GW101",
    ),
    PlantedCase(
        name="order lines in a field filled by another method",
        file="internal/cart/order.go",
        snippet="make(map[string]Line)",
        rules=_GROWS,
        required="GW101",
    ),
    PlantedCase(
        name="stock ledger behind a lock",
        file="internal/inventory/stock.go",
        snippet="levels: make(map[string]Level)",
        rules=_GROWS,
        required="GW101",
    ),
    PlantedCase(
        name="large quote cache growing while marking",
        file="internal/pricing/quotes.go",
        snippet="quotes: make(map[string]*Quote)",
        rules=_GROWS,
        required="GW103",
    ),
    PlantedCase(
        name="visited set with room for thousands",
        file="internal/recommend/recommend.go",
        snippet="make(map[string]struct{}, maxVisited)",
        rules=frozenset({"GW102"}),
        required="GW102",
    ),
    PlantedCase(
        name="sliding window of holds",
        file="internal/inventory/wave.go",
        snippet="make(map[uint64]hold, depth)",
        rules=frozenset({"GW103", "GW104"}),
        required="GW104",
    ),
)

CONTROLS: tuple[ControlSite, ...] = (
    # at most eight keys
    ControlSite("currencies", "internal/pricing/table.go", "out := make(map[string]int64)"),
    ControlSite("page links", "internal/api/browse.go", "links := make(map[string]string)"),
    ControlSite("cart items", "internal/cart/cart.go", "items: make(map[string]int)"),
    ControlSite("taxes", "internal/cart/order.go", "taxes := map[string]int64{}"),
    ControlSite("price lists", "internal/pricing/quotes.go", "lists: make(map[int]*priceList)"),
    ControlSite("exchange rates", "internal/pricing/table.go", "var rates = map[string]int64{"),
    ControlSite("tax rates", "internal/cart/order.go", "var taxPercent = map[string]int64{"),
    # the right size
    ControlSite(
        "products by SKU",
        "internal/catalog/catalog.go",
        "make(map[string]*Product, len(products))",
    ),
    ControlSite(
        "shelves",
        "internal/catalog/catalog.go",
        "make(map[string][]*Product, len(categories))",
    ),
    ControlSite("tags", "internal/catalog/catalog.go", "make(map[string]int, tagVocabulary)"),
    ControlSite("list prices", "internal/pricing/table.go", "make(map[string]int64, c.Len())"),
    ControlSite(
        "availability", "internal/inventory/stock.go", "make(map[string]int, len(products))"
    ),
    ControlSite("sessions", "internal/session/session.go", "make(map[string]*Session, expected)"),
    ControlSite(
        "settings", "internal/settings/settings.go", "make(map[string]string, len(before)+1)"
    ),
    ControlSite(
        "first settings", "internal/settings/settings.go", "make(map[string]string, len(defaults))"
    ),
)
