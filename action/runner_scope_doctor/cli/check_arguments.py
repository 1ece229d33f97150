"""The options of a look at a server and of its judgement. Each can also be set as RSD_<NAME>."""

from __future__ import annotations

from argparse import ArgumentParser


def add_source(command: ArgumentParser) -> None:
    """Which server to look at, and how: for every command that looks."""
    database = command.add_argument_group("database to look at, read-only")
    database.add_argument("--app-ini", metavar="FILE", help="the server's own app.ini names its database")
    database.add_argument(
        "--path-map",
        metavar="SERVER=HERE",
        action="append",
        help="where a folder of the server's container is on this machine, such as /data=/srv/forgejo; repeatable",
    )
    database.add_argument(
        "--database-host", metavar="HOST[:PORT]", help="the database server of app.ini as seen from this machine"
    )
    database.add_argument(
        "--database",
        metavar="URL",
        help="sqlite:////absolute/path, postgres://user@host/name or mysql://user@host/name; a URL with a password "
        "belongs into RSD_DATABASE_URL or a file named by RSD_DATABASE_URL_FILE",
    )
    database.add_argument(
        "--instance", metavar="URL", help="public URL of the server, where only a database names it; for the contract"
    )
    api = command.add_argument_group("API to look at (Forgejo 15 and later); token in RSD_API_TOKEN or a file")
    api.add_argument("--api-url", metavar="URL", help="base URL of the server, such as https://git.example.org/")
    api.add_argument("--api-token-file", metavar="FILE", help="file that holds the access token")
    api.add_argument(
        "--api-list",
        metavar="LIST",
        help="whose runners to list: admin (default), repository:owner/name, organization:name or user",
    )
    api.add_argument("--api-ca-file", metavar="FILE", help="certificate of a private authority, PEM")
    api.add_argument("--api-plain-http", action="store_true", help="allow http:// to another machine")
    command.add_argument(
        "--timeout", metavar="SECONDS", help="time limit for each connection and statement (default: 10)"
    )


def add_check(check: ArgumentParser) -> None:
    """What `check` alone takes."""
    judged = check.add_argument_group("what is judged")
    judged.add_argument("--contract", metavar="FILE", help="the runners there should be: runner-scope.yml")
    judged.add_argument("--snapshot", metavar="FILE", help="judge what an earlier look saved, without any server")
    judged.add_argument(
        "--socket",
        metavar="FILE",
        help="judge what the service of this host sees, through its socket, such as /run/runner-scope-doctor/doctor.sock",
    )
    judged.add_argument(
        "--journal",
        metavar="FILE",
        help="the journal of the deploy host: tells when a repaired row is sick again",
    )
    judged.add_argument("--sample", metavar="DURATION", help="read the work counters twice, such as 10s apart")
    judged.add_argument("--target-version", metavar="MAJOR", help="tell what would break after an upgrade, such as 16")
    judged.add_argument("--assume-version", metavar="MAJOR", help="judge by the rules of that Forgejo version")
    judged.add_argument(
        "--optional",
        metavar="SOURCE",
        action="append",
        help="database or api: a failure of it does not make the result inconclusive; repeatable",
    )
    outcome = check.add_argument_group("what comes out")
    outcome.add_argument(
        "--format",
        metavar="FORMAT[=FILE],…",
        help="text (default), json, junit, sarif, nagios, prometheus, html; several at once, each to standard output or a file: "
        "text,json=report.json",
    )
    outcome.add_argument("--save-snapshot", metavar="FILE", help="save all runners as seen, without secrets")
    outcome.add_argument(
        "--fail-on", metavar="SEVERITY", help="least severity that ends with 10: error (default), warning"
    )
