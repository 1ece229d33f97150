"""Every statement that asks an engine what the credentials in use may write. Catalogs only; no table of Forgejo is read.

PostgreSQL's catalogs are readable for every role. MySQL and MariaDB show an account the rights given to itself, and of
its roles no more than their names. What everybody may stands in no view.
"""

from __future__ import annotations

from runner_scope_doctor.database.statement import Statement

# Roles this one can act as, itself included. Up to 15 every membership allows SET ROLE; from 16 on it is a right of its
# own, and an admin of a role can give it to itself.
REACHABLE = """pg_has_role({role}, CASE WHEN CAST(current_setting('server_version_num') AS integer) < 160000 THEN 'MEMBER'
        ELSE 'SET, USAGE, MEMBER WITH ADMIN OPTION' END)"""

# Up to 15 a role with CREATEROLE may grant itself every role that is no superuser's.
SELECT_POSTGRES_POWERFUL_ROLES = Statement(f"""
SELECT r.rolname, r.rolname = current_user,
       CASE WHEN r.rolsuper THEN 'superuser'
            WHEN r.rolname IN ('pg_execute_server_program', 'pg_write_server_files') THEN 'server files'
            ELSE 'create role' END AS power
  FROM pg_roles AS r
 WHERE {REACHABLE.format(role="r.oid")}
   AND (r.rolsuper OR r.rolname IN ('pg_execute_server_program', 'pg_write_server_files')
        OR (r.rolcreaterole AND CAST(current_setting('server_version_num') AS integer) < 160000))
 ORDER BY r.rolsuper DESC, r.rolname = current_user DESC, r.rolname""")

# The owner of a schema or a database may drop what is in it.
SELECT_POSTGRES_OWNERS = Statement(f"""
SELECT pg_get_userbyid(owned.owner), pg_get_userbyid(owned.owner) = current_user, owned.what
  FROM (SELECT 1 AS position, c.relowner AS owner, 'the table action_runner' AS what
          FROM pg_class AS c WHERE c.oid = to_regclass('action_runner')
        UNION ALL
        SELECT 2, n.nspowner, 'the schema of action_runner' FROM pg_namespace AS n
         WHERE n.oid = (SELECT c.relnamespace FROM pg_class AS c WHERE c.oid = to_regclass('action_runner'))
        UNION ALL
        SELECT 3, d.datdba, 'the database' FROM pg_database AS d WHERE d.datname = current_database()) AS owned
 WHERE {REACHABLE.format(role="owned.owner")}
 ORDER BY owned.position""")

# A trigger runs as whoever writes next, which is the server itself.
SELECT_POSTGRES_TABLE_RIGHTS = Statement(f"""
SELECT c.relname, p.privilege
  FROM pg_class AS c
 CROSS JOIN (VALUES (1, 'INSERT'), (2, 'UPDATE'), (3, 'DELETE'), (4, 'TRUNCATE'), (5, 'TRIGGER')) AS p(position, privilege)
 WHERE c.relnamespace = (SELECT o.relnamespace FROM pg_class AS o WHERE o.oid = to_regclass('action_runner'))
   AND c.relkind IN ('r', 'p', 'v', 'f')
   AND EXISTS (
        SELECT 1 FROM pg_roles AS r
         WHERE {REACHABLE.format(role="r.oid")}
           AND (has_table_privilege(r.oid, c.oid, p.privilege)
                OR (p.privilege IN ('INSERT', 'UPDATE') AND has_any_column_privilege(r.oid, c.oid, p.privilege))))
 ORDER BY c.relname <> 'action_runner', c.relname, p.position""")

# The account whose rights count, which may differ from the user name given: user@host, split at the last @.
SELECT_MYSQL_ACCOUNT = Statement("SELECT CURRENT_USER(), DATABASE()")

SELECT_MYSQL_GLOBAL_RIGHTS = Statement("""
SELECT privilege_type, is_grantable FROM information_schema.user_privileges
 WHERE grantee = :grantee""")

# `table_schema` may be a pattern of LIKE.
SELECT_MYSQL_DATABASE_RIGHTS = Statement("""
SELECT table_schema, privilege_type, is_grantable FROM information_schema.schema_privileges
 WHERE grantee = :grantee""")

SELECT_MYSQL_TABLE_RIGHTS = Statement("""
SELECT table_name, privilege_type, is_grantable FROM information_schema.table_privileges
 WHERE grantee = :grantee AND table_schema = DATABASE()
 UNION
SELECT table_name, privilege_type, is_grantable FROM information_schema.column_privileges
 WHERE grantee = :grantee AND table_schema = DATABASE()""")

# What counts in this session, that of active roles and of PUBLIC included: of INSERT and UPDATE the server tells it.
SELECT_MYSQL_EFFECTIVE_RIGHTS = Statement("""
SELECT DISTINCT table_name, privileges FROM information_schema.columns
 WHERE table_schema = DATABASE() AND (privileges LIKE '%insert%' OR privileges LIKE '%update%')""")

SELECT_MYSQL_ROLES = Statement("SELECT DISTINCT role_name FROM information_schema.applicable_roles ORDER BY role_name")

# Rights on routines, on other accounts and, from MariaDB 10.11 on, those of everybody (PUBLIC) stand nowhere else. The rows
# are judged by how they begin and end, and only those of PUBLIC are shown: MariaDB puts the password's hash into one of them.
SHOW_MYSQL_GRANTS = Statement("SHOW GRANTS")
