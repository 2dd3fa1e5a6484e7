"""Both forms of a heap profile as one view."""

from __future__ import annotations

from collections import Counter
from math import exp

import pytest

from growwork.core.errors import FormatError, UsageError
from growwork.formats.allocprofile import (
    FRAMES,
    SAMPLES,
    AllocProfile,
    alloc_profile_from_heapdebug,
    alloc_profile_from_pprof,
    merge,
    scaled,
)
from growwork.formats.gobinary import GoBinary
from growwork.formats.heapdebug import SymbolNames, read_heapdebug
from growwork.formats.pprof import Profile, ValueType, read_profile
from tests.formats.heap_inputs import HEAP_TEXT, heap_debug, heap_profile, samples_table
from tests.formats.profiled import FAST_RELEASES, run_profiled

RATE = 524288


def as_the_runtime_scales(sampled: int, object_bytes: int, rate: int) -> tuple[int, int]:
    """runtime/pprof, scaleHeapSample."""
    if rate <= 1:
        return sampled, sampled * object_bytes
    scale = 1 / (1 - exp(-object_bytes / rate))
    return int(sampled * scale), int(sampled * object_bytes * scale)


@pytest.mark.parametrize("rate", [1, 512, RATE])
def test_raw_counts_are_recovered_from_scaled_ones(rate: int) -> None:
    cases = [(k, size) for k in (1, 2, 7, 100, 4321) for size in (8, 144, 2304, 27264, 2506752)]
    rows = []
    for sample_id, (sampled, size) in enumerate(cases):
        objects, space = as_the_runtime_scales(sampled, size, rate)
        rows.append((sample_id, 0, objects, space, 0, 0, size))
    view = alloc_profile_from_pprof(heap_profile(rows, period=rate))
    assert view.samples.schema == SAMPLES
    assert view.frames.schema == FRAMES
    recovered = view.samples.select(["sampled", "object_bytes"]).to_pylist()
    assert [tuple(row.values()) for row in recovered] == cases
    assert (view.rate, view.raw, view.source, view.runtime_frames) == (rate, False, "pprof", False)


def test_sizes_without_labels_are_averages() -> None:
    rows = [(0, 0, 10, 2880, 0, 0, None), (1, 0, 0, 0, 2, 1000, None), (2, 0, 0, 0, 0, 0, None)]
    view = alloc_profile_from_pprof(heap_profile(rows))
    assert view.samples.column("object_bytes").to_pylist() == [288, 500]
    assert view.warnings == ("no sample has the label `bytes`: object sizes are averages",)


def test_other_profiles_are_refused() -> None:
    types = (ValueType("samples", "count"), ValueType("cpu", "nanoseconds"))
    cpu = Profile(types, 0, None, 0, 0, samples_table(types, []), *([heap_profile().frames] * 2))
    with pytest.raises(FormatError, match=r"^cpu\.pprof: expected a heap profile, found"):
        alloc_profile_from_pprof(cpu, source="cpu.pprof")


def test_a_text_profile_without_symbols_has_its_comments() -> None:
    view = alloc_profile_from_heapdebug(read_heapdebug(HEAP_TEXT))
    assert view.samples.schema == SAMPLES
    assert view.samples.column("object_bytes").to_pylist() == [288, 576, 2196]
    assert view.samples.column("sampled").to_pylist() == [2, 3, 1]
    assert view.samples.column("alloc_bytes").to_pylist() == [576.0, 1728.0, 2196.0]
    assert view.frames.schema == FRAMES
    assert view.frames.slice(0, 2).column("function").to_pylist() == ["shop.put[...]", "main.main"]
    assert (view.rate, view.raw, view.runtime_frames) == (RATE, True, False)


def test_names_add_the_frames_that_comments_leave_out() -> None:
    names = SymbolNames({0x1010: "runtime.hashGrow", 0x1020: "not asked", 0x5001: "runtime.goexit"})
    view = alloc_profile_from_heapdebug(read_heapdebug(HEAP_TEXT), names)
    assert view.runtime_frames
    rows = [tuple(row.values())[:5] for row in view.frames.to_pylist()]
    assert rows == [
        (0, 0, "runtime.hashGrow", "", 0),
        (0, 1, "shop.put[...]", "/src/shop/put.go", 7),
        (0, 2, "main.main", "/src/main.go", 9),
        (1, 0, "", "", 0),
    ]


def test_scaling_estimates_all_allocations() -> None:
    raw = alloc_profile_from_heapdebug(heap_debug([(0, 0, 0, 10, 2880)], [(0, 0, 1)]))
    estimate = scaled(raw)
    assert not estimate.raw
    factor = 1 / (1 - exp(-288 / RATE))
    assert estimate.samples.column("alloc_objects").to_pylist() == pytest.approx([10 * factor])
    assert estimate.samples.column("alloc_bytes").to_pylist() == pytest.approx([2880 * factor])
    assert estimate.samples.column("sampled").to_pylist() == [10]
    assert scaled(estimate) is estimate


def test_rate_zero_is_warned_of() -> None:
    view = alloc_profile_from_heapdebug(heap_debug([], [], rate=0))
    assert "MemProfileRate 0" in view.warnings[0]


def test_merging_keeps_stacks_apart() -> None:
    one = alloc_profile_from_heapdebug(read_heapdebug(HEAP_TEXT))
    both = merge([one, one])
    assert both.samples.column("stack_id").to_pylist() == [0, 0, 1, 2, 2, 3]
    assert both.frames.column("stack_id").to_pylist() == [0, 0, 1, 2, 2, 3]
    assert both.samples.schema == SAMPLES
    assert sum(both.samples.column("sampled").to_pylist()) == 12
    assert merge([one]) == one


def test_profiles_of_different_kinds_are_not_added() -> None:
    text = alloc_profile_from_heapdebug(read_heapdebug(HEAP_TEXT))
    with pytest.raises(UsageError, match="heapdebug at rate 524288, pprof at rate 524288"):
        merge([text, alloc_profile_from_pprof(heap_profile())])
    with pytest.raises(UsageError, match="no heap profile"):
        merge([])


def by_user_line(view: AllocProfile) -> Counter[tuple[str, int, int]]:
    """Sampled objects by file, line and size of the first frame outside the runtime."""
    first: dict[int, tuple[str, int]] = {}
    for row in view.frames.to_pylist():
        if not row["function"].startswith(("runtime.", "internal/runtime/")):
            first.setdefault(row["stack_id"], (row["file"], row["line"]))
    counts: Counter[tuple[str, int, int]] = Counter()
    for row in view.samples.to_pylist():
        file, line = first.get(row["stack_id"], ("", 0))
        if file.endswith("profiled/main.go"):
            counts[file, line, row["object_bytes"]] += row["sampled"]
    return counts


@pytest.mark.needs_go
@pytest.mark.parametrize("version", FAST_RELEASES)
def test_both_forms_of_one_process_agree(version: str) -> None:
    """Every line and size of the program itself; the dumps' own allocations differ."""
    run = run_profiled(version)
    binary = GoBinary(run.binary.read_bytes())
    text = alloc_profile_from_heapdebug(read_heapdebug(run.heap_text), binary)
    proto = alloc_profile_from_pprof(read_profile(run.heap_proto.read_bytes()))
    counts = by_user_line(text)
    assert len(counts) > 20
    assert counts == by_user_line(proto)
    assert text.runtime_frames
    functions = set(text.frames.column("function").to_pylist())
    growth = {"runtime.hashGrow", "internal/runtime/maps.(*table).grow"}
    assert functions & growth
