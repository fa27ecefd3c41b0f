"""update-env.sh against stand-ins."""

from __future__ import annotations

from tests.automation.conftest import Machines

MINE = """# of the primary host
PRIMARY_HOSTNAME=wall.local
CONTROL_TOKEN=secret-token
OPENAI_API_KEY=secret-openai
GOOGLE_CREDENTIALS=/root/secret-google.json
TRANSLATION_KEY=secret-translation
WORKER_MACHINES="show@gpu1 show@gpu2"
WORKER_ID=the-primary
DEVICE=cuda:3
KEYS=/root/keys of the primary
MODEL='/films & models/it is "mine"'
QUALITY=80
"""


def test_workers_get_what_they_know_and_keep_what_is_theirs(machines: Machines) -> None:
    machines.env_file.write_text(MINE)
    host = machines.add("gpu1")
    theirs = host / "tree" / ".env"
    theirs.write_text("# mine\nWORKER_ID=gpu one\nexport QUALITY = 70 # low\nHF_TOKEN=own\n")
    theirs.chmod(0o600)
    done = machines.run("update-env.sh")
    assert done.returncode == 0, done.stdout + done.stderr
    assert theirs.read_text().splitlines() == [
        "# mine",
        "WORKER_ID=gpu one",
        "QUALITY=80",
        "HF_TOKEN=own",
        "PRIMARY_HOSTNAME=wall.local",
        "MODEL='/films & models/it is \"mine\"'",
    ]
    assert theirs.stat().st_mode & 0o777 == 0o600
    assert "QUALITY = 70" in (host / "tree" / ".env.before").read_text()
    assert "changed MODEL, PRIMARY_HOSTNAME, QUALITY" in done.stdout
    again = machines.run("update-env.sh")
    assert "is up to date" in again.stdout
    log = (machines.folder / "fleet.log").read_text()
    for said in (done.stdout, done.stderr, log, machines.record.read_text()):
        assert "secret" not in said


def test_only_looking_changes_nothing(machines: Machines) -> None:
    machines.env_file.write_text(MINE)
    host = machines.add("gpu1")
    done = machines.run("update-env.sh", "--dry-run")
    assert "show@gpu1: would change" in done.stdout
    assert not (host / "tree" / ".env").exists()


def test_one_that_is_off_does_not_keep_the_others_from_it(machines: Machines) -> None:
    machines.env_file.write_text("QUALITY=77\n")
    (machines.add("gpu1") / "dead").touch()
    host = machines.add("gpu2")
    done = machines.run("update-env.sh")
    assert done.returncode == 1
    assert (host / "tree" / ".env").read_text() == "QUALITY=77\n"
    assert "show@gpu1: does not answer" in done.stdout


def test_a_mistake_is_told_here_before_it_stops_anybody(machines: Machines) -> None:
    machines.add("gpu1")
    machines.env_file.write_text("QUALITY=7\n")
    done = machines.run("update-env.sh")
    assert done.returncode == 2 and "quality must be greater than or equal to 30" in done.stderr
    machines.env_file.write_text("LORA='a\\'$b'\n")
    done = machines.run("update-env.sh")
    assert done.returncode == 2 and "LORA has quotes and backslashes" in done.stderr
    assert not machines.asked("ssh")


def test_localhost_is_no_name_for_others(machines: Machines) -> None:
    machines.env_file.write_text("PRIMARY_HOSTNAME=localhost\nENGINE=painter\n")
    host = machines.add("gpu1")
    (host / "tree" / ".env").write_text("PRIMARY_HOSTNAME=wall\n")
    machines.run("update-env.sh")
    assert (host / "tree" / ".env").read_text() == "PRIMARY_HOSTNAME=wall\nENGINE=painter\n"
