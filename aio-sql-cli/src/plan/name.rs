//! Names in SQL and in directives.

use aio_sql::inspect::{Schema, Table, View};

/// Writes the names of what belongs to schemas: with the name of the schema, unless this is the
/// default one, so that steps run in any schema.
///
/// A *full name* identifies a table or view of all schemas that are read, and is how users see it:
/// `post`, or `app.post`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Naming<'a> {
    /// The names of the default schema. Steps that run in a schema which takes the place of a
    /// database have another one each time.
    defaults: [&'a str; 2],
}

impl<'a> Naming<'a> {
    /// Returns the naming of a database with one schema.
    #[cfg(test)]
    pub(super) fn plain() -> Naming<'static> {
        Naming { defaults: [""; 2] }
    }

    pub(crate) fn of(schema: &'a Schema) -> Naming<'a> {
        Naming::between(schema, schema)
    }

    /// Returns the naming for what belongs to two schemas, of which each has its default one.
    pub(crate) fn between(one: &'a Schema, other: &'a Schema) -> Naming<'a> {
        Naming { defaults: [one.default_name(), other.default_name()] }
    }

    pub(crate) fn is_default(&self, schema: &str) -> bool {
        schema.is_empty() || self.defaults.contains(&schema)
    }

    pub(crate) fn is_same_schema(&self, one: &str, other: &str) -> bool {
        one == other || self.is_default(one) && self.is_default(other)
    }

    pub(crate) fn full(&self, schema: &str, name: &str) -> String {
        if self.is_default(schema) { name.to_owned() } else { format!("{}.{}", word(schema), word(name)) }
    }

    pub(crate) fn of_table(&self, table: &Table) -> String {
        self.full(table.schema(), table.name())
    }

    pub(crate) fn of_view(&self, view: &View) -> String {
        self.full(view.schema(), view.name())
    }

    /// Returns the name as SQL reads it.
    pub(crate) fn sql(&self, schema: &str, name: &str) -> String {
        if self.is_default(schema) { quoted(name) } else { format!("{}.{}", quoted(schema), quoted(name)) }
    }

    /// Returns the name as a directive reads it.
    pub(crate) fn in_directive(&self, schema: &str, name: &str) -> String {
        if self.is_default(schema) { word(name) } else { self.full(schema, name) }
    }

    /// Returns the table with a full name. The case of ASCII letters is ignored, unless there is a
    /// table with exactly this name.
    pub(crate) fn table<'s>(&self, of: &'s Schema, full: &str) -> Option<&'s Table> {
        let named = |table: &&Table, is: fn(&str, &str) -> bool| is(&self.of_table(table), full);
        let mut tables = of.tables().iter();
        tables
            .find(|table| named(table, |one, other| one == other))
            .or_else(|| of.tables().iter().find(|table| named(table, is)))
    }

    /// Returns the view with a full name.
    pub(crate) fn view<'s>(&self, of: &'s Schema, full: &str) -> Option<&'s View> {
        let mut views = of.views().iter();
        views
            .find(|view| self.of_view(view) == full)
            .or_else(|| of.views().iter().find(|view| is(&self.of_view(view), full)))
    }
}

/// Returns a name in double quotes, as SQL reads it.
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Returns a text as a literal of SQL.
pub(super) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Returns names in double quotes, with commas between them.
pub(super) fn list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().map(quoted).collect::<Vec<_>>().join(", ")
}

/// Returns a name as a word of a directive. It is quoted if it would be several words.
pub(crate) fn word(name: &str) -> String {
    let is_word = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
    if is_word { name.to_owned() } else { quoted(name) }
}

/// Returns whether two names are the same to a database that ignores the case of ASCII letters.
pub(super) fn is(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}
