"""`growwork trace`: every form on real traces, its exit codes, and what it refuses."""

from __future__ import annotations

import gzip
import io
import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from referencing import Registry, Resource

from growwork.cli import app
from growwork.report.schemas import load_schema, load_schemas

DATA = Path(__file__).parents[1] / "data" / "gotrace"
RELEASES = ("1.23.9", "1.24.11", "1.26.8", "1.27.3")


@pytest.fixture(scope="module")
def traces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of the recorded traces, unpacked."""
    folder = tmp_path_factory.mktemp("traces")
    for release in RELEASES:
        packed = (DATA / f"go{release}.trace.gz").read_bytes()
        (folder / f"go{release}.trace").write_bytes(gzip.decompress(packed))
    return folder


@pytest.fixture
def trace(traces: Path) -> Path:
    return traces / "go1.26.8.trace"


def run(*argv: str | Path) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    code = app.run(["trace", *map(str, argv)], out, err)
    return code, out.getvalue(), err.getvalue()


def validate(name: str, document: object) -> None:
    resources = [Resource.from_contents(schema) for schema in load_schemas()]
    registry = Registry().with_resources([(r.id() or "", r) for r in resources])
    jsonschema.Draft202012Validator(load_schema(name), registry=registry).validate(document)


@pytest.mark.parametrize("release", RELEASES)
def test_text_of_every_format(traces: Path, release: str) -> None:
    code, out, err = run(traces / f"go{release}.trace")

    assert (code, err) == (0, "")
    assert max(map(len, out.splitlines())) <= 100
    for heading in ("Worst spikes", "Stop-the-world pauses", "Mark assist", "Garbage collection"):
        assert heading in out
    assert "What a trace cannot tell" in out
    assert "names who paid" in " ".join(out.split())


@pytest.mark.parametrize("release", RELEASES)
def test_json_matches_its_schema_and_is_byte_stable(traces: Path, release: str) -> None:
    argv = (traces / f"go{release}.trace", "--format", "json")
    code, out, err = run(*argv)

    assert (code, err) == (0, "")
    document = json.loads(out)
    validate("trace", document)
    assert run(*argv)[1] == out
    assert document["trace"]["events"] > 1000
    assert document["pauses"]
    assert sum(kind["count"] for kind in document["pause_kinds"]) == len(document["pauses"])
    starts = [pause["start_ns"] for pause in document["pauses"]]
    assert starts == sorted(starts)
    assert (
        sum(site["total_ns"] for site in document["assists"]["by_site"])
        == (document["assists"]["total_ns"])
    )


def test_html_is_one_page(trace: Path, tmp_path: Path) -> None:
    page = tmp_path / "trace.html"

    assert run(trace, "--format", "html", "-o", page) == (0, "", "")
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert [path.name for path in tmp_path.iterdir()] == ["trace.html"]


def test_a_window_is_shown_and_holds(trace: Path) -> None:
    _, whole, _ = run(trace, "--format", "json")
    code, part, err = run(trace, "--format", "json", "--from", "20ms", "--to", "60ms")
    _, text, _ = run(trace, "--from", "20ms", "--to", "60ms")

    assert (code, err) == (0, "")
    document = json.loads(part)
    validate("trace", document)
    assert document["window"]["from_ns"] == 20_000_000
    starts = [pause["start_ns"] for pause in document["pauses"]]
    assert starts
    assert all(20_000_000 <= start < 60_000_000 for start in starts)
    assert len(starts) < len(json.loads(whole)["pauses"])
    assert "only from 20 ms to 60 ms" in text


def test_what_is_not_in_the_trace_is_said(trace: Path) -> None:
    assert "goroutine 999999 does nothing" in " ".join(
        run(trace, "--goroutine", "999999")[1].split()
    )
    assert "no goroutine is in a region" in " ".join(run(trace, "--region", "nowhere")[1].split())
    late = " ".join(run(trace, "--from", "1h")[1].split())
    assert "begins behind the end of the trace" in late


def test_standard_input(trace: Path) -> None:
    with trace.open("rb") as data:
        done = subprocess.run(
            [sys.executable, "-m", "growwork", "trace", "-", "--format", "json"],
            stdin=data,
            capture_output=True,
            check=True,
        )
    document = json.loads(done.stdout)
    _, out, _ = run(trace, "--format", "json")
    expected = json.loads(out)
    assert document["trace"].pop("name") == "<stdin>"
    del expected["trace"]["name"]
    assert document == expected


def test_several_traces_are_ranked(traces: Path) -> None:
    files = sorted(traces.glob("*.trace"))
    code, text, err = run(*files)
    _, out, _ = run(*files, "--rank", "assist", "--format", "json")

    assert (code, err) == (0, "")
    assert text.startswith("4 traces by longest stop-the-world pause\n")
    document = json.loads(out)
    validate("trace-rank", document)
    longest = [one["scores"]["assist_max_ns"] for one in document["traces"]]
    assert longest == sorted(longest, reverse=True)
    assert len(longest) == 4


def test_scores_are_those_of_the_analysis(traces: Path) -> None:
    files = sorted(traces.glob("*.trace"))
    ranked = json.loads(run(*files, "--rank", "pause", "--format", "json")[1])

    for row in ranked["traces"]:
        single = json.loads(run(row["name"], "--format", "json")[1])
        durations = [pause["duration_ns"] for pause in single["pauses"]]
        assert row["scores"]["pause_max_ns"] == max(durations)
        assert row["scores"]["pause_total_ns"] == sum(durations)
        assert row["scores"]["assist_max_ns"] == single["assists"]["max_ns"]
        assert row["scores"]["assist_total_ns"] == single["assists"]["total_ns"]
        assert row["scores"]["assist_growth_ns"] == single["assists"]["map_growth_ns"]
        assert row["scores"]["events"] == single["trace"]["events"]


def test_a_ranking_goes_on_without_the_files_that_are_none(traces: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.trace"
    broken.write_bytes((traces / "go1.26.8.trace").read_bytes()[:15])
    text = tmp_path / "notes.txt"
    text.write_text("no trace at all, but long enough to be one\n")
    good = traces / "go1.27.3.trace"

    code, out, err = run(good, broken, text, tmp_path / "missing", "--format", "json")

    assert (code, err) == (0, "")
    document = json.loads(out)
    validate("trace-rank", document)
    assert [one["name"] for one in document["traces"]] == [str(good)]
    assert [one["name"] for one in document["unread"]] == sorted(
        map(str, (broken, text, tmp_path / "missing"))
    )
    assert f"not read: {text}: not a Go execution trace" in " ".join(run(good, text)[1].split())
    assert run(text, broken)[0] == 2


def test_a_cut_trace_is_shown_with_a_warning(trace: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.trace"
    data = trace.read_bytes()
    cut.write_bytes(data[: len(data) * 9 // 10])

    code, out, err = run(cut)

    assert (code, err) == (0, "")
    assert "not complete" in out
    assert f"! {cut}" in out


def test_a_trace_against_itself_has_not_moved(trace: Path) -> None:
    code, text, err = run(trace, "--against", trace)
    _, out, _ = run(trace, "--against", trace, "--format", "json")

    assert (code, err) == (0, "")
    assert "Nothing moved, of " in text
    assert f"{trace} is on both sides" in " ".join(text.split())
    document = json.loads(out)
    validate("trace-comparison", document)
    assert {one["verdict"] for one in document["quantities"]} <= {"not moved", "not tested"}


def test_several_traces_against_several(traces: Path) -> None:
    argv = [traces / f"go{release}.trace" for release in RELEASES]
    code, out, _ = run(*argv[2:], "--against", argv[0], "--against", argv[1], "--format", "json")

    document = json.loads(out)
    assert code == 0
    assert document["before"] == [str(path) for path in argv[:2]]
    assert document["after"] == [str(path) for path in argv[2:]]


def test_events_as_text(trace: Path) -> None:
    code, out, err = run(trace, "--text")

    assert (code, err) == (0, "")
    assert out.startswith("Trace Go1.26\n")
    assert out.count("\n") > 1000


@pytest.mark.parametrize("profile", ["assist", "stw", "latency", "syscall", "block", "network"])
def test_profiles(trace: Path, tmp_path: Path, profile: str) -> None:
    target = tmp_path / "profile.pb.gz"

    assert run(trace, "--format", "pprof", "--profile", profile, "-o", target) == (0, "", "")
    assert gzip.decompress(target.read_bytes())


def test_perfetto_goes_through_a_pipe(trace: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.perfetto-trace"
    assert run(trace, "--format", "perfetto", "-o", target) == (0, "", "")
    piped = subprocess.run(
        [sys.executable, "-m", "growwork", "trace", str(trace), "--format", "perfetto"],
        capture_output=True,
        check=True,
    )
    assert piped.stdout == target.read_bytes()
    assert len(piped.stdout) > 1000


def test_parquet_is_a_folder(trace: Path, tmp_path: Path) -> None:
    assert run(trace, "--format", "parquet", "-o", tmp_path / "tables") == (0, "", "")
    assert (tmp_path / "tables" / "pauses.parquet").exists()
    code, _, err = run(trace, "--format", "parquet")
    assert (code, err) == (2, "growwork: parquet is a folder of tables; name it with -o DIR\n")


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (("T", "--from", "2s", "--to", "1s"), "--to is not after --from"),
        (("T", "--from", "fast"), "'fast' is no duration such as 1.5s"),
        (("T", "--goroutine", "0"), "--goroutine"),
        (("T", "--rank", "pause", "--against", "T"), "choose one"),
        (("T", "--text", "--format", "json"), "goes with nothing else"),
        (("T", "--text", "--from", "1s"), "goes with nothing else"),
        (("T", "T", "--text"), "--text takes one trace, 2 were named"),
        (("T", "T", "--format", "perfetto"), "--format perfetto takes one trace"),
        (("T", "T", "--format", "html"), "use text or json for several"),
        (("T", "--against", "T", "--format", "html"), "use text or json for several"),
        (("T", "--profile", "stw"), "--profile goes with --format pprof"),
        (("-", "-"), "standard input can be read once"),
        (("T", "--memory", "much"), "'much' is not a size"),
        (("nowhere",), "cannot read nowhere: No such file"),
        (("T", "-o", "no/such/folder/x"), "cannot write no/such/folder/x"),
        ((), "Missing argument"),
    ],
)
def test_what_is_refused(trace: Path, argv: tuple[str, ...], message: str) -> None:
    code, out, err = run(*(trace if word == "T" else word for word in argv))

    assert (code, out) == (2, "")
    assert message in err


def test_formats_of_before_1_22_are_too_old(tmp_path: Path) -> None:
    old = tmp_path / "old.trace"
    old.write_bytes(b"go 1.19 trace\0\0\0" + bytes(100))

    code, out, err = run(old)

    assert (code, out) == (2, "")
    assert err.startswith(f"growwork: {old}: trace format go 1.19 is too old; ")
    assert "expected a trace of Go 1.22 to 1.27" in err


def test_a_failure_leaves_no_file_and_the_old_one_as_it_was(tmp_path: Path) -> None:
    bad = tmp_path / "bad.trace"
    bad.write_bytes(b"go 1.26 trace\0\0\0" + bytes(5))
    (tmp_path / "out").write_text("before")

    assert run(bad, "--format", "perfetto", "-o", tmp_path / "out")[0] == 2
    assert run(bad, "-o", tmp_path / "other")[0] == 2
    assert (tmp_path / "out").read_text() == "before"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.trace", "out"]


def test_a_device_is_written_to_and_stays_one(trace: Path) -> None:
    assert run(trace, "--format", "json", "-o", "/dev/null") == (0, "", "")
    assert not Path("/dev/null").is_file()


@pytest.mark.parametrize("form", ["text", "json"])
def test_only_what_is_needed_is_loaded(trace: Path, form: str) -> None:
    """A third of the time for a large trace would be imports otherwise."""
    heavy = "('scipy', 'jinja2', 'pygments', 'httpx', 'duckdb', 'asyncio', 'growwork.rules')"
    script = (
        "import sys, io; from growwork.cli import app;"
        f"code = app.run(['trace', {str(trace)!r}, '--format', {form!r}], io.StringIO());"
        f"print(code, [name for name in {heavy} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == "0 []\n"
