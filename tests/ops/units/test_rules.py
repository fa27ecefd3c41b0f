"""Who may do what: the rule in a real JavaScript engine, the old formats by their grammar."""

from __future__ import annotations

import configparser
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from lib.ops.units.site import Site, SiteError, pkla, rules, sudoers, systemctl

UNITS = "org.freedesktop.systemd1.manage-units"
OFF = "org.freedesktop.login1.power-off"
Case = tuple[str, str, str, str]

ALLOWED: list[Case] = [
    *(
        ("artist", UNITS, unit, verb)
        for verb in ("start", "stop", "restart")
        for unit in (
            "afterimage.target",
            "afterimage-primary.service",
            "afterimage-worker@0.service",
            "afterimage-worker@15.service",
            "afterimage-view@1.service",
        )
    ),
    ("artist", OFF, "", ""),
    ("artist", OFF + "-multiple-sessions", "", ""),
    ("artist", OFF + "-ignore-inhibit", "", ""),
]
REFUSED: list[Case] = [
    ("visitor", UNITS, "afterimage.target", "restart"),
    ("artists", UNITS, "afterimage.target", "restart"),
    ("", UNITS, "afterimage.target", "restart"),
    ("visitor", OFF, "", ""),
    ("artist", UNITS, "ssh.service", "stop"),
    ("artist", UNITS, "debug-shell.service", "start"),
    ("artist", UNITS, "afterimage-primary.service.service", "start"),
    ("artist", UNITS, "not-afterimage.target", "start"),
    ("artist", UNITS, "afterimage.target\nssh.service", "start"),
    ("artist", UNITS, "afterimage-worker@.service", "start"),
    ("artist", UNITS, "afterimage-worker@0-ssh.service", "start"),
    ("artist", UNITS, "afterimage-primaryxservice", "start"),
    ("artist", UNITS, "", "start"),
    ("artist", UNITS, "afterimage-primary.service", "kill"),
    ("artist", UNITS, "afterimage-primary.service", "set-property"),
    ("artist", UNITS, "afterimage-primary.service", ""),
    ("artist", "org.freedesktop.systemd1.manage-unit-files", "afterimage.target", "start"),
    ("artist", "org.freedesktop.systemd1.reload-daemon", "", ""),
    ("artist", "org.freedesktop.login1.reboot", "", ""),
    ("artist", "org.freedesktop.login1.halt", "", ""),
    ("artist", "org.freedesktop.policykit.exec", "", ""),
]
# As polkit hands it over: what an action does not say of itself is undefined.
JUDGE = """
var taken = [];
var polkit = {Result: {YES: "yes", NO: "no", NOT_HANDLED: "not handled"},
              addRule: function (rule) { taken.push(rule); }};
%s
var said = %s.map(function (one) {
    var facts = {unit: one[2] || undefined, verb: one[3] || undefined};
    return taken.map(function (rule) {
        return rule({id: one[1], lookup: function (key) { return facts[key]; }},
                    {user: one[0], active: false, local: false});
    });
});
"""


def judged(cases: list[Case]) -> list[list[str]]:
    program = JUDGE % (rules(Site("artist")), json.dumps(cases))
    node = shutil.which("node")
    if node:
        done = subprocess.run(
            [node, "-e", program + "console.log(JSON.stringify(said))"],
            capture_output=True,
            text=True,
            check=True,
            timeout=20,
        )
        answer: list[list[str]] = json.loads(done.stdout)
        return answer
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if not browser:
        pytest.skip("neither node nor a browser is here to run the rule in")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play, play.chromium.launch(executable_path=browser) as one:
        page = one.new_page()
        found: list[list[str]] = page.evaluate(f"() => {{{program}; return said;}}")
        return found


def test_the_shows_user_may_do_this_and_nobody_else_anything() -> None:
    assert judged(ALLOWED) == [["yes"]] * len(ALLOWED)
    assert judged(REFUSED) == [["not handled"]] * len(REFUSED)


def test_the_old_file_switches_off_and_no_more() -> None:
    parsed = configparser.RawConfigParser(strict=True)
    parsed.optionxform = str  # type: ignore[assignment,method-assign] # keys have capitals
    parsed.read_string(pkla(Site("artist")))
    (section,) = parsed.sections()
    said = dict(parsed[section])
    assert said.keys() == {"Identity", "Action", "ResultAny", "ResultInactive", "ResultActive"}
    assert said["Identity"] == "unix-user:artist"
    assert set(said["Action"].split(";")) == {case[1] for case in ALLOWED if case[1] != UNITS}
    assert {said[f"Result{when}"] for when in ("Any", "Inactive", "Active")} == {"yes"}


def test_sudo_lets_through_whole_commands_only(tmp_path: Path) -> None:
    text = sudoers(Site("artist"))
    alias, rule = re.sub(r"\\\n", "", text.split("\n", 1)[1]).strip().split("\n")
    assert rule == "artist ALL=(root) NOPASSWD: AFTERIMAGE"
    commands = {one.strip() for one in alias.split("=", 1)[1].split(",")}
    assert not any(set(one) & set("*?[]!") for one in commands), "sudo's * takes any further words"
    for _, action, unit, verb in ALLOWED:
        if action == UNITS:
            assert f"/usr/bin/systemctl {verb} {unit}" in commands
            assert (
                " ".join(systemctl(verb, unit, 105)) == f"sudo -n /usr/bin/systemctl {verb} {unit}"
            )
    for user, action, unit, verb in REFUSED:
        if user == "artist" and action == UNITS:
            assert f"/usr/bin/systemctl {verb} {unit}" not in commands
    visudo = shutil.which("visudo", path="/usr/sbin:/sbin:/usr/bin")
    if visudo:
        (tmp_path / "afterimage").write_text(text, "utf-8")
        done = subprocess.run([visudo, "-csf", str(tmp_path / "afterimage")], check=False)
        assert done.returncode == 0


@pytest.mark.parametrize(
    "user", ["root", "", "a b", 'x"; evil', "artist\n%sudo ALL", "%sudo", "1st", "ALL=", "#0"]
)
def test_no_other_word_gets_into_a_rule(user: str) -> None:
    with pytest.raises(SiteError):
        Site(user)
