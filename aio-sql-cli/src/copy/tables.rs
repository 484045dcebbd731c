//! The tables of a database, as far as a copy needs to know them.

use aio_sql::inspect::TableKind;
use aio_sql::schema::Auto;
use aio_sql::{Dialect, Executor, Row, query};

use crate::error::{Error, Result};

/// A table.
#[derive(Clone, Debug)]
pub(super) struct Table {
    pub(super) name: String,
    pub(super) columns: Vec<Column>,
    pub(super) references: Vec<Reference>,
}

/// A column.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) ty: ColumnType,
    pub(super) is_generated: bool,
    /// Whether the database numbers the rows by this column.
    pub(super) is_numbered: bool,
    /// The highest number that the database has given out, if it remembers it.
    pub(super) last_number: Option<i64>,
}

/// The type of a column, by which its values are converted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ColumnType {
    /// The type that decides how SQLite stores a value: INTEGER, REAL, TEXT, BLOB, NUMERIC or ANY.
    Sqlite(String),
    /// The name of a type of PostgreSQL.
    Postgres(String),
}

/// A foreign key.
#[derive(Clone, Debug)]
pub(super) struct Reference {
    pub(super) constraint: String,
    pub(super) table: String,
    pub(super) is_deferrable: bool,
}

/// The columns of the tables that a name without a schema means.
const POSTGRES_COLUMNS: &str = r#"select c.relname::text, a.attname::text,
    format_type(coalesce(nullif(t.typbasetype, 0), t.oid), -1)::text, a.attgenerated <> '',
    s.sequence is not null, pg_sequence_last_value(s.sequence)
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    join pg_catalog.pg_type t on t.oid = a.atttypid
    cross join lateral (select pg_get_serial_sequence(quote_ident(c.relname), a.attname)::regclass as sequence) s
    where c.relkind in ('r', 'p') and not c.relispartition and n.nspname = any(current_schemas(false))
    and pg_catalog.pg_table_is_visible(c.oid) and c.relname not like '\_aio\_sql\_%'
    order by c.relname::text collate pg_catalog."C", a.attnum"#;

const POSTGRES_REFERENCES: &str =
    "select child.relname::text, key.conname::text, parent.relname::text, key.condeferrable
    from pg_catalog.pg_constraint key
    join pg_catalog.pg_class child on child.oid = key.conrelid
    join pg_catalog.pg_class parent on parent.oid = key.confrelid
    where key.contype = 'f' and key.conparentid = 0 and pg_catalog.pg_table_is_visible(child.oid)
    and pg_catalog.pg_table_is_visible(parent.oid)
    order by key.oid";

/// Reads the tables whose rows the database itself stores, without those that belong to the
/// database or the library.
pub(super) async fn read(ex: &Executor) -> Result<Vec<Table>> {
    match ex.dialect() {
        Dialect::Sqlite => sqlite(ex).await,
        Dialect::Postgres => postgres(ex).await,
        _ => Err(Error::new("the tool cannot copy this kind of database")),
    }
}

/// Returns the number of the rows of a table.
pub(super) async fn count(ex: &Executor, table: &str) -> Result<u64> {
    let rows: i64 = query(format!("SELECT count(*) FROM {}", quoted(table))).scalar(ex).await?;
    Ok(u64::try_from(rows).unwrap_or_default())
}

/// Returns a name in quotes, as SQL writes it.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

async fn sqlite(ex: &Executor) -> Result<Vec<Table>> {
    let schema = ex.inspect().await?;
    let remembers = "SELECT count(*) FROM sqlite_schema WHERE name = 'sqlite_sequence'";
    let numbers: Vec<(String, i64)> = match query(remembers).scalar::<i64>(ex).await? {
        0 => Vec::new(),
        _ => query("SELECT name, seq FROM sqlite_sequence").all(ex).await?,
    };
    let ordinary = schema.tables().iter().filter(|table| *table.kind() == TableKind::Ordinary);
    Ok(ordinary
        .map(|table| Table {
            name: table.name().to_owned(),
            columns: table
                .columns()
                .iter()
                .filter(|column| !column.is_hidden())
                .map(|column| {
                    let is_numbered = column.auto() == Auto::NeverUsed;
                    let number = numbers.iter().find(|(name, _)| is_numbered && name == table.name());
                    Column {
                        name: column.name().to_owned(),
                        ty: ColumnType::Sqlite(column.type_class().to_ascii_uppercase()),
                        is_generated: column.generated().is_some(),
                        is_numbered,
                        last_number: number.map(|(_, number)| *number),
                    }
                })
                .collect(),
            references: table
                .foreign_keys()
                .iter()
                .map(|key| Reference {
                    constraint: key.name().unwrap_or_default().to_owned(),
                    table: key.table().to_owned(),
                    is_deferrable: true,
                })
                .collect(),
        })
        .collect())
}

async fn postgres(ex: &Executor) -> Result<Vec<Table>> {
    let mut tables: Vec<Table> = Vec::new();
    for row in query(POSTGRES_COLUMNS).all::<Row>(ex).await? {
        let name: String = row.get(0)?;
        let column = Column {
            name: row.get(1)?,
            ty: ColumnType::Postgres(row.get(2)?),
            is_generated: row.get(3)?,
            is_numbered: row.get(4)?,
            last_number: row.get(5)?,
        };
        match tables.last_mut().filter(|table| table.name == name) {
            Some(table) => table.columns.push(column),
            None => tables.push(Table { name, columns: vec![column], references: Vec::new() }),
        }
    }
    for row in query(POSTGRES_REFERENCES).all::<Row>(ex).await? {
        let name: String = row.get(0)?;
        if let Some(table) = tables.iter_mut().find(|table| table.name == name) {
            let reference = Reference { constraint: row.get(1)?, table: row.get(2)?, is_deferrable: row.get(3)? };
            table.references.push(reference);
        }
    }
    Ok(tables)
}
