from __future__ import annotations

import pytest

from growwork.capture.gocommand import is_go_command, parse_go_command
from growwork.core.errors import UsageError


def words(text: str) -> list[str]:
    return text.split()


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("go run ./cmd/shop", True),
        ("/usr/local/go/bin/go test ./...", True),
        ("go build", True),
        ("go vet ./...", False),
        ("./shop run", False),
        ("go", False),
    ],
)
def test_go_commands_are_told_from_binaries(command: str, expected: bool) -> None:
    assert is_go_command(words(command)) is expected


def test_the_program_gets_everything_behind_its_package() -> None:
    parsed = parse_go_command(words("go run -race -tags a,b ./cmd/shop -addr :80 -race x"))
    assert parsed.packages == ("./cmd/shop",)
    assert parsed.flags == (("race", None), ("tags", "a,b"))
    assert parsed.rest == ("-addr", ":80", "-race", "x")


def test_a_program_can_be_a_list_of_files() -> None:
    parsed = parse_go_command(words("go run main.go flags.go other.txt more.go"))
    assert parsed.files
    assert parsed.packages == ("main.go", "flags.go")
    assert parsed.rest == ("other.txt", "more.go")


def test_test_flags_may_stand_on_either_side_of_the_packages() -> None:
    parsed = parse_go_command(words("go test -run TestA ./store -bench . -benchmem -count=3"))
    assert parsed.packages == ("./store",)
    assert parsed.value("bench") == "."
    assert parsed.value("count") == "3"
    assert parsed.has("benchmem")
    assert parsed.rest == ()


@pytest.mark.parametrize(
    ("line", "rest"),
    [
        ("go test ./store -args -v x", ("-args", "-v", "x")),
        ("go test ./store -golden update", ("-golden", "update")),
    ],
)
def test_what_is_for_the_test_binary_stays_in_its_place(line: str, rest: tuple[str, ...]) -> None:
    parsed = parse_go_command(words(line))
    assert parsed.packages == ("./store",)
    assert parsed.rest == rest


def test_flags_keep_their_form_and_order() -> None:
    parsed = parse_go_command(["go", "build", "-ldflags", "-X a=b c", "--trimpath", "-o=out", "."])
    assert parsed.flag_words() == ["-ldflags=-X a=b c", "-trimpath", "-o=out"]
    assert parsed.without("o").flag_words() == ["-ldflags=-X a=b c", "-trimpath"]
    assert parsed.value("o") == "out"


def test_a_flag_that_is_switched_off_is_not_set() -> None:
    parsed = parse_go_command(words("go build -race=false -buildvcs=false ."))
    assert not parsed.has("race")
    assert parsed.listing_words() == ["-race=false", "-buildvcs=false"]


def test_only_flags_that_choose_files_go_to_the_listing() -> None:
    parsed = parse_go_command(words("go test -tags x -mod=mod -v -run A ./a"))
    assert parsed.listing_words() == ["-tags=x", "-mod=mod"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("go run", "names no package"),
        ("go run example.com/tool@latest", "module cache"),
        ("go test -exec ./wrap ./a", "-exec"),
        ("go build -tags", "needs a value"),
    ],
)
def test_what_cannot_be_recorded_is_refused(line: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        parse_go_command(words(line))
