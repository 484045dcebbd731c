//! What may go wrong when a step runs on a database with rows, or beside other programs.

mod postgres;
mod types;

use aio_sql::inspect::{Part, Table};
use aio_sql::{Dialect, Schema};

use crate::error::Result;
use crate::plan::{Kind, Naming, RenamesOf, Token, renames_of, statements, tokens};
use crate::steps::{Directives, Loss};

/// Something that may go wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What kind of finding it is.
    pub rule: Rule,
    /// What may go wrong, and what to do.
    pub text: String,
    /// The name of the step.
    pub step: String,
    /// The line in the file of the step.
    pub line: usize,
    /// The table whose number of rows decides whether the finding counts; `None` if it always
    /// counts.
    pub table: Option<String>,
}

/// The kinds of findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Data is lost, and the header of the step does not say so.
    DataLoss,
    /// A column becomes NOT NULL, and the step gives no value to rows without one.
    NotNullWithoutValue,
    /// Existing rows may be equal in columns that become unique.
    UniqueOverRows,
    /// A program of an earlier version that still runs uses the old name.
    Rename,
    /// A table with many rows is copied.
    LargeRebuild,
    /// A view or a foreign key refers to what the step drops.
    DroppedReference,
    /// Nobody can write to a table until an index is built.
    BlockingIndex,
    /// All rows are checked while nobody can write to the table.
    ValidatingConstraint,
    /// All rows are read, to see that no column is NULL, while nobody can use the table.
    NotNullScan,
    /// All rows are written anew while nobody can use the table.
    Rewrite,
    /// A statement that takes long follows one that keeps others from using a table.
    LongLock,
    /// A program of an earlier version that still runs uses what the step drops.
    Drop,
}

impl Rule {
    /// All kinds.
    pub const ALL: [Rule; 12] = [
        Rule::DataLoss,
        Rule::NotNullWithoutValue,
        Rule::UniqueOverRows,
        Rule::Rename,
        Rule::LargeRebuild,
        Rule::DroppedReference,
        Rule::BlockingIndex,
        Rule::ValidatingConstraint,
        Rule::NotNullScan,
        Rule::Rewrite,
        Rule::LongLock,
        Rule::Drop,
    ];

    /// Returns the name of the rule, which the option `--allow` takes.
    pub fn name(self) -> &'static str {
        match self {
            Rule::DataLoss => "data-loss",
            Rule::NotNullWithoutValue => "not-null-without-value",
            Rule::UniqueOverRows => "unique-over-rows",
            Rule::Rename => "rename",
            Rule::LargeRebuild => "large-rebuild",
            Rule::DroppedReference => "dropped-reference",
            Rule::BlockingIndex => "blocking-index",
            Rule::ValidatingConstraint => "validating-constraint",
            Rule::NotNullScan => "not-null-scan",
            Rule::Rewrite => "rewrite",
            Rule::LongLock => "long-lock",
            Rule::Drop => "drop",
        }
    }
}

/// The number of rows from which a rebuild counts as large.
pub const LARGE: u64 = 100_000;

/// Returns what may go wrong when a step runs, from the schemas before and after it. Every rebuild
/// is a finding of [`Rule::LargeRebuild`], whatever its size: the caller leaves out those of
/// tables with fewer rows than [`LARGE`].
///
/// # Errors
/// If the schemas cannot be compared, or the text has an unknown directive.
pub fn of_step(step: &str, text: &str, before: &Schema, after: &Schema) -> Result<Vec<Finding>> {
    let mut list = of_change(step, text, before, after)?;
    if before.dialect() == Dialect::Postgres {
        let naming = Naming::between(before, after);
        let renames = renames_of(text, naming);
        let mut findings = Findings { step, text, naming, renames: &renames, list };
        findings.blocking(before, Directives::read(text)?.no_transaction);
        list = findings.list;
    }
    Ok(list)
}

/// Returns what may go wrong when the schema changes, in one step or in several, whose text this
/// is: all that [`of_step`] returns but what keeps others from using the database meanwhile.
///
/// # Errors
/// Those of [`of_step`].
pub fn of_change(step: &str, text: &str, before: &Schema, after: &Schema) -> Result<Vec<Finding>> {
    let directives = Directives::read(text)?;
    let naming = Naming::between(before, after);
    let renames = renames_of(text, naming);
    let mut findings = Findings { step, text, naming, renames: &renames, list: Vec::new() };
    findings.renames();
    findings.losses(before, after, &directives);
    findings.constraints(before, after)?;
    for table in &directives.rebuilds {
        let text = format!("the rebuild copies all rows of `{table}`, and nobody else can write meanwhile");
        findings.add(Rule::LargeRebuild, text, &[table], Some(table));
    }
    for broken in crate::plan::broken(before, after) {
        findings.add(Rule::DroppedReference, format!("{broken}: change it in the same step"), &[], None);
    }
    Ok(findings.list)
}

struct Findings<'a> {
    step: &'a str,
    text: &'a str,
    naming: Naming<'a>,
    renames: &'a RenamesOf,
    list: Vec<Finding>,
}

impl Findings<'_> {
    /// Adds a finding. Its place is the first statement that has all of these names or, if there
    /// is none, all but the first one, and so on. Of a full name, only the part after the schema
    /// counts.
    fn add(&mut self, rule: Rule, text: String, names: &[&str], table: Option<&str>) {
        let has = |statement: &[Token<'_>], name: &str| {
            let own = tokens(name).last().and_then(Token::name);
            let name = if name.contains('.') { own.as_deref().unwrap_or(name) } else { name };
            statement.iter().any(|token| {
                token.kind != Kind::Text && token.name().is_some_and(|found| found.eq_ignore_ascii_case(name))
            })
        };
        let statements = statements(self.text);
        let place = (0..names.len() + 1).find_map(|fewer| {
            let names = &names[fewer.min(names.len())..];
            let statement = statements.iter().find(|statement| names.iter().all(|name| has(statement, name)))?;
            statement.first().map(|token| token.at)
        });
        self.push(rule, text, place, table);
    }

    /// Adds a finding whose place is a statement.
    fn add_at(&mut self, rule: Rule, text: String, statement: &[Token<'_>], table: Option<&str>) {
        self.push(rule, text, statement.first().map(|token| token.at), table);
    }

    fn push(&mut self, rule: Rule, text: String, at: Option<usize>, table: Option<&str>) {
        let line =
            at.map_or(1, |at| self.text[..at].lines().count().max(1) + usize::from(self.text[..at].ends_with('\n')));
        let (step, table) = (self.step.to_owned(), table.map(str::to_owned));
        self.list.push(Finding { rule, text, step, line, table });
    }

    fn renames(&mut self) {
        let because = "a program of the earlier version that still runs does not know the new name: stop it first";
        for (from, to) in &self.renames.tables {
            self.add(Rule::Rename, format!("`{from}` is renamed to `{to}`, and {because}"), &[from, to], None);
        }
        for (table, from, to) in &self.renames.columns {
            let text = format!("`{table}.{from}` is renamed to `{to}`, and {because}");
            self.add(Rule::Rename, text, &[table, from, to], None);
        }
    }

    /// Returns the table as it is after the step, which may have renamed it; `None` if it is gone.
    fn later<'s>(&self, table: &Table, after: &'s Schema) -> Option<&'s Table> {
        let full = self.naming.of_table(table);
        let renamed = self.renames.tables.iter().find(|(from, _)| from.eq_ignore_ascii_case(&full));
        self.naming.table(after, renamed.map_or(&full, |(_, to)| to))
    }

    /// Returns the name of a column after the step.
    fn later_column<'n>(&'n self, table: &Table, column: &'n str) -> &'n str {
        let full = self.naming.of_table(table);
        let renamed = self
            .renames
            .columns
            .iter()
            .find(|(of, from, _)| of.eq_ignore_ascii_case(&full) && from.eq_ignore_ascii_case(column));
        renamed.map_or(column, |(_, _, to)| to)
    }

    fn losses(&mut self, before: &Schema, after: &Schema, directives: &Directives) {
        let naming = self.naming;
        let is_accepted = |table: &Table, column: Option<&str>| {
            let (schema, name) = (table.schema(), table.name());
            let is_loss = |column: &[&str]| {
                let full = [&[schema, name], column].concat();
                let is_short = |loss: &Loss| naming.is_default(schema) && loss.is(&full[1..]);
                directives.accepts_loss_of.iter().any(|loss| loss.is(&full) || is_short(loss))
            };
            is_loss(&[]) || column.is_some_and(|column| is_loss(&[column]))
        };
        for table in before.tables() {
            let name = naming.of_table(table);
            let Some(later) = self.later(table, after) else {
                if !is_accepted(table, None) {
                    let text = format!(
                        "the step drops `{name}` with its rows: write `-- aio-sql: accepts loss of {name}` at its beginning"
                    );
                    self.add(Rule::DataLoss, text, &["drop", &name], None);
                }
                continue;
            };
            for column in table.columns().iter().filter(|column| column.generated().is_none()) {
                let (now, column) = (naming.of_table(later), column.name());
                if later.column(self.later_column(later, column)).is_none() && !is_accepted(later, Some(column)) {
                    let text = format!(
                        "the step drops `{now}.{column}` with its values: write `-- aio-sql: accepts loss of {now}.{column}` at \
                         its beginning"
                    );
                    self.add(Rule::DataLoss, text, &[&now, column], None);
                }
            }
        }
    }

    fn constraints(&mut self, before: &Schema, after: &Schema) -> Result<()> {
        for table in before.tables() {
            let Some(later) = self.later(table, after) else { continue };
            let name = &self.naming.of_table(later);
            for column in table.columns().iter().filter(|column| column.is_nullable()) {
                let now = self.later_column(later, column.name()).to_owned();
                let becomes = later.column(&now).is_some_and(|later| !later.is_nullable());
                let is_proven =
                    || table.checks().iter().any(|check| proves_not_null(check.expression(), column.name()));
                if becomes && !self.fills(&now) && !is_proven() {
                    let text = format!(
                        "`{name}.{now}` becomes NOT NULL, and the step fails if a row has no value in it: fill these rows \
                         first, or write `#[column(backfill = sql(\"…\"))]` at its field"
                    );
                    self.add(Rule::NotNullWithoutValue, text, &[&now, "not", "null"], Some(name.as_str()));
                }
            }
        }
        for difference in after.differences(before)? {
            let (kind, columns, word) = match difference.wanted() {
                Some(Part::Unique(unique)) => ("UNIQUE", unique.columns(), "unique"),
                Some(Part::Index(index)) if index.is_unique() => ("unique", index.columns(), index.name()),
                _ => continue,
            };
            let table = &self.naming.full(difference.schema(), difference.table());
            if columns.iter().any(|column| self.is_null(before, after, table, column)) {
                continue;
            }
            let columns = columns.join(", ");
            let text = format!(
                "({columns}) of `{table}` becomes {kind}, and the step fails if two rows are equal in it: make them \
                 different first"
            );
            self.add(Rule::UniqueOverRows, text, &[word], Some(table));
        }
        Ok(())
    }

    /// Returns whether a column is NULL in all rows after the step, so that no two of them are
    /// equal in it: it is new, and no statement gives it a value.
    fn is_null(&self, before: &Schema, after: &Schema, table: &str, column: &str) -> bool {
        let Some(later) = self.naming.table(after, table) else { return false };
        let earlier = self.renames.tables.iter().find(|(_, to)| to.eq_ignore_ascii_case(table));
        let earlier = self.naming.table(before, earlier.map_or(table, |(from, _)| from));
        let is_old = earlier.is_some_and(|earlier| {
            earlier.columns().iter().any(|old| self.later_column(later, old.name()).eq_ignore_ascii_case(column))
        });
        let has_value = later
            .column(column)
            .is_none_or(|column| !column.is_nullable() || column.default().is_some() || column.generated().is_some());
        let is_written = statements(self.text).iter().any(|statement| {
            let writes = statement.first().is_some_and(|first| first.is("insert") || first.is("update"));
            writes && statement.iter().any(|token| token.name().is_some_and(|name| name.eq_ignore_ascii_case(column)))
        });
        !is_old && !has_value && !is_written
    }

    /// Returns whether a statement of the step seems to deal with rows that have NULL in a column:
    /// it names the column, and is an UPDATE, a DELETE, or an INSERT with `coalesce`, `ifnull` or
    /// CASE.
    fn fills(&self, column: &str) -> bool {
        statements(self.text).iter().any(|statement| {
            let has = |word: &str| statement.iter().any(|token| token.is(word));
            let names =
                statement.iter().any(|token| token.name().is_some_and(|name| name.eq_ignore_ascii_case(column)));
            let writes =
                has("update") && has("set") || has("insert") && (has("coalesce") || has("ifnull") || has("case"));
            names && (writes || has("delete"))
        })
    }
}

/// Returns whether a check holds only for rows with a value in the column.
fn proves_not_null(expression: &str, column: &str) -> bool {
    let tokens = tokens(expression);
    let tokens: Vec<_> = tokens.iter().filter(|token| !token.is("(") && !token.is(")")).collect();
    matches!(&*tokens, [name, is, not, null]
        if name.name().as_deref() == Some(column) && is.is("is") && not.is("not") && null.is("null"))
}
