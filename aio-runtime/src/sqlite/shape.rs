//! What differs between a table as it is and as it should be.
//!
//! SQLite itself says what both look like: the table that should be is made in an empty database
//! beside it, with the functions and collations of this one, and the pragmas that describe a table
//! are asked of both. Expressions are the same where SQLite compiles them to the same program, so
//! that what it normalises (case, quotes, blanks, parentheses) is no difference. The text is read
//! only for what no pragma tells: the expressions themselves, and whether a foreign key is
//! deferred.

use std::fmt::Write as _;

use rusqlite::Connection;

use super::error::typed;
use super::options::Options;
use super::set_up::empty_beside;
use crate::engine::WantedTable;
use crate::error::Result;
use crate::sql::{is_one_of, outside_parentheses, tokens};

/// One thing that is so of a table.
struct Trait {
    /// What it is compared with: traits of the same kind.
    kind: String,
    /// What it is called in a difference.
    what: String,
    /// How it is told.
    words: String,
    /// What has to be equal.
    meaning: String,
    /// What is so of a column besides, which need not be equal.
    column: Option<Column>,
}

/// What two columns may differ in that hold the same values.
#[derive(Clone, PartialEq)]
struct Column {
    name: String,
    /// The type that is declared, in capital letters.
    ty: String,
    is_not_null: bool,
    is_key: bool,
    /// Whether it is numbered without using a number twice.
    autoincrement: bool,
    default: Option<String>,
    is_generated: bool,
}

/// What a table looks like.
#[derive(Default)]
struct Shape {
    is_strict: bool,
    traits: Vec<Trait>,
}

impl Shape {
    fn add(&mut self, kind: impl Into<String>, what: String, words: impl Into<String>, meaning: String) {
        self.push(Trait { kind: kind.into(), what, words: words.into(), meaning, column: None });
    }

    fn push(&mut self, new: Trait) {
        // Twice the same says no more than once.
        if !self.traits.iter().any(|known| known.kind == new.kind && known.meaning == new.meaning) {
            self.traits.push(new);
        }
    }

    /// Takes the first trait out for which this is so.
    fn take(&mut self, is_it: impl Fn(&Trait) -> bool) -> Option<Trait> {
        self.traits.iter().position(is_it).map(|place| self.traits.remove(place))
    }
}

/// The kinds of traits, those of columns and foreign keys followed by their names.
const CHECK: &str = "check";
const COLUMN: &str = "column";
const FOREIGN_KEY: &str = "foreign key";
const INDEX: &str = "index";
const UNIQUE: &str = "unique";

/// How the meaning of a unique index begins, behind which stands that of a UNIQUE constraint.
const UNIQUE_ON: &str = "unique on ";

/// Compares a table with the one that is wanted.
///
/// It may accept more than what its struct can read, for a table from before its checks were
/// written, or one of another program, is the same table. What it has beyond the struct is no
/// difference where rows of the struct can be written all the same.
pub(super) fn compare(raw: &Connection, options: &Options, wanted: &WantedTable) -> Result<Vec<String>> {
    let beside = empty_beside(options)?;
    let table = wanted.name;
    for statement in &wanted.ddl {
        let made = beside.execute_batch(statement).map_err(typed);
        made.map_err(|error| error.context(format_args!("the table {table} cannot be compared")))?;
    }
    let program = Program { beside: &beside, table };
    let found = shape(raw, &program).map_err(typed)?;
    let shape = shape(&beside, &program).map_err(typed)?;
    let lists = if found.is_strict { &[][..] } else { &wanted.lists };
    let implied: Vec<_> = wanted.ranges.iter().chain(lists).map(|check| program.of_row(check)).collect();
    let columns =
        shape.traits.iter().filter_map(|of| of.column.as_ref()).map(|column| column.name.to_ascii_lowercase());
    let comparison = Comparison { wanted, columns: columns.collect(), implied, is_strict: found.is_strict };
    Ok(comparison.differences(found, shape))
}

/// What counts as a difference.
struct Comparison<'a> {
    wanted: &'a WantedTable,
    /// The names of the columns that are wanted, in small letters.
    columns: Vec<String>,
    /// What the checks mean that may be missing.
    implied: Vec<String>,
    /// Whether the table that was found enforces its types.
    is_strict: bool,
}

impl Comparison<'_> {
    /// Returns what differs, a line each.
    fn differences(&self, mut found: Shape, wanted: Shape) -> Vec<String> {
        let serving = found.traits.iter().filter(|found| wanted.traits.iter().any(|wanted| self.serves(found, wanted)));
        let serving: Vec<_> = serving.map(|found| (found.kind.clone(), found.meaning.clone())).collect();
        let is_missing = |wanted: &Trait| {
            // What serves as something else may serve again: an index as a UNIQUE.
            let serves = found.traits.iter().any(|found| self.serves(found, wanted));
            found.take(|found| self.is(found, wanted)).is_none() && !serves
        };
        let missing: Vec<_> = wanted.traits.into_iter().filter(is_missing).collect();
        let mut differences = Vec::new();
        for Trait { what, words, .. } in missing.into_iter().filter(|wanted| !self.may_be_missing(wanted)) {
            differences.push(match found.take(|found| found.what.eq_ignore_ascii_case(&what)) {
                Some(found) => format!("{what} is {}: expected {words}", found.words),
                None => format!("{what} is missing: expected {words}"),
            });
        }
        let is_expected = |found: &Trait| {
            let serves = serving.iter().any(|(kind, meaning)| *kind == found.kind && *meaning == found.meaning);
            serves || self.may_be_more(found)
        };
        let unexpected = found.traits.into_iter().filter(|found| !is_expected(found));
        differences.extend(unexpected.map(|found| format!("{} is unexpected: {}", found.what, found.words)));
        differences
    }

    /// Returns whether what was found is what is wanted.
    fn is(&self, found: &Trait, wanted: &Trait) -> bool {
        let columns = match (&found.column, &wanted.column) {
            (Some(found), Some(wanted)) => self.holds(found, wanted),
            _ => true,
        };
        found.kind == wanted.kind && found.meaning == wanted.meaning && columns
    }

    /// Returns whether what was found does what something of another kind or name should.
    fn serves(&self, found: &Trait, wanted: &Trait) -> bool {
        let meaning = |of: &Trait| match of.kind.as_str() {
            UNIQUE => Some(format!("{UNIQUE_ON}{}", of.meaning)),
            kind if kind.starts_with(INDEX) => Some(of.meaning.clone()),
            _ => None,
        };
        // An index of the same name is compared as that.
        found.kind != wanted.kind && meaning(found).is_some() && meaning(found) == meaning(wanted)
    }

    /// Returns whether a column holds the values of the one that is wanted, and can be left out of
    /// a new row where that can.
    fn holds(&self, found: &Column, wanted: &Column) -> bool {
        let is_numbered = self.wanted.numbered.is_some_and(|name| name.eq_ignore_ascii_case(&wanted.name));
        let default = found.default == wanted.default || wanted.default.is_none() && !self.is_strict;
        // SQLite takes NULL for a key, unless it is the number of the row.
        let nullness =
            found.is_not_null == wanted.is_not_null || wanted.is_not_null && wanted.is_key && !self.is_strict;
        let numbers = found.autoincrement || !wanted.autoincrement;
        let ty = if self.is_strict || is_numbered { found.ty == wanted.ty } else { self.has_affinity(found, wanted) };
        default && nullness && numbers && ty
    }

    /// Returns whether a column that takes values of every type stores those of the one that is
    /// wanted as they are (<https://sqlite.org/datatype3.html#type_affinity>).
    fn has_affinity(&self, found: &Column, wanted: &Column) -> bool {
        let affinity = Affinity::of(&found.ty);
        let is_among = |names: &[&str]| names.iter().any(|name| name.eq_ignore_ascii_case(&wanted.name));
        let is_never_a_number = is_among(&self.wanted.never_numbers);
        match Affinity::of(&wanted.ty) {
            // Elsewhere 5.0 may be the integer 5, and dividing it by 2 gives 2.
            Affinity::Real if is_among(&self.wanted.floats) => affinity == Affinity::Real,
            _ if found.ty.is_empty() => true,
            Affinity::Integer => matches!(affinity, Affinity::Integer | Affinity::Numeric),
            Affinity::Real => matches!(affinity, Affinity::Real | Affinity::Numeric),
            // Text that looks like a number would be stored as one.
            Affinity::Text => affinity == Affinity::Text || affinity == Affinity::Numeric && is_never_a_number,
            wanted => affinity == wanted,
        }
    }

    /// Returns whether what is wanted may be missing: it follows from the types.
    fn may_be_missing(&self, wanted: &Trait) -> bool {
        wanted.kind == CHECK && self.implied.contains(&wanted.meaning)
    }

    /// Returns whether a table may have this beyond what is wanted.
    fn may_be_more(&self, found: &Trait) -> bool {
        if let Some(column) = &found.column {
            return !column.is_key && (!column.is_not_null || column.default.is_some() || column.is_generated);
        }
        let is = |kind| found.kind.starts_with(kind);
        let is_of_others = found.kind.strip_prefix(FOREIGN_KEY).is_some_and(|columns| {
            columns.split(", ").any(|column| !self.columns.iter().any(|wanted| wanted == column.trim()))
        });
        is(INDEX) || is_of_others || !self.is_strict && (is(CHECK) || is(UNIQUE) || is(FOREIGN_KEY))
    }
}

/// What a column does to the values that are stored in it.
#[derive(Clone, Copy, PartialEq)]
enum Affinity {
    Integer,
    Text,
    Blob,
    Real,
    Numeric,
}

impl Affinity {
    /// Returns the affinity of a declared type, in capital letters
    /// (<https://sqlite.org/datatype3.html#determination_of_column_affinity>).
    fn of(ty: &str) -> Affinity {
        let has = |words: &[&str]| words.iter().any(|word| ty.contains(word));
        match ty {
            _ if has(&["INT"]) => Affinity::Integer,
            _ if has(&["CHAR", "CLOB", "TEXT"]) => Affinity::Text,
            "" => Affinity::Blob,
            _ if has(&["BLOB"]) => Affinity::Blob,
            _ if has(&["REAL", "FLOA", "DOUB"]) => Affinity::Real,
            _ => Affinity::Numeric,
        }
    }
}

/// What SQLite makes of expressions.
struct Program<'a> {
    /// The database with the table as it should be.
    beside: &'a Connection,
    table: &'a str,
}

impl Program<'_> {
    /// Returns what an expression over a row of the table means.
    fn of_row(&self, expression: &str) -> String {
        let table = self.table.replace('"', "\"\"");
        self.compiled(expression, &format!("FROM \"{table}\" NOT INDEXED"))
            .unwrap_or_else(|| normal(&tokens(expression)))
    }

    /// Returns what the default of a column means.
    fn of_default(&self, default: &str) -> String {
        // A name alone is a text there, as is one in quotes.
        let text = || self.compiled(&format!("'{}'", default.replace('\'', "''")), "");
        self.compiled(default, "").or_else(text).unwrap_or_else(|| default.to_owned())
    }

    /// Returns the program that an expression is compiled to; `None` if it cannot be compiled, as
    /// where it names a column that the table should not have.
    fn compiled(&self, expression: &str, from: &str) -> Option<String> {
        let mut statement = self.beside.prepare(&format!("EXPLAIN SELECT ({expression}) {from}")).ok()?;
        let mut rows = statement.raw_query();
        let mut program = String::new();
        while let Some(row) = rows.next().ok()? {
            // https://sqlite.org/opcode.html: the name and the five operands.
            for column in 1..=6 {
                let _ = write!(program, "{:?} ", row.get_ref(column).ok()?);
            }
            program.push('\n');
        }
        Some(program)
    }
}

fn shape(raw: &Connection, program: &Program<'_>) -> rusqlite::Result<Shape> {
    let table = program.table;
    let sql: String = raw.query_row(
        "SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ? COLLATE NOCASE",
        [table],
        |row| row.get(0),
    )?;
    let sql = tokens(&sql);
    let (without_rowid, is_strict): (bool, bool) =
        raw.query_row("SELECT wr, strict FROM pragma_table_list(?) WHERE schema = 'main'", [table], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    let mut shape = Shape { is_strict, traits: Vec::new() };
    columns(raw, program, &sql, &mut shape)?;
    indexes(raw, program, &mut shape)?;
    foreign_keys(raw, table, &sql, &mut shape)?;
    for (name, check) in checks(&sql) {
        let meaning = program.of_row(&written(check));
        match name {
            Some(name) => shape.add(CHECK, format!("the check `{name}`"), format!("({})", normal(check)), meaning),
            None => shape.add(CHECK, format!("the check ({})", normal(check)), "there", meaning),
        }
    }
    for clause in
        sql.windows(3).filter(|words| is(words[0], "on") && is(words[1], "conflict") && !is(words[2], "abort"))
    {
        let clause = format!("ON CONFLICT {}", clause[2].to_ascii_uppercase());
        shape.add("on conflict", format!("the clause {clause}"), "there", clause);
    }
    let words = if without_rowid { "WITHOUT ROWID" } else { "a plain one" };
    shape.add("table", "the table".to_owned(), words, words.to_owned());
    Ok(shape)
}

fn columns(raw: &Connection, program: &Program<'_>, sql: &[&str], shape: &mut Shape) -> rusqlite::Result<()> {
    let mut expressions = behind("as", sql).into_iter();
    let no_default = program.of_default("NULL");
    // https://sqlite.org/pragma.html#pragma_table_xinfo
    let mut statement = raw.prepare(
        "SELECT name, type, \"notnull\", dflt_value, pk, hidden, (SELECT max(pk) FROM pragma_table_info(?1)) \
         FROM pragma_table_xinfo(?1)",
    )?;
    let mut rows = statement.query([program.table])?;
    while let Some(row) = rows.next()? {
        let (name, ty): (String, String) = (row.get(0)?, row.get(1)?);
        let (not_null, default): (bool, Option<String>) = (row.get(2)?, row.get(3)?);
        let (key, hidden, keys): (i64, i64, i64) = (row.get(4)?, row.get(5)?, row.get(6)?);
        let (_, _, _, _, autoincrement) = raw.column_metadata(Some("main"), program.table, &name)?;
        // `INTEGER PRIMARY KEY` is the row's number, which is never NULL
        // (https://sqlite.org/lang_createtable.html#rowid).
        let is_not_null = not_null || (key, keys) == (1, 1) && is(&ty, "integer");
        let mut column = Column {
            name: name.clone(),
            ty: ty.to_ascii_uppercase(),
            is_not_null,
            is_key: key > 0,
            autoincrement,
            default: None,
            is_generated: false,
        };
        let mut words = column.ty.clone();
        words.push_str(if is_not_null { " NOT NULL" } else { "" });
        let mut meaning = String::new();
        let mut both = |text: &str| {
            words.push_str(text);
            meaning.push_str(text);
        };
        let collation = collation(raw, program.table, &name)?;
        if collation != BINARY {
            both(&format!(" COLLATE {collation}"));
        }
        if key > 0 {
            both(&format!(", part {key} of the primary key"));
        }
        words.push_str(if autoincrement { " with AUTOINCREMENT" } else { "" });
        if let Some(default) = default {
            let means = program.of_default(&default);
            if means != no_default {
                words.push_str(&format!(" DEFAULT {default}"));
                column.default = Some(means);
            }
        }
        let kind = match hidden {
            2 => Some("not stored"),
            3 => Some("stored"),
            _ => None,
        };
        if let Some(kind) = kind {
            let expression = expressions.next().unwrap_or_default();
            words.push_str(&format!(", generated as ({}) and {kind}", normal(expression)));
            meaning.push_str(&format!(", generated as {} {kind}", program.of_row(&written(expression))));
            column.is_generated = true;
        }
        // Names that differ only in case are one name to SQLite.
        let kind = format!("{COLUMN} {}", name.to_ascii_lowercase());
        shape.push(Trait { kind, what: format!("the column `{name}`"), words, meaning, column: Some(column) });
    }
    Ok(())
}

/// The collation of what has no other.
const BINARY: &str = "BINARY";

/// Returns the collation of a column.
fn collation(raw: &Connection, table: &str, column: &str) -> rusqlite::Result<String> {
    let (_, collation, ..) = raw.column_metadata(Some("main"), table, column)?;
    Ok(collation.map_or_else(|| BINARY.to_owned(), |name| name.to_string_lossy().to_ascii_uppercase()))
}

fn indexes(raw: &Connection, program: &Program<'_>, shape: &mut Shape) -> rusqlite::Result<()> {
    let mut statement = raw.prepare(
        "SELECT list.name, list.\"unique\", list.origin, schema.sql FROM pragma_index_list(?) AS list \
         LEFT JOIN sqlite_schema AS schema ON schema.name = list.name",
    )?;
    let mut rows = statement.query([program.table])?;
    while let Some(row) = rows.next()? {
        let (name, unique, origin): (String, bool, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let sql: Option<String> = row.get(3)?;
        let sql = sql.as_deref().map(tokens).unwrap_or_default();
        let (expressions, condition) = parts_of_index(&sql);
        let parts = parts(raw, program, &name, &expressions)?;
        let meaning = parts.meaning.to_ascii_lowercase();
        match origin.as_str() {
            "u" => shape.add(UNIQUE, format!("the UNIQUE ({})", parts.words), "there", meaning),
            // Its columns are told with these.
            "pk" if parts.have_collations => {
                shape.add("primary key", format!("the PRIMARY KEY ({})", parts.words), "there", meaning);
            }
            "c" => {
                let kind = if unique { "unique on" } else { "on" };
                let (mut words, mut meaning) = (format!("{kind} ({})", parts.words), format!("{kind} {meaning}"));
                if let Some(condition) = condition {
                    words.push_str(&format!(" where {}", normal(condition)));
                    meaning.push_str(&format!(" where {}", program.of_row(&written(condition))));
                }
                let kind = format!("{INDEX} {}", name.to_ascii_lowercase());
                shape.add(kind, format!("the index `{name}`"), words, meaning);
            }
            _ => {}
        }
    }
    Ok(())
}

/// What an index is on.
#[derive(Default)]
struct Parts {
    words: String,
    meaning: String,
    /// Whether a part has another collation than its column.
    have_collations: bool,
}

/// Asks what an index is on; `expressions` are its parts as they are written.
fn parts(raw: &Connection, program: &Program<'_>, index: &str, expressions: &[&[&str]]) -> rusqlite::Result<Parts> {
    // https://sqlite.org/pragma.html#pragma_index_xinfo
    let mut statement =
        raw.prepare("SELECT cid, name, \"desc\", coll FROM pragma_index_xinfo(?) WHERE key ORDER BY seqno")?;
    let mut rows = statement.query([index])?;
    let mut parts = Parts::default();
    let mut place = 0;
    while let Some(row) = rows.next()? {
        let (cid, name, is_descending): (i64, Option<String>, bool) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let collated: String = row.get(3)?;
        let separator = if place > 0 { ", " } else { "" };
        let (words, meaning, own) = match name {
            Some(name) => {
                let own = collation(raw, program.table, &name)?;
                (name.clone(), format!("column {name}"), own)
            }
            // The number of the row, or an expression.
            None if cid == -1 => ("rowid".to_owned(), "rowid".to_owned(), BINARY.to_owned()),
            None => {
                let expression = expressions.get(place).copied().unwrap_or_default();
                (normal(expression), program.of_row(&written(expression)), BINARY.to_owned())
            }
        };
        let mut ending = String::new();
        if !collated.eq_ignore_ascii_case(&own) {
            parts.have_collations = true;
            ending.push_str(&format!(" COLLATE {}", collated.to_ascii_uppercase()));
        }
        ending.push_str(if is_descending { " DESC" } else { "" });
        parts.words.push_str(&format!("{separator}{words}{ending}"));
        parts.meaning.push_str(&format!("{separator}{meaning}{ending}"));
        place += 1;
    }
    Ok(parts)
}

/// Returns the parts of an index as they are written, without their order, and its condition.
fn parts_of_index<'a>(sql: &'a [&'a str]) -> (Vec<&'a [&'a str]>, Option<&'a [&'a str]>) {
    let Some(open) = sql.iter().position(|token| *token == "(") else { return Default::default() };
    let inside = inside(&sql[open..]);
    let outer = outside_parentheses(inside).into_iter().filter(|place| inside[*place] == ",");
    let ends: Vec<_> = outer.chain([inside.len()]).collect();
    let mut from = 0;
    let parts = ends.into_iter().map(|end| {
        let part = &inside[from.min(end)..end];
        from = end + 1;
        match part {
            [part @ .., order] if is_one_of(order, &["asc", "desc"]) => part,
            part => part,
        }
    });
    let parts = parts.collect();
    let behind = &sql[open + inside.len()..];
    let condition = behind.iter().position(|token| is(token, "where")).map(|place| &behind[place + 1..]);
    (parts, condition)
}

fn foreign_keys(raw: &Connection, table: &str, sql: &[&str], shape: &mut Shape) -> rusqlite::Result<()> {
    // The pragma's first key is the last that was written.
    let deferred: Vec<bool> = sql.rsplit(|token| is(token, "references")).map(is_deferred).collect();
    // A key that names no columns leads to the primary key.
    let mut statement = raw.prepare(
        "SELECT id, group_concat(\"from\", ', '), \"table\", \
         coalesce(group_concat(\"to\", ', '), (SELECT group_concat(name, ', ') FROM \
         (SELECT name FROM pragma_table_info(keys.\"table\") WHERE pk > 0 ORDER BY pk)), ''), on_delete, on_update \
         FROM (SELECT * FROM pragma_foreign_key_list(?) ORDER BY id, seq) AS keys GROUP BY id",
    )?;
    let mut rows = statement.query([table])?;
    while let Some(row) = rows.next()? {
        let number: u32 = row.get(0)?;
        let [from, target, to, on_delete, on_update]: [String; 5] =
            [row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?];
        let deferred = if deferred.get(number as usize) == Some(&true) { ", deferred" } else { "" };
        let words = format!("to {target} ({to}), on delete {on_delete}, on update {on_update}{deferred}");
        let kind = format!("{FOREIGN_KEY} {}", from.to_ascii_lowercase());
        let meaning = words.to_ascii_lowercase();
        shape.add(kind, format!("the foreign key ({from})"), words, meaning);
    }
    Ok(())
}

/// Whether a foreign key is deferred, from what is written behind its `REFERENCES`.
fn is_deferred(tokens: &[&str]) -> bool {
    let place = tokens
        .windows(3)
        .position(|words| is(words[0], "deferrable") && is(words[1], "initially") && is(words[2], "deferred"));
    place.is_some_and(|place| place == 0 || !is(tokens[place - 1], "not"))
}

fn is(token: &str, word: &str) -> bool {
    token.eq_ignore_ascii_case(word)
}

/// Tokens as they were written, but for the blanks and comments: what stands together there is one
/// to SQLite, as in `1e-5` and `x'00'`.
fn written(tokens: &[&str]) -> String {
    let mut text = String::new();
    for (place, token) in tokens.iter().enumerate() {
        let before = place.checked_sub(1).map(|before| tokens[before].as_bytes().as_ptr_range().end);
        let is_apart = before.is_some_and(|end| end != token.as_ptr());
        text.push_str(if is_apart { " " } else { "" });
        text.push_str(token);
    }
    text
}

/// Tokens as one text, to be shown. A name may be quoted or not.
fn normal(tokens: &[&str]) -> String {
    /// Words of expressions that are no function.
    const WORDS: [&str; 10] = ["and", "or", "not", "in", "is", "between", "like", "glob", "then", "else"];
    let mut tokens = tokens;
    while tokens.first() == Some(&"(") && inside(tokens).len() + 2 == tokens.len() {
        tokens = inside(tokens);
    }
    let mut text = String::new();
    for (place, token) in tokens.iter().enumerate() {
        let before = place.checked_sub(1).map_or("(", |before| tokens[before]);
        let is_call = *token == "("
            && before.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '"'))
            && !is_one_of(before, &WORDS);
        let tight = before == "(" || matches!(*token, ")" | ",") || is_call;
        text.push_str(if tight { "" } else { " " });
        text.push_str(token.trim_matches('"'));
    }
    text
}

/// The expressions in parentheses behind each occurrence of a word.
fn behind<'a>(word: &str, sql: &'a [&'a str]) -> Vec<&'a [&'a str]> {
    let places = sql.windows(2).enumerate().filter(|(_, pair)| is(pair[0], word) && pair[1] == "(");
    places.map(|(place, _)| inside(&sql[place + 1..])).collect()
}

/// The conditions of the checks, with the names that they were given. A name that the library has
/// made says no more than the condition.
fn checks<'a>(sql: &'a [&'a str]) -> impl Iterator<Item = (Option<String>, &'a [&'a str])> {
    let places = sql.windows(2).enumerate().filter(|(_, pair)| is(pair[0], "check") && pair[1] == "(");
    places.map(|(place, _)| {
        let name = match &sql[..place] {
            [.., constraint, name] if is(constraint, "constraint") => Some(unquoted(name)),
            _ => None,
        };
        (name.filter(|name| !name.starts_with("ck_")), inside(&sql[place + 1..]))
    })
}

/// Returns a name without its quotes.
fn unquoted(name: &str) -> String {
    let quote = name.chars().next().filter(|quote| matches!(quote, '"' | '`' | '\'' | '['));
    match quote {
        Some('[') => name.trim_start_matches('[').trim_end_matches(']').to_owned(),
        Some(quote) => {
            let inner = name.strip_prefix(quote).and_then(|name| name.strip_suffix(quote)).unwrap_or(name);
            inner.replace(&format!("{quote}{quote}"), &quote.to_string())
        }
        None => name.to_owned(),
    }
}

/// What stands between the parenthesis that is the first token and the one that closes it.
fn inside<'a>(open: &'a [&'a str]) -> &'a [&'a str] {
    let mut depth = 0;
    let end = open.iter().position(|token| {
        depth += match *token {
            "(" => 1,
            ")" => -1,
            _ => 0,
        };
        depth == 0
    });
    &open[1..end.unwrap_or(open.len())]
}
