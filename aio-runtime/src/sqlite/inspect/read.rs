//! Reads tables and views with the pragmas that describe them, and from their CREATE statements
//! what no pragma reports.

use std::collections::{HashMap, HashSet};

use rusqlite::{CachedStatement, Connection, ffi};

use super::affinity::Affinity;
use super::definition::{Definition, KeyDefinition, is, parts_of_index, unquoted};
use crate::error::{Error, ErrorKind, Result};
use crate::inspect::{
    Action, Auto, Check, Column, ForeignKey, GeneratedColumn, Index, IndexPart, Inspect, PrimaryKey, Schema, Table,
    TableKind, Trigger, Unique, View,
};
use crate::sql::tokens;
use crate::sqlite::DIALECT;
use crate::sqlite::error::typed;

/// The name of the schema of temporary objects.
const TEMP: &str = "temp";

/// The default collation.
const BINARY: &str = "BINARY";

/// Reads the schema of a database. All of it belongs to one moment.
pub(super) fn schema(raw: &Connection, what: &Inspect) -> Result<Schema> {
    let names = names(raw, what)?;
    read(raw, what, names).map_err(typed)
}

/// Returns the names of the schemas to be read, as the connection has them.
fn names(raw: &Connection, what: &Inspect) -> Result<Vec<String>> {
    // https://sqlite.org/pragma.html#pragma_database_list
    let list = || -> rusqlite::Result<Vec<String>> {
        raw.prepare_cached("SELECT name FROM pragma_database_list ORDER BY seq")?
            .query_map([], |row| row.get(0))?
            .collect()
    };
    let known = list().map_err(typed)?;
    let mut names = vec!["main".to_owned()];
    names.extend(what.temporary.then(|| TEMP.to_owned()));
    if what.all_schemas {
        names.extend(known.iter().filter(|name| !is(name, "main") && !is(name, TEMP)).cloned());
    }
    for wanted in &what.schemas {
        let name = match known.iter().find(|name| is(name, wanted)) {
            Some(name) => name,
            // It is not listed before it has a table.
            None if is(wanted, TEMP) => TEMP,
            None => {
                return Err(Error::new(
                    ErrorKind::Sql,
                    format!(
                        "there is no schema {wanted:?}: this connection has {}. A database is attached to one \
                         connection: inspect the connection on which ATTACH has run",
                        known.join(", ")
                    ),
                ));
            }
        };
        if !names.iter().any(|listed| is(listed, name)) {
            names.push(name.to_owned());
        }
    }
    Ok(names)
}

fn read(raw: &Connection, what: &Inspect, names: Vec<String>) -> rusqlite::Result<Schema> {
    // A statement that has begun to read keeps the connection's view of these databases until it
    // ends. It also makes the connection read schemas again that others have changed.
    let schemas = names.iter().map(|name| format!("SELECT 1 FROM {}.sqlite_schema UNION ALL ", quoted(name)));
    let mut beginning = raw.prepare(&format!("{}SELECT 1", schemas.collect::<String>()))?;
    let mut snapshot = beginning.query([])?;
    snapshot.next()?;
    let temporary = what.temporary.then(|| Objects::of(raw, TEMP, None)).transpose()?;
    let mut elsewhere = temporary.map(|objects| objects.triggers_of_others()).unwrap_or_default();
    let (mut tables, mut views) = (Vec::new(), Vec::new());
    for name in &names {
        let reader = Reader { raw, schema: name, objects: Objects::of(raw, name, None)? };
        for listed in reader.listed(None)? {
            let (internal, key) = (what.internal, listed.name.to_ascii_lowercase());
            if listed.kind == "view" {
                let mut view = reader.view(listed)?;
                view.triggers.extend(elsewhere.remove(&key).unwrap_or_default());
                views.push(view);
            } else if internal || !matches!(listed.table_kind(), TableKind::Shadow | TableKind::Internal) {
                let mut table = reader.table(listed)?;
                table.triggers.extend(elsewhere.remove(&key).unwrap_or_default());
                tables.push(table);
            }
        }
    }
    Ok(Schema { names, tables, views, ..Schema::empty(DIALECT) })
}

/// The name of the schema of the file that was opened.
pub(super) const MAIN: &str = "main";

/// Reads one table of a schema. Returns `None` if there is no table with this name.
pub(super) fn table(raw: &Connection, schema: &str, name: &str) -> rusqlite::Result<Option<Table>> {
    let reader = Reader { raw, schema, objects: Objects::of(raw, schema, Some(name))? };
    let listed = reader.listed(Some(name))?.into_iter().find(|listed| listed.kind != "view");
    listed.map(|listed| reader.table(listed)).transpose()
}

/// Reads one of the schemas of a connection.
struct Reader<'a> {
    raw: &'a Connection,
    schema: &'a str,
    objects: Objects,
}

/// The rows of a schema table (<https://sqlite.org/schematab.html>).
#[derive(Default)]
struct Objects {
    /// The CREATE statements of the tables, views and indexes, by their names.
    statements: HashMap<String, String>,
    /// The triggers of the schema, by the names of their tables in lower case.
    triggers: HashMap<String, Vec<Trigger>>,
    /// The names of the tables and views in lower case.
    tables: HashSet<String>,
}

impl Objects {
    /// Reads the schema table: all of it, or only what belongs to a table or view with this name.
    fn of(raw: &Connection, schema: &str, table: Option<&str>) -> rusqlite::Result<Objects> {
        let sql = format!(
            "SELECT type, name, tbl_name, coalesce(sql, '') FROM {}.sqlite_schema \
             WHERE ?1 IS NULL OR tbl_name = ?1 COLLATE NOCASE ORDER BY name COLLATE NOCASE",
            quoted(schema)
        );
        let mut statement = raw.prepare_cached(&sql)?;
        let mut rows = statement.query([table])?;
        let mut objects = Objects::default();
        while let Some(row) = rows.next()? {
            let (kind, name, sql): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(3)?);
            if kind == "trigger" {
                let table: String = row.get(2)?;
                let of_table = objects.triggers.entry(table.to_ascii_lowercase()).or_default();
                of_table.push(Trigger { schema: schema.to_owned(), name, sql });
                continue;
            }
            if kind != "index" {
                objects.tables.insert(name.to_ascii_lowercase());
            }
            objects.statements.insert(name, sql);
        }
        Ok(objects)
    }

    /// Returns the triggers whose tables belong to other schemas, by the names of these tables in
    /// lower case.
    fn triggers_of_others(mut self) -> HashMap<String, Vec<Trigger>> {
        self.triggers.retain(|table, _| !self.tables.contains(table));
        self.triggers
    }
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

impl Reader<'_> {
    /// Returns the tables and views of the schema in alphabetical order, or only those with a
    /// name.
    fn listed(&self, name: Option<&str>) -> rusqlite::Result<Vec<Listed>> {
        let mut statement = self.prepared(
            "SELECT name, type, wr, strict FROM pragma_table_list \
             WHERE schema = ?1 COLLATE NOCASE AND (?2 IS NULL OR name = ?2 COLLATE NOCASE) \
             ORDER BY name COLLATE NOCASE",
        )?;
        let mut rows = statement.query((self.schema, name))?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            let name: String = row.get(0)?;
            // The schema table itself has no row.
            let Some(sql) = self.objects.statements.get(&name) else { continue };
            let (sql, kind) = (sql.clone(), row.get(1)?);
            all.push(Listed { name, kind, without_rowid: row.get(2)?, strict: row.get(3)?, sql });
        }
        Ok(all)
    }

    fn triggers(&self, table: &str) -> Vec<Trigger> {
        self.objects.triggers.get(&table.to_ascii_lowercase()).cloned().unwrap_or_default()
    }

    /// Reads the columns of a view or of a virtual table, which the database compiles. Returns no
    /// columns and the reason if it cannot.
    fn compiled_columns(&self, listed: &Listed) -> rusqlite::Result<(Columns, Option<String>)> {
        match self.columns(listed, &Definition::default()) {
            Ok(columns) => Ok((columns, None)),
            Err(rusqlite::Error::SqliteFailure(failure, Some(message)))
                if matches!(failure.extended_code & 0xff, ffi::SQLITE_ERROR | ffi::SQLITE_AUTH) =>
            {
                Ok((Columns::default(), Some(message)))
            }
            Err(error) => Err(error),
        }
    }

    fn view(&self, listed: Listed) -> rusqlite::Result<View> {
        let ((columns, _), error) = self.compiled_columns(&listed)?;
        let triggers = self.triggers(&listed.name);
        let schema = self.schema.to_owned();
        Ok(View {
            schema,
            name: listed.name,
            columns,
            triggers,
            materialized: false,
            indexes: Vec::new(),
            comment: None,
            sql: listed.sql,
            error,
        })
    }

    fn table(&self, listed: Listed) -> rusqlite::Result<Table> {
        let definition = Definition::of(&listed.sql);
        let kind = listed.table_kind();
        let ((mut columns, mut keyed), error) = match kind {
            TableKind::Virtual(_) => self.compiled_columns(&listed)?,
            _ => (self.columns(&listed, &definition)?, None),
        };
        if error.is_some() {
            return Ok(Table::unreadable(self.schema, listed.name, kind, listed.sql, error));
        }
        let Indexes { indexes, uniques, key } = self.indexes(&listed, &definition)?;
        keyed.sort_by_key(|(place, _)| *place);
        let declared = definition.primary_key.as_ref();
        let plain = keyed.iter().map(|(_, column)| part_of_column(&columns[*column].name)).collect();
        let primary_key = (!keyed.is_empty()).then(|| PrimaryKey {
            name: declared.and_then(|key| key.name.clone()),
            parts: key.clone().unwrap_or(plain),
            included: Vec::new(),
            deferrable: false,
            deferred: false,
            comment: None,
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
            inherited: true,
            validated: true,
            comment: None,
        });
        Ok(Table {
            checks: checks.collect(),
            triggers: self.triggers(&listed.name),
            conflict_clauses: definition.conflict_clauses,
            schema: self.schema.to_owned(),
            name: listed.name.clone(),
            kind,
            columns,
            primary_key,
            foreign_keys,
            uniques,
            exclusions: Vec::new(),
            indexes,
            strict: listed.strict,
            without_rowid: listed.without_rowid,
            unlogged: false,
            partition_key: None,
            partition: None,
            parents: Vec::new(),
            comment: None,
            error: None,
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
                // Only a key tells the two apart, by its numbering.
                true if is(&declared_type, "int") => "INTEGER".to_owned(),
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
                identity: None,
                hidden: hidden == 1,
                comment: None,
            });
        }
        Ok((columns, keyed))
    }

    fn prepared(&self, sql: &str) -> rusqlite::Result<CachedStatement<'_>> {
        self.raw.prepare_cached(sql)
    }

    fn indexes(&self, listed: &Listed, definition: &Definition<'_>) -> rusqlite::Result<Indexes> {
        let mut found = Indexes::default();
        let mut statement = self
            .prepared("SELECT name, \"unique\", origin FROM pragma_index_list(?1, ?2) ORDER BY name COLLATE NOCASE")?;
        let mut rows = statement.query((&listed.name, self.schema))?;
        while let Some(row) = rows.next()? {
            let (name, unique, origin): (String, bool, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let sql = self.objects.statements.get(&name).map_or("", String::as_str);
            let (expressions, condition) = parts_of_index(sql);
            let parts = self.parts(&name, definition, &expressions)?;
            match origin.as_str() {
                "pk" => found.key = Some(parts),
                "u" => found.uniques.push(Unique {
                    name: None,
                    parts,
                    included: Vec::new(),
                    nulls_distinct: true,
                    deferrable: false,
                    deferred: false,
                    comment: None,
                }),
                _ => {
                    let condition = condition.map(str::to_owned);
                    found.indexes.push(Index {
                        name,
                        parts,
                        unique,
                        condition,
                        method: "btree".to_owned(),
                        included: Vec::new(),
                        nulls_distinct: true,
                        valid: true,
                        comment: None,
                        sql: sql.to_owned(),
                    });
                }
            }
        }
        // A UNIQUE constraint with the columns of another one has no index of its own.
        let place = |unique: &Unique| {
            let same = |declared: &KeyDefinition| {
                let mut pairs = unique.parts.iter().zip(declared.columns.iter().zip(&declared.collations));
                unique.parts.len() == declared.columns.len()
                    && pairs.all(|(part, (column, collation))| {
                        let other = collation.as_deref().filter(|other| !is(other, collation_of(definition, column)));
                        part.column.as_ref().is_some_and(|name| is(name, column))
                            && part
                                .collation
                                .as_deref()
                                .unwrap_or_default()
                                .eq_ignore_ascii_case(other.unwrap_or_default())
                    })
            };
            definition.uniques.iter().position(same)
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
            let own = column.as_ref().map_or(BINARY, |column| collation_of(definition, column));
            let is_expression = column.is_none() && cid != -1;
            let expression = expressions.get(parts.len()).filter(|_| is_expression).map(|&text| text.to_owned());
            let collation = (!is(&collation, own)).then_some(collation);
            let nulls_first = !descending;
            parts.push(IndexPart { column, expression, collation, descending, nulls_first, operator_class: None });
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
                        schema: self.schema.to_owned(),
                        table,
                        targets,
                        on_delete: action(&row.get::<_, String>(4)?),
                        on_update: action(&row.get::<_, String>(5)?),
                        reset: Vec::new(),
                        full: false,
                        deferrable: declared.is_some_and(|key| key.deferrable),
                        deferred: declared.is_some_and(|key| key.deferred),
                        validated: true,
                        comment: None,
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

/// Returns the collation of a column.
fn collation_of<'d>(definition: &'d Definition<'_>, column: &str) -> &'d str {
    definition.column(column).and_then(|column| column.collation.as_deref()).unwrap_or(BINARY)
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn part_of_column(name: &str) -> IndexPart {
    IndexPart {
        column: Some(name.to_owned()),
        expression: None,
        collation: None,
        descending: false,
        nulls_first: true,
        operator_class: None,
    }
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
