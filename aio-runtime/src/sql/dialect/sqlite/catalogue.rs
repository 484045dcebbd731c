//! The statements that the library sends to SQLite for its own purposes.

use super::plan;
use crate::sql::dialect::{Catalogue, push_quoted};

/// SQLite's statements about the schema and the applied migrations. They read the schema table,
/// and pragmas as table-valued functions (<https://sqlite.org/pragma.html#pragfunc>).
pub(super) const CATALOGUE: Catalogue = Catalogue {
    has_table,
    table_names,
    has_schema: None,
    foreign_keys_to_table,
    // See https://sqlite.org/pragma.html#pragma_foreign_key_check.
    violated_key: "select \"table\", rowid, parent, fkid from pragma_foreign_key_check() limit 1",
    violations: "select \"table\", parent, min(fkid), count(*) from pragma_foreign_key_check() group by 1, 2",
    columns_of_key: "select \"from\" from pragma_foreign_key_list(?) where id = ? order by seq",
    defer_foreign_keys: "PRAGMA defer_foreign_keys = 1",
    migrations_of_server: None,
    create_migrations: "create table if not exists _aio_sql_migrations (
    position integer not null primary key,
    name text not null unique,
    digest integer,
    sql text not null,
    applied_at text not null default (strftime('%Y-%m-%dT%H:%M:%f000000Z', 'now'))
)",
    lacks_digest: "select not exists (select 1 from pragma_table_info('_aio_sql_migrations') where name = 'digest')",
    add_digest: "alter table _aio_sql_migrations add column digest integer",
    // SQLite counts the entries of the index of the names, which are few pages.
    digest_of_migrations: "select (select count(*) from _aio_sql_migrations), digest from _aio_sql_migrations
    order by position desc limit 1",
    applied_migrations: "select name, sql from _aio_sql_migrations order by position",
    record_migration: "insert into _aio_sql_migrations (position, name, digest, sql)
    select coalesce(max(position), 0) + 1, ?, ?, ? from _aio_sql_migrations",
    rename_migration: "update _aio_sql_migrations set name = ?, sql = ? where name = ?",
    forget_migration: "delete from _aio_sql_migrations where name = ?",
    set_digest: "update _aio_sql_migrations
    set digest = case position when (select max(position) from _aio_sql_migrations) then ? end",
    explain: "EXPLAIN QUERY PLAN ",
    read_plan: plan::read,
};

/// The schema of the file that was opened. The schema of an attached file has the name that was
/// given to the file.
const MAIN: &str = "main";

fn quoted(name: &str) -> String {
    let mut quoted = String::new();
    push_quoted(&mut quoted, name);
    quoted
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn has_table(schema: Option<&str>) -> String {
    let schema = quoted(schema.unwrap_or(MAIN));
    // SQLite ignores the case of table names.
    format!("select exists (select 1 from {schema}.sqlite_schema where type = 'table' and name = ? collate nocase)")
}

fn table_names(schema: Option<&str>) -> String {
    let (schema, text) = (quoted(schema.unwrap_or(MAIN)), literal(schema.unwrap_or(MAIN)));
    // Reading the schema table makes the connection load the current schema. The pragma alone
    // might use an old one.
    format!(
        r"select made.name from {schema}.sqlite_schema as made where made.type = 'table'
    and made.name not like 'sqlite\_%' escape '\' and made.name not like '\_aio\_sql\_%' escape '\'
    and not exists (select 1 from pragma_table_list(made.name) as known
    where known.schema = {text} collate nocase and known.type = 'shadow')
    order by made.name"
    )
}

fn foreign_keys_to_table(schema: Option<&str>) -> String {
    // A key refers to a table of its own file.
    let child_schema = schema.map_or_else(|| "NULL".to_owned(), literal);
    let (schema, text) = (quoted(schema.unwrap_or(MAIN)), literal(schema.unwrap_or(MAIN)));
    format!(
        "SELECT child.name, {child_schema}, key.id, key.\"from\", coalesce(key.\"to\", \
         (SELECT name FROM pragma_table_info(key.\"table\", {text}) WHERE pk = key.seq + 1)), \
         key.on_update IN ('NO ACTION', 'RESTRICT'), key.on_delete IN ('NO ACTION', 'RESTRICT'), \
         key.on_delete = 'CASCADE' \
         FROM {schema}.sqlite_schema AS child, pragma_foreign_key_list(child.name, {text}) AS key \
         WHERE child.type = 'table' AND key.\"table\" = ? COLLATE NOCASE \
         ORDER BY child.name, key.id, key.seq"
    )
}
