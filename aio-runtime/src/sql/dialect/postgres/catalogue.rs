//! The statements that the library sends to PostgreSQL for its own purposes.

use super::plan;
use crate::sql::dialect::{Catalogue, ServerMigrations};

/// PostgreSQL's statements about the schema and the applied migrations. They read the system
/// catalogues (<https://www.postgresql.org/docs/current/catalogs.html>). Where no schema is given,
/// they mean the tables that a name without a schema means.
pub(super) const CATALOGUE: Catalogue = Catalogue {
    has_table,
    table_names,
    has_schema: Some("select exists (select 1 from pg_catalog.pg_namespace where nspname = $1)"),
    foreign_keys_to_table,
    // Foreign keys are always enforced.
    violated_key: "select ''::text, 0::bigint, ''::text, 0::bigint where false",
    violations: "select ''::text, ''::text, 0::bigint, 0::bigint where false",
    columns_of_key: "select of.attname::text from pg_catalog.pg_constraint key
    cross join lateral unnest(key.conkey) with ordinality as part (number, place)
    join pg_catalog.pg_attribute of on of.attrelid = key.conrelid and of.attnum = part.number
    where key.conrelid = to_regclass(quote_ident($1)) and key.oid = $2::oid order by part.place",
    defer_foreign_keys: "SET CONSTRAINTS ALL DEFERRED",
    migrations_of_server: Some(&MIGRATIONS),
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

/// How steps run where several processes write at the same time.
const MIGRATIONS: ServerMigrations = ServerMigrations {
    // The lock ends with the transaction. It also keeps two processes from creating the tables at
    // the same moment, which would fail in one of them.
    try_lock: "select pg_try_advisory_xact_lock(hashtext('_aio_sql_migrations'), hashtext(current_schema()))",
    // The transaction may be idle while a step runs outside of it, or a function waits. A query
    // keeps its snapshot until the next statement of its transaction, and a statement with
    // CONCURRENTLY waits for that. This one needs no snapshot, and must be the last.
    stay_idle: "SET LOCAL idle_in_transaction_session_timeout = 0",
    set_lock_timeout: "select set_config('lock_timeout', $1, true)",
    set_lock_timeout_of_session: "select set_config('lock_timeout', $1, false)",
    locked_tables: r"select distinct case when pg_catalog.pg_table_is_visible(c.oid) then '' else n.nspname::text end,
    c.relname::text, a.pid::bigint, coalesce(a.application_name, ''),
    coalesce(a.state, ''), coalesce(to_char(a.xact_start at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS'), '')
    from pg_catalog.pg_locks l join pg_catalog.pg_class c on c.oid = l.relation
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    join pg_catalog.pg_stat_activity a on a.pid = l.pid
    where l.granted and l.pid <> pg_backend_pid() and c.relkind in ('r', 'p', 'm')
    and l.database = (select oid from pg_catalog.pg_database where datname = current_database())
    and n.nspname !~ '^pg_' and c.relname not like '\_aio\_sql\_%' order by 6, 3, 1, 2",
    create_unfinished: "create table if not exists _aio_sql_unfinished (
    name text not null primary key,
    backend integer not null,
    begun_at timestamptz not null
)",
    // Behind a pooler, the statement may run in another session than the one that was recorded.
    unfinished: "select to_char(u.begun_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS'), exists (
        select 1 from pg_catalog.pg_stat_activity a
        where a.pid <> pg_backend_pid() and a.state = 'active'
        and (a.pid = u.backend and a.backend_start <= u.begun_at or a.query <> '' and strpos($2, a.query) > 0)
    ) from _aio_sql_unfinished u where u.name = $1",
    begin_unfinished: "insert into _aio_sql_unfinished values ($1, pg_backend_pid(), statement_timestamp())
    on conflict (name) do update set backend = excluded.backend, begun_at = excluded.begun_at",
    end_unfinished: "delete from _aio_sql_unfinished where name = $1",
    invalid_indexes: "select case when pg_catalog.pg_table_is_visible(t.oid) then '' else n.nspname::text end,
    i.relname::text, t.relname::text from pg_catalog.pg_index x
    join pg_catalog.pg_class i on i.oid = x.indexrelid join pg_catalog.pg_class t on t.oid = x.indrelid
    join pg_catalog.pg_namespace n on n.oid = t.relnamespace
    where not x.indisvalid and t.relkind <> 'p' and n.nspname !~ '^pg_'
    and not exists (select 1 from pg_catalog.pg_stat_progress_create_index p where p.index_relid = x.indexrelid)
    order by 1, t.relname, i.relname",
};

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Returns the expression for the number of the table with the name `$1`.
fn number_of_table(schema: Option<&str>) -> String {
    match schema {
        Some(schema) => format!("to_regclass(quote_ident({}) || '.' || quote_ident($1))", literal(schema)),
        None => "to_regclass(quote_ident($1))".to_owned(),
    }
}

fn has_table(schema: Option<&str>) -> String {
    let table = number_of_table(schema);
    format!("select exists (select 1 from pg_catalog.pg_class where oid = {table} and relkind in ('r', 'p', 'f'))")
}

fn table_names(schema: Option<&str>) -> String {
    let is_in_schema = match schema {
        Some(schema) => format!("n.nspname = {}", literal(schema)),
        None => "n.nspname = any(current_schemas(false)) and pg_catalog.pg_table_is_visible(c.oid)".to_owned(),
    };
    format!(
        r#"select c.relname::text from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'f') and not c.relispartition and {is_in_schema}
    and c.relname not like '\_aio\_sql\_%'
    order by c.relname::text collate pg_catalog."C""#
    )
}

fn foreign_keys_to_table(schema: Option<&str>) -> String {
    let parent = number_of_table(schema);
    format!(
        "select child.relname::text, case when not pg_catalog.pg_table_is_visible(child.oid) then n.nspname::text end,
    key.oid::bigint, of.attname::text, target.attname::text,
    key.confupdtype in ('a', 'r'), key.confdeltype in ('a', 'r'), key.confdeltype = 'c'
    from pg_catalog.pg_constraint key join pg_catalog.pg_class child on child.oid = key.conrelid
    join pg_catalog.pg_namespace n on n.oid = child.relnamespace
    cross join lateral unnest(key.conkey, key.confkey) with ordinality as pair (of, target, place)
    join pg_catalog.pg_attribute of on of.attrelid = key.conrelid and of.attnum = pair.of
    join pg_catalog.pg_attribute target on target.attrelid = key.confrelid and target.attnum = pair.target
    where key.contype = 'f' and key.conparentid = 0 and key.confrelid = {parent}
    order by child.relname, key.oid, pair.place"
    )
}
