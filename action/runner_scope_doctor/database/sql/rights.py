"""Every SELECT by which `host self-test` learns what a login can do. Catalogs, and statements on Forgejo's tables that return
no row: each engine refuses them all the same to whoever may not read the columns.
"""

from __future__ import annotations

from runner_scope_doctor.database.sql.privileges import REACHABLE
from runner_scope_doctor.database.statement import Statement

_OWN_SCHEMAS = "n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'"
_ACTING = f"WITH acting AS (SELECT r.oid, r.rolname FROM pg_roles AS r WHERE {REACHABLE.format(role='r.oid')})"
_OF_EXTENSION = "EXISTS (SELECT 1 FROM pg_depend AS d WHERE d.objid = {object}.oid AND d.deptype = 'e')"
# A right that whoever set the server up did not give: PostgreSQL notes those it has from the beginning.
_LATER = """NOT EXISTS (SELECT 1 FROM pg_init_privs AS i CROSS JOIN LATERAL aclexplode(i.initprivs) AS w
                WHERE i.classoid = CAST('{kind}' AS regclass) AND i.objoid = {thing} AND i.objsubid = {part}
                  AND w.grantee = x.grantee AND w.privilege_type = x.privilege_type)"""
# Without a note of its own everybody may call one, and its first GRANT writes that out as if it had been given.
_KEPT_BACK = """EXISTS (SELECT 1 FROM pg_init_privs AS k
                WHERE k.classoid = CAST('pg_proc' AS regclass) AND k.objoid = p.oid)"""
_HOME = "(SELECT o.relnamespace FROM pg_class AS o WHERE o.oid = to_regclass('action_runner'))"

# What lets a role do more than any grant on a table says, of every role it can act as: who, whether it is the role itself, how
# it goes on. Owners of tables are counted; what extensions brought with them is left out. Where Forgejo's tables have row
# security, which Forgejo never sets up, BYPASSRLS is what docs/access.md asks for.
SELECT_POSTGRES_POWERS = Statement(f"""
{_ACTING}
SELECT CAST(held.rolname AS text), held.rolname = current_user, held.power
  FROM (SELECT 1 AS place, r.rolname, 'is a superuser' AS power
          FROM pg_roles AS r JOIN acting USING (oid) WHERE r.rolsuper
        UNION ALL
        SELECT 2, r.rolname, 'may create roles (CREATEROLE)'
          FROM pg_roles AS r JOIN acting USING (oid) WHERE r.rolcreaterole
        UNION ALL
        SELECT 3, r.rolname, 'may create databases (CREATEDB)'
          FROM pg_roles AS r JOIN acting USING (oid) WHERE r.rolcreatedb
        UNION ALL
        SELECT 4, r.rolname, 'may copy the whole server (REPLICATION)'
          FROM pg_roles AS r JOIN acting USING (oid) WHERE r.rolreplication
        UNION ALL
        SELECT 5, r.rolname, 'sees what row security hides (BYPASSRLS)'
          FROM pg_roles AS r JOIN acting USING (oid)
         WHERE r.rolbypassrls
           AND NOT EXISTS (SELECT 1 FROM pg_class AS c WHERE c.relnamespace = {_HOME} AND c.relrowsecurity)
        UNION ALL
        SELECT 6, a.rolname, 'is one of the server''s own roles'
          FROM acting AS a WHERE a.rolname LIKE 'pg\\_%' AND a.rolname <> 'pg_database_owner'
        UNION ALL
        SELECT 7, a.rolname, 'owns the database'
          FROM acting AS a JOIN pg_database AS d ON d.datdba = a.oid WHERE d.datname = current_database()
        UNION ALL
        SELECT 8, a.rolname, 'owns the schema ' || n.nspname
          FROM acting AS a JOIN pg_namespace AS n ON n.nspowner = a.oid
         WHERE {_OWN_SCHEMAS} AND a.rolname <> 'pg_database_owner'
        UNION ALL
        SELECT 9, a.rolname, 'owns tables: ' || COUNT(*) || ', ' || MIN(c.relname) || ' among them'
          FROM acting AS a JOIN pg_class AS c ON c.relowner = a.oid JOIN pg_namespace AS n ON n.oid = c.relnamespace
         WHERE {_OWN_SCHEMAS} AND c.relkind IN ('r', 'p', 'v', 'm', 'f') GROUP BY a.rolname
        UNION ALL
        SELECT 10, a.rolname, 'may CREATE in the schema ' || n.nspname
          FROM acting AS a CROSS JOIN pg_namespace AS n
         WHERE {_OWN_SCHEMAS} AND n.nspowner <> a.oid AND has_schema_privilege(a.oid, n.oid, 'CREATE')
        UNION ALL
        SELECT 11, a.rolname, 'may CREATE schemas in the database'
          FROM acting AS a JOIN pg_database AS d ON d.datname = current_database()
         WHERE d.datdba <> a.oid AND has_database_privilege(a.oid, d.oid, 'CREATE')
        UNION ALL
        SELECT 12, a.rolname, 'may call ' || p.proname || ', which runs with its owner''s rights (SECURITY DEFINER)'
          FROM acting AS a CROSS JOIN pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
         WHERE {_OWN_SCHEMAS} AND p.prosecdef AND NOT {_OF_EXTENSION.format(object="p")}
           AND NOT EXISTS (SELECT 1 FROM acting AS own WHERE own.oid = p.proowner)
           AND has_function_privilege(a.oid, p.oid, 'EXECUTE')
        UNION ALL
        SELECT 13, a.rolname, 'may call ' || p.proname || ', which PostgreSQL keeps from everybody'
          FROM acting AS a CROSS JOIN pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
         CROSS JOIN LATERAL aclexplode(p.proacl) AS x
         WHERE n.nspname = 'pg_catalog' AND x.grantee IN (0, a.oid) AND {_KEPT_BACK}
           AND {_LATER.format(kind="pg_proc", thing="p.oid", part="0")}
       ) AS held
 ORDER BY held.place, held.rolname <> current_user, held.rolname""")

# Grants on tables and columns to PUBLIC or to a role it can act as, on PostgreSQL's own tables too where they were given later;
# its own tables aside. Schema (NULL where it is Forgejo's), table, column (NULL for the whole table), right, whether it may be
# passed on.
SELECT_POSTGRES_GRANTS = Statement(f"""
{_ACTING},
things AS (SELECT c.oid, c.relname, c.relacl, CASE WHEN n.oid = {_HOME} THEN NULL ELSE n.nspname END AS place
             FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
            WHERE n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_t%'
              AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
              AND NOT EXISTS (SELECT 1 FROM acting AS own WHERE own.oid = c.relowner)
              AND NOT {_OF_EXTENSION.format(object="c")})
SELECT CAST(t.place AS text), CAST(t.relname AS text), CAST(NULL AS text), x.privilege_type, x.is_grantable
  FROM things AS t CROSS JOIN LATERAL aclexplode(t.relacl) AS x
 WHERE (x.grantee = 0 OR x.grantee IN (SELECT oid FROM acting))
   AND {_LATER.format(kind="pg_class", thing="t.oid", part="0")}
 UNION
SELECT CAST(t.place AS text), CAST(t.relname AS text), CAST(a.attname AS text), x.privilege_type, x.is_grantable
  FROM things AS t JOIN pg_attribute AS a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
 CROSS JOIN LATERAL aclexplode(a.attacl) AS x
 WHERE (x.grantee = 0 OR x.grantee IN (SELECT oid FROM acting))
   AND {_LATER.format(kind="pg_class", thing="t.oid", part="a.attnum")}
 ORDER BY 1 NULLS FIRST, 2, 3 NULLS FIRST, 4""")

SELECT_POSTGRES_MAY_UPDATE = Statement("SELECT has_column_privilege(:table, :column, 'UPDATE')")

# Rights on whole tables, given to the account itself; in other databases also those on columns; and who may pass on a right on
# columns, which counts for the whole table.
SELECT_MYSQL_TABLE_GRANTS = Statement("""
SELECT CASE WHEN table_schema = DATABASE() THEN NULL ELSE table_schema END, table_name, privilege_type, is_grantable
  FROM information_schema.table_privileges WHERE grantee = :grantee
 UNION
SELECT table_schema, table_name, privilege_type, is_grantable
  FROM information_schema.column_privileges WHERE grantee = :grantee AND table_schema <> DATABASE()
 UNION
SELECT NULL, table_name, 'GRANT OPTION', 'NO'
  FROM information_schema.column_privileges
 WHERE grantee = :grantee AND table_schema = DATABASE() AND is_grantable = 'YES'
 ORDER BY 1, 2, 3""")

# What this session may do with each column, by whatever grant: the server tells it of no column it may do nothing with.
SELECT_MYSQL_COLUMN_RIGHTS = Statement("""
SELECT table_name, column_name, privileges FROM information_schema.columns
 WHERE table_schema = DATABASE() ORDER BY table_name, ordinal_position""")


def select_nothing(table: str, columns: tuple[str, ...]) -> Statement:
    """No row of these columns of one of Forgejo's tables; all columns where none is named."""
    # `user` is the one name that an engine takes for something else; `Statement` writes the quotes as each wants them.
    name = '"user"' if table == "user" else table
    return Statement(f"SELECT {', '.join(columns) or '*'} FROM {name} WHERE 1 = 0")
