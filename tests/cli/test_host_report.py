"""`host check`: the host's own check, its reports, and whoever is told, as a timer runs it."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from urllib.parse import urlsplit

import pytest

from runner_scope_doctor.model.server import Engine
from support.command import ROOT, Ended, doctor
from support.connection import FreshDatabase
from support.deploy_host import INSTANCE, DeployHost, deploy_host, one_login
from support.exposition import samples
from support.forgejo_api import refused
from support.issue_server import ISSUES, SEARCH, IssueServer
from support.limited_host import KEPT
from support.loopback import Behaviour, Loopback, Received, Reply, loopback
from support.world import World, users_case

TOKEN = "0123456789abcdef0123456789abcdef01234567"
WELL, ILL = "/ping/secret-5ad0b8c1", "/ping/secret-5ad0b8c1/fail"


@dataclass(slots=True, kw_only=True)
class Place:
    """A sick server, its host, and the one loopback server that is both its API and the service that is pinged."""

    world: World
    host: DeployHost
    issues: IssueServer
    running: Loopback
    ping: Behaviour = field(default_factory=Reply)
    on_failure_ping: Callable[[], Behaviour] | None = None

    def checked(self) -> Ended:
        """What the timer runs, in whose output no secret may be."""
        ended = self.host.doctor("host", "check")
        assert TOKEN not in ended.out + ended.err
        assert "secret-" not in ended.out + ended.err
        return ended

    def cure(self) -> None:
        """Somebody sets the row right."""
        self.world.execute("UPDATE action_runner SET owner_id = 0 WHERE id = 5")

    def pings(self) -> list[str]:
        """The addresses that were pinged, in order."""
        return [one.path for one in self.running.received if one.path.startswith("/ping/")]

    def write(self, name: str, text: str) -> Path:
        """A private file of the host."""
        file = self.host.folder / name
        file.write_text(text)
        file.chmod(0o600)
        return file

    def configure(self, more: str) -> None:
        """Adds lines to host.yml."""
        file = self.host.configuration
        file.write_text(file.read_text() + more)

    def with_ping(self, failure: str | None = ILL) -> None:
        """Pings are wanted, of failures too unless that is None."""
        well = self.write("ping.url", self.running.url + WELL)
        keys = f"url_file: {well}"
        if failure is not None:
            keys += f", failure_url_file: {self.write('ill.url', self.running.url + failure)}"
        self.configure(f"ping: {{{keys}}}\n")

    def with_issues(self) -> None:
        """A living issue is wanted."""
        self.configure(f"issues: {{repository: ops/forgejo, token_file: {self.write('issues.token', TOKEN)}}}\n")


@pytest.fixture
def place(sqlite_database: FreshDatabase, private: Path) -> Iterator[Place]:
    """The user's sick runner on a Forgejo 15, and a host that is told of nobody."""
    world = World.create(sqlite_database.connection, Engine.SQLITE, 15)
    users_case(world)
    issues = IssueServer()
    found: list[Place] = []

    def answer(request: Received) -> Behaviour:
        if request.path == ILL and found[0].on_failure_ping is not None:
            return found[0].on_failure_ping()
        return found[0].ping if urlsplit(request.path).path.startswith("/ping/") else issues.answer(request)

    with loopback(answer) as running:
        host = deploy_host(private, one_login(sqlite_database.address), contract=KEPT)
        host.configuration.write_text(host.configuration.read_text().replace(INSTANCE, f"{running.url}/"))
        found.append(Place(world=world, host=host, issues=issues, running=running))
        yield found[0]


def test_off_until_configured(place: Place) -> None:
    """Without keys it is a check by host.yml: it ends with 10, prints the report, and asks nobody anything."""
    ended = place.checked()
    assert (ended.code, ended.err) == (10, "")
    assert ended.last_line.startswith("UNHEALTHY: RSD001 ")
    assert place.running.received == []
    place.cure()
    assert (place.checked().code, place.running.received) == (0, [])


def test_it_is_the_check_of_the_same_server(place: Place) -> None:
    """The report is the one that `check` prints for the same database, contract and journal."""
    url = f"sqlite:///{place.host.folder.parent / 'forgejo.db'}"
    place.checked()  # makes the state directory, as every command of the host does
    plain = place.host.doctor(
        "check", "--contract", place.host.folder / "runner-scope.yml", "--instance", f"{place.running.url}/",
        "--journal", place.host.state / "journal.jsonl", environment={"RSD_DATABASE_URL": url},
    )  # fmt: skip

    def timeless(text: str) -> str:
        return re.sub(r"looked at \S+|\d+ s before", "then", text)

    assert timeless(plain.out) == timeless(place.checked().out)


def test_reports_are_written_where_host_yml_says(place: Place) -> None:
    """Every format it names, whatever the outcome, beside the text that is printed."""
    folder = place.host.folder
    place.configure(
        f"reports: {{prometheus: {folder}/scope.prom, json: {folder}/scope.json, nagios: {folder}/scope.txt, "
        f"html: {folder}/scope.html}}\n"
    )
    assert place.checked().code == 10
    assert json.loads((folder / "scope.json").read_text())["verdict"] == "unhealthy"
    assert (folder / "scope.txt").read_text().startswith("RUNNER SCOPE CRITICAL")
    drawn = (folder / "scope.html").read_text()
    assert '<b class="mark">UNHEALTHY</b>' in drawn
    picture = drawn[drawn.index('<section id="picture"') : drawn.index('<section id="findings"')]
    assert "rs2000-deploy-host" in picture
    place.cure()
    assert place.checked().code == 0
    verdicts = {
        sample.labels["verdict"]: sample.value
        for sample in samples((folder / "scope.prom").read_text())
        if sample.name == "runner_scope_doctor_verdict"
    }
    assert verdicts["healthy"] == 1


def test_another_account_can_read_what_the_timer_writes(place: Place) -> None:
    """Under the last umask that the timer's unit sets, which is the one that counts: the node exporter is another account."""
    units = ROOT / "scripts" / "host" / "units"
    hardening = (units / "hardening.conf").read_text(encoding="utf-8")
    unit = (units / "runner-scope-doctor-check.service").read_text(encoding="utf-8").replace("@HARDENING@", hardening)
    umask = re.findall(r"^UMask=([0-7]{4})$", unit, re.MULTILINE)[-1]
    report = place.host.folder / "scope.prom"
    place.configure(f"reports: {{prometheus: {report}}}\n")
    begun = ("sh", "-c", f'umask {umask}; exec "$@"', "sh")
    assert doctor("host", "check", environment={"RSD_HOST": str(place.host.configuration)}, prefix=begun).code == 10
    assert report.stat().st_mode & 0o777 == 0o644


def test_a_contract_that_cannot_be_used_is_told_in_every_way(place: Place) -> None:
    """The check judged nothing: 3, a report that says up 0, the address of failure, and no word in an issue."""
    place.with_ping()
    place.with_issues()
    place.configure(f"reports: {{prometheus: {place.host.folder}/scope.prom}}\n")
    (place.host.folder / "runner-scope.yml").write_text("version: 1\nrunnrs: []\n")
    ended = place.checked()
    assert ended.code == 3
    assert "runner_scope_doctor_up" in (place.host.folder / "scope.prom").read_text()
    assert (place.pings(), place.issues.written) == ([ILL], [])


@pytest.mark.parametrize(
    "target",
    [
        "host.yml",
        "runner-scope.yml",
        "state/journal.jsonl",
        "../forgejo.db",
        "check.url",
        "ping.url",
        "issues.token",
        "allowed_signers",
    ],
)
def test_no_report_takes_the_place_of_a_file_that_is_read(place: Place, target: str) -> None:
    """3, and that file is as it was."""
    place.with_ping()
    place.with_issues()
    file = place.host.folder / target
    place.configure(f"reports: {{json: {file.resolve()}}}\n")
    before = file.read_bytes() if file.exists() else None
    ended = place.checked()
    assert ended.code == 3
    assert "would overwrite" in ended.err
    assert (file.read_bytes() if file.exists() else None) == before


def test_success_is_pinged_for_healthy_alone(place: Place) -> None:
    """Unhealthy and inconclusive go to the address of failure, and the address of success hears of neither."""
    place.with_ping()
    assert place.checked().code == 10
    place.cure()
    assert place.checked().code == 0
    place.world.execute("ALTER TABLE action_runner RENAME TO gone")
    assert place.checked().code == 4
    assert place.pings() == [ILL, WELL, ILL]


def test_without_an_address_of_failure_silence_is_the_alarm(place: Place) -> None:
    """Nothing is asked when the check is not healthy: the service misses it."""
    place.with_ping(failure=None)
    assert place.checked().code == 10
    assert place.pings() == []


@pytest.mark.parametrize("trouble", [Reply(status=404), Reply(status=302)], ids=["404", "302"])
def test_a_ping_that_fails_changes_nothing_and_is_said(place: Place, trouble: Behaviour) -> None:
    """Exit code, report and last line of standard output are the check's; one line on standard error says what to do."""
    place.with_ping()
    place.cure()
    place.ping = trouble
    ended = place.checked()
    assert ended.code == 0
    assert ended.last_line.startswith("HEALTHY: ")
    (line,) = ended.err.splitlines()
    assert line.startswith("NOT PINGED: ")
    assert " Next: " in line


@pytest.mark.parametrize("mode", [0o644, 0o666])
def test_an_address_that_others_can_read_is_not_asked(place: Place, mode: int) -> None:
    """Whoever has the address can say that all is well, so a loose file is a line and no ping."""
    place.with_ping()
    (place.host.folder / "ill.url").chmod(mode)
    ended = place.checked()
    assert (ended.code, place.pings()) == (10, [])
    assert ended.err.startswith("NOT PINGED: ")


def test_one_living_issue_from_the_first_failure_to_the_end(place: Place) -> None:
    """Opened, kept in step, closed: three checks, one issue, and the exit codes are the check's."""
    place.with_issues()
    first = place.checked()
    assert (first.code, first.err) == (10, "issue 12: opened (RSD001 combined-scope, runner 5)\n")
    assert (place.checked().code, len(place.issues.issues)) == (10, 1)
    place.cure()
    last = place.checked()
    assert last.code == 0
    assert "issue 12: closed, no longer found (RSD001, runner 5)\n" in last.err
    assert place.issues.open_ones() == []
    tokens = {one.headers.get("authorization") for one in place.running.received}
    assert tokens == {f"token {TOKEN}"}


def test_the_receipt_of_a_real_repair_closes_it(place: Place) -> None:
    """Plan, approval and repair as on any host: the issue is closed with the digest of the receipt in the journal."""
    place.with_issues()
    assert place.checked().code == 10
    digest = place.host.planned()
    applied = place.host.doctor("apply", digest, "--signature", place.host.signed(digest))
    assert applied.code == 0, applied.out + applied.err
    assert place.checked().code == 0
    (issue,) = place.issues.issues.values()
    done = json.loads((place.host.state / "journal.jsonl").read_text().splitlines()[-1])["event"]
    assert issue["state"] == "closed"
    assert f"by the plan `{digest}`; its receipt has the digest `{done['receipt']}`" in str(issue["body"])


@pytest.mark.parametrize("status", [401, 403, 404, 410, 422, 429, 500])
def test_no_trouble_of_the_api_changes_the_verdict(place: Place, status: int) -> None:
    """A server that refuses is a line on standard error; code and last line are those of the check, sick or healthy."""
    place.with_issues()
    behave = Reply(
        status=status, body=refused("no"), headers={"Content-Type": "application/json", "Retry-After": "9999"}
    )
    place.issues.instead["POST", ISSUES] = lambda request: behave
    sick = place.checked()
    assert (sick.code, sick.last_line.partition(":")[0]) == (10, "UNHEALTHY")
    assert sick.err.startswith("NOT REPORTED: ")
    assert sick.err.count("\n") == 1
    place.cure()
    if status != 500:  # tried again for seconds, which test_living_issue does on a clock of its own
        place.issues.instead["GET", SEARCH] = lambda request: behave
        well = place.checked()
        assert (well.code, well.last_line.partition(":")[0]) == (0, "HEALTHY")
        assert well.err.startswith("NOT REPORTED: ")


def test_a_damaged_journal_closes_nothing_and_opens_what_is_found(place: Place) -> None:
    """A journal that cannot be believed is a gap: what is seen is told all the same, and nothing is taken for repaired."""
    place.with_issues()
    place.checked()
    (place.host.state / "journal.jsonl").write_text("no journal\n")
    place.issues.issues.clear()
    ended = place.checked()
    assert (ended.code, ended.err) == (10, "issue 12: opened (RSD001 combined-scope, runner 5)\n")
    place.cure()
    ended = place.checked()
    assert ended.code == 4
    assert "stays open: not everything was seen" in ended.err
    assert len(place.issues.open_ones()) == 1


def test_an_inconclusive_check_closes_nothing(place: Place) -> None:
    """The database is gone: 4, and the issue stays open."""
    place.with_issues()
    assert place.checked().code == 10
    place.issues.written.clear()
    place.world.execute("ALTER TABLE action_runner RENAME TO gone")
    assert place.checked().code == 4
    assert (place.issues.written, len(place.issues.open_ones())) == ([], 1)


def test_two_checks_of_one_host_take_turns(place: Place) -> None:
    """Four at once on one host open one issue between them: each waits for its turn and then finds it."""
    place.with_issues()
    place.host.doctor("status")
    with ThreadPoolExecutor(4) as pool:
        ended = list(pool.map(lambda _: place.checked(), range(4)))
    assert [one.code for one in ended] == [10] * 4
    assert sum("opened" in one.err for one in ended) == 1
    assert len(place.issues.issues) == 1


def test_a_check_that_was_overtaken_opens_nothing(place: Place) -> None:
    """It saw the sick row and is held up by the ping; the row is repaired, and a check that saw that has closed the issue: no
    second one is opened for what is over."""
    place.with_issues()
    assert place.checked().code == 10
    place.with_ping()
    pinged, healed = Event(), Event()

    def held_up() -> Behaviour:
        pinged.set()
        assert healed.wait(30)
        return Reply()

    place.on_failure_ping = held_up
    with ThreadPoolExecutor(1) as pool:
        late = pool.submit(place.checked)
        assert pinged.wait(30)
        place.cure()
        time.sleep(1.1)  # looks are told apart by their seconds
        assert place.checked().code == 0
        healed.set()
        ended = late.result()
    assert (ended.code, [issue["state"] for issue in place.issues.issues.values()]) == (10, ["closed"])
    assert ended.err == "issues: left as they are: another check of this host has looked later and has written them\n"


def test_what_was_done_is_told_before_it_cannot_be_noted(place: Place) -> None:
    """On a full disk the issue is opened, said so, and then that no later look will know of it."""
    place.with_issues()
    planted = place.host.folder / "planted"
    planted.mkdir()
    (planted / "sitecustomize.py").write_text(
        "import errno, os\ndef full(*a): raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))\nos.ftruncate = full\n"
    )
    ended = doctor("host", "check", environment={"RSD_HOST": str(place.host.configuration)}, paths=(planted,))
    opened, noted = ended.err.splitlines()
    assert (ended.code, len(place.issues.issues)) == (10, 1)
    assert re.fullmatch(r"issue \d+: opened \(RSD001 .*\)", opened)
    assert "issues.lock: that the issues were written cannot be noted: No space left on device" in noted


def test_a_token_that_others_can_read_is_not_used(place: Place) -> None:
    """The loose file is named, and the server is not asked."""
    place.with_issues()
    (place.host.folder / "issues.token").chmod(0o644)
    ended = place.checked()
    assert ended.code == 10
    assert "everyone may read the token in it" in ended.err
    assert place.running.received == []


def test_the_token_goes_to_no_other_machine_unencrypted(place: Place) -> None:
    """An instance at http:// that is not this machine is refused before anything is asked."""
    place.with_issues()
    text = place.host.configuration.read_text()
    place.host.configuration.write_text(text.replace(f"{place.running.url}/", "http://git.example.org/"))
    ended = place.checked()
    assert ended.code == 10
    assert "the token of `issues` would cross the network" in ended.err


def test_an_app_ini_of_another_server_is_a_wrong_setting(place: Place) -> None:
    """A check is never refused (5) as a repair is: 3, with the two addresses."""
    ini = place.write(
        "app.ini", "[server]\nROOT_URL = https://other.example/\n[database]\nDB_TYPE = sqlite3\nPATH = /x\n"
    )
    text = place.host.configuration.read_text()
    file = place.host.configuration
    file.write_text(re.sub(r"check: \{[^}]*\}", f"check: {{app_ini: {ini}}}", text))
    ended = place.checked()
    assert ended.code == 3
    assert "other.example" in ended.err
