//! What blocks others on PostgreSQL while a step runs: a statement that keeps a lock while it
//! reads or writes all rows of a table.

use aio_sql::Schema;
use aio_sql::inspect::Table;

use super::types::rewrites;
use super::{Findings, Rule, proves_not_null};
use crate::plan::{Naming, Token, name_at, statements};

/// Functions that return another value for each row, so that a new column with such a default is
/// written into every row.
const VOLATILE: &[&str] = &[
    "random",
    "gen_random_uuid",
    "uuid_generate_v1",
    "uuid_generate_v4",
    "uuidv4",
    "uuidv7",
    "clock_timestamp",
    "timeofday",
    "nextval",
    "setval",
    "txid_current",
];

/// A statement of a step.
struct Statement<'t, 'a> {
    tokens: &'t [Token<'a>],
    /// The table that it changes, if it existed before the step.
    table: Option<&'t Table>,
    /// The full name of the table.
    name: String,
}

impl<'t, 'a> Statement<'t, 'a> {
    fn of(tokens: &'t [Token<'a>], before: &'t Schema, naming: Naming<'_>) -> Statement<'t, 'a> {
        let table = table(tokens, before, naming);
        Statement { tokens, table, name: table.map(|table| naming.of_table(table)).unwrap_or_default() }
    }

    fn is(&self, place: usize, word: &str) -> bool {
        self.tokens.get(place).is_some_and(|token| token.is(word))
    }

    fn has(&self, words: &[&str]) -> bool {
        self.place(words).is_some()
    }

    /// Returns the place of words that stand one after the other.
    fn place(&self, words: &[&str]) -> Option<usize> {
        self.tokens.windows(words.len()).position(|found| found.iter().zip(words).all(|(token, word)| token.is(word)))
    }

    fn name(&self, place: usize) -> String {
        self.tokens.get(place).and_then(Token::name).unwrap_or_default()
    }

    /// Returns whether the statement keeps others from reading its table until the step ends.
    fn locks_out_readers(&self) -> bool {
        let light = [&["validate", "constraint"][..], &["set", "statistics"], &["foreign", "key"]];
        let is_light = light.iter().any(|words| self.has(words));
        self.table.is_some()
            && (self.is(0, "alter") && !is_light || self.is(0, "truncate") || self.is(0, "drop") && self.is(1, "table"))
    }

    /// Returns whether the time that the statement takes grows with the number of rows.
    fn takes_long(&self) -> bool {
        let writes = self.is(0, "update") || self.is(0, "delete") || self.is(0, "with");
        let copies = self.is(0, "insert") && self.has(&["select"]) && !self.has(&["values"]);
        let reads = self.is(0, "create") && self.has(&["index"]) && self.table.is_some()
            || self.has(&["validate", "constraint"])
            || self.is(0, "refresh");
        writes || copies || reads
    }
}

impl Findings<'_> {
    /// Finds statements that block those who use the database while the step runs.
    pub(super) fn blocking(&mut self, before: &Schema, no_transaction: bool) {
        let all = statements(self.text);
        let statements: Vec<Statement<'_, '_>> =
            all.iter().map(|tokens| Statement::of(tokens, before, self.naming)).collect();
        for (place, statement) in statements.iter().enumerate() {
            self.indexes(statement);
            if let Some(table) = statement.table {
                if statement.is(0, "alter") {
                    self.constraints_of(statement, table, &statements[..place]);
                    self.columns_of(statement, table);
                }
                self.drops(statement);
            }
            let rewrites = statement.is(0, "vacuum") && statement.has(&["full"]) || statement.is(0, "cluster");
            if rewrites {
                let text = "the statement writes all rows of the table anew, and nobody can read it meanwhile: plain `VACUUM` \
                            blocks nobody";
                self.add_at(Rule::Rewrite, text.to_owned(), statement.tokens, None);
            }
        }
        if !no_transaction {
            self.long_locks(&statements);
        }
    }

    fn indexes(&mut self, statement: &Statement<'_, '_>) {
        if statement.has(&["concurrently"]) {
            return;
        }
        let text = match statement.table.map(|_| &statement.name) {
            Some(table) if statement.is(0, "create") && (statement.is(1, "index") || statement.is(2, "index")) => {
                format!(
                    "nobody can write to `{table}` until the index is built: write `CREATE INDEX CONCURRENTLY` into a step of its \
                 own, which begins with `-- aio-sql: no transaction`"
                )
            }
            _ if statement.is(0, "reindex") => "nobody can write to the table until the index is built: write \
                                                `REINDEX … CONCURRENTLY` into a step of its own, which begins with \
                                                `-- aio-sql: no transaction`"
                .to_owned(),
            _ => return,
        };
        let table = statement.table.map(|_| statement.name.as_str());
        self.add_at(Rule::BlockingIndex, text, statement.tokens, table);
    }

    fn constraints_of(&mut self, statement: &Statement<'_, '_>, table: &Table, earlier: &[Statement<'_, '_>]) {
        let name = statement.name.as_str();
        let is_unchecked = statement.has(&["not", "valid"]);
        let adds = statement.place(&["add"]).is_some_and(|add| {
            statement.is(add + 1, "constraint")
                || ["check", "foreign", "unique", "primary", "exclude"].iter().any(|kind| statement.is(add + 1, kind))
        });
        if adds
            && (statement.has(&["unique"]) || statement.has(&["primary", "key"]))
            && !statement.has(&["using", "index"])
        {
            let kind = if statement.has(&["unique"]) { "UNIQUE" } else { "PRIMARY KEY" };
            let text = format!(
                "nobody can read or write `{name}` until the index of the constraint is built: make it first, by \
                 `CREATE UNIQUE INDEX CONCURRENTLY` in a step with `-- aio-sql: no transaction`, then add the constraint by \
                 `{kind} USING INDEX`"
            );
            self.add_at(Rule::BlockingIndex, text, statement.tokens, Some(name));
        } else if adds && (statement.has(&["check"]) || statement.has(&["foreign", "key"])) && !is_unchecked {
            let text = format!(
                "the constraint is checked for all rows of `{name}`, and nobody can write to it meanwhile: add it with \
                 `NOT VALID`, and write `VALIDATE CONSTRAINT` into the next step"
            );
            self.add_at(Rule::ValidatingConstraint, text, statement.tokens, Some(name));
        }
        if let Some(place) = statement.place(&["validate", "constraint"]) {
            let constraint = statement.name(place + 2);
            let is_added = earlier.iter().any(|earlier| {
                earlier.place(&["add", "constraint"]).is_some_and(|add| earlier.name(add + 2) == constraint)
            });
            if is_added {
                let text = format!(
                    "the step that adds `{constraint}` keeps others from writing to `{name}` until it ends: write \
                     `VALIDATE CONSTRAINT` into the next step"
                );
                self.add_at(Rule::ValidatingConstraint, text, statement.tokens, Some(name));
            }
        }
        if let Some(set) = statement.place(&["set", "not", "null"]) {
            let column = statement.name(set - 1);
            let is_checked = |check: &aio_sql::inspect::Check| {
                let validated = check.is_validated()
                    || earlier.iter().any(|earlier| {
                        let validates = earlier.place(&["validate", "constraint"]);
                        validates.is_some_and(|place| check.name() == Some(&*earlier.name(place + 2)))
                    });
                validated && proves_not_null(check.expression(), &column)
            };
            if !table.checks().iter().any(is_checked) {
                let text = format!(
                    "all rows of `{name}` are read to see that none has NULL in `{column}`, and nobody can use the table \
                     meanwhile: add `CHECK ({column} IS NOT NULL) NOT VALID`, validate it in the next step, and set NOT NULL \
                     after that, which then reads no row"
                );
                self.add_at(Rule::NotNullScan, text, statement.tokens, Some(name));
            }
        }
    }

    fn columns_of(&mut self, statement: &Statement<'_, '_>, table: &Table) {
        let name = statement.name.as_str();
        let because = "and nobody can use the table meanwhile";
        if let Some(ty) = statement.place(&["type"]) {
            let column = statement.name(if statement.is(ty - 1, "data") { ty.saturating_sub(3) } else { ty - 1 });
            let new = type_after(statement, ty + 1);
            let old = table.column(&column).map_or("", |column| column.declared_type());
            let is_computed = statement.has(&["using"]);
            if !old.is_empty() && (is_computed || rewrites(old, &new)) {
                let text = format!(
                    "the change of `{name}.{column}` from {old} to {new} writes all rows and indexes of `{name}` anew, {because}: \
                     add a column of the new type, fill it in batches while a trigger keeps it up to date, then rename it"
                );
                self.add_at(Rule::Rewrite, text, statement.tokens, Some(name));
            }
        }
        let adds_column = statement.place(&["add"]).is_some_and(|add| {
            let others = ["constraint", "check", "foreign", "unique", "primary", "exclude", "value", "generated"];
            !others.iter().any(|other| statement.is(add + 1, other))
        });
        if !adds_column {
            return;
        }
        let calls = |function: &&&str| statement.tokens.windows(2).any(|pair| pair[0].is(function) && pair[1].is("("));
        let what = if let Some(function) = VOLATILE.iter().find(calls) {
            format!("its default `{function}` is another value for each row")
        } else if statement.has(&["stored"]) {
            "it is computed for each row".to_owned()
        } else if statement.has(&["as", "identity"])
            || ["serial", "bigserial", "smallserial"].iter().any(|word| statement.has(&[*word]))
        {
            "it numbers the rows".to_owned()
        } else {
            return;
        };
        let text = format!(
            "the new column is written into all rows of `{name}`, for {what}, {because}: add the column without that, set the \
             default in another statement, and fill the old rows in batches"
        );
        self.add_at(Rule::Rewrite, text, statement.tokens, Some(name));
    }

    fn drops(&mut self, statement: &Statement<'_, '_>) {
        let name = statement.name.as_str();
        let what = if statement.is(0, "drop") && statement.is(1, "table") {
            format!("`{name}`")
        } else if let Some(drop) = statement.place(&["drop", "column"]) {
            let after = if statement.is(drop + 2, "if") { drop + 4 } else { drop + 2 };
            format!("`{name}.{}`", statement.name(after))
        } else {
            return;
        };
        let text = format!(
            "{what} is dropped, and a program of the earlier version that still runs names it: first release a version that \
             does not, and drop it afterwards"
        );
        self.add_at(Rule::Drop, text, statement.tokens, None);
    }

    /// Finds a statement that takes long after one that keeps others from reading its table.
    fn long_locks(&mut self, statements: &[Statement<'_, '_>]) {
        let Some(first) = statements.iter().position(Statement::locks_out_readers) else { return };
        let Some(long) = statements[first + 1..].iter().find(|statement| statement.takes_long()) else { return };
        let name = statements[first].name.as_str();
        let text = format!(
            "nobody can read `{name}`, which an earlier statement has locked, until the step ends: write this statement, which \
             takes the longer the more rows there are, into a step of its own"
        );
        self.add_at(Rule::LongLock, text, long.tokens, Some(name));
    }
}

/// Returns the table that a statement changes, if it is one of the schema.
fn table<'s>(tokens: &[Token<'_>], schema: &'s Schema, naming: Naming<'_>) -> Option<&'s Table> {
    let is = |place: usize, word: &str| tokens.get(place).is_some_and(|token| token.is(word));
    let place = if is(0, "create") {
        // The name of an index may be left out, and may be any word.
        1 + tokens.iter().position(|token| token.is("on"))?
    } else if is(0, "update") {
        1
    } else if is(0, "insert") || is(0, "delete") {
        2
    } else {
        1 + tokens.iter().take(3).position(|token| token.is("table"))?
    };
    let name = name_at(tokens, place, naming).full;
    let mut tables = schema.tables().iter();
    tables.find(|table| {
        let full = naming.of_table(table);
        full == name || full == name.to_ascii_lowercase()
    })
}

/// Returns the type that begins at a place, up to the end of the action.
fn type_after(statement: &Statement<'_, '_>, place: usize) -> String {
    let mut depth = 0_i32;
    let mut ty = String::new();
    for token in &statement.tokens[place.min(statement.tokens.len())..] {
        if depth == 0 && (token.is(",") || token.is("using") || token.is("collate")) {
            break;
        }
        depth += i32::from(token.is("(")) - i32::from(token.is(")"));
        let is_apart =
            !ty.is_empty() && !token.is("(") && !token.is(")") && !token.is(",") && !ty.ends_with(['(', ',']);
        ty += if is_apart { " " } else { "" };
        ty += token.text;
    }
    ty
}
