//! The file in which a struct describes its table. `dump.rs` of the crate `aio-runtime` writes it,
//! and describes its format.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use aio_sql::Dialect;

use crate::error::{Error, Result};

/// A struct that is a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Struct {
    /// The path of the struct: `shop::models::Post`.
    pub path: String,
    /// The package.
    pub package: String,
    /// The path of the source file.
    pub file: PathBuf,
    /// The path of the source file as rustc shows it, relative to the workspace.
    pub shown_file: String,
    /// The line of the derive.
    pub line: u32,
    /// The name of the table.
    pub table: String,
    /// The schema of the table, if the struct names one: `#[table(schema = "…")]`.
    pub schema: Option<String>,
    /// The name that the table had before: `#[table(was = "…")]`.
    pub was: Option<String>,
    /// What the attributes say of the past of columns.
    pub columns: Vec<ColumnHistory>,
    /// The statements that create the table, for each kind of database by the name of its dialect.
    pub ddl: BTreeMap<String, Ddl>,
}

/// The statements that create a table in one kind of database.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ddl {
    /// Those that create the table and its indexes, each with its semicolon.
    pub table: String,
    /// Those that add the foreign keys, if the database needs the other tables before them.
    pub keys: String,
    /// Why the database cannot have the table.
    pub unsupported: Option<String>,
}

/// What the attributes of a column say of its past.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ColumnHistory {
    /// The name of the column.
    pub column: String,
    /// The name that it had before: `#[column(was = "…")]`.
    pub was: Option<String>,
    /// The expression for its values in existing rows: `#[column(backfill = sql("…"))]`.
    pub backfill: Option<String>,
}

impl Struct {
    /// Returns the file and the line, as rustc shows them.
    pub fn place(&self) -> String {
        format!("{}:{}", self.shown_file, self.line)
    }

    /// Returns the name of the table, after that of the schema if the struct names one.
    pub fn full_name(&self) -> String {
        self.schema.as_ref().map_or_else(|| self.table.clone(), |schema| format!("{schema}.{}", self.table))
    }

    /// Returns what the attributes of a column say of its past, or `None` if they say nothing.
    pub fn column(&self, name: &str) -> Option<&ColumnHistory> {
        self.columns.iter().find(|column| column.column == name)
    }

    /// Returns the statements that create the table in a kind of database.
    ///
    /// # Errors
    /// If the database cannot have the table; the error names the struct.
    pub fn ddl(&self, dialect: Dialect) -> Result<&Ddl> {
        let ddl = self.ddl.get(dialect.name()).ok_or_else(incomplete)?;
        match &ddl.unsupported {
            None => Ok(ddl),
            Some(message) => Err(Error::new(format!("{} ({}): {message}", self.path, self.place()))),
        }
    }

    /// Reads the text of such a file.
    pub(super) fn parse(text: &str, workspace: &Path, package: &str) -> Result<Struct> {
        let mut found = Struct { package: package.to_owned(), ..Struct::default() };
        let (mut all, mut before) = (BTreeMap::<String, Ddl>::new(), Ddl::default());
        let (mut ddl, mut are_keys) = (&mut before, false);
        for line in text.lines() {
            let Some(directive) = line.strip_prefix("-- aio-sql: ") else {
                let statements = if are_keys { &mut ddl.keys } else { &mut ddl.table };
                *statements += line;
                statements.push('\n');
                continue;
            };
            let words = words(directive).ok_or_else(|| unreadable(directive))?;
            match &*words.iter().map(String::as_str).collect::<Vec<_>>() {
                ["struct", path] => (*path).clone_into(&mut found.path),
                ["at", place] => {
                    let (file, line) = place.rsplit_once(':').ok_or_else(|| unreadable(directive))?;
                    file.clone_into(&mut found.shown_file);
                    found.file = workspace.join(file);
                    found.line = line.parse().map_err(|_| unreadable(directive))?;
                }
                ["table", name] => (*name).clone_into(&mut found.table),
                ["schema", name] => found.schema = Some((*name).to_owned()),
                ["was", name] => found.was = Some((*name).to_owned()),
                ["column", column, "was", name] => found.history(column).was = Some((*name).to_owned()),
                ["column", column, "backfill", sql] => found.history(column).backfill = Some((*sql).to_owned()),
                ["dialect", name] => {
                    (ddl, are_keys) = (all.entry((*name).to_owned()).or_default(), false);
                }
                ["foreign", "keys"] => are_keys = true,
                ["unsupported", message] => ddl.unsupported = Some((*message).to_owned()),
                // A newer version of the library may say more.
                _ => {}
            }
        }
        found.ddl = all;
        if found.table.is_empty() || found.ddl.is_empty() {
            return Err(incomplete());
        }
        Ok(found)
    }

    fn history(&mut self, column: &str) -> &mut ColumnHistory {
        let place = self.columns.iter().position(|known| known.column == column).unwrap_or_else(|| {
            self.columns.push(ColumnHistory { column: column.to_owned(), ..ColumnHistory::default() });
            self.columns.len() - 1
        });
        &mut self.columns[place]
    }
}

fn incomplete() -> Error {
    Error::new("the description of a table is incomplete: the versions of aio-sql and aio-sql-cli do not fit")
}

fn unreadable(directive: &str) -> Error {
    Error::new(format!("the description of a table has the line `{directive}`, which cannot be read"))
}

/// Splits a line into words and Rust's string literals. Returns `None` if a literal is malformed.
fn words(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut rest = line.trim();
    while !rest.is_empty() {
        let after = match rest.strip_prefix('"') {
            Some(literal) => {
                let (word, after) = unescaped(literal)?;
                words.push(word);
                after
            }
            None => {
                let (word, after) = rest.split_at(rest.find(' ').unwrap_or(rest.len()));
                words.push(word.to_owned());
                after
            }
        };
        rest = after.trim_start();
    }
    Some(words)
}

/// Reads a string literal after its first quote. Returns its value and what follows it.
fn unescaped(literal: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut chars = literal.chars();
    loop {
        match chars.next()? {
            '"' => return Some((value, chars.as_str())),
            '\\' => match chars.next()? {
                'n' => value.push('\n'),
                'r' => value.push('\r'),
                't' => value.push('\t'),
                '0' => value.push('\0'),
                'u' => {
                    let (code, after) = chars.as_str().strip_prefix('{')?.split_once('}')?;
                    value.push(char::from_u32(u32::from_str_radix(code, 16).ok()?)?);
                    chars = after.chars();
                }
                same => value.push(same),
            },
            c => value.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_file_of_a_struct_is_read() {
        let odd = "a \"b\"\n\\ \u{1}ä\u{200b}";
        let text = format!(
            "-- aio-sql: struct \"shop::models::Post\"\n-- aio-sql: at \"src/my models.rs:12\"\n-- aio-sql: table \"my post\"\n\
             -- aio-sql: schema \"my app\"\n-- aio-sql: was {odd:?}\n-- aio-sql: column \"slug\" was \"old\"\n-- aio-sql: column \"slug\" backfill {odd:?}\n\
             -- aio-sql: dialect sqlite\nCREATE TABLE a (\n    b\n);\nCREATE INDEX c ON a (b);\n\
             -- aio-sql: dialect postgres\nCREATE TABLE z;\n-- aio-sql: foreign keys\nALTER TABLE z;\n"
        );
        let found = Struct::parse(&text, Path::new("/shop"), "shop").unwrap();
        assert_eq!((found.path.as_str(), found.table.as_str()), ("shop::models::Post", "my post"));
        assert_eq!(
            (found.place().as_str(), found.file.as_path()),
            ("src/my models.rs:12", Path::new("/shop/src/my models.rs"))
        );
        assert_eq!((found.was.as_deref(), found.schema.as_deref()), (Some(odd), Some("my app")));
        let column = found.column("slug").unwrap();
        assert_eq!((column.was.as_deref(), column.backfill.as_deref()), (Some("old"), Some(odd)));
        let sqlite = found.ddl(Dialect::Sqlite).unwrap();
        assert_eq!(sqlite.table, "CREATE TABLE a (\n    b\n);\nCREATE INDEX c ON a (b);\n");
        let postgres = found.ddl(Dialect::Postgres).unwrap();
        assert_eq!((postgres.table.as_str(), postgres.keys.as_str()), ("CREATE TABLE z;\n", "ALTER TABLE z;\n"));
    }

    #[test]
    fn a_table_that_a_database_cannot_have_is_an_error_with_the_place() {
        let text = "-- aio-sql: struct \"a::B\"\n-- aio-sql: at \"src/lib.rs:3\"\n-- aio-sql: table \"b\"\n\
                    -- aio-sql: dialect sqlite\n-- aio-sql: unsupported \"no arrays\"\n\
                    -- aio-sql: dialect postgres\nCREATE TABLE b;\n";
        let found = Struct::parse(text, Path::new(""), "a").unwrap();
        assert!(found.ddl(Dialect::Postgres).is_ok());
        let error = found.ddl(Dialect::Sqlite).unwrap_err();
        assert_eq!(error.message(), "a::B (src/lib.rs:3): no arrays");
    }
}
