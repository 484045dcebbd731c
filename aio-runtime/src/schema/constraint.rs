//! The names of a table's constraints and indexes, and the search for a CHECK constraint by its
//! name.

use super::{CheckDef, Domain, ForeignKeyDef, IndexDef, IndexPart, TableDef};

impl TableDef {
    /// Returns the CHECK constraint with this name, as the struct defines it, or `None` if the
    /// struct has no such constraint. A table that was created from an older version of the struct
    /// may have a different condition.
    pub(crate) fn check(&self, constraint: &str) -> Option<Check> {
        for column in self.columns {
            let at = |requirement: String| Some(Check { columns: vec![column.name.to_owned()], requirement });
            if let Some(check) = column.check
                && constraint == self.check_name(&check, column.name)
            {
                return at(format!("has `{}`", check.expression));
            }
            match column.domain {
                Domain::Range(min, max) if constraint == self.range_name(column.name) => {
                    return at(match (min, max) {
                        (0, 1) => "allows 0 or 1".to_owned(),
                        (min, i64::MAX) => format!("allows {min} or more"),
                        (min, max) => format!("allows {min} to {max}"),
                    });
                }
                domain
                    if constraint == self.domain_name(column.name)
                        && let Some(values) = domain.list() =>
                {
                    return at(format!("allows {values}"));
                }
                _ => {}
            }
        }
        let mut checks = self.checks.iter().enumerate();
        let (_, check) =
            checks.find(|(index, check)| constraint == self.check_name(check, &(index + 1).to_string()))?;
        Some(Check { columns: Vec::new(), requirement: format!("has `{}`", check.expression) })
    }

    /// Returns the name of a CHECK constraint: the name that the user gave, or else a name that is
    /// made from `of`, which is the name of the column that has the constraint or, for a
    /// constraint of the table, the constraint's number.
    pub(crate) fn check_name(&self, check: &CheckDef, of: &str) -> String {
        check.name.map_or_else(|| format!("ck_{}_{of}", self.name), str::to_owned)
    }

    /// Returns the name of the CHECK constraint that lists the values of a column whose type is an
    /// enum.
    pub(crate) fn domain_name(&self, column: &str) -> String {
        format!("ck_{}_{column}_values", self.name)
    }

    /// Returns the name of the CHECK constraint that limits a column to the range of its Rust
    /// type.
    pub(crate) fn range_name(&self, column: &str) -> String {
        format!("ck_{}_{column}_range", self.name)
    }

    /// Returns the name of the PRIMARY KEY constraint.
    pub(crate) fn primary_key_name(&self) -> String {
        format!("pk_{}", self.name)
    }

    /// Returns the name of a UNIQUE constraint.
    pub(crate) fn unique_name(&self, columns: &[&str]) -> String {
        format!("uq_{}_{}", self.name, columns.join("_"))
    }

    /// Returns the name of a foreign key.
    pub(crate) fn foreign_key_name(&self, key: &ForeignKeyDef) -> String {
        let columns: Vec<_> = key.columns().collect();
        format!("fk_{}_{}", self.name, columns.join("_"))
    }

    /// Returns the name of an index: the name that the user gave, or else a name that is made from
    /// its columns.
    pub(crate) fn index_name(&self, index: &IndexDef) -> String {
        if let Some(name) = index.name {
            return name.to_owned();
        }
        let mut name = format!("{}_{}", if index.unique { "ux" } else { "ix" }, self.name);
        for part in index.parts {
            let (IndexPart::Column(text) | IndexPart::Expression(text)) = part;
            name.push('_');
            name.extend(text.chars().filter(|c| c.is_alphanumeric() || *c == '_'));
        }
        name
    }
}

/// A CHECK constraint, for error messages.
pub(crate) struct Check {
    /// The column that has the constraint; empty for a constraint of the table.
    pub(crate) columns: Vec<String>,
    /// The requirement of the constraint, as the rest of a sentence that begins with "the struct".
    pub(crate) requirement: String,
}
