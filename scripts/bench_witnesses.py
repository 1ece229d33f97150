"""An API with many runners on the loopback address, and the plain loop our own paging is compared to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit

from support.connection import FreshDatabase, run
from support.loopback import Behaviour, Received, Reply, loopback

_DELAY = 0.005
_PAGE = 50
"""Forgejo's largest page (`[api] MAX_RESPONSE_ITEMS`)."""
PAGES = 200
_TOKEN = "0123456789abcdef0123456789abcdef01234567"  # noqa: S105 - of a server that answers everyone
SESSION_LOOP = """
import requests, sys
session = requests.Session()
session.headers["Authorization"] = "token " + sys.argv[2]
seen, page = {}, 1
while True:
    answer = session.get(f"{sys.argv[1]}/api/v1/admin/actions/runners",
                         params={"visible": "true", "limit": 50, "page": page}, timeout=10)
    answer.raise_for_status()
    items = answer.json()
    seen |= {item["id"]: item for item in items}
    if len(seen) >= int(answer.headers["X-Total-Count"]):
        break
    page += 1
print(len(seen))
"""


@contextmanager
def api_with_many_runners(database: FreshDatabase) -> Iterator[tuple[str, str]]:
    """The URL and token of a server that lists the runners of the database, 5 ms an answer."""
    names = ("id", "uuid", "owner_id", "repo_id", "name")
    rows = run(database.connection, f"SELECT {', '.join(names)} FROM action_runner ORDER BY id")
    more = {"status": "idle", "version": "v12.3.0", "labels": ["docker"], "description": "", "ephemeral": False}
    items = [dict(zip(names, row, strict=True)) | more for row in rows]
    bodies = [json.dumps(items[start : start + _PAGE]).encode() for start in range(0, len(items), _PAGE)]
    headers = {"Content-Type": "application/json", "X-Total-Count": str(len(items))}

    def answer(request: Received) -> Behaviour:
        parts = urlsplit(request.path)
        if parts.path.endswith("/version"):
            body = b'{"version":"15.0.3+gitea-1.22.0"}'
            return Reply(body=body, headers={"Content-Type": "application/json"}, delay=_DELAY)
        page = int(parse_qs(parts.query).get("page", ["1"])[0])
        body = bodies[page - 1] if page <= len(bodies) else b"[]"
        return Reply(body=body, headers=headers, delay=_DELAY)

    with loopback(answer) as server:
        yield server.url, _TOKEN
