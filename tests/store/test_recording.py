from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from growwork.core.errors import FormatError, UnsupportedVersion, UsageError
from growwork.store import ArtefactKind, NotRecorded, Recording, RecordingWriter, Target
from growwork.store.artefacts import kind_of_file
from growwork.store.manifest import encode_manifest, parse_manifest, schema_path

TARGET = Target("go run", ("go", "run", "./cmd/shop"), "/src/shop")


def start(folder: Path) -> RecordingWriter:
    return RecordingWriter.create(
        folder,
        target=TARGET,
        started="2026-03-01T12:00:00.000Z",
        go_version=None,
        collection="collector",
    )


def finish(writer: RecordingWriter) -> None:
    writer.finish(
        duration_ns=5_000_000_000,
        target=Target("go run", TARGET.command, TARGET.directory, exit_code=0),
        go_version="go1.26.8",
        not_recorded=[NotRecorded(ArtefactKind.TRACE, "switched off")],
        warnings=["collector: metrics: no space left on device"],
    )


def complete(folder: Path) -> Recording:
    writer = start(folder)
    writer.add(ArtefactKind.GCTRACE, b"gc 1 @0.001s\n")
    writer.add(ArtefactKind.HEAP_TEXT, b"")
    (folder / "cpu.002.pprof").write_bytes(b"second")
    (folder / "cpu.001.pprof").write_bytes(b"first")
    (folder / "notes.txt").write_bytes(b"not an artefact")
    finish(writer)
    return Recording.open(folder)


def test_what_was_written_is_read(tmp_path: Path) -> None:
    recording = complete(tmp_path / "REC")
    assert recording.manifest.complete
    assert recording.manifest.target.exit_code == 0
    assert recording.warnings == ("collector: metrics: no space left on device",)
    assert recording.bytes(ArtefactKind.GCTRACE) == b"gc 1 @0.001s\n"
    assert recording.path(ArtefactKind.TRACE) is None
    assert recording.why_missing(ArtefactKind.TRACE) == "switched off"
    assert not recording.has(ArtefactKind.BINARY)


def test_the_segments_of_the_cpu_profile_come_in_order(tmp_path: Path) -> None:
    paths = complete(tmp_path / "REC").paths(ArtefactKind.CPU)
    assert [path.read_bytes() for path in paths] == [b"first", b"second"]


def test_a_mapping_is_the_content_and_an_empty_file_has_one_too(tmp_path: Path) -> None:
    recording = complete(tmp_path / "REC")
    mapped = recording.mmap(ArtefactKind.GCTRACE)
    assert mapped is not None
    assert bytes(mapped) == b"gc 1 @0.001s\n"
    assert recording.mmap(ArtefactKind.HEAP_TEXT) == b""
    assert recording.mmap(ArtefactKind.SITES) is None


@pytest.mark.parametrize("changed", [b"gc 2 @0.001s\n", b"gc 1", b"gc 1 @0.001s\n\n"])
def test_a_changed_artefact_is_refused_by_name(tmp_path: Path, changed: bytes) -> None:
    folder = tmp_path / "REC"
    complete(folder)
    (folder / "gctrace.txt").write_bytes(changed)
    with pytest.raises(FormatError, match=r"REC/gctrace\.txt: .*never changed"):
        Recording.open(folder).bytes(ArtefactKind.GCTRACE)


def test_a_missing_artefact_is_refused_by_name(tmp_path: Path) -> None:
    folder = tmp_path / "REC"
    complete(folder)
    (folder / "cpu.002.pprof").unlink()
    recording = Recording.open(folder)
    with pytest.raises(FormatError, match=r"cpu\.002\.pprof.*gone"):
        recording.paths(ArtefactKind.CPU)
    assert recording.bytes(ArtefactKind.GCTRACE)  # the others are still readable


def test_a_recording_that_was_cut_short_is_readable_and_says_so(tmp_path: Path) -> None:
    folder = tmp_path / "REC"
    start(folder).add(ArtefactKind.GCTRACE, b"gc 1\n")
    (folder / "heap.pprof.tmp").write_bytes(b"half")
    recording = Recording.open(folder)
    assert not recording.manifest.complete
    assert recording.bytes(ArtefactKind.GCTRACE) == b"gc 1\n"
    assert not recording.has(ArtefactKind.HEAP)
    assert any("cut short" in warning for warning in recording.warnings)


def test_artefacts_without_a_manifest_are_readable(tmp_path: Path) -> None:
    (tmp_path / "trace.out").write_bytes(b"go 1.26 trace\0\0\0")
    recording = Recording.open(tmp_path)
    assert recording.bytes(ArtefactKind.TRACE) == b"go 1.26 trace\0\0\0"
    assert any("manifest.json is missing" in warning for warning in recording.warnings)


@pytest.mark.parametrize("present", [True, False])
def test_a_folder_without_a_recording_is_refused(tmp_path: Path, present: bool) -> None:
    folder = tmp_path / "other"
    if present:
        folder.mkdir()
        (folder / "readme").write_text("hello")
    with pytest.raises(UsageError, match="growwork record"):
        Recording.open(folder)


def test_a_recording_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("data")
    with pytest.raises(UsageError, match="is not empty"):
        start(tmp_path)


def test_a_folder_that_cannot_be_made_is_a_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot make the recording folder"):
        start(tmp_path / "file" / "REC")


def test_the_manifest_fits_its_schema(tmp_path: Path) -> None:
    folder = tmp_path / "REC"
    schema = json.loads(schema_path().read_text())
    writer = start(folder)
    checker = jsonschema.Draft202012Validator(schema)
    checker.validate(json.loads((folder / "manifest.json").read_text()))
    finish(writer)
    checker.validate(json.loads((folder / "manifest.json").read_text()))
    kinds = set(schema["$defs"]["kind"]["enum"])
    assert kinds == {kind.value for kind in ArtefactKind}


def test_the_manifest_survives_a_round_trip(tmp_path: Path) -> None:
    manifest = complete(tmp_path / "REC").manifest
    assert parse_manifest(encode_manifest(manifest), "manifest.json") == manifest


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\xff", "not UTF-8"),
        (b"{", "not JSON: .*"),
        (b"[]", "expected a JSON object"),
        (b"{}", "member schema: expected a string, found nothing"),
    ],
)
def test_a_broken_manifest_is_a_clear_line(tmp_path: Path, data: bytes, message: str) -> None:
    (tmp_path / "manifest.json").write_bytes(data)
    with pytest.raises(FormatError, match=f"manifest.json.*{message}"):
        Recording.open(tmp_path)


def test_another_schema_is_refused(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"schema": "growwork/recording/2"}')
    with pytest.raises(UnsupportedVersion, match="growwork/recording/1"):
        Recording.open(tmp_path)


@pytest.mark.parametrize("name", ["../../etc/passwd", "..", "", "a/b", "a\\b"])
def test_an_artefact_outside_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "REC"
    complete(folder)
    path = folder / "manifest.json"
    document = json.loads(path.read_text())
    document["artefacts"][0]["name"] = name
    path.write_text(json.dumps(document))
    with pytest.raises(FormatError, match="not a file name"):
        Recording.open(folder)


def test_every_kind_is_found_by_its_file_name() -> None:
    for kind in ArtefactKind:
        assert kind_of_file(kind.file_name) is kind
    assert kind_of_file("cpu.1234.pprof") is ArtefactKind.CPU
    assert kind_of_file("cpu.001.pprof.tmp") is None
