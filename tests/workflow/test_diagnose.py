from __future__ import annotations

import io
import subprocess
from pathlib import Path

import pytest

from growwork.cli.app import run
from growwork.core.errors import FormatError, UnsupportedVersion, UsageError
from growwork.gosource.edits import apply_edits
from growwork.report.diagnosis_json import render_json
from growwork.rules.types import Diagnosis, Finding
from growwork.store import ArtefactKind, NotRecorded
from growwork.workflow.diagnose import DiagnoseOptions, diagnose
from tests.workflow.recordings import (
    BUILD,
    ENDPOINT,
    FILE,
    GO,
    GROWING,
    SEEN,
    artefacts,
    facts,
    write_module,
    write_recording,
)


@pytest.fixture
def module(tmp_path: Path) -> Path:
    root = tmp_path / "module"
    write_module(root)
    return root


@pytest.fixture
def files(module: Path) -> dict[ArtefactKind, bytes]:
    return artefacts(module)


@pytest.fixture
def recording(tmp_path: Path, files: dict[ArtefactKind, bytes]) -> Path:
    return write_recording(tmp_path / "rec", files)


def by_rule(diagnosis: Diagnosis) -> dict[str, Finding]:
    return {finding.rule: finding for finding in diagnosis.findings}


def topics(diagnosis: Diagnosis) -> set[str]:
    return {limit.topic for limit in diagnosis.limits}


def test_every_artefact_speaks(recording: Path) -> None:
    found = diagnose(recording)
    assert [(one.rule, one.site.position) for one in found.findings] == [
        ("GW102", SEEN.position),
        ("GW101", BUILD.position),
        ("GW103", BUILD.position),
    ]
    assert found.warnings == ()
    assert found.module == "example.com"
    info = found.recording
    assert (info.name, info.target) == ("rec", "go run './cmd/my shop'")
    assert (info.go_version, info.gomaxprocs, info.exit_code) == ("go1.26.8", 2, 0)
    assert info.mem_profile_rate == 1
    assert "trace.out" in info.artefacts
    assert [one.site.position for one in found.capacities] == [SEEN.position, BUILD.position]
    (lengths,) = found.lengths
    assert (lengths.site.position, lengths.maps, lengths.made) == (SEEN.position, 64, 100)


def test_the_trace_is_told_and_matched_with_the_log(recording: Path) -> None:
    found = diagnose(recording)
    assert found.trace is not None
    assert found.trace.complete
    assert [one.number for one in found.gc_cycles] == [1, 2, 3, 4]
    assert [one.assist_cpu_ns for one in found.gc_cycles] == [
        1_000_000,
        2_000_000,
        3_000_000,
        4_000_000,
    ]
    assert [one.assist_ns for one in found.gc_cycles] == [4_000_000] * 4
    assert found.gc_cycles[0].triggered_by[-1].function == GROWING[-1].function
    assert {pause.kind for pause in found.pauses} == {"GC sweep termination"}
    assert found.assists is not None
    assert (found.assists.count, found.assists.map_growth_ns) == (32, 16_000_000)
    assert found.heap
    assert len(found.longest_assists) == 32


def test_the_edit_reserves_the_known_size(recording: Path, module: Path) -> None:
    finding = by_rule(diagnose(recording))["GW101"]
    assert finding.edit is not None
    assert finding.advice.expression == "len(items)"
    content = (module / FILE).read_bytes()
    after = apply_edits(content, [finding.edit])
    assert b"byID := make(map[string]*Item, len(items))\n" in after
    assert finding.excerpt is not None
    assert finding.excerpt.highlight == 9
    shown = finding.excerpt.lines[finding.excerpt.highlight - finding.excerpt.first_line]
    assert shown == "\tbyID := make(map[string]*Item)"


def test_the_diff_is_one_that_git_applies(recording: Path, module: Path, tmp_path: Path) -> None:
    found = by_rule(diagnose(recording))
    patch = tmp_path / "fix.patch"
    patch.write_text(found["GW101"].diff + found["GW102"].diff, encoding="utf-8")
    subprocess.run(["git", "apply", str(patch)], cwd=module, check=True)
    after = (module / FILE).read_text(encoding="utf-8")
    assert "make(map[string]*Item, len(items))" in after
    assert "make(map[string]bool, 20)" in after


def test_growth_that_paid_is_not_given_the_edit_a_second_time(recording: Path) -> None:
    finding = by_rule(diagnose(recording))["GW103"]
    assert finding.edit is None
    assert "GW101" in finding.advice.text
    assert any("cycles 1, 2, 3, 4" in sentence for sentence in finding.evidence)


def test_the_same_recording_gives_the_same_bytes(recording: Path) -> None:
    documents = []
    for _ in range(2):
        out = io.StringIO()
        render_json(diagnose(recording), out)
        documents.append(out.getvalue())
    assert documents[0] == documents[1]


@pytest.mark.parametrize(
    ("kind", "topic", "lost"),
    [
        (ArtefactKind.TRACE, "Mark assist and stop-the-world pauses", {"GW103"}),
        (ArtefactKind.HEAP_TEXT, "Map sizes and bytes", {"GW101"}),
        (
            ArtefactKind.LENGTHS,
            "Map lengths at sites with a hint or with deletes",
            {"GW102"},
        ),
        (ArtefactKind.GCTRACE, "CPU time of the GC", set()),
        (
            ArtefactKind.SITES,
            "Map sites, findings and edits",
            {"GW101", "GW102", "GW103"},
        ),
    ],
)
def test_a_missing_artefact_costs_what_it_would_have_told(
    tmp_path: Path,
    files: dict[ArtefactKind, bytes],
    kind: ArtefactKind,
    topic: str,
    lost: set[str],
) -> None:
    del files[kind]
    why = (NotRecorded(kind, "switched off"),)
    found = diagnose(write_recording(tmp_path / "rec", files, not_recorded=why))
    assert set(by_rule(found)) == {"GW101", "GW102", "GW103"} - lost
    (limit,) = [limit for limit in found.limits if limit.topic == topic]
    assert "switched off" in limit.reason


@pytest.mark.parametrize(
    "kind",
    [
        ArtefactKind.TRACE,
        ArtefactKind.HEAP_TEXT,
        ArtefactKind.GCTRACE,
        ArtefactKind.LENGTHS,
        ArtefactKind.SITES,
        ArtefactKind.COLLECTOR,
        ArtefactKind.BINARY,
    ],
)
def test_a_broken_artefact_is_a_warning_and_the_rest_is_diagnosed(
    tmp_path: Path, files: dict[ArtefactKind, bytes], kind: ArtefactKind
) -> None:
    files[kind] = b"<html>502 Bad Gateway</html>\n"
    found = diagnose(write_recording(tmp_path / "rec", files))
    assert any(kind.file_name in warning for warning in found.warnings)
    if kind is not ArtefactKind.SITES:
        assert found.findings


@pytest.mark.parametrize("kind", [ArtefactKind.TRACE, ArtefactKind.SITES, ArtefactKind.HEAP_TEXT])
def test_an_artefact_that_was_changed_is_not_used(recording: Path, kind: ArtefactKind) -> None:
    path = recording / kind.file_name
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    found = diagnose(recording)
    assert any("SHA-256" in warning and path.name in warning for warning in found.warnings)


def test_a_trace_that_was_cut_is_told_as_far_as_it_goes(
    tmp_path: Path, files: dict[ArtefactKind, bytes]
) -> None:
    files[ArtefactKind.TRACE] = files[ArtefactKind.TRACE][:-40]
    found = diagnose(write_recording(tmp_path / "rec", files))
    assert found.trace is None or not found.trace.complete
    assert any("trace" in warning for warning in found.warnings)
    assert {"GW101", "GW102"} <= set(by_rule(found))


def test_without_symbols_arrays_are_told_by_size_alone(
    tmp_path: Path, files: dict[ArtefactKind, bytes]
) -> None:
    del files[ArtefactKind.SYMBOLS]
    found = diagnose(write_recording(tmp_path / "rec", files))
    assert "Which allocations are map arrays" in topics(found)
    assert by_rule(found)["GW101"].confidence.value != "low"


def test_the_gc_log_alone_tells_the_cycles_and_the_heap(
    tmp_path: Path, files: dict[ArtefactKind, bytes]
) -> None:
    only = {ArtefactKind.GCTRACE: files[ArtefactKind.GCTRACE]}
    found = diagnose(write_recording(tmp_path / "rec", only))
    assert [one.number for one in found.gc_cycles] == [1, 2, 3, 4]
    first = found.gc_cycles[0]
    assert (first.start_ns, first.heap_live_bytes) == (15_000_000, 20 << 20)
    assert [point.heap_bytes >> 20 for point in found.heap[:3]] == [30, 33, 20]
    assert (found.trace, found.assists, found.pauses) == (None, None, ())


def test_a_live_process_has_a_past_that_its_heap_profile_counts(
    tmp_path: Path, files: dict[ArtefactKind, bytes]
) -> None:
    found = diagnose(write_recording(tmp_path / "rec", files, target=ENDPOINT))
    assert found.recording.target == "http://127.0.0.1:6060/debug/pprof"
    assert "When the bytes were allocated" in topics(found)


def test_a_changed_source_gets_no_edit(recording: Path, module: Path) -> None:
    (module / FILE).write_text(GO.replace("Filled below", "Changed"), encoding="utf-8")
    found = diagnose(recording)
    assert set(by_rule(found)) == {"GW101", "GW102", "GW103"}
    assert all(finding.edit is None and not finding.diff for finding in found.findings)
    assert all(finding.excerpt is None for finding in found.findings)
    assert f"{FILE} has changed since the recording: no excerpt and no edit for it" in (
        found.warnings
    )


def test_the_source_may_be_elsewhere(recording: Path, module: Path) -> None:
    moved = module.with_name("moved")
    module.rename(moved)
    assert by_rule(diagnose(recording))["GW101"].edit is None
    found = diagnose(recording, DiagnoseOptions(source=moved / "shop"))
    assert by_rule(found)["GW101"].edit is not None


def test_a_folder_that_is_another_module_is_refused(recording: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "go.mod").write_text("module other\n", encoding="utf-8")
    with pytest.raises(UsageError, match="none of the files of module example"):
        diagnose(recording, DiagnoseOptions(source=other))


def test_generated_files_get_no_edit(tmp_path: Path, files: dict[ArtefactKind, bytes]) -> None:
    data = files[ArtefactKind.SITES]
    files[ArtefactKind.SITES] = data.replace(b'"generated":false', b'"generated":true')
    found = diagnose(write_recording(tmp_path / "rec", files))
    assert by_rule(found)["GW101"].edit is None
    assert by_rule(found)["GW101"].excerpt is not None


def test_without_a_go_version_there_are_no_sizes(
    tmp_path: Path, files: dict[ArtefactKind, bytes]
) -> None:
    del files[ArtefactKind.COLLECTOR]
    found = diagnose(write_recording(tmp_path / "rec", files, go_version=None))
    assert found.findings == ()
    assert "Map sizes and findings" in topics(found)
    assert found.gc_cycles


def test_an_unknown_release_is_never_guessed(
    tmp_path: Path, files: dict[ArtefactKind, bytes]
) -> None:
    with pytest.raises(UnsupportedVersion, match="supported are"):
        diagnose(write_recording(tmp_path / "rec", files, go_version="go1.99.1"))


def test_a_binary_that_is_none_is_an_error_when_it_was_named(recording: Path, module: Path) -> None:
    with pytest.raises(FormatError, match=r"go\.mod"):
        diagnose(recording, DiagnoseOptions(binary=module / "go.mod"))
    with pytest.raises(UsageError, match="nowhere"):
        diagnose(recording, DiagnoseOptions(binary=module / "nowhere"))


def test_a_folder_that_is_no_recording(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no recording"):
        diagnose(tmp_path)


def test_a_recording_that_was_killed_is_read(recording: Path) -> None:
    (recording / "manifest.json").unlink()
    found = diagnose(recording)
    assert set(by_rule(found)) == {"GW101", "GW102", "GW103"}
    assert any("manifest.json is missing" in warning for warning in found.warnings)


class TestCommand:
    """`growwork diagnose`."""

    def test_findings_are_exit_status_1(self, recording: Path) -> None:
        out, err = io.StringIO(), io.StringIO()
        assert run(["diagnose", str(recording)], out, err) == 1
        assert "GW102" in out.getvalue()
        assert f"{FILE}:9" in out.getvalue()
        assert err.getvalue() == ""

    def test_no_findings_are_exit_status_0(
        self, tmp_path: Path, files: dict[ArtefactKind, bytes]
    ) -> None:
        only = {ArtefactKind.GCTRACE: files[ArtefactKind.GCTRACE]}
        folder = write_recording(tmp_path / "rec", only)
        out = io.StringIO()
        assert run(["diagnose", str(folder)], out, io.StringIO()) == 0
        assert "No findings" in out.getvalue()

    @pytest.mark.parametrize("form", ["json", "html", "text"])
    def test_the_result_goes_to_a_file(self, recording: Path, tmp_path: Path, form: str) -> None:
        target = tmp_path / f"out.{form}"
        out = io.StringIO()
        assert run(["diagnose", str(recording), "--format", form, "-o", str(target)], out) == 1
        assert out.getvalue() == ""
        assert "GW101" in target.read_text(encoding="utf-8")

    def test_several_recordings_are_text(self, recording: Path) -> None:
        out, err = io.StringIO(), io.StringIO()
        assert run(["diagnose", str(recording), str(recording)], out, err) == 1
        assert out.getvalue().count("go run './cmd/my shop'") == 2
        assert run(["diagnose", str(recording), str(recording), "--format", "json"], out, err) == 2
        assert "takes one recording" in err.getvalue()

    def test_bad_input_is_one_line_and_exit_status_2(self, tmp_path: Path) -> None:
        err = io.StringIO()
        assert run(["diagnose", str(tmp_path / "nowhere")], io.StringIO(), err) == 2
        assert len(err.getvalue().splitlines()) == 1
        assert "nowhere" in err.getvalue()

    def test_a_file_that_cannot_be_written(self, recording: Path, tmp_path: Path) -> None:
        err = io.StringIO()
        target = tmp_path / "no" / "such" / "folder"
        assert run(["diagnose", str(recording), "-o", str(target)], io.StringIO(), err) == 2
        assert str(target) in err.getvalue()


def test_facts_of_the_fixture_mean_the_source() -> None:
    known = facts(Path("/m"))
    for one in known.sites:
        assert GO[one.offset : one.end_offset].startswith("make(map[")
    assert GO[SEEN.hint_offset : SEEN.hint_end] == "5000"
