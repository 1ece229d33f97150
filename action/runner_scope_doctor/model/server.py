"""What is known of the server that was looked at."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

OLDEST_KNOWN_MAJOR = 7
NEWEST_KNOWN_MAJOR = 16
FIRST_MAJOR_REJECTING_COMBINED_SCOPE = 16
"""Since 16 `UpdateRunner` refuses a row with both ids (Forgejo 4695780d41, `models/actions/runner.go`)."""
FIRST_MAJOR_LISTING_ALL_JOBS = 14
"""Since 14 the API's job list has all jobs that wait or run (Forgejo f20bb27a4c); from 11 to 13 without `labels` only those that
ask for no label."""
FIRST_MAJOR_WITH_RUNNER_LIST = 15
"""Since 15 the API lists runners (Forgejo ddd4cf0d28)."""
FIRST_MAJOR_WITH_EPHEMERAL_RUNNERS = 15
"""Since 15 `action_runner.ephemeral` exists (migration `v15b_add-ephemeral_runner`)."""
FIRST_MAJOR_MATCHING_NO_EMPTY_RUNS_ON = 11
"""Since 11 an empty `runs-on` matches no runner; before, it matches every one (`models/actions/run_job.go`, ItRunsOn)."""
FIRST_MAJOR_WITH_CONCURRENCY_QUEUES = 14
"""Since 14 a run of `concurrency_type` 1 waits behind others of its group (`models/actions/task.go`)."""
FIRST_MAJOR_FAILING_WITHOUT_ACTIONS = 16
"""Since 16 giving away a job of a repository without the Actions unit fails (`services/actions/task.go`, PickTask), and
the same job is tried again at every poll."""


class Engine(Enum):
    """A database engine Forgejo 7 to 16 can run on. MariaDB and MySQL are one engine here, as in Forgejo."""

    SQLITE = "sqlite"
    POSTGRES = "postgres"
    MYSQL = "mysql"


class Product(Enum):
    """Which server software wrote the tables."""

    FORGEJO = "forgejo"
    GITEA = "gitea"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerVersion:
    """A Forgejo version as the server itself recorded it.

    `major` decides which rules hold. `text` is the full version where the server stores one, else
    just the major, possibly with a range such as "9". `source` names the table or endpoint it was read from.
    """

    major: int
    text: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedServer:
    """The server behind the observation.

    `product` and `version` are None when no source could tell. `engine` is None when only the API or an
    old snapshot was looked at. `address` names the source without any secret. `instance` is the public URL
    from `ROOT_URL` in app.ini or the API's base, None when unknown.
    """

    product: Product | None
    version: ServerVersion | None
    engine: Engine | None
    address: str
    instance: str | None


def is_known_major(major: int) -> bool:
    """Whether the rules and tables of that Forgejo major are known here."""
    return OLDEST_KNOWN_MAJOR <= major <= NEWEST_KNOWN_MAJOR
