//! The SQL of the parts of a schema.

use aio_sql::inspect::{
    Action, Check, Column, Domain, Enum, Exclusion, ForeignKey, Identity, Index, PrimaryKey, Schema, Sequence, Table,
    Unique, View,
};

use crate::plan::name::{Naming, list, literal, quoted};
use crate::plan::tokens::{Token, tokens};

/// Writes the parts of a schema as SQL. What belongs to the default schema is named without it, so
/// that the statements run in any schema.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Definition<'a> {
    pub(super) naming: Naming<'a>,
}

impl<'a> Definition<'a> {
    pub(crate) fn of(schema: &'a Schema) -> Definition<'a> {
        Definition { naming: Naming::of(schema) }
    }

    /// Returns the name of a table, a view or a type.
    pub(super) fn name(&self, schema: &str, name: &str) -> String {
        self.naming.sql(schema, name)
    }

    pub(super) fn table_name(&self, table: &Table) -> String {
        self.name(table.schema(), table.name())
    }

    /// Returns the CREATE TABLE statement, without the foreign keys for which `is_later` returns
    /// true, and without the indexes.
    pub(super) fn table(&self, table: &Table, is_later: impl Fn(&ForeignKey) -> bool) -> String {
        let name = self.table_name(table);
        if let Some(partition) = table.partition() {
            let of = self.name(partition.of().schema(), partition.of().name());
            return format!("CREATE TABLE {name} PARTITION OF {of} {}{}", partition.bound(), partition_key(table));
        }
        let mut lines: Vec<String> = table.columns().iter().map(column).collect();
        lines.extend(table.primary_key().map(|key| constraint(key.name(), &primary_key(key))));
        lines.extend(table.uniques().iter().map(|key| constraint(key.name(), &unique(key))));
        lines.extend(table.checks().iter().map(|condition| constraint(condition.name(), &check(condition))));
        lines.extend(table.exclusions().iter().map(|one| constraint(Some(one.name()), &exclusion(one))));
        let keys = table.foreign_keys().iter().filter(|key| !is_later(key));
        lines.extend(keys.map(|key| constraint(key.name(), &self.foreign_key(key))));
        let unlogged = if table.is_unlogged() { "UNLOGGED " } else { "" };
        let parents: Vec<_> = table.parents().iter().map(|parent| self.name(parent.schema(), parent.name())).collect();
        let parents = if parents.is_empty() { String::new() } else { format!(" INHERITS ({})", parents.join(", ")) };
        let lines = if lines.is_empty() { String::new() } else { format!("\n    {}\n", lines.join(",\n    ")) };
        format!("CREATE {unlogged}TABLE {name} ({lines}){parents}{}", partition_key(table))
    }

    /// Returns a foreign key without its name.
    pub(super) fn foreign_key(&self, key: &ForeignKey) -> String {
        let names = |names: &[String]| list(names.iter().map(String::as_str));
        let table = self.name(key.schema(), key.table());
        let mut sql = format!("FOREIGN KEY ({}) REFERENCES {table} ({})", names(key.columns()), names(key.targets()));
        sql += if key.is_full() { " MATCH FULL" } else { "" };
        if key.on_delete() != Action::NoAction {
            sql += &format!(" ON DELETE {}", key.on_delete());
            if !key.reset_columns().is_empty() {
                sql += &format!(" ({})", names(key.reset_columns()));
            }
        }
        if key.on_update() != Action::NoAction {
            sql += &format!(" ON UPDATE {}", key.on_update());
        }
        sql + deferral(key.is_deferrable(), key.is_deferred())
    }

    /// Returns the CREATE INDEX statement. `concurrently` is an index of a table that programs
    /// write to meanwhile.
    pub(super) fn index(&self, table_schema: &str, table: &str, index: &Index, concurrently: bool) -> String {
        let sql = index.sql();
        let tokens = tokens(sql);
        let using = tokens.iter().position(|token| token.is("using"));
        // The server names the schema of the table, which need not be that of the step.
        let rest = match using {
            Some(using) if tokens.get(using + 1).is_some_and(|method| method.is("btree")) => {
                &sql[tokens.get(using + 2).map_or(sql.len(), |next| next.at)..]
            }
            Some(using) => &sql[tokens[using].at..],
            None => return sql.to_owned(),
        };
        let unique = if index.is_unique() { "UNIQUE " } else { "" };
        let concurrently = if concurrently { "CONCURRENTLY " } else { "" };
        let table = self.name(table_schema, table);
        format!("CREATE {unique}INDEX {concurrently}{} ON {table} {rest}", quoted(index.name()))
    }

    /// Returns the statement that creates a view, without a semicolon at its end.
    pub(super) fn view(view: &View) -> String {
        view.sql().trim_end().trim_end_matches(';').to_owned()
    }

    pub(super) fn drop_view(&self, view: &View) -> String {
        let kind = if view.is_materialized() { "MATERIALIZED VIEW" } else { "VIEW" };
        format!("DROP {kind} {}", self.name(view.schema(), view.name()))
    }

    pub(super) fn sequence(&self, sequence: &Sequence) -> String {
        format!(
            "CREATE SEQUENCE {} AS {} START WITH {} INCREMENT BY {} MINVALUE {} MAXVALUE {} CACHE {}{}",
            self.name(sequence.schema(), sequence.name()),
            sequence.declared_type(),
            sequence.start(),
            sequence.increment(),
            sequence.min(),
            sequence.max(),
            sequence.cache(),
            if sequence.is_cyclic() { " CYCLE" } else { "" }
        )
    }

    /// Returns the statement that gives a sequence the column with which it is dropped; `None` if
    /// it has none.
    pub(super) fn sequence_owner(&self, sequence: &Sequence) -> Option<String> {
        let owner = sequence.owner()?;
        let (table, column) = (self.name(owner.schema(), owner.table()), quoted(owner.column()));
        let sequence = self.name(sequence.schema(), sequence.name());
        Some(format!("ALTER SEQUENCE {sequence} OWNED BY {table}.{column}"))
    }

    pub(super) fn enumeration(&self, of: &Enum) -> String {
        let values: Vec<_> = of.values().iter().map(|value| literal(value)).collect();
        format!("CREATE TYPE {} AS ENUM ({})", self.name(of.schema(), of.name()), values.join(", "))
    }

    pub(super) fn domain(&self, domain: &Domain) -> String {
        let mut sql =
            format!("CREATE DOMAIN {} AS {}", self.name(domain.schema(), domain.name()), typed_domain(domain));
        sql.extend(domain.default().map(|default| format!(" DEFAULT {default}")));
        sql += if domain.is_nullable() { "" } else { " NOT NULL" };
        sql.extend(domain.checks().iter().map(|one| format!(" {}", constraint(one.name(), &check(one)))));
        sql
    }

    /// Returns the statements that set the comments of a table, its columns, its indexes and its
    /// constraints.
    pub(super) fn comments(&self, table: &Table) -> Vec<String> {
        let name = self.table_name(table);
        let on = |what: String, comment: Option<&str>| comment.map(|text| comment_on(&what, text));
        let mut comments: Vec<_> = on(format!("TABLE {name}"), table.comment()).into_iter().collect();
        for column in table.columns() {
            comments.extend(on(format!("COLUMN {name}.{}", quoted(column.name())), column.comment()));
        }
        for index in table.indexes() {
            comments.extend(on(format!("INDEX {}", self.name(table.schema(), index.name())), index.comment()));
        }
        let constraints = table.primary_key().map(|key| (key.name(), key.comment())).into_iter();
        let constraints = constraints
            .chain(table.uniques().iter().map(|key| (key.name(), key.comment())))
            .chain(table.checks().iter().map(|check| (check.name(), check.comment())))
            .chain(table.foreign_keys().iter().map(|key| (key.name(), key.comment())));
        for (constraint, comment) in constraints {
            let constraint = quoted(constraint.unwrap_or_default());
            comments.extend(on(format!("CONSTRAINT {constraint} ON {name}"), comment));
        }
        comments
    }
}

/// Returns the statement that sets the comment on a table or another part, `TABLE "post"`.
pub(super) fn comment_on(what: &str, text: &str) -> String {
    format!("COMMENT ON {what} IS {}", literal(text))
}

/// Returns the statement that removes such a comment.
pub(super) fn no_comment_on(what: &str) -> String {
    format!("COMMENT ON {what} IS NULL")
}

/// Returns the definition of a column.
pub(super) fn column(column: &Column) -> String {
    let nullable = if column.is_nullable() { "" } else { " NOT NULL" };
    format!("{}{nullable}", nullable_column(column))
}

/// Returns the definition of a column without NOT NULL.
pub(super) fn nullable_column(column: &Column) -> String {
    let mut sql = format!("{} {}", quoted(column.name()), typed(column));
    sql.extend(column.default().map(|default| format!(" DEFAULT {default}")));
    if let Some(generated) = column.generated() {
        let kind = if generated.is_stored() { "STORED" } else { "VIRTUAL" };
        sql += &format!(" GENERATED ALWAYS AS ({}) {kind}", generated.expression());
    }
    sql.extend(column.identity().map(|identity| format!(" {}", generated_as_identity(identity))));
    sql
}

/// Returns the type of a column with its collation.
pub(super) fn typed(column: &Column) -> String {
    let collation = column.collation().map(|collation| format!(" COLLATE {}", quoted(collation)));
    format!("{}{}", column.declared_type(), collation.unwrap_or_default())
}

/// Returns the type whose values a domain restricts, with the collation.
pub(super) fn typed_domain(domain: &Domain) -> String {
    let collation = domain.collation().map(|collation| format!(" COLLATE {}", quoted(collation)));
    format!("{}{}", domain.declared_type(), collation.unwrap_or_default())
}

pub(super) fn generated_as_identity(identity: Identity) -> &'static str {
    match identity {
        Identity::Always => "GENERATED ALWAYS AS IDENTITY",
        Identity::ByDefault => "GENERATED BY DEFAULT AS IDENTITY",
    }
}

/// Returns a constraint with its name.
pub(super) fn constraint(name: Option<&str>, definition: &str) -> String {
    name.map_or_else(|| definition.to_owned(), |name| format!("CONSTRAINT {} {definition}", quoted(name)))
}

pub(super) fn check(check: &Check) -> String {
    let inherited = if check.is_inherited() { "" } else { " NO INHERIT" };
    format!("CHECK ({}){inherited}", check.expression())
}

pub(super) fn primary_key(key: &PrimaryKey) -> String {
    let deferral = deferral(key.is_deferrable(), key.is_deferred());
    format!("PRIMARY KEY ({}){}{deferral}", list(key.columns()), include(key.included()))
}

pub(super) fn unique(key: &Unique) -> String {
    let nulls = nulls(key);
    let deferral = deferral(key.is_deferrable(), key.is_deferred());
    format!("UNIQUE{nulls} ({}){}{deferral}", list(key.columns()), include(key.included()))
}

pub(super) fn exclusion(exclusion: &Exclusion) -> String {
    exclusion.definition().to_owned()
}

/// Returns the end of a CREATE INDEX statement for the index of a key, after the name of the
/// table.
pub(super) fn key_index(columns: Vec<&str>, included: &[String], nulls: &str) -> String {
    format!("({}){}{nulls}", list(columns), include(included))
}

pub(super) fn nulls(key: &Unique) -> &'static str {
    if key.has_distinct_nulls() { "" } else { " NULLS NOT DISTINCT" }
}

pub(super) fn deferral(is_deferrable: bool, is_deferred: bool) -> &'static str {
    match (is_deferrable, is_deferred) {
        (_, true) => " DEFERRABLE INITIALLY DEFERRED",
        (true, false) => " DEFERRABLE",
        (false, false) => "",
    }
}

fn include(columns: &[String]) -> String {
    if columns.is_empty() {
        return String::new();
    }
    format!(" INCLUDE ({})", list(columns.iter().map(String::as_str)))
}

fn partition_key(table: &Table) -> String {
    table.partition_key().map(|key| format!(" PARTITION BY {key}")).unwrap_or_default()
}

/// Returns a statement without the word CONCURRENTLY, so that it can run in a transaction.
pub(crate) fn without_concurrently(sql: &str) -> String {
    let is_word = |token: &Token<'_>| token.is("concurrently");
    let Some(word) = tokens(sql).into_iter().find(is_word) else { return sql.to_owned() };
    format!("{}{}", &sql[..word.at], sql[word.end()..].trim_start())
}
