from __future__ import annotations

from growwork.analysis.trace.cpu_samples import SampleScan, map_share
from growwork.analysis.trace.stack_sites import StackSites
from growwork.analysis.trace.types import CpuMapShare
from tests.analysis.trace.scan_tables import Frames, Tables, stack_table

USER = ("main.fill", "/src/main.go", 9)
STACKS: dict[int, Frames] = {
    1: [
        ("runtime.evacuate_fast64", "map_fast64.go", 461),
        ("runtime.growWork_fast64", "map_fast64.go", 399),
        ("runtime.mapassign_fast64", "map_fast64.go", 136),
        USER,
    ],
    2: [
        ("internal/runtime/maps.ctrlGroup.matchH2", "group.go", 153),
        ("runtime.mapassign_fast64", "runtime_fast64.go", 254),
        USER,
    ],
    3: [("runtime.mapaccess1_faststr", "map_faststr.go", 12), ("main.find", "/src/main.go", 20)],
    4: [("main.spin", "/src/main.go", 30)],
    5: [
        ("runtime.scanobject", "mgcmark.go", 1),
        ("runtime.gcDrainN", "mgcmark.go", 2),
        ("runtime.gcAssistAlloc1", "mgcmark.go", 3),
        ("runtime.systemstack", "asm.s", 4),
        ("runtime.gcAssistAlloc", "mgcmark.go", 5),
        ("runtime.mallocgc", "malloc.go", 6),
        ("internal/runtime/maps.newGroups", "group.go", 7),
        ("internal/runtime/maps.(*table).grow", "table.go", 8),
        ("runtime.mapassign_faststr", "runtime_faststr.go", 9),
        USER,
    ],
    6: [
        ("runtime.scanobject", "mgcmark.go", 1),
        ("runtime.gcDrain", "mgcmark.go", 2),
        ("runtime.gcBgMarkWorker.func2", "mgc.go", 3),
        ("runtime.systemstack", "asm.s", 4),
        ("runtime.gcBgMarkWorker", "mgc.go", 5),
    ],
    7: [("internal/runtime/maps.bitset.first", "group.go", 5), ("main.odd", "/src/main.go", 40)],
}


def share(*stacks: int) -> CpuMapShare | None:
    samples = SampleScan()
    for place, stack in enumerate(stacks):
        samples.add(Tables().sample(100 + place, stack_id=stack).scanned().samples)
    return map_share(samples.columns(), StackSites(stack_table(STACKS)))


def test_samples_are_attributed_to_operations_and_lines() -> None:
    found = share(1, 1, 2, 3, 4, 5, 6, 7, 0)
    assert found is not None
    assert (found.samples, found.map_samples, found.growth_samples) == (9, 6, 3)
    assert (found.assist_in_map_samples, found.marking_samples) == (1, 1)
    assert [(one.function, one.line, one.operation, one.samples) for one in found.by_site] == [
        ("main.fill", 9, "growth", 3),
        ("main.fill", 9, "assign", 1),
        ("main.find", 20, "access", 1),
        ("main.odd", 40, "other", 1),
    ]


def test_without_map_code_there_are_no_lines() -> None:
    found = share(4, 6)
    assert found == CpuMapShare(2, 0, 0, 0, 1, ())


def test_without_samples_there_is_nothing_to_say() -> None:
    assert share() is None
