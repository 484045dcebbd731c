//! The tables of a database, as far as a copy needs to know them.

use aio_sql::inspect::{self, Domain, Sequence, TableKind};
use aio_sql::schema::Auto;
use aio_sql::{Dialect, Executor, Inspect, Schema, query};

use crate::error::{Error, Result};
use crate::plan::tokens;

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

/// The highest number that the sequence of the column `$2` of the table `$1` has given out.
const LAST_NUMBER: &str = "select pg_sequence_last_value(
    pg_get_serial_sequence(quote_ident($1::text), $2::text)::regclass)";

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

/// Reads the tables that a name without a schema means.
async fn postgres(ex: &Executor) -> Result<Vec<Table>> {
    let schema = ex.inspect().await?;
    // A type with a schema before its name is none of the search path.
    let columns = schema.tables().iter().flat_map(inspect::Table::columns);
    let has_schema = |column: &inspect::Column| type_name(column.declared_type()).0.is_some();
    let all = match columns.into_iter().any(has_schema) {
        true => Some(ex.inspect_with(Inspect::new().all_schemas().internal()).await?),
        false => None,
    };
    let domains = all.as_ref().unwrap_or(&schema).domains();
    let mut tables: Vec<Table> = Vec::new();
    let is_table = |table: &&inspect::Table| *table.kind() == TableKind::Ordinary && table.partition().is_none();
    for table in schema.tables().iter().filter(is_table) {
        // One of a later schema of the search path is hidden by one of the same name before it.
        let is_hidden = |name: &str| tables.iter().any(|before| before.name == name);
        if !is_hidden(table.name()) {
            tables.push(of_postgres(ex, &schema, domains, table).await?);
        }
    }
    tables.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(tables)
}

async fn of_postgres(ex: &Executor, schema: &Schema, domains: &[Domain], table: &inspect::Table) -> Result<Table> {
    let mut columns = Vec::new();
    for column in table.columns() {
        let owns = |sequence: &Sequence| {
            sequence.owner().is_some_and(|owner| {
                owner.schema() == table.schema() && owner.table() == table.name() && owner.column() == column.name()
            })
        };
        let is_numbered = column.identity().is_some() || schema.sequences().iter().any(owns);
        let last_number = match is_numbered {
            true => query(LAST_NUMBER).bind(table.name()).bind(column.name()).scalar(ex).await?,
            false => None,
        };
        columns.push(Column {
            name: column.name().to_owned(),
            ty: ColumnType::Postgres(base_type(domains, column.declared_type())),
            is_generated: column.generated().is_some(),
            is_numbered,
            last_number,
        });
    }
    let keys = table.foreign_keys().iter().map(|key| Reference {
        constraint: key.name().unwrap_or_default().to_owned(),
        table: key.table().to_owned(),
        is_deferrable: key.is_deferrable(),
    });
    Ok(Table { name: table.name().to_owned(), columns, references: keys.collect() })
}

/// Returns the type whose values a type has, without lengths: of a domain the one below it.
fn base_type(domains: &[Domain], declared: &str) -> String {
    let mut ty = declared;
    let is_named = |domain: &&Domain, ty: &str| {
        let (schema, name) = type_name(ty);
        name.as_deref() == Some(domain.name()) && schema.is_none_or(|schema| schema == domain.schema())
    };
    while let Some(domain) = domains.iter().find(|domain| is_named(domain, ty)) {
        ty = domain.declared_type();
    }
    match (ty.find('('), ty.find(')')) {
        (Some(open), Some(close)) => format!("{}{}", &ty[..open], &ty[close + 1..]),
        _ => ty.to_owned(),
    }
}

/// Returns the schema and the name of a type that is one name, as those of users are.
fn type_name(ty: &str) -> (Option<String>, Option<String>) {
    match &*tokens(ty) {
        [name] => (None, name.name()),
        [schema, dot, name] if dot.is(".") => (schema.name(), name.name()),
        _ => (None, None),
    }
}
