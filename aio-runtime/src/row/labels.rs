//! The names of the columns of a result.

use std::sync::Arc;

use crate::schema::TableDef;

/// The names of the columns of a result, for errors and for reading by name.
#[derive(Clone, Debug)]
pub(crate) enum Labels {
    /// The columns of a table, in the table's order.
    Table(&'static TableDef),
    /// The selected expressions: the names of the table and of the column for an expression that
    /// is a column, and `None` for any other expression.
    Columns(Arc<[Option<(&'static str, &'static str)>]>),
    /// Like `Columns`, followed by a flag column for each of these parts of the row. A part is
    /// given as the index of its first column and its number of columns. The flag says whether an
    /// outer join has found the row to which the part belongs.
    WithFlags(Arc<[Option<(&'static str, &'static str)>]>, Arc<[(usize, usize)]>),
    /// The names that the database returned.
    Names(Arc<[String]>),
}

impl Labels {
    pub(super) fn at(&self, index: usize) -> Option<(Option<&str>, &str)> {
        match self {
            Labels::Table(table) => table.columns.get(index).map(|column| (Some(table.full_name), column.name)),
            Labels::Columns(columns) | Labels::WithFlags(columns, _) => {
                columns.get(index).copied()?.map(|(table, name)| (Some(table), name))
            }
            Labels::Names(names) => names.get(index).map(|name| (None, name.as_str())),
        }
    }

    /// Returns the number of columns, without flag columns.
    pub(crate) fn len(&self) -> usize {
        match self {
            Labels::Table(table) => table.columns.len(),
            Labels::Columns(columns) | Labels::WithFlags(columns, _) => columns.len(),
            Labels::Names(names) => names.len(),
        }
    }

    /// Returns the number of flag columns, which follow all other columns.
    #[inline]
    pub(crate) fn flags(&self) -> usize {
        match self {
            Labels::WithFlags(_, flags) => flags.len(),
            _ => 0,
        }
    }

    /// Returns the index of the flag column of the `width` columns that begin at the index
    /// `column`. The flag says whether an outer join has found their row. Returns `None` if they
    /// have no flag.
    pub(super) fn flag_of(&self, column: usize, width: usize) -> Option<usize> {
        let Labels::WithFlags(columns, flags) = self else { return None };
        flags.iter().position(|flag| *flag == (column, width)).map(|flag| columns.len() + flag)
    }

    pub(super) fn names(&self) -> Arc<[String]> {
        match self {
            Labels::Table(table) => table.columns.iter().map(|column| column.name.to_owned()).collect(),
            Labels::Columns(columns) | Labels::WithFlags(columns, _) => {
                columns.iter().map(|label| label.map(|(_, name)| name.to_owned()).unwrap_or_default()).collect()
            }
            Labels::Names(names) => Arc::clone(names),
        }
    }
}
