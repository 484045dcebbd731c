//! Plans sequences, enums and domains. Structs do not declare them, so they change only where the
//! goal is a schema that was read, as when a step is reverted.

use aio_sql::inspect::{Domain, Enum, Part, Sequence};

use super::Writer;
use crate::error::{Error, Result};
use crate::plan::Change;
use crate::plan::name::{is, literal, quoted};
use crate::plan::postgres::definition::{check, constraint, typed_domain};

impl Writer<'_> {
    /// Creates the sequences and types that the database lacks, and alters those that differ.
    ///
    /// # Errors
    /// Fails if there is no statement for a change.
    pub(super) fn create_types(&mut self) -> Result<()> {
        // A domain may be one of an enum.
        let order = |part: &Part<'_>| matches!(part, Part::Domain(_));
        let mut types: Vec<_> =
            self.draft.types.iter().filter_map(|(wanted, found)| Some(((*wanted)?, *found))).collect();
        types.sort_by_key(|(wanted, _)| order(wanted));
        for (wanted, found) in types {
            let (kind, name, sql) = self.named(wanted);
            let statements = match (wanted, found) {
                (Part::Enum(wanted), Some(Part::Enum(found))) => enum_changes(&name, &sql, wanted, found)?,
                (Part::Domain(wanted), Some(Part::Domain(found))) => domain_changes(&name, &sql, wanted, found)?,
                (Part::Sequence(wanted), Some(_)) => vec![sequence_change(&sql, wanted)],
                (Part::Enum(wanted), _) => vec![self.definition.enumeration(wanted)],
                (Part::Domain(wanted), _) => vec![self.definition.domain(wanted)],
                (Part::Sequence(wanted), _) => vec![self.definition.sequence(wanted)],
                _ => continue,
            };
            statements.into_iter().for_each(|statement| self.main.push(&name, statement));
            let is_new = found.is_none();
            self.changes.push(if is_new { Change::Create { kind, name } } else { Change::Alter { kind, name } });
        }
        Ok(())
    }

    /// Lets new sequences be dropped with their columns, which are there now.
    pub(super) fn give_sequences_to_columns(&mut self) {
        for (wanted, found) in &self.draft.types {
            if let (Some(Part::Sequence(sequence)), None) = (wanted, found)
                && let Some(sql) = self.definition.sequence_owner(sequence)
            {
                self.main.push(&self.definition.naming.full(sequence.schema(), sequence.name()), sql);
            }
        }
    }

    /// Drops the sequences and types that are not wanted, after the tables and columns that use
    /// them.
    pub(super) fn drop_types(&mut self) {
        let gone = self.draft.types.iter().filter(|(wanted, _)| wanted.is_none()).filter_map(|(_, found)| *found);
        let mut gone: Vec<Part<'_>> = gone.filter(|part| !self.goes_with_its_column(*part)).collect();
        // A domain may be one of an enum.
        gone.sort_by_key(|part| matches!(part, Part::Enum(_)));
        for part in gone {
            let (kind, name, sql) = self.named(part);
            let word = if kind == "enum" { "TYPE".to_owned() } else { kind.to_ascii_uppercase() };
            self.main.push(&name, format!("DROP {word} {sql}"));
            self.changes.push(Change::Drop { kind, name });
        }
    }

    /// Returns whether a part is a sequence that the server drops with the column that owns it.
    fn goes_with_its_column(&self, part: Part<'_>) -> bool {
        let Part::Sequence(sequence) = part else { return false };
        let Some(owner) = sequence.owner() else { return false };
        let table = self.definition.naming.full(owner.schema(), owner.table());
        let is_dropped = |column: &str| {
            let mut of_table = self.draft.altered.iter().filter(|altered| is(&altered.name, &table));
            of_table.any(|altered| altered.dropped.iter().any(|dropped| dropped.name() == column))
        };
        self.draft.dropped.iter().any(|dropped| is(&self.full(dropped), &table)) || is_dropped(owner.column())
    }

    /// Returns the kind of a sequence or a type, its full name, and its name in SQL.
    fn named(&self, part: Part<'_>) -> (&'static str, String, String) {
        let (kind, schema, name) = match part {
            Part::Sequence(one) => ("sequence", one.schema(), one.name()),
            Part::Enum(one) => ("enum", one.schema(), one.name()),
            Part::Domain(one) => ("domain", one.schema(), one.name()),
            _ => ("", "", ""),
        };
        (kind, self.definition.naming.full(schema, name), self.definition.naming.sql(schema, name))
    }
}

/// Returns the statements that add the values which an enum lacks.
fn enum_changes(name: &str, sql: &str, wanted: &Enum, found: &Enum) -> Result<Vec<String>> {
    let values: Vec<&String> = wanted.values().iter().collect();
    if let Some(value) = found.values().iter().find(|value| !values.contains(value)) {
        let message =
            format!("PostgreSQL cannot take the value `{value}` from the enum `{name}`, and rows may have it");
        return Err(Error::new(message).help(format!(
            "create a type with the wanted values by a step of your own, and give it to the columns: ALTER TABLE … ALTER COLUMN … \
             TYPE … USING …::text::…; then drop {sql}"
        )));
    }
    let kept: Vec<&String> = values.iter().filter(|value| found.values().contains(value)).copied().collect();
    if !kept.iter().copied().eq(found.values()) {
        let message = format!("PostgreSQL cannot give the values of the enum `{name}` another order");
        return Err(Error::new(message).help("write a step with a new type: `aio-sql migrate new`"));
    }
    let mut statements = Vec::new();
    for (place, value) in values.iter().enumerate().filter(|(_, value)| !found.values().contains(value)) {
        // The values before it are there already.
        let after = place.checked_sub(1).map(|before| format!(" AFTER {}", literal(values[before])));
        let first = found.values().first().map(|first| format!(" BEFORE {}", literal(first)));
        let place = after.or(first).unwrap_or_default();
        statements.push(format!("ALTER TYPE {sql} ADD VALUE {}{place}", literal(value)));
    }
    Ok(statements)
}

fn domain_changes(name: &str, sql: &str, wanted: &Domain, found: &Domain) -> Result<Vec<String>> {
    if typed_domain(wanted) != typed_domain(found) {
        let (from, to) = (typed_domain(found), typed_domain(wanted));
        let message = format!("PostgreSQL cannot change the domain `{name}` from {from} to {to}");
        return Err(Error::new(message).help(format!(
            "create a new domain by a step of your own, give it to the columns, and drop {sql}: `aio-sql migrate new`"
        )));
    }
    let mut statements = Vec::new();
    let mut alter = |action: String| statements.push(format!("ALTER DOMAIN {sql} {action}"));
    if wanted.default() != found.default() {
        alter(wanted.default().map_or("DROP DEFAULT".to_owned(), |default| format!("SET DEFAULT {default}")));
    }
    if wanted.is_nullable() != found.is_nullable() {
        alter(format!("{} NOT NULL", if wanted.is_nullable() { "DROP" } else { "SET" }));
    }
    let has = |domain: &Domain, name: Option<&str>, expression: &str| {
        domain.checks().iter().any(|check| check.name() == name && check.expression() == expression)
    };
    for gone in found.checks().iter().filter(|check| !has(wanted, check.name(), check.expression())) {
        alter(format!("DROP CONSTRAINT {}", quoted(gone.name().unwrap_or_default())));
    }
    for new in wanted.checks().iter().filter(|check| !has(found, check.name(), check.expression())) {
        alter(format!("ADD {}", constraint(new.name(), &check(new))));
    }
    Ok(statements)
}

fn sequence_change(sql: &str, wanted: &Sequence) -> String {
    format!(
        "ALTER SEQUENCE {sql} AS {} START WITH {} INCREMENT BY {} MINVALUE {} MAXVALUE {} CACHE {}{}",
        wanted.declared_type(),
        wanted.start(),
        wanted.increment(),
        wanted.min(),
        wanted.max(),
        wanted.cache(),
        if wanted.is_cyclic() { " CYCLE" } else { " NO CYCLE" }
    )
}
