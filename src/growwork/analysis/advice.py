"""Which capacity to write at a site, and what it would have cost or saved.

An expression such as `len(items)` is preferred: it is right for every map. A constant is only
advised when the sizes are a habit of the site, and when it pays: the calculation weighs what the
smaller maps would allocate in vain against what the larger ones would no longer throw away, over
the final sizes the profile shows. Otherwise the advice is to write nothing, with the reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

from growwork.analysis.capacities import MINIMUM_SAMPLES
from growwork.analysis.level_noise import discount_noise
from growwork.analysis.site_models import site_models
from growwork.core.units import format_bytes
from growwork.gosource.edits import static_hint
from growwork.gosource.types import SiteKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from growwork.analysis.types import SiteCapacities, SiteLengths
    from growwork.goruntime import GoRelease
    from growwork.gosource.types import DeleteLine
    from growwork.models import MapModel

__all__ = ["AdviceOptions", "CapacityAdvice", "advise_capacity", "expected_bytes"]

_SMALL_SLOTS = 8
_NEARLY_SMALL_SLOTS = 32  # where sizes that reach down to 8 entries would show as well
_FEW = 0.02
_STANDARD_ERRORS = 3
_BIMODAL_FACTOR = 8  # three doublings between P50 and the target class
_GROWABLE = frozenset({SiteKind.MAKE, SiteKind.LITERAL_EMPTY, SiteKind.MAKE_SIZED})
_LOSING = frozenset({"delete", "maps.DeleteFunc"})


@dataclass(frozen=True, slots=True)
class AdviceOptions:
    """What counts as worth writing."""

    percentile: float = 0.95  # the maps that should not grow any more
    minimum_maps: int = 8  # fewer maps show no habit
    minimum_gain: float = 0.10  # share of the bytes that must be saved


@dataclass(frozen=True, slots=True)
class CapacityAdvice:
    """What to write as the size argument, or why nothing; bytes are of map arrays."""

    entries: int | None
    expression: str | None
    expected_bytes_before: float
    expected_bytes_after: float  # equal to before when nothing is advised
    reason: str
    calculation: tuple[str, ...] = ()  # the sums behind it, one level a line

    @property
    def pays(self) -> bool:
        """Whether there is something to write."""
        return self.entries is not None or self.expression is not None


def advise_capacity(
    known: SiteCapacities,
    release: GoRelease,
    *,
    delete_lines: Iterable[DeleteLine] = (),
    lengths: SiteLengths | None = None,
    options: AdviceOptions = AdviceOptions(),
) -> CapacityAdvice:
    """The capacity for a site's maps from their measured sizes."""
    models = site_models(known.site, release)
    if not models:
        return _nothing(0.0, "the size of the key or element type is not known")
    model = models[0]
    known = discount_noise(known)
    before = sum(level.final * _fill_bytes(known, model, level.slots, 0) for level in known.levels)
    if known.p99 <= _SMALL_SLOTS:
        return _nothing(before, "maps of at most 8 entries gain nothing from a hint")
    expression = static_hint(known.site) if known.site.kind in _GROWABLE else None
    if expression is not None and expression != known.site.hint:
        return _advise_expression(known, model, expression, before)
    refusal = next(_refusals(known, tuple(delete_lines), options), None)
    if refusal is not None:
        return _nothing(before, refusal)
    entries = _entries(known, model, lengths, options)
    after = expected_bytes(known, model, entries)
    calculation = _calculation(known, model, entries)
    if after > (1 - options.minimum_gain) * before:
        reason = (
            f"make(…, {entries}) would allocate {format_bytes(after)} where "
            f"{format_bytes(before)} are allocated now: it does not pay"
        )
        return CapacityAdvice(None, None, before, before, reason, calculation)
    target = _percentile_slots(known, options.percentile)
    reason = (
        f"{options.percentile:.0%} of about {known.maps.value:.0f} maps end at {target} slots "
        f"or fewer; {format_bytes(before)} become {format_bytes(after)}"
    )
    return CapacityAdvice(entries, None, before, after, reason, calculation)


def expected_bytes(known: SiteCapacities, model: MapModel, entries: int) -> float:
    """Bytes of arrays the site's maps would allocate with `make(…, entries)`."""
    return sum(
        level.final * _fill_bytes(known, model, level.slots, entries) for level in known.levels
    )


def _advise_expression(
    known: SiteCapacities, model: MapModel, expression: str, before: float
) -> CapacityAdvice:
    """Every map is made for its own size, which no profile can contradict."""
    after = sum(
        level.final * _fill_bytes(known, model, level.slots, _typical_length(model, level.slots))
        for level in known.levels
    )
    reason = (
        f"the loops that fill the map insert at most {expression} keys; "
        f"{format_bytes(before)} become about {format_bytes(after)}"
    )
    return CapacityAdvice(None, expression, before, after, reason)


def _refusals(
    known: SiteCapacities, delete_lines: tuple[DeleteLine, ...], options: AdviceOptions
) -> Iterator[str]:
    """Every reason not to write a constant, the most telling first."""
    site = known.site
    counted = known.maps.low == known.maps.high
    target = _percentile_slots(known, options.percentile)
    if site.kind not in _GROWABLE:
        yield "the compiler or library sizes this map itself"
    if site.hint is not None and site.hint_value is None:
        yield f"the hint `{site.hint}` is an expression somebody chose"
    if known.sampled_arrays < MINIMUM_SAMPLES and not counted:
        yield f"not enough samples: {known.sampled_arrays} of {MINIMUM_SAMPLES}"
    if known.maps.value < options.minimum_maps:
        yield f"about {known.maps.value:.0f} maps are too few to show a habit"
    if known.allocations.same_size_growths > 0 or any(
        line.operation in _LOSING for line in delete_lines
    ):
        yield "keys are deleted: capacity says little about how many entries are alive"
    if target <= _SMALL_SLOTS:
        yield "nearly all maps have at most 8 entries"
    if target >= _BIMODAL_FACTOR * known.p50:
        yield f"sizes spread from {known.p50} (P50) to {target} slots: one number fits neither"
    if _hides_small_maps(known) and _surely_below(known, _NEARLY_SMALL_SLOTS) > _FEW:
        yield (
            "small maps live on the stack here and are not counted; a constant hint would move "
            "them to the heap"
        )


def _surely_below(known: SiteCapacities, slots: int) -> float:
    """Share of the maps that ended at this capacity or a smaller one, beyond sampling noise.

    These maps are the difference of two estimated levels: how many maps reached the first one,
    and how many went on. Arrays of the first level are small and rarely sampled, so a
    difference within three standard errors of both is none.
    """
    total = sum(level.final for level in known.levels)
    small = [level for level in known.levels if level.slots <= slots]
    if not small or not total:
        return 0.0
    ended = sum(level.final for level in small)
    if known.maps.low != known.maps.high:
        went_on = known.levels[len(small) : len(small) + 1]
        variance = sum(level.allocated**2 / max(level.sampled, 1) for level in (small[0], *went_on))
        ended = max(ended - _STANDARD_ERRORS * sqrt(variance), 0.0)
    return ended / total


def _hides_small_maps(known: SiteCapacities) -> bool:
    """Unsized maps without a first array: it was on the stack, as that of smaller maps would be."""
    return (
        known.site.kind is not SiteKind.MAKE_SIZED
        and bool(known.levels)
        and known.levels[0].slots > _SMALL_SLOTS
    )


def _entries(
    known: SiteCapacities, model: MapModel, lengths: SiteLengths | None, options: AdviceOptions
) -> int:
    """Entries for the target class: observed lengths where there are any, else its most.

    Every hint between two thresholds gives the same map, so the most a class holds costs no
    more than any other number in it.
    """
    if lengths is not None and lengths.maps >= options.minimum_maps and lengths.p95 > _SMALL_SLOTS:
        return model.safe_hint(lengths.p95)
    return model.max_length(_percentile_slots(known, options.percentile))


def _percentile_slots(known: SiteCapacities, q: float) -> int:
    total = sum(level.final for level in known.levels)
    within = 0.0
    for level in known.levels:
        within += level.final
        if within >= q * total * (1 - 1e-9):
            return level.slots
    return known.max


def _fill_bytes(known: SiteCapacities, model: MapModel, slots: int, hint: int) -> float:
    """Bytes of arrays one map allocates that ends at this capacity when it grows from `hint`."""
    start = hint if hint > 0 else known.site.hint_value or 0
    if slots <= model.hint_slots(start):
        # It fits into what make() gives; a hint of at most 8 allocates the first array later.
        return float(model.hint_bytes(start) or model.levels()[0].object_bytes)
    bytes_filled = model.fill_bytes(_typical_length(model, slots), start)
    on_stack = start <= _SMALL_SLOTS and _hides_small_maps(known)
    return bytes_filled - (model.levels()[0].object_bytes if on_stack else 0)


def _typical_length(model: MapModel, slots: int) -> int:
    """The middle of the lengths that end at this capacity; the profile tells no more."""
    if slots <= _SMALL_SLOTS:
        return slots
    return (model.max_length(slots // 2) + 1 + model.max_length(slots)) // 2


def _calculation(known: SiteCapacities, model: MapModel, entries: int) -> tuple[str, ...]:
    lines: list[str] = []
    for level in known.levels:
        if level.final < 0.5:
            continue
        now = _fill_bytes(known, model, level.slots, 0)
        then = _fill_bytes(known, model, level.slots, entries)
        lines.append(
            f"{level.final:.0f} maps of {level.slots} slots: {format_bytes(now)} each now, "
            f"{format_bytes(then)} with make(…, {entries})"
        )
    return tuple(lines)


def _nothing(before: float, reason: str) -> CapacityAdvice:
    return CapacityAdvice(None, None, before, before, reason)
