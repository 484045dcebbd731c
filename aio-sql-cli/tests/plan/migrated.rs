//! Rows of random schemas, and which of them another schema can hold.

use aio_sql::rusqlite::types::Value;
use aio_sql::rusqlite::{Connection, Error, params_from_iter};
use fastrand::Rng;

use crate::mutation::Mutated;
use crate::random_schema::*;

/// A table that both schemas have.
pub(crate) struct Source<'a> {
    pub(crate) before: &'a RandomTable,
    pub(crate) after: &'a RandomTable,
    /// The columns of the second schema that get a value. `from` has the expressions for these
    /// values.
    into: Vec<String>,
    from: Vec<String>,
    /// Whether both tables have rowids, which the steps must keep.
    has_rowid: bool,
}

fn rowid_name(table: &RandomTable) -> Option<&'static str> {
    ["rowid", "_rowid_", "oid"].into_iter().find(|name| !table.without_rowid && table.is_free(name))
}

fn rowid(table: &RandomTable) -> Option<String> {
    match table.key {
        Key::Rowid { .. } => Some(quoted(&table.columns[0].name)),
        _ => rowid_name(table).map(str::to_owned),
    }
}

impl<'a> Source<'a> {
    pub(crate) fn of(before: &'a RandomSchema, after: &'a Mutated) -> Vec<Source<'a>> {
        let kept = after.schema.tables.iter().filter_map(|table| Some((before.table(table.id)?, table)));
        kept.map(|(old, new)| {
            let (mut into, mut from) = (Vec::new(), Vec::new());
            let has_rowid = rowid(old).is_some() && rowid(new).is_some();
            if let (Some(old), Some(name)) = (rowid(old), rowid_name(new))
                && !matches!(new.key, Key::Rowid { .. })
            {
                into.push(name.to_owned());
                from.push(old);
            }
            let numbers =
                |column: &RandomColumn| matches!(new.key, Key::Rowid { .. }) && new.columns[0].id == column.id;
            for column in new.columns.iter().filter(|column| column.generated.is_none()) {
                let backfill = after.backfills.get(&column.id);
                let value = match (old.has(column.id).then(|| old.column(column.id)), backfill) {
                    (Some(before), Some(backfill)) if before.nullable && !column.nullable => {
                        format!("coalesce({}, {backfill})", quoted(&before.name))
                    }
                    (Some(before), _) => quoted(&before.name),
                    (None, Some(backfill)) => backfill.clone(),
                    (None, None) if numbers(column) => rowid(old).unwrap(),
                    (None, None) => continue,
                };
                into.push(quoted(&column.name));
                from.push(value);
            }
            Source { before: old, after: new, into, from, has_rowid }
        })
        .collect()
    }

    /// Returns columns that identify a row of the first table.
    fn identity(&self) -> Vec<String> {
        match (&self.before.key, rowid(self.before)) {
            (_, Some(rowid)) => vec![rowid],
            (Key::Columns(columns), None) => columns.iter().map(|id| quoted(&self.before.column(*id).name)).collect(),
            _ => self.before.columns.iter().map(|column| quoted(&column.name)).collect(),
        }
    }
}

/// Inserts random rows that keep the constraints, and deletes some of them again.
pub(crate) fn insert_rows(connection: &Connection, schema: &RandomSchema, rng: &mut Rng) {
    connection.pragma_update(None, "foreign_keys", true).unwrap();
    for _ in 0..3 {
        for table in &schema.tables {
            for _ in 0..8 {
                insert_row(connection, schema, table, rng);
            }
        }
    }
    for table in &schema.tables {
        if let (true, Some(rowid)) = (rng.bool(), rowid(table)) {
            let name = quoted(&table.name);
            let _ = connection
                .execute(&format!("DELETE FROM {name} WHERE {rowid} >= (SELECT max({rowid}) - 1 FROM {name})"), []);
        }
    }
    connection.pragma_update(None, "foreign_keys", false).unwrap();
}

/// Inserts a row; if it breaks a constraint, it is not inserted.
fn insert_row(connection: &Connection, schema: &RandomSchema, table: &RandomTable, rng: &mut Rng) {
    let (mut columns, mut values) = (Vec::new(), Vec::new());
    if !matches!(table.key, Key::Rowid { .. })
        && let Some(name) = rowid_name(table)
    {
        columns.push(name.to_owned());
        values.push(rng.u16(0..3000).to_string());
    }
    for (place, column) in table.columns.iter().enumerate() {
        let is_number = place == 0 && matches!(table.key, Key::Rowid { .. });
        if column.generated.is_some() || is_number && rng.bool() || column.default.is_some() && rng.bool() {
            continue;
        }
        let key = table.keys.iter().find(|key| key.columns.contains(&column.id));
        let value = match key {
            _ if column.nullable && rng.u8(0..4) == 0 => "NULL".to_owned(),
            Some(key) => {
                let parent = schema.table(key.table).unwrap();
                let place = key.columns.iter().position(|id| *id == column.id).unwrap();
                let target = quoted(&parent.column(key.targets[place]).name);
                let offset = rng.u8(0..3);
                format!("(SELECT {target} FROM {} LIMIT 1 OFFSET {offset})", quoted(&parent.name))
            }
            None => random_value(column, rng),
        };
        columns.push(quoted(&column.name));
        values.push(value);
    }
    let name = quoted(&table.name);
    let sql = match columns.is_empty() {
        true => format!("INSERT INTO {name} DEFAULT VALUES"),
        false => format!("INSERT INTO {name} ({}) VALUES ({})", columns.join(", "), values.join(", ")),
    };
    match connection.execute(&sql, []) {
        Ok(_) | Err(Error::SqliteFailure(..)) => {}
        Err(error) => panic!("{error}: {sql}"),
    }
}

pub(crate) fn random_value(column: &RandomColumn, rng: &mut Rng) -> String {
    match column.ty {
        "INTEGER" => rng.i16(-5..40).to_string(),
        "REAL" => format!("{}.5", rng.i8(-9..9)),
        "BLOB" => format!("x'{:02x}'", rng.u8(..)),
        _ => match rng.u8(0..5) {
            0 => "'a'".to_owned(),
            1 => "'it''s'".to_owned(),
            2 => "''".to_owned(),
            3 => "'b'".to_owned(),
            _ => format!("'{}'", rng.u16(..)),
        },
    }
}

/// Fills the second schema with those rows of the first that it can hold, and deletes the others
/// from the first.
pub(crate) fn keep_what_fits(
    source: &Connection,
    wanted: &Connection,
    before: &RandomSchema,
    after: &Mutated,
    tables: &[Source<'_>],
) -> Result<(), Error> {
    loop {
        wanted.execute_batch(
            "PRAGMA writable_schema = RESET; PRAGMA foreign_keys = OFF; PRAGMA legacy_alter_table = ON",
        )?;
        let mut drops =
            wanted.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")?;
        let names: Vec<String> = drops.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        for name in names {
            wanted.execute_batch(&format!("DROP TABLE {}", quoted(&name)))?;
        }
        wanted.execute_batch(&after.schema.sql())?;
        let mut deleted = 0;
        for table in tables {
            deleted += copy(source, wanted, table)?;
        }
        for (table, rowid) in violations(wanted)? {
            let own = tables.iter().find(|own| own.after.name == table).expect("it has rows");
            deleted += delete(source, own.before, rowid.filter(|_| own.has_rowid))?;
        }
        for (table, rowid) in violations(source)? {
            let own = before.tables.iter().find(|own| own.name == table).expect("it has rows");
            deleted += delete(source, own, rowid)?;
        }
        if deleted == 0 {
            return Ok(());
        }
    }
}

/// Copies the rows of a table to the second schema. Deletes those that the second schema refuses
/// from the first, and returns their number.
fn copy(source: &Connection, wanted: &Connection, table: &Source<'_>) -> Result<usize, Error> {
    let identity = table.identity();
    let order = identity.join(", ");
    let from = quoted(&table.before.name);
    let sql = format!("SELECT {order}, {} FROM {from} ORDER BY {order}", table.from.join(", "));
    let mut statement = source.prepare(&sql)?;
    let width = statement.column_count();
    let rows =
        statement.query_map([], |row| (0..width).map(|place| row.get(place)).collect::<Result<Vec<Value>, _>>())?;
    let rows: Vec<Vec<Value>> = rows.collect::<Result<_, _>>()?;
    let places = vec!["?"; table.into.len()].join(", ");
    let insert = format!("INSERT INTO {} ({}) VALUES ({places})", quoted(&table.after.name), table.into.join(", "));
    let mut insert = wanted.prepare(&insert)?;
    let mut deleted = 0;
    for row in rows {
        let (key, values) = row.split_at(identity.len());
        if insert.execute(params_from_iter(values)).is_err() {
            let condition = identity.iter().map(|column| format!("{column} IS ?")).collect::<Vec<_>>().join(" AND ");
            deleted += source.execute(&format!("DELETE FROM {from} WHERE {condition}"), params_from_iter(key))?;
        }
    }
    Ok(deleted)
}

fn delete(source: &Connection, table: &RandomTable, row: Option<i64>) -> Result<usize, Error> {
    let name = quoted(&table.name);
    match (row, rowid(table)) {
        (Some(row), Some(rowid)) => source.execute(&format!("DELETE FROM {name} WHERE {rowid} = ?1"), [row]),
        _ => source.execute(&format!("DELETE FROM {name}"), []),
    }
}

fn violations(connection: &Connection) -> Result<Vec<(String, Option<i64>)>, Error> {
    let mut statement = connection.prepare("PRAGMA foreign_key_check")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}

/// Returns the rows of a table of the second schema, sorted by their values.
pub(crate) fn contents(connection: &Connection, table: &Source<'_>) -> Vec<Vec<Value>> {
    let mut columns: Vec<String> = table.after.columns.iter().map(|column| quoted(&column.name)).collect();
    if table.has_rowid {
        columns.insert(0, rowid(table.after).unwrap());
    }
    let columns = columns.join(", ");
    let sql = format!("SELECT {columns} FROM {} ORDER BY {columns}", quoted(&table.after.name));
    let mut statement = connection.prepare(&sql).unwrap();
    let width = statement.column_count();
    let rows = statement.query_map([], |row| (0..width).map(|place| row.get(place)).collect()).unwrap();
    rows.map(Result::unwrap).collect()
}
