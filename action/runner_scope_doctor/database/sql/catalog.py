"""Every SELECT that asks an engine's catalog how a table is made, and the server who it is. No row of Forgejo is read.

Statements named ..._ODDITIES answer rows of a kind, which is a value of `model.table.OddityKind`, and a name.
"""

from __future__ import annotations

from runner_scope_doctor.database.statement import Statement

# SQLite: everybody who may read the file sees everything. Names are compared as SQLite does, without case.
_OF_SQLITE_TABLE = "lower({name}) = lower(:table)"

SELECT_SQLITE_TABLE = Statement(f"""
SELECT type, sql FROM sqlite_master
 WHERE type IN ('table', 'view') AND {_OF_SQLITE_TABLE.format(name="name")}""")

SELECT_SQLITE_COLUMNS = Statement("""
SELECT name, type, "notnull" = 0, dflt_value, pk FROM pragma_table_xinfo(:table) ORDER BY cid""")

SELECT_SQLITE_UNIQUE_INDEXES = Statement("""
SELECT l.name, l.origin = 'pk', i.name
  FROM pragma_index_list(:table) AS l, pragma_index_info(l.name) AS i
 WHERE l."unique" = 1 AND l.partial = 0
 ORDER BY l.name, i.seqno""")

SELECT_SQLITE_ODDITIES = Statement(f"""
SELECT 'trigger', name FROM sqlite_master WHERE type = 'trigger' AND {_OF_SQLITE_TABLE.format(name="tbl_name")}
 UNION ALL
SELECT 'index', l.name FROM pragma_index_list(:table) AS l
 WHERE l.partial = 1 OR EXISTS (SELECT 1 FROM pragma_index_info(l.name) AS i WHERE i.name IS NULL)
 UNION ALL
SELECT 'generated column', name FROM pragma_table_xinfo(:table) WHERE hidden <> 0
 UNION ALL
SELECT 'constraint', 'FOREIGN KEY (' || f."from" || ')' FROM pragma_foreign_key_list(:table) AS f
 UNION ALL
SELECT 'foreign key', m.name FROM sqlite_master AS m, pragma_foreign_key_list(m.name) AS f
 WHERE m.type = 'table' AND {_OF_SQLITE_TABLE.format(name='f."table"')} AND lower(m.name) <> lower(:table)""")

# PostgreSQL: pg_catalog is readable for every role, whatever it may read of the table itself.
_OF_POSTGRES_TABLE = "to_regclass(:table)"

SELECT_POSTGRES_TABLE = Statement(f"SELECT c.relkind FROM pg_class AS c WHERE c.oid = {_OF_POSTGRES_TABLE}")

SELECT_POSTGRES_COLUMNS = Statement(f"""
SELECT a.attname, format_type(a.atttypid, a.atttypmod), NOT a.attnotnull, pg_get_expr(d.adbin, d.adrelid)
  FROM pg_attribute AS a
  LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
 WHERE a.attrelid = {_OF_POSTGRES_TABLE} AND a.attnum > 0 AND NOT a.attisdropped
 ORDER BY a.attnum""")

SELECT_POSTGRES_UNIQUE_INDEXES = Statement(f"""
SELECT c.relname, i.indisprimary, a.attname
  FROM pg_index AS i
  JOIN pg_class AS c ON c.oid = i.indexrelid
 CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k(attnum, position)
  JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
 WHERE i.indrelid = {_OF_POSTGRES_TABLE} AND i.indisunique AND i.indisvalid
   AND i.indexprs IS NULL AND i.indpred IS NULL AND k.position <= i.indnkeyatts
 ORDER BY c.relname, k.position""")

# `n` are PostgreSQL 18's NOT NULL constraints, which the columns tell too; triggers of foreign keys are internal.
SELECT_POSTGRES_ODDITIES = Statement(f"""
SELECT CAST(o.kind AS text), CAST(o.name AS text)
  FROM (SELECT 'kind of table' AS kind,
               CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'p' THEN 'partitioned table'
                    WHEN 'f' THEN 'foreign table' ELSE 'relation of kind ' || CAST(c.relkind AS text) END AS name
          FROM pg_class AS c WHERE c.oid = {_OF_POSTGRES_TABLE} AND c.relkind <> 'r'
        UNION ALL
        SELECT 'kind of table', CASE c.relpersistence WHEN 'u' THEN 'unlogged table' ELSE 'temporary table' END
          FROM pg_class AS c WHERE c.oid = {_OF_POSTGRES_TABLE} AND c.relpersistence <> 'p'
        UNION ALL
        SELECT 'kind of table', 'table of type ' || format_type(c.reloftype, NULL)
          FROM pg_class AS c WHERE c.oid = {_OF_POSTGRES_TABLE} AND c.reloftype <> 0
        UNION ALL
        SELECT 'storage', m.amname
          FROM pg_class AS c JOIN pg_am AS m ON m.oid = c.relam
         WHERE c.oid = {_OF_POSTGRES_TABLE} AND c.relkind = 'r' AND m.amname <> 'heap'
        UNION ALL
        SELECT 'row security', CASE WHEN c.relforcerowsecurity THEN 'forced' ELSE 'enabled' END
          FROM pg_class AS c WHERE c.oid = {_OF_POSTGRES_TABLE} AND (c.relrowsecurity OR c.relforcerowsecurity)
        UNION ALL
        SELECT 'replication', 'REPLICA IDENTITY ' || CASE c.relreplident WHEN 'f' THEN 'FULL' WHEN 'n' THEN 'NOTHING'
                                                     ELSE 'USING INDEX' END
          FROM pg_class AS c WHERE c.oid = {_OF_POSTGRES_TABLE} AND c.relkind = 'r' AND c.relreplident <> 'd'
        UNION ALL
        SELECT 'inheritance', CAST(CAST(h.inhparent AS regclass) AS text)
          FROM pg_inherits AS h WHERE h.inhrelid = {_OF_POSTGRES_TABLE}
        UNION ALL
        SELECT 'inheritance', CAST(CAST(h.inhrelid AS regclass) AS text)
          FROM pg_inherits AS h WHERE h.inhparent = {_OF_POSTGRES_TABLE}
        UNION ALL
        SELECT 'rule', w.rulename FROM pg_rewrite AS w
         WHERE w.ev_class = {_OF_POSTGRES_TABLE} AND w.rulename <> '_RETURN'
        UNION ALL
        SELECT 'policy', p.polname FROM pg_policy AS p WHERE p.polrelid = {_OF_POSTGRES_TABLE}
        UNION ALL
        SELECT 'trigger', t.tgname FROM pg_trigger AS t WHERE t.tgrelid = {_OF_POSTGRES_TABLE} AND NOT t.tgisinternal
        UNION ALL
        SELECT 'constraint', k.conname FROM pg_constraint AS k
         WHERE k.conrelid = {_OF_POSTGRES_TABLE} AND k.contype NOT IN ('p', 'n', 't')
        UNION ALL
        SELECT 'foreign key', CAST(CAST(k.conrelid AS regclass) AS text) FROM pg_constraint AS k
         WHERE k.confrelid = {_OF_POSTGRES_TABLE} AND k.conrelid <> k.confrelid
        UNION ALL
        SELECT 'index', c.relname FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
         WHERE i.indrelid = {_OF_POSTGRES_TABLE}
           AND (i.indexprs IS NOT NULL OR i.indpred IS NOT NULL OR NOT i.indisvalid)
        UNION ALL
        SELECT CASE WHEN a.attgenerated <> '' THEN 'generated column' ELSE 'identity column' END, a.attname
          FROM pg_attribute AS a
         WHERE a.attrelid = {_OF_POSTGRES_TABLE} AND a.attnum > 0 AND NOT a.attisdropped
           AND (a.attgenerated <> '' OR a.attidentity <> '')) AS o""")

# MySQL and MariaDB: an account is shown the columns it has a right on, and triggers with the TRIGGER right. MariaDB shows
# their names for INSERT, UPDATE and DELETE too, but not in all releases, so that is not relied on. Foreign keys that
# point here are shown to who has a right on the table they start from; constraints to who has more than SELECT.
_OF_MYSQL_TABLE = "table_schema = DATABASE() AND table_name = :table"

SELECT_MYSQL_TABLE = Statement(f"SELECT table_type FROM information_schema.tables WHERE {_OF_MYSQL_TABLE}")

# MariaDB writes a missing default of a nullable column as NULL in letters, MySQL as a NULL.
SELECT_MYSQL_COLUMNS = Statement(f"""
SELECT column_name, column_type, is_nullable = 'YES',
       CASE WHEN VERSION() LIKE '%MariaDB%' AND column_default = 'NULL' THEN NULL ELSE column_default END, extra
  FROM information_schema.columns WHERE {_OF_MYSQL_TABLE} ORDER BY ordinal_position""")

SELECT_MYSQL_UNIQUE_INDEXES = Statement(f"""
SELECT index_name, index_name = 'PRIMARY',
       CASE WHEN sub_part IS NULL THEN COALESCE(column_name, '(expression)')
            ELSE CONCAT(column_name, '(', sub_part, ')') END
  FROM information_schema.statistics WHERE {_OF_MYSQL_TABLE} AND non_unique = 0 ORDER BY index_name, seq_in_index""")

SELECT_MYSQL_ODDITIES = Statement(f"""
SELECT 'kind of table', table_type FROM information_schema.tables
 WHERE {_OF_MYSQL_TABLE} AND table_type <> 'BASE TABLE'
 UNION ALL
SELECT 'storage', engine FROM information_schema.tables WHERE {_OF_MYSQL_TABLE} AND engine <> 'InnoDB'
 UNION ALL
SELECT 'partition', partition_name FROM information_schema.partitions
 WHERE {_OF_MYSQL_TABLE} AND partition_name IS NOT NULL
 UNION ALL
SELECT 'trigger', trigger_name FROM information_schema.triggers
 WHERE event_object_schema = DATABASE() AND event_object_table = :table
 UNION ALL
SELECT 'constraint', constraint_name FROM information_schema.table_constraints
 WHERE {_OF_MYSQL_TABLE} AND constraint_type NOT IN ('PRIMARY KEY', 'UNIQUE')
 UNION ALL
SELECT 'foreign key', table_name FROM information_schema.referential_constraints
 WHERE unique_constraint_schema = DATABASE() AND referenced_table_name = :table AND table_name <> :table""")

# Whether this account has SELECT, and TRIGGER, on the whole table. Rights of a role are not shown, so do not count.
# `table_schema` of a right on databases is a pattern of LIKE.
SELECT_MYSQL_SIGHT = Statement("""
SELECT MAX(held.privilege_type = 'SELECT'), MAX(held.privilege_type = 'TRIGGER')
  FROM (SELECT grantee, privilege_type FROM information_schema.user_privileges
         UNION ALL
        SELECT grantee, privilege_type FROM information_schema.schema_privileges
         WHERE DATABASE() LIKE CAST(table_schema AS BINARY)
         UNION ALL
        SELECT grantee, privilege_type FROM information_schema.table_privileges
         WHERE table_schema = DATABASE() AND table_name = :table) AS held
 WHERE held.grantee = CONCAT('''', LEFT(CURRENT_USER(), CHAR_LENGTH(CURRENT_USER())
                                   - CHAR_LENGTH(SUBSTRING_INDEX(CURRENT_USER(), '@', -1)) - 1),
                             '''@''', SUBSTRING_INDEX(CURRENT_USER(), '@', -1), '''')""")

# Which server and database this is. PostgreSQL lets every role call pg_control_system() unless it was revoked.
SELECT_POSTGRES_PLACE = Statement(f"""
SELECT current_database(), n.nspname
  FROM (SELECT 1) AS one
  LEFT JOIN pg_class AS c ON c.oid = {_OF_POSTGRES_TABLE}
  LEFT JOIN pg_namespace AS n ON n.oid = c.relnamespace""")
SELECT_POSTGRES_SYSTEM_IDENTIFIER = Statement("SELECT system_identifier FROM pg_control_system()")
SELECT_MYSQL_PLACE = Statement("SELECT DATABASE(), @@hostname, @@port, @@server_id, VERSION()")
SELECT_MYSQL_UUID = Statement("SELECT @@server_uuid")
SELECT_MARIADB_UID = Statement("""
SELECT global_value FROM information_schema.system_variables WHERE variable_name = 'SERVER_UID'""")
