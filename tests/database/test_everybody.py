"""What SHOW GRANTS says of everybody, in each way in which MariaDB writes a name."""

from __future__ import annotations

import pytest

from runner_scope_doctor.database.tables.everybody import EverybodysGrant, grants_of_everybody


@pytest.mark.parametrize("quote", ["`", '"', ""], ids=["as a rule", "ANSI_QUOTES", "sql_quote_show_create off"])
def test_a_name_is_read_however_the_server_quotes_it(quote: str) -> None:
    """By two settings of the server (`get_quote_char_for_identifier` in `sql/sql_show.cc`), behind which no right hides."""
    forgejo, column, role = (f"{quote}{name}{quote}" for name in ("forgejo", "name", "deployer"))
    lines = [
        f"GRANT INSERT ({column}), DELETE ON {forgejo}.{quote}user{quote} TO PUBLIC WITH GRANT OPTION",
        f"GRANT DROP ON {forgejo}.* TO PUBLIC",
        f"GRANT {role} TO PUBLIC",
    ]
    assert [(one.rights, one.database, one.role) for one in grants_of_everybody(lines)] == [
        (("INSERT", "DELETE", "GRANT OPTION"), "forgejo", None),
        (("DROP",), "forgejo", None),
        ((), None, "deployer"),
    ]


def test_a_quote_within_a_name_is_one_of_its_letters() -> None:
    """It is doubled where it stands in quotes of its kind, and nothing behind it is taken for the end of the name."""
    (found,) = grants_of_everybody(['GRANT INSERT ("odd "", ON t) x") ON "a""b"."t" TO PUBLIC'])
    assert found == EverybodysGrant(
        text='INSERT ("odd "", ON t) x") ON "a""b"."t"', rights=("INSERT",), database='a"b', role=None
    )
