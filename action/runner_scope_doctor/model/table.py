"""What an engine's catalog says of one table, and which database it stands in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from runner_scope_doctor.model.server import Engine, Product

NEXT_NUMBER = "next number"
"""`TableColumn.default` of a column the engine counts up: AUTOINCREMENT, a sequence's nextval, AUTO_INCREMENT."""


class ForgejoTable(Enum):
    """A table of Forgejo whose definition is known for every version."""

    RUNNERS = "action_runner"
    TASK_COUNTERS = "action_tasks_version"


@dataclass(frozen=True, slots=True, kw_only=True)
class TableColumn:
    """One column. `type` is the engine's word in small letters, without MySQL's display width.

    `default` is the engine's own text, None without one. Collation is left out: `forgejo doctor convert` changes it.
    """

    name: str
    type: str
    nullable: bool
    default: str | None


class IndexKind(Enum):
    """Which rows an index keeps apart. Plain indexes change nothing but speed and are no part of a definition."""

    PRIMARY = "primary key"
    UNIQUE = "unique index"


@dataclass(frozen=True, slots=True, kw_only=True)
class TableIndex:
    """A primary key or a unique index over whole columns, in the index's order."""

    name: str
    kind: IndexKind
    columns: tuple[str, ...]


class OddityKind(Enum):
    """What no table made by Forgejo has; the values are the words of the statements in `database/sql/catalog.py`."""

    KIND_OF_TABLE = "kind of table"
    STORAGE = "storage"
    TRIGGER = "trigger"
    RULE = "rule"
    ROW_SECURITY = "row security"
    POLICY = "policy"
    PARTITION = "partition"
    INHERITANCE = "inheritance"
    REPLICATION = "replication"
    CONSTRAINT = "constraint"
    FOREIGN_KEY = "foreign key"
    INDEX = "index"
    GENERATED_COLUMN = "generated column"
    IDENTITY_COLUMN = "identity column"
    COLUMN_OPTION = "column option"
    CLAUSE = "clause"


@dataclass(frozen=True, slots=True, kw_only=True)
class Oddity:
    """One thing through which an update could do more, or other, than change the one row. `name` is foreign text."""

    kind: OddityKind
    name: str


class Unseen(Enum):
    """What MySQL and MariaDB keep from an account; the other engines show their catalogs to everyone."""

    COLUMNS = "columns"
    TRIGGERS = "triggers"


@dataclass(frozen=True, slots=True, kw_only=True)
class TableDefinition:
    """A table as the credentials in use see it: columns in their order, the rest sorted."""

    table: ForgejoTable
    columns: tuple[TableColumn, ...]
    indexes: tuple[TableIndex, ...]
    oddities: tuple[Oddity, ...]
    unseen: tuple[Unseen, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Everything was seen, and it is as Forgejo of that version makes it, in whatever order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartlySeen:
    """What was seen is as Forgejo makes it, and not everything was. `reasons` says what not, and why; never empty."""

    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """The table is another one than Forgejo makes. `reasons` has a sentence for each difference; never empty."""

    reasons: tuple[str, ...]

    @property
    def reason(self) -> str:
        """All differences, one sentence behind the other."""
        return " ".join(self.reasons)


TableVerdict = Known | PartlySeen | Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class SqliteFile:
    """The file behind all symbolic links, by absolute path, with the device and inode `stat` gives."""

    path: str
    device: int
    inode: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresCluster:
    """`system_identifier` of `pg_control_system()`, made by initdb; a copied cluster and a standby have the same."""

    system_identifier: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MysqlServer:
    """What the server says of itself. `uuid` is MySQL's `server_uuid` or MariaDB's `server_uid`, None before they came
    (MariaDB 10.6 lacks it)."""

    hostname: str
    port: int
    server_id: int
    uuid: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkPlace:
    """Where the connection goes, for a server that says nothing of itself. `reason` is why it does not."""

    host: str
    port: int
    reason: str


DatabasePlace = SqliteFile | PostgresCluster | MysqlServer | NetworkPlace


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseIdentity:
    """Which database this is, as far as it can be told; a clone can look the same.

    `name` is the database's, on SQLite the file's absolute path; `schema` is PostgreSQL's, None elsewhere. `product` is
    GITEA when none of Forgejo's own tables is there but Gitea's is, None when the credentials do not show it.
    """

    engine: Engine
    name: str
    schema: str | None
    place: DatabasePlace
    product: Product | None


def place_text(place: DatabasePlace) -> str:
    """The place in one line that is the same as long as the place is; may hold foreign text."""
    match place:
        case SqliteFile(path=path, device=device, inode=inode):
            return f"file {path} device {device} inode {inode}"
        case PostgresCluster(system_identifier=number):
            return f"system_identifier {number}"
        case MysqlServer(hostname=hostname, port=port, server_id=server_id, uuid=uuid):
            return f"server {hostname} port {port} server_id {server_id} uuid {uuid or 'none'}"
        case NetworkPlace(host=host, port=port):
            return f"host {host} port {port}"
