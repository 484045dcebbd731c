//! The names of a table's constraints and indexes, and what a constraint with a name requires.

use super::{CheckDef, Domain, ForeignKeyDef, IndexDef, IndexPart, TableDef};

impl TableDef {
    /// Returns what the struct says about the CHECK constraint with this name. A table that was
    /// created by an older struct may require something else.
    pub(crate) fn check(&self, constraint: &str) -> Option<Check> {
        for column in self.columns {
            let at = |demand: String| Some(Check { columns: vec![column.name.to_owned()], demand });
            if let Some(check) = column.check
                && constraint == self.check_name(&check, column.name)
            {
                return at(format!("has `{}`", check.expression));
            }
            match column.domain {
                Domain::Range(least, most) if constraint == self.range_name(column.name) => {
                    return at(match (least, most) {
                        (0, 1) => "allows 0 or 1".to_owned(),
                        (least, i64::MAX) => format!("allows {least} or more"),
                        (least, most) => format!("allows {least} to {most}"),
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
            checks.find(|(place, check)| constraint == self.check_name(check, &(place + 1).to_string()))?;
        Some(Check { columns: Vec::new(), demand: format!("has `{}`", check.expression) })
    }

    /// Returns the name of a CHECK: its own, or one made of the column's name, or of its number if
    /// it is one of the table.
    pub(crate) fn check_name(&self, check: &CheckDef, of: &str) -> String {
        check.name.map_or_else(|| format!("ck_{}_{of}", self.name), str::to_owned)
    }

    /// Returns the name of the CHECK that lists a column's values.
    pub(crate) fn domain_name(&self, column: &str) -> String {
        format!("ck_{}_{column}_values", self.name)
    }

    /// Returns the name of the CHECK that limits a column to the numbers that its type can read.
    pub(crate) fn range_name(&self, column: &str) -> String {
        format!("ck_{}_{column}_range", self.name)
    }

    /// Returns the name of the primary key.
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

    /// Returns the name of an index: its own, or one made of its columns.
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

/// What a struct says of a CHECK constraint.
pub(crate) struct Check {
    /// The column that has the constraint; empty if the table has it.
    pub(crate) columns: Vec<String>,
    /// The rest of a sentence that begins with "the struct".
    pub(crate) demand: String,
}
