//! Reads tables and views with the pragmas that describe them, and from their CREATE statements
//! what no pragma reports.

use rusqlite::{CachedStatement, Connection};

use super::affinity::Affinity;
use super::definition::{Definition, is, parts_of_index, unquoted};
use crate::inspect::{
    Action, Auto, Check, Column, ForeignKey, GeneratedColumn, Index, IndexPart, Inspect, PrimaryKey, Schema, Table,
    TableKind, Trigger, Unique, View,
};
use crate::sql::tokens;
use crate::sqlite::DIALECT;

/// The default collation.
const BINARY: &str = "BINARY";

/// Reads the schema of a database. All of it belongs to one moment.
pub(super) fn schema(raw: &Connection, what: &Inspect) -> rusqlite::Result<Schema> {
    // A statement that has begun to read keeps the connection's view of the database until it
    // ends.
    let mut beginning = raw.prepare("SELECT 1 FROM sqlite_schema UNION ALL SELECT 1")?;
    let mut snapshot = beginning.query([])?;
    snapshot.next()?;
    let mut names = vec!["main".to_owned()];
    names.extend(what.temporary.then(|| "temp".to_owned()));
    names.extend(what.schemas.iter().filter(|name| !is(name, "main")).cloned());
    let (mut tables, mut views) = (Vec::new(), Vec::new());
    for name in &names {
        let reader = Reader::of(raw, name)?;
        for listed in reader.listed(None)? {
            if listed.kind == "view" {
                views.push(reader.view(listed)?);
            } else if what.internal || !matches!(listed.table_kind(), TableKind::Shadow | TableKind::Internal) {
                tables.push(reader.table(listed)?);
            }
        }
    }
    Ok(Schema { dialect: DIALECT, names, tables, views })
}

/// Reads one table of the main schema. Returns `None` if there is no table with this name.
pub(super) fn table(raw: &Connection, name: &str) -> rusqlite::Result<Option<Table>> {
    let reader = Reader::of(raw, "main")?;
    let listed = reader.listed(Some(name))?.into_iter().find(|listed| listed.kind != "view");
    listed.map(|listed| reader.table(listed)).transpose()
}

/// Reads one of the schemas of a connection.
struct Reader<'a> {
    raw: &'a Connection,
    schema: &'a str,
    objects: Vec<Object>,
}

/// A row of the schema table (<https://sqlite.org/schematab.html>).
struct Object {
    kind: String,
    name: String,
    table: String,
    sql: String,
}

/// A row of `PRAGMA table_list` (<https://sqlite.org/pragma.html#pragma_table_list>), with the
/// CREATE statement.
struct Listed {
    name: String,
    kind: String,
    without_rowid: bool,
    strict: bool,
    sql: String,
}

impl Listed {
    fn table_kind(&self) -> TableKind {
        let name = self.name.to_ascii_lowercase();
        match self.kind.as_str() {
            "virtual" => TableKind::Virtual(module(&self.sql)),
            "shadow" => TableKind::Shadow,
            _ if name.starts_with("sqlite_") || name.starts_with("_aio_sql_") => TableKind::Internal,
            _ => TableKind::Ordinary,
        }
    }
}

impl<'a> Reader<'a> {
    fn of(raw: &'a Connection, schema: &'a str) -> rusqlite::Result<Reader<'a>> {
        let sql = format!(
            "SELECT type, name, tbl_name, coalesce(sql, '') FROM \"{}\".sqlite_schema ORDER BY name COLLATE NOCASE",
            schema.replace('"', "\"\"")
        );
        let mut statement = raw.prepare_cached(&sql)?;
        let objects = statement.query_map([], |row| {
            Ok(Object { kind: row.get(0)?, name: row.get(1)?, table: row.get(2)?, sql: row.get(3)? })
        })?;
        let objects = objects.collect::<Result<_, _>>()?;
        Ok(Reader { raw, schema, objects })
    }

    /// Returns the tables and views of the schema in alphabetical order, or only the one with a
    /// name.
    fn listed(&self, name: Option<&str>) -> rusqlite::Result<Vec<Listed>> {
        let mut statement = self.raw.prepare_cached(
            "SELECT name, type, wr, strict FROM pragma_table_list \
             WHERE schema = ?1 COLLATE NOCASE AND (?2 IS NULL OR name = ?2 COLLATE NOCASE) \
             ORDER BY name COLLATE NOCASE",
        )?;
        let listed = statement.query_map((self.schema, name), |row| {
            Ok(Listed {
                name: row.get(0)?,
                kind: row.get(1)?,
                without_rowid: row.get(2)?,
                strict: row.get(3)?,
                sql: String::new(),
            })
        })?;
        let mut all = Vec::new();
        for listed in listed {
            let mut listed = listed?;
            let is_it = |object: &&Object| object.name == listed.name && matches!(&*object.kind, "table" | "view");
            // The schema table itself has no row.
            let Some(object) = self.objects.iter().find(is_it) else { continue };
            listed.sql.clone_from(&object.sql);
            all.push(listed);
        }
        Ok(all)
    }

    /// Returns the triggers, or the indexes, of a table or view.
    fn objects_of(&self, kind: &str, table: &str) -> impl Iterator<Item = &Object> {
        self.objects.iter().filter(move |object| object.kind == kind && is(&object.table, table))
    }

    fn triggers(&self, table: &str) -> Vec<Trigger> {
        let triggers = self.objects_of("trigger", table);
        triggers.map(|object| Trigger { name: object.name.clone(), sql: object.sql.clone() }).collect()
    }

    fn view(&self, listed: Listed) -> rusqlite::Result<View> {
        // The pragma fails if the view cannot be compiled.
        let (columns, error) = match self.columns(&listed, &Definition::default()) {
            Ok((columns, _)) => (columns, None),
            Err(error @ rusqlite::Error::SqliteFailure(..)) => (Vec::new(), Some(error.to_string())),
            Err(error) => return Err(error),
        };
        let triggers = self.triggers(&listed.name);
        let schema = self.schema.to_owned();
        Ok(View { schema, name: listed.name, columns, triggers, sql: listed.sql, error })
    }

    fn table(&self, listed: Listed) -> rusqlite::Result<Table> {
        let definition = Definition::of(&listed.sql);
        let kind = listed.table_kind();
        let (mut columns, mut keyed) = self.columns(&listed, &definition)?;
        let Indexes { indexes, uniques, key } = self.indexes(&listed, &definition)?;
        keyed.sort_by_key(|(place, _)| *place);
        let declared = definition.primary_key.as_ref();
        let plain = keyed.iter().map(|(_, column)| part_of_column(&columns[*column].name)).collect();
        let primary_key = (!keyed.is_empty()).then(|| PrimaryKey {
            name: declared.and_then(|key| key.name.clone()),
            parts: key.clone().unwrap_or(plain),
        });
        // If the primary key has no index, its column is the rowid itself
        // (https://sqlite.org/lang_createtable.html#rowid).
        if let ([(_, column)], None, false, TableKind::Ordinary | TableKind::Internal | TableKind::Shadow) =
            (keyed.as_slice(), &key, listed.without_rowid, &kind)
        {
            let column = &mut columns[*column];
            column.nullable = false;
            let is_never_used = declared.is_some_and(|key| key.autoincrement);
            column.auto = if is_never_used { Auto::NeverUsed } else { Auto::Free };
        }
        let foreign_keys = self.foreign_keys(&listed, &definition)?;
        let checks = definition.checks.iter().map(|check| Check {
            name: check.name.clone(),
            expression: check.expression.to_owned(),
            column: check.column.clone(),
        });
        Ok(Table {
            checks: checks.collect(),
            triggers: self.triggers(&listed.name),
            conflict_clauses: definition.conflict_clauses.iter().map(|&clause| clause.to_owned()).collect(),
            schema: self.schema.to_owned(),
            name: listed.name.clone(),
            kind,
            columns,
            primary_key,
            foreign_keys,
            uniques,
            indexes,
            strict: listed.strict,
            without_rowid: listed.without_rowid,
            comment: None,
            sql: listed.sql.clone(),
        })
    }

    /// Reads the columns, and for each column of the primary key its place in the key and its
    /// index among the columns.
    fn columns(&self, listed: &Listed, definition: &Definition<'_>) -> rusqlite::Result<Columns> {
        // https://sqlite.org/pragma.html#pragma_table_xinfo
        let mut statement = self.prepared(
            "SELECT name, type, \"notnull\", dflt_value, pk, hidden FROM pragma_table_xinfo(?1, ?2) ORDER BY cid",
        )?;
        let mut rows = statement.query((&listed.name, self.schema))?;
        let (mut columns, mut keyed) = (Vec::new(), Vec::new());
        while let Some(row) = rows.next()? {
            let (name, declared_type): (String, String) = (row.get(0)?, row.get(1)?);
            let (not_null, default): (bool, Option<String>) = (row.get(2)?, row.get(3)?);
            let (key, hidden): (i64, i64) = (row.get(4)?, row.get(5)?);
            if key > 0 {
                keyed.push((key, columns.len()));
            }
            let declared = definition.column(&name);
            let collation = declared.and_then(|column| column.collation.clone());
            let type_class = match listed.strict {
                true => declared_type.to_ascii_uppercase(),
                false => Affinity::of(&declared_type).name().to_owned(),
            };
            let expression = declared.and_then(|column| column.generated).unwrap_or_default();
            let generated = matches!(hidden, 2 | 3)
                .then(|| GeneratedColumn { expression: expression.to_owned(), stored: hidden == 3 });
            columns.push(Column {
                name,
                declared_type,
                type_class,
                nullable: !not_null,
                default,
                collation: collation.filter(|collation| !is(collation, BINARY)),
                generated,
                auto: Auto::No,
                hidden: hidden == 1,
                comment: None,
            });
        }
        Ok((columns, keyed))
    }

    fn prepared(&self, sql: &str) -> rusqlite::Result<CachedStatement<'a>> {
        self.raw.prepare_cached(sql)
    }

    fn indexes(&self, listed: &Listed, definition: &Definition<'_>) -> rusqlite::Result<Indexes> {
        let mut found = Indexes::default();
        let mut statement = self
            .prepared("SELECT name, \"unique\", origin FROM pragma_index_list(?1, ?2) ORDER BY name COLLATE NOCASE")?;
        let mut rows = statement.query((&listed.name, self.schema))?;
        while let Some(row) = rows.next()? {
            let (name, unique, origin): (String, bool, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let is_it = |object: &&Object| object.name == name;
            let sql = self.objects_of("index", &listed.name).find(is_it).map_or("", |object| object.sql.as_str());
            let (expressions, condition) = parts_of_index(sql);
            let parts = self.parts(&name, definition, &expressions)?;
            match origin.as_str() {
                "pk" => found.key = Some(parts),
                "u" => found.uniques.push(Unique { name: None, parts }),
                _ => {
                    let condition = condition.map(str::to_owned);
                    found.indexes.push(Index { name, parts, unique, condition, sql: sql.to_owned() });
                }
            }
        }
        // A UNIQUE constraint with the columns of another one has no index of its own.
        let place = |unique: &Unique| {
            let same = |declared: &Vec<String>| {
                let columns = unique.columns();
                columns.len() == declared.len() && columns.iter().zip(declared).all(|(one, other)| is(one, other))
            };
            definition.uniques.iter().position(|declared| same(&declared.columns))
        };
        for unique in &mut found.uniques {
            unique.name = place(unique).and_then(|place| definition.uniques[place].name.clone());
        }
        found.uniques.sort_by_key(|unique| place(unique));
        Ok(found)
    }

    /// Reads the columns and expressions of an index. `expressions` are their texts in the CREATE
    /// INDEX statement.
    fn parts(
        &self,
        index: &str,
        definition: &Definition<'_>,
        expressions: &[&str],
    ) -> rusqlite::Result<Vec<IndexPart>> {
        // https://sqlite.org/pragma.html#pragma_index_xinfo
        let mut statement =
            self.prepared("SELECT cid, name, \"desc\", coll FROM pragma_index_xinfo(?1, ?2) WHERE key ORDER BY seqno")?;
        let mut rows = statement.query((index, self.schema))?;
        let mut parts = Vec::new();
        while let Some(row) = rows.next()? {
            let (cid, column): (i64, Option<String>) = (row.get(0)?, row.get(1)?);
            let (descending, collation): (bool, String) = (row.get(2)?, row.get(3)?);
            let own = column.as_ref().and_then(|column| definition.column(column)?.collation.clone());
            let own = own.unwrap_or_else(|| BINARY.to_owned());
            let is_expression = column.is_none() && cid != -1;
            let expression = expressions.get(parts.len()).filter(|_| is_expression).map(|&text| text.to_owned());
            let collation = (!is(&collation, &own)).then_some(collation);
            parts.push(IndexPart { column, expression, collation, descending });
        }
        Ok(parts)
    }

    fn foreign_keys(&self, listed: &Listed, definition: &Definition<'_>) -> rusqlite::Result<Vec<ForeignKey>> {
        let mut statement = self.prepared(
            "SELECT id, \"table\", \"from\", \"to\", on_delete, on_update FROM pragma_foreign_key_list(?1, ?2) \
             ORDER BY id DESC, seq",
        )?;
        let mut rows = statement.query((&listed.name, self.schema))?;
        let mut keys: Vec<(i64, ForeignKey)> = Vec::new();
        while let Some(row) = rows.next()? {
            let (id, column, target): (i64, String, Option<String>) = (row.get(0)?, row.get(2)?, row.get(3)?);
            if keys.last().is_none_or(|(last, _)| *last != id) {
                // The pragma numbers the foreign keys in the reverse order of the statement.
                let declared = definition.foreign_keys.get(keys.len());
                let table: String = row.get(1)?;
                let targets = if target.is_none() { self.key_of(&table)? } else { Vec::new() };
                keys.push((
                    id,
                    ForeignKey {
                        name: declared.and_then(|key| key.name.clone()),
                        columns: Vec::new(),
                        table,
                        targets,
                        on_delete: action(&row.get::<_, String>(4)?),
                        on_update: action(&row.get::<_, String>(5)?),
                        deferrable: declared.is_some_and(|key| key.deferrable),
                        deferred: declared.is_some_and(|key| key.deferred),
                    },
                ));
            }
            if let Some((_, key)) = keys.last_mut() {
                key.columns.push(column);
                key.targets.extend(target);
            }
        }
        Ok(keys.into_iter().map(|(_, key)| key).collect())
    }

    /// Returns the columns of the primary key of a table.
    fn key_of(&self, table: &str) -> rusqlite::Result<Vec<String>> {
        let mut statement = self.prepared("SELECT name FROM pragma_table_info(?1, ?2) WHERE pk > 0 ORDER BY pk")?;
        statement.query_map((table, self.schema), |row| row.get(0))?.collect()
    }
}

/// The columns of a table, and for each column of the primary key its place in the key and its
/// index among the columns.
type Columns = (Vec<Column>, Vec<(i64, usize)>);

/// The indexes of a table.
#[derive(Default)]
struct Indexes {
    indexes: Vec<Index>,
    uniques: Vec<Unique>,
    /// The columns of the index of the primary key; `None` if the key has no index.
    key: Option<Vec<IndexPart>>,
}

fn part_of_column(name: &str) -> IndexPart {
    IndexPart { column: Some(name.to_owned()), expression: None, collation: None, descending: false }
}

fn action(name: &str) -> Action {
    match name {
        "RESTRICT" => Action::Restrict,
        "CASCADE" => Action::Cascade,
        "SET NULL" => Action::SetNull,
        "SET DEFAULT" => Action::SetDefault,
        _ => Action::NoAction,
    }
}

/// Returns the module of a virtual table, which follows USING.
fn module(sql: &str) -> String {
    let tokens = tokens(sql);
    let using = tokens.iter().position(|token| is(token, "using"));
    using.and_then(|place| tokens.get(place + 1)).map(|name| unquoted(name)).unwrap_or_default()
}
