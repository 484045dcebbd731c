//! `schema.sql`: the schema after all steps, for reviewers, and the list of the steps. Git reports
//! a conflict in the list if two branches each add a step.

use super::directives::{names, word};

/// The name of the file.
pub const SCHEMA_FILE: &str = "schema.sql";

/// What `schema.sql` says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SchemaFile {
    /// The name and the hash of each step, in their order.
    pub steps: Vec<(String, String)>,
    /// What belongs to the structs.
    pub owned: Owned,
    /// The statements that make the schema after the last step.
    pub ddl: String,
    /// Whether the file had the markers of a conflict of git when it was read.
    pub has_conflict: bool,
}

/// The tables and indexes that belong to the structs, by their full names: with the name of the
/// schema if that is not the default one. `migrate diff` drops no others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Owned {
    /// The tables.
    pub tables: Vec<String>,
    /// The indexes.
    pub indexes: Vec<String>,
}

const TITLE: &str = "-- The schema after the last step. `aio-sql migrate` writes this file: do not edit it.";

impl SchemaFile {
    /// Reads the file. If it has the markers of a conflict, takes the lines of both sides.
    pub fn parse(text: &str) -> SchemaFile {
        let schema = SchemaFile { has_conflict: super::has_conflict(text), ..SchemaFile::default() };
        let is_marker = |line: &str| {
            schema.has_conflict
                && ["<<<<<<<", "|||||||", "=======", ">>>>>>>"].iter().any(|mark| line.starts_with(mark))
        };
        let lines = text.trim_start_matches('\u{feff}').lines().filter(|line| !is_marker(line));
        let mut ddl = Vec::new();
        let (mut steps, mut owned) = (Vec::new(), Owned::default());
        for line in lines {
            let Some(directive) = line.trim().strip_prefix("-- aio-sql:") else {
                if line != TITLE {
                    ddl.push(line);
                }
                continue;
            };
            let words = names(directive);
            match &*words.iter().map(String::as_str).collect::<Vec<_>>() {
                ["step", name, hash] => add_once(&mut steps, ((*name).to_owned(), (*hash).to_owned())),
                ["owns", "index", indexes @ ..] => {
                    indexes.iter().for_each(|index| add_once(&mut owned.indexes, (*index).to_owned()));
                }
                ["owns", "table", tables @ ..] => {
                    tables.iter().for_each(|table| add_once(&mut owned.tables, (*table).to_owned()));
                }
                _ => {}
            }
        }
        SchemaFile { steps, owned, ddl: ddl.join("\n").trim().to_owned(), ..schema }
    }

    /// Returns the content of the file.
    pub fn text(&self) -> String {
        let mut text = format!("{TITLE}\n");
        for (name, hash) in &self.steps {
            let has_blank = name.contains(|c: char| c.is_whitespace() || c == '"' || c == ',');
            let name = if has_blank { word(name) } else { name.clone() };
            text += &format!("-- aio-sql: step {name} {hash}\n");
        }
        for (kind, names) in [("table", &self.owned.tables), ("index", &self.owned.indexes)] {
            let mut names = names.clone();
            names.sort();
            // One name on a line, so that two branches conflict only if they contradict each
            // other.
            for name in names {
                text += &format!("-- aio-sql: owns {kind} {}\n", full(&name));
            }
        }
        if !self.ddl.is_empty() {
            text += &format!("\n{}\n", self.ddl);
        }
        text
    }
}

/// Writes a full name, whose dot needs no quotes.
fn full(name: &str) -> String {
    let is_plain = name.split('.').all(|part| !part.is_empty() && word(part) == part);
    if is_plain { name.to_owned() } else { word(name) }
}

fn add_once<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if !list.contains(&item) {
        list.push(item);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema() -> SchemaFile {
        SchemaFile {
            steps: vec![("0001_init".into(), "a1".into()), ("0002_slug".into(), "b2".into())],
            owned: Owned {
                tables: vec!["\"my app\".b".into(), "app.note".into(), "author".into(), "my post".into()],
                indexes: vec!["ix".into()],
            },
            ddl: "create table author (id);\n\ncreate table \"my post\" (id);".into(),
            has_conflict: false,
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        assert_eq!(SchemaFile::parse(&schema().text()), schema());
        assert!(schema().text().contains("owns table app.note\n"), "{}", schema().text());
        assert_eq!(SchemaFile::parse(&schema().text().replace('\n', "\r\n")).steps, schema().steps);
    }

    #[test]
    fn of_a_conflict_both_sides_are_read() {
        let text = schema().text().replace(
            "-- aio-sql: step 0002_slug b2\n",
            "<<<<<<< ours\n-- aio-sql: step 0002_slug b2\n=======\n-- aio-sql: step 0002_other c3\n>>>>>>> theirs\n",
        );
        let read = SchemaFile::parse(&text);
        assert!(read.has_conflict);
        let names: Vec<&str> = read.steps.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["0001_init", "0002_slug", "0002_other"]);
        assert_eq!(read.owned, schema().owned);
    }
}
