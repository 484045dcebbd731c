//! The text of a migration file.

use super::name::word;
use super::statements::terminated;

/// A step: the content of one migration file.
#[derive(Clone, Debug, Default)]
pub struct Step {
    /// What the step is a part of the change for, such as `renames`, to name its file; empty for
    /// the main part.
    pub part: &'static str,
    /// Whether the step runs outside of a transaction. It then has a single statement.
    pub no_transaction: bool,
    /// The tables that the step rebuilds.
    pub rebuilds: Vec<String>,
    /// Whether foreign keys must be off while the step runs, for another reason than a rebuild.
    pub foreign_keys_off: bool,
    /// The tables and columns whose data is lost.
    pub losses: Vec<String>,
    /// The statements, in their order.
    pub statements: Vec<Statement>,
}

/// A statement of a step.
#[derive(Clone, Debug)]
pub struct Statement {
    /// The table that it changes.
    pub table: String,
    /// The text, without a semicolon at its end.
    pub sql: String,
}

impl Step {
    /// Returns the text of the file: the directives, then the statements.
    pub fn text(&self) -> String {
        let mut text = String::new();
        let mut line = |directive: String| text.push_str(&format!("-- aio-sql: {directive}\n"));
        if self.no_transaction {
            line("no transaction".to_owned());
        }
        if !self.rebuilds.is_empty() {
            let tables: Vec<_> = self.rebuilds.iter().map(|table| word(table)).collect();
            line(format!("rebuild {}", tables.join(" ")));
        } else if self.foreign_keys_off {
            line("foreign keys off".to_owned());
        }
        if !self.losses.is_empty() {
            line(format!("accepts loss of {}", self.losses.join(", ")));
        }
        let mut table: Option<&String> = None;
        for statement in &self.statements {
            // A blank line separates the statements for different tables.
            if table.is_none_or(|table| *table != statement.table) {
                text.push('\n');
            }
            table = Some(&statement.table);
            text.push_str(&terminated(&statement.sql));
        }
        text.trim_start().to_owned()
    }

    /// Returns whether a rename in this step must not change the views, triggers and foreign keys
    /// that name the table.
    pub(super) fn needs_simple_rename(&self) -> bool {
        !self.rebuilds.is_empty()
    }

    pub(super) fn push(&mut self, table: &str, sql: impl Into<String>) {
        self.statements.push(Statement { table: table.to_owned(), sql: sql.into() });
    }

    /// Returns one step that does what this step and then `next` does.
    #[must_use]
    pub fn followed_by(mut self, next: Step) -> Step {
        self.rebuilds.extend(next.rebuilds);
        self.foreign_keys_off |= next.foreign_keys_off;
        self.losses.extend(next.losses);
        self.statements.extend(next.statements);
        self
    }
}
