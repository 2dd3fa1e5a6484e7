from __future__ import annotations

import numpy as np

from growwork.analysis.trace.assist_bursts import Bursts, find_bursts
from growwork.analysis.trace.assists import AssistScan
from growwork.analysis.trace.stack_sites import StackSites
from growwork.formats.gotrace import EventType
from tests.analysis.trace.scan_tables import Frames, Tables, stack_table

STACKS: dict[int, Frames] = {
    1: [("runtime.hashGrow", "map.go", 1149), ("main.fill", "main.go", 9)],
    2: [("runtime.growslice", "slice.go", 290), ("main.render", "main.go", 20)],
}


def bursts(tables: Tables) -> Bursts:
    scan = AssistScan()
    ranges = tables.columns()
    scan.add(ranges.of(EventType.GC_MARK_ASSIST_BEGIN))
    cycles = ranges.of(EventType.GC_BEGIN)
    return find_bursts(scan.columns(), cycles, StackSites(stack_table(STACKS)))


def test_assists_with_small_gaps_are_one_burst_and_others_are_not() -> None:
    found = bursts(
        Tables()
        .assist(100, 110, g=7, stack_id=1)
        .assist(105, 106, g=5, stack_id=2)
        .assist(125, 131, g=7, stack_id=1)
        .assist(140, 143, g=7, stack_id=2)
        .assist(200, 210, g=7, stack_id=2)
    )
    rows = zip(found.g, found.start, found.end, found.lost, found.count, strict=True)
    assert [tuple(int(one) for one in row) for row in rows] == [
        (5, 105, 106, 1, 1),
        (7, 100, 143, 19, 3),
        (7, 200, 210, 10, 1),
    ]
    assert found.is_growth.tolist() == [False, True, False]
    assert found.stack_id.tolist() == [2, 1, 2]


def test_growth_decides_from_half_of_the_time_on() -> None:
    found = bursts(Tables().assist(100, 110, stack_id=2).assist(111, 121, stack_id=1))
    assert (found.is_growth.tolist(), found.stack_id.tolist()) == ([True], [1])
    found = bursts(Tables().assist(100, 111, stack_id=2).assist(112, 122, stack_id=1))
    assert (found.is_growth.tolist(), found.stack_id.tolist()) == ([False], [2])


def test_a_burst_ends_with_its_cycle() -> None:
    found = bursts(
        Tables().cycle(90, 112).assist(100, 110).cycle(114, 200).assist(115, 125).assist(126, 130)
    )
    assert found.count.tolist() == [1, 2]


def test_goroutine_numbers_far_apart_do_not_mix() -> None:
    tables = Tables()
    for place in range(6):
        tables.assist(100 + place * 7, 105 + place * 7, g=7 + (place % 2) * (1 << 20))
    found = bursts(tables)
    assert found.g.tolist() == [7, 7 + (1 << 20)]
    assert found.count.tolist() == [3, 3]


def test_no_assists_are_no_bursts() -> None:
    found = bursts(Tables())
    assert len(found) == 0
    assert all(len(getattr(found, name)) == 0 for name in ("lost", "stack_id", "is_growth"))
    assert isinstance(found.count, np.ndarray)
