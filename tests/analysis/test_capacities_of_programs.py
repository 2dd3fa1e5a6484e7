"""Capacities of a real program's maps, against the lengths the program says they had."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from math import log2
from pathlib import Path

import pytest

from growwork.analysis.capacities import CapacityReport, estimate_capacities
from growwork.analysis.site_models import site_models
from growwork.analysis.types import SiteCapacities
from growwork.capture.toolchain import find_toolchain
from growwork.core.errors import ToolError
from growwork.formats.allocprofile import alloc_profile_from_heapdebug, alloc_profile_from_pprof
from growwork.formats.gobinary import GoBinary
from growwork.formats.heapdebug import read_heapdebug
from growwork.formats.pprof import read_profile
from growwork.goruntime import GoRelease, release_for
from growwork.gosource.facts import analyse_module
from growwork.gosource.join import SourceIndex
from growwork.gosource.toolchain import Toolchain, run_go

_SOURCE = Path(__file__).parents[1] / "data" / "mapgrowth"
_ONE_TABLE = ("newIndex", "countWords", "largeValues", "sameLineValues", "copied")


@dataclass(frozen=True)
class Run:
    """The program's own truth, and the reports from both forms of its profile."""

    release: GoRelease
    lengths: dict[str, list[int]]
    debug: CapacityReport
    proto: CapacityReport


def toolchain(version: str) -> Toolchain:
    try:
        return find_toolchain(_SOURCE, version)
    except ToolError as error:
        pytest.skip(f"Go {version}: {error}")


def run_program(version: str, folder: Path, *, rate: int, maps: int) -> Run:
    """Build the program, run it, and estimate its capacities from both profiles."""
    go = toolchain(version)
    module = folder / "module"
    shutil.copytree(_SOURCE, module)
    binary = folder / "program"
    run_go(go, ["build", "-o", str(binary), "."], cwd=module)
    command = [str(binary), str(rate), str(maps), str(folder / "heap")]
    output = subprocess.run(command, capture_output=True, check=True).stdout
    index = SourceIndex(analyse_module(go, module))
    release = release_for(version)
    text = read_heapdebug((folder / "heap.debug1").read_bytes())
    debug = alloc_profile_from_heapdebug(text, GoBinary(binary.read_bytes()))
    proto = alloc_profile_from_pprof(read_profile((folder / "heap.pprof").read_bytes()))
    return Run(
        release=release,
        lengths=json.loads(output),
        debug=estimate_capacities(debug, index, release),
        proto=estimate_capacities(proto, index, release),
    )


def site_of(report: CapacityReport, function: str) -> SiteCapacities:
    (site,) = [s for s in report.sites if s.site.function == f"main.{function}"]
    return site


def true_slots(run: Run, site: SiteCapacities, function: str, q: float) -> int:
    """The capacity that a share q of the maps stays within, from their lengths."""
    model = site_models(site.site, run.release)[0]
    slots = sorted(model.slots_for(n) for n in run.lengths[function])
    return slots[min(len(slots) - 1, int(q * len(slots) - 1e-9))]


@pytest.mark.needs_go
@pytest.mark.parametrize("version", ["1.23.9", "1.26.8"])
def test_everything_counted_is_exact(version: str, tmp_path: Path) -> None:
    run = run_program(version, tmp_path, rate=1, maps=200)
    for function in _ONE_TABLE:
        site = site_of(run.debug, function)
        assert site.maps.value == 200, function
        assert site.p50 == true_slots(run, site, function, 0.50), function
        assert site.p95 == true_slots(run, site, function, 0.95), function
        assert site.max == true_slots(run, site, function, 1.0), function
    oversized = site_of(run.debug, "oversized")
    assert oversized.allocations.presized_slots == 8192
    assert (oversized.p50, oversized.max, oversized.maps.value) == (8192, 8192, 20)
    large = site_of(run.debug, "large")
    assert large.maps.value == 20
    for q, value in ((0.5, large.p50), (0.95, large.p95)):
        assert abs(log2(value / true_slots(run, large, "large", q))) <= 1


@pytest.mark.needs_go
@pytest.mark.parametrize("version", ["1.23.9", "1.26.8"])
def test_garbage_is_what_growing_replaced(version: str, tmp_path: Path) -> None:
    run = run_program(version, tmp_path, rate=1, maps=200)
    for function in ("newIndex", "countWords", "copied"):
        site = site_of(run.debug, function)
        model = site_models(site.site, run.release)[0]
        sizes = {level.slots: level for level in model.levels(1 << 14)}
        expected = 0
        for length in run.lengths[function]:
            last = sizes[min(model.slots_for(length), 1 << 14)]
            expected += last.cumulative_bytes - last.array_bytes
        assert site.allocations.garbage_bytes == pytest.approx(expected, rel=0.03), function


@pytest.mark.needs_go
@pytest.mark.parametrize("version", ["1.23.9", "1.26.8"])
def test_default_rate_is_within_one_class(version: str, tmp_path: Path) -> None:
    run = run_program(version, tmp_path, rate=512 * 1024, maps=4000)
    for report, functions in (
        (run.debug, (*_ONE_TABLE, "large")),
        (run.proto, ("newIndex", "countWords", "copied")),
    ):
        for function in functions:
            site = site_of(report, function)
            if site.sampled_arrays < 30:
                assert any("not enough samples" in w for w in site.warnings), function
                continue
            true = true_slots(run, site, function, 0.95)
            assert abs(log2(site.p95 / true)) <= 1, (function, site.sampled_arrays)
