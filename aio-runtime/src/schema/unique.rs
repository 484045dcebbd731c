//! The unique keys of a table.

use super::{IndexPart, TableDef};

/// A unique key of a table: no two rows have the same values in all columns of the key.
#[derive(Clone, Copy, Debug)]
pub(crate) struct UniqueKey {
    columns: Columns,
    /// The condition of a partial unique index; `None` if the key applies to all rows.
    pub(crate) condition: Option<&'static str>,
}

#[derive(Clone, Copy, Debug)]
enum Columns {
    Constraint(&'static [&'static str]),
    Index(&'static [IndexPart]),
}

impl TableDef {
    /// Returns the primary key, the UNIQUE constraints, and the unique indexes that have only
    /// columns and no expressions, in this order.
    pub(crate) fn unique_keys(&self) -> impl Iterator<Item = UniqueKey> + use<> {
        let constraints = std::iter::once(self.primary_key).chain(self.uniques.iter().copied());
        let constraints = constraints.filter(|columns| !columns.is_empty());
        let on_columns = |parts: &[IndexPart]| parts.iter().all(|part| matches!(part, IndexPart::Column(_)));
        let indexes = self.indexes.iter().filter(move |index| index.unique && on_columns(index.parts));
        constraints
            .map(|columns| UniqueKey { columns: Columns::Constraint(columns), condition: None })
            .chain(indexes.map(|index| UniqueKey { columns: Columns::Index(index.parts), condition: index.condition }))
    }
}

impl UniqueKey {
    /// Returns whether the key has exactly these columns, in any order.
    pub(crate) fn is_on(&self, names: &[&str]) -> bool {
        self.columns().count() == names.len() && names.iter().all(|name| self.columns().any(|column| column == *name))
    }

    /// Returns whether each column of the key is one of these columns.
    pub(crate) fn is_within(&self, names: &[&str]) -> bool {
        self.columns().all(|column| names.contains(&column))
    }

    pub(crate) fn columns(&self) -> impl Iterator<Item = &'static str> + use<> {
        let (names, parts) = match self.columns {
            Columns::Constraint(names) => (names, &[][..]),
            Columns::Index(parts) => (&[][..], parts),
        };
        let parts = parts.iter().filter_map(|part| match part {
            IndexPart::Column(name) => Some(*name),
            IndexPart::Expression(_) => None,
        });
        names.iter().copied().chain(parts)
    }
}
