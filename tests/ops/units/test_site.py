"""What is written where: twice is once, and it all goes again."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lib.ops.units.__main__ import main
from lib.ops.units.site import PKLA, RULES, SUDOERS, UNIT_DIR, Site, SiteError, enabled, ever, files


def there(folder: Path) -> set[str]:
    return {"/" + str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("polkit", [105, 122])
def test_written_once_kept_the_second_time_and_removed(
    polkit: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flags = ["--user=artist", "--root=/home/artist/show", f"--into={tmp_path}"]
    assert main([*flags, f"--polkit={polkit}", "--dry-run"]) == 0
    assert there(tmp_path) == set()
    assert main([*flags, f"--polkit={polkit}"]) == 0
    first = capsys.readouterr().out
    assert there(tmp_path) == set(files(Site("artist", "/home/artist/show", polkit)))
    assert all(line.startswith("write ") for line in first.splitlines())
    assert main([*flags, f"--polkit={polkit}"]) == 0
    assert all(line.startswith("keep ") for line in capsys.readouterr().out.splitlines())
    own = tmp_path / UNIT_DIR.lstrip("/") / "afterimage-primary.service.d" / "99-own.conf"
    own.write_text("[Service]\nNice=5\n", "utf-8")
    assert main(["--remove", f"--into={tmp_path}", "--dry-run"]) == 0
    assert len(there(tmp_path)) > 1
    assert main(["--remove", f"--into={tmp_path}"]) == 0
    assert there(tmp_path) == {"/" + str(own.relative_to(tmp_path))}, "what is not ours stays"
    capsys.readouterr()
    assert main(["--remove", f"--into={tmp_path}"]) == 0
    assert capsys.readouterr().out == "nothing of it is there\n"


def test_only_what_differs_is_written_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flags = [f"--into={tmp_path}", "--polkit=105"]
    main([*flags, "--user=artist"])
    os.chmod(tmp_path / SUDOERS.lstrip("/"), 0o644)  # noqa: PTH101 - as somebody's mistake would
    capsys.readouterr()
    main([*flags, "--user=artist"])
    written = [line for line in capsys.readouterr().out.splitlines() if line.startswith("write")]
    assert written == [f"write {tmp_path}{SUDOERS}"]
    assert (tmp_path / SUDOERS.lstrip("/")).stat().st_mode & 0o777 == 0o440
    main([*flags, "--user=curator"])
    assert "curator" in (tmp_path / PKLA.lstrip("/")).read_text("utf-8")


def test_old_and_new_polkit_get_what_they_understand() -> None:
    assert RULES in files(Site(polkit=106)) and SUDOERS not in files(Site(polkit=106))
    assert {PKLA, SUDOERS} <= files(Site(polkit=105)).keys() and RULES not in files(
        Site(polkit=105)
    )
    assert {RULES, PKLA, SUDOERS} <= set(ever())


@pytest.mark.parametrize("root", ["show", "", "/a\nUser=root", "/a\x7f"])
def test_a_path_that_no_unit_can_name_is_refused(
    root: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SiteError):
        Site(root=root)
    assert main([f"--root={root}", f"--into={tmp_path}"]) == 1
    assert "no absolute path" in capsys.readouterr().err
    assert there(tmp_path) == set()


def test_what_starts_at_boot() -> None:
    assert enabled(True, [], [1]) == [
        "afterimage.target",
        "afterimage-primary.service",
        "afterimage-view@1.service",
    ]
    assert enabled(False, [0, 1], []) == [
        "afterimage.target",
        "afterimage-worker@0.service",
        "afterimage-worker@1.service",
    ]


def test_the_serial_port_of_a_board_is_given_to_the_show_and_to_nobody_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / ".env").write_text('BOARD="cyton /dev/ttyUSB0"\n', "utf-8")
    into = tmp_path / "root"
    assert main(["--user=artist", f"--root={tree}", f"--into={into}", "--polkit=122"]) == 0
    capsys.readouterr()
    with_port = [
        path.parent.name
        for path in into.rglob("10-site.conf")
        if "DeviceAllow=/dev/ttyUSB0 rw\nSupplementaryGroups=dialout\n" in path.read_text("utf-8")
    ]
    assert with_port == ["afterimage-primary.service.d"]


@pytest.mark.parametrize(
    "port", ["/dev/sda", "/dev/tty", "/dev/ttyUSB0 rw", "/dev/tty/../sda", "x"]
)
def test_what_is_no_serial_port_gets_into_no_unit(port: str) -> None:
    with pytest.raises(SiteError, match="no serial port"):
        Site(serial=port)
