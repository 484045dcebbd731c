//! The statements that the library sends to PostgreSQL for its own purposes.

use super::plan;
use crate::sql::dialect::Catalogue;

/// PostgreSQL's statements about the schema and the applied migrations. They read the system
/// catalogues (<https://www.postgresql.org/docs/current/catalogs.html>), and mean the tables that
/// a name without a schema means.
pub(super) const CATALOGUE: Catalogue = Catalogue {
    has_table: "select exists (select 1 from pg_catalog.pg_class
    where oid = to_regclass(quote_ident($1)) and relkind in ('r', 'p', 'f'))",
    table_names: r#"select c.relname::text from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'f') and not c.relispartition and n.nspname = any(current_schemas(false))
    and pg_catalog.pg_table_is_visible(c.oid) and c.relname not like '\_aio\_sql\_%'
    order by c.relname::text collate pg_catalog."C""#,
    foreign_keys_to_table: "select child.relname::text, key.oid::bigint, of.attname::text, target.attname::text,
    key.confupdtype in ('a', 'r'), key.confdeltype in ('a', 'r'), key.confdeltype = 'c'
    from pg_catalog.pg_constraint key join pg_catalog.pg_class child on child.oid = key.conrelid
    cross join lateral unnest(key.conkey, key.confkey) with ordinality as pair (of, target, place)
    join pg_catalog.pg_attribute of on of.attrelid = key.conrelid and of.attnum = pair.of
    join pg_catalog.pg_attribute target on target.attrelid = key.confrelid and target.attnum = pair.target
    where key.contype = 'f' and key.conparentid = 0 and key.confrelid = to_regclass(quote_ident($1))
    order by child.relname, key.oid, pair.place",
    // Foreign keys are always enforced.
    violated_key: "select ''::text, 0::bigint, ''::text, 0::bigint where false",
    violations: "select ''::text, ''::text, 0::bigint, 0::bigint where false",
    columns_of_key: "select of.attname::text from pg_catalog.pg_constraint key
    cross join lateral unnest(key.conkey) with ordinality as part (number, place)
    join pg_catalog.pg_attribute of on of.attrelid = key.conrelid and of.attnum = part.number
    where key.conrelid = to_regclass(quote_ident($1)) and key.oid = $2::oid order by part.place",
    defer_foreign_keys: "SET CONSTRAINTS ALL DEFERRED",
    // The lock ends with the transaction. It also keeps two processes from creating the table at
    // the same moment, which would fail in one of them.
    lock_migrations: Some(
        "select pg_advisory_xact_lock(hashtext('_aio_sql_migrations'), hashtext(current_schema()))::text",
    ),
    create_migrations: "create table if not exists _aio_sql_migrations (
    position bigint not null primary key,
    name text not null unique,
    digest bigint,
    sql text not null,
    applied_at timestamptz not null default statement_timestamp()
)",
    lacks_digest: "select false",
    add_digest: "alter table _aio_sql_migrations add column digest bigint",
    digest_of_migrations: "select (select count(*) from _aio_sql_migrations), digest from _aio_sql_migrations
    order by position desc limit 1",
    applied_migrations: "select name, sql from _aio_sql_migrations order by position",
    record_migration: "insert into _aio_sql_migrations (position, name, digest, sql)
    select coalesce(max(position), 0) + 1, $1::text, $2::bigint, $3::text from _aio_sql_migrations",
    rename_migration: "update _aio_sql_migrations set name = $1, sql = $2 where name = $3",
    forget_migration: "delete from _aio_sql_migrations where name = $1",
    set_digest: "update _aio_sql_migrations
    set digest = case position when (select max(position) from _aio_sql_migrations) then $1::bigint end",
    explain: "EXPLAIN (COSTS OFF) ",
    read_plan: plan::read,
};
