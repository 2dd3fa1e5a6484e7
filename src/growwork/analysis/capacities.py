"""What every map site really grows to, rebuilt from a heap profile.

A heap profile is keyed by stack and object size, so each step of a map's growth leaves its own
sample: the arrays of 8, 16, 32, … slots are different objects. Counting them per creation site
gives how many maps reached each capacity, hence the distribution of final sizes, and what growing
there threw away. The result is a capacity class, never an exact length.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from growwork.analysis.chains import read_chains, sampling_probability
from growwork.analysis.growth_chain import ChainCounts, ChainFit, fit_chain, resample
from growwork.analysis.site_allocations import count_chain, measure_allocations
from growwork.analysis.site_join import SiteLookup, SiteSamples, UnmatchedGrowth, join_samples
from growwork.analysis.types import CapacityLevel, Estimate, SiteCapacities
from growwork.core.statistics import percentile_interval

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from growwork.formats.allocprofile import AllocProfile
    from growwork.goruntime import GoRelease

    Floats = npt.NDArray[np.float64]

__all__ = ["ENOUGH_SAMPLES", "MINIMUM_SAMPLES", "CapacityReport", "estimate_capacities"]

MINIMUM_SAMPLES = 30  # below: no statement about sizes
ENOUGH_SAMPLES = 100  # below: right within one doubling
_REPLICATES = 100
_TAIL_MAPS = 0.05  # fewer maps than this reach a level of the fitted tail: none does


@dataclass(frozen=True, slots=True)
class CapacityReport:
    """Capacities of every site with samples, and map arrays that joined to no site."""

    sites: tuple[SiteCapacities, ...]  # most array bytes first
    unmatched: tuple[UnmatchedGrowth, ...]  # most bytes first
    total_alloc_bytes: float  # of the whole process
    warnings: tuple[str, ...]


def estimate_capacities(
    profile: AllocProfile, lookup: SiteLookup, release: GoRelease, *, seed: int = 1
) -> CapacityReport:
    """Join a heap profile to map sites and estimate what their maps grow to.

    The same profile and seed always give the same report.
    """
    chains = read_chains(profile, release.maps)
    joined, unmatched = join_samples(chains, lookup, release)
    sites = [s for entry in joined if (s := _estimate(entry, profile, seed)) is not None]
    sites.sort(key=lambda s: (-s.allocations.array_bytes, s.site.position))
    return CapacityReport(
        sites=tuple(sites),
        unmatched=tuple(sorted(unmatched, key=lambda u: (-u.allocated_bytes, u.frame.file))),
        total_alloc_bytes=_total_bytes(profile),
        warnings=_report_warnings(profile),
    )


def _estimate(entry: SiteSamples, profile: AllocProfile, seed: int) -> SiteCapacities | None:
    counts, count_warnings = count_chain(entry, profile)
    if counts.sampled == 0:
        return None
    fit = fit_chain(counts)
    replicates = _replicates(counts, seed)
    p95 = np.asarray([r.percentile(0.95) for r in replicates if r.maps > 0] or [0], np.float64)
    low, high = percentile_interval(p95)
    point = fit.percentile(0.95)
    maps = np.asarray([r.maps for r in replicates], np.float64)
    maps_low, maps_high = percentile_interval(maps)
    return SiteCapacities(
        site=entry.site,
        growth_lines=tuple(entry.growth_lines[p] for p in sorted(entry.growth_lines)),
        sampled_arrays=counts.sampled,
        maps=Estimate(fit.maps, min(maps_low, fit.maps), max(maps_high, fit.maps)),
        levels=_levels(entry, counts, fit),
        p50=fit.percentile(0.50),
        p90=fit.percentile(0.90),
        p95=point,
        p99=fit.percentile(0.99),
        max=fit.largest,
        p95_interval=(min(int(low), point), max(int(high), point)),
        allocations=measure_allocations(entry, counts, fit),
        source=profile.source,
        warnings=(
            *_gate_warnings(counts, profile),
            *_shape_warnings(counts, fit, profile),
            *count_warnings,
            *sorted(entry.warnings),
        ),
    )


def _replicates(counts: ChainCounts, seed: int) -> list[ChainFit]:
    if np.all(counts.exposures >= 1):
        return [fit_chain(counts)]  # everything was counted: nothing to vary
    generator = np.random.default_rng(seed)
    return [fit_chain(resample(counts, generator)) for _ in range(_REPLICATES)]


def _levels(entry: SiteSamples, counts: ChainCounts, fit: ChainFit) -> tuple[CapacityLevel, ...]:
    """Levels from the base to the largest that any map reached."""
    by_slots = {level.slots: level for level in entry.model.levels(fit.slots[-1])}
    arrays = counts.first + counts.grown + counts.presized
    final = fit.final
    result: list[CapacityLevel] = []
    for i, slots in enumerate(fit.slots):
        if i < fit.base or fit.reached[i] <= 0:
            continue
        if i > len(counts.slots) and fit.reached[i] < _TAIL_MAPS:
            break  # the fitted tail has no end; the maps do
        level = by_slots[slots]
        if i < len(counts.slots):
            sampled = int(arrays[i])
            allocated = float(arrays[i] / counts.exposures[i])
        else:
            # Splits are seen as a whole; they and presized tables belong to no one level.
            sampled = (
                int(counts.splits + counts.presized_tables.sum()) if i == len(counts.slots) else 0
            )
            allocated = float(fit.reached[i]) * level.arrays
        result.append(CapacityLevel(slots, level.array_bytes, sampled, allocated, float(final[i])))
    return tuple(result)


def _gate_warnings(counts: ChainCounts, profile: AllocProfile) -> Sequence[str]:
    if np.all(counts.exposures >= 1) or counts.sampled >= ENOUGH_SAMPLES:
        return ()
    if counts.sampled >= MINIMUM_SAMPLES:
        return (f"only {counts.sampled} sampled arrays: sizes are right within one doubling",)
    missing = (MINIMUM_SAMPLES - counts.sampled) * max(1, profile.rate) / 1e6
    more = f"about {missing:.0f} MB more of map growth on this site are needed"
    return (f"not enough samples: {counts.sampled} of {MINIMUM_SAMPLES}; {more}",)


def _shape_warnings(counts: ChainCounts, fit: ChainFit, profile: AllocProfile) -> Sequence[str]:
    warnings: list[str] = []
    if counts.splits > 0 and not counts.directories_tell:
        warnings.append("sizes past 1,024 slots are inferred from the mean number of table splits")
    if fit.same_size > 0:
        warnings.append(
            f"about {fit.same_size:.0f} growths kept the size: entries come and go (delete churn)"
        )
    elif fit.rising_at is not None:
        cause = (
            "" if profile.runtime_frames else "; other allocations on the line may look the same"
        )
        warnings.append(
            f"more arrays of {fit.slots[fit.rising_at]} slots than of the level below{cause}"
        )
    if fit.base > 0:
        warnings.append(
            f"no arrays below {fit.slots[fit.base]} slots: smaller maps live on the stack "
            "and are not counted"
        )
    return warnings


def _total_bytes(profile: AllocProfile) -> float:
    columns = profile.samples.select(["object_bytes", "sampled"]).to_pydict()
    return float(
        sum(
            size * sampled / sampling_probability(size, profile.rate)
            for size, sampled in zip(*columns.values(), strict=True)
            if size > 0
        )
    )


def _report_warnings(profile: AllocProfile) -> tuple[str, ...]:
    if profile.runtime_frames:
        return tuple(profile.warnings)
    return (
        *profile.warnings,
        "this profile has no runtime frames: map arrays are told apart by size alone",
    )
