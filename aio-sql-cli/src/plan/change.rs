//! What a step changes, in words.

use std::fmt;

/// One change of the schema. [`Display`](fmt::Display) shows it as a line such as ``add the column
/// `post.slug` ``.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names of the fields say all")]
pub enum Change {
    RenameTable {
        from: String,
        to: String,
    },
    RenameColumn {
        table: String,
        from: String,
        to: String,
    },
    CreateTable {
        table: String,
    },
    DropTable {
        table: String,
    },
    AddColumn {
        table: String,
        column: String,
    },
    DropColumn {
        table: String,
        column: String,
    },
    SetNotNull {
        table: String,
        column: String,
    },
    DropNotNull {
        table: String,
        column: String,
    },
    AddCheck {
        table: String,
        check: String,
    },
    DropCheck {
        table: String,
        check: String,
    },
    /// The table is replaced by a new one, to which its rows are copied.
    Rebuild {
        table: String,
        reasons: Vec<String>,
    },
    CreateIndex {
        table: String,
        index: String,
    },
    DropIndex {
        table: String,
        index: String,
    },
    /// A view or trigger is created.
    Create {
        kind: &'static str,
        name: String,
    },
    /// A view or trigger is dropped.
    Drop {
        kind: &'static str,
        name: String,
    },
}

impl Change {
    /// Returns the kind of the change as one word.
    pub fn kind(&self) -> &'static str {
        match self {
            Change::RenameTable { .. } => "rename_table",
            Change::RenameColumn { .. } => "rename_column",
            Change::CreateTable { .. } => "create_table",
            Change::DropTable { .. } => "drop_table",
            Change::AddColumn { .. } => "add_column",
            Change::DropColumn { .. } => "drop_column",
            Change::SetNotNull { .. } => "set_not_null",
            Change::DropNotNull { .. } => "drop_not_null",
            Change::AddCheck { .. } => "add_check",
            Change::DropCheck { .. } => "drop_check",
            Change::Rebuild { .. } => "rebuild",
            Change::CreateIndex { .. } => "create_index",
            Change::DropIndex { .. } => "drop_index",
            Change::Create { .. } => "create",
            Change::Drop { .. } => "drop",
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Change::RenameTable { from, to } => write!(f, "rename the table `{from}` to `{to}`"),
            Change::RenameColumn { table, from, to } => write!(f, "rename the column `{table}.{from}` to `{to}`"),
            Change::CreateTable { table } => write!(f, "create the table `{table}`"),
            Change::DropTable { table } => write!(f, "drop the table `{table}` with its rows"),
            Change::AddColumn { table, column } => write!(f, "add the column `{table}.{column}`"),
            Change::DropColumn { table, column } => write!(f, "drop the column `{table}.{column}` with its values"),
            Change::SetNotNull { table, column } => write!(f, "refuse NULL in `{table}.{column}`"),
            Change::DropNotNull { table, column } => write!(f, "allow NULL in `{table}.{column}`"),
            Change::AddCheck { table, check } => write!(f, "add the check `{check}` to `{table}`"),
            Change::DropCheck { table, check } => write!(f, "drop the check `{check}` of `{table}`"),
            Change::Rebuild { table, reasons } => write!(f, "rebuild the table `{table}`: {}", reasons.join(", ")),
            Change::CreateIndex { table, index } => write!(f, "create the index `{index}` of `{table}`"),
            Change::DropIndex { table, index } => write!(f, "drop the index `{index}` of `{table}`"),
            Change::Create { kind, name } => write!(f, "create the {kind} `{name}`"),
            Change::Drop { kind, name } => write!(f, "drop the {kind} `{name}`"),
        }
    }
}
