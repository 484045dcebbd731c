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
    /// The type, the default or another property of a column changes.
    ChangeColumn {
        table: String,
        column: String,
        what: String,
    },
    /// A primary key, a foreign key, or a UNIQUE or EXCLUDE constraint is added.
    AddConstraint {
        table: String,
        what: String,
    },
    DropConstraint {
        table: String,
        what: String,
    },
    /// A constraint or an index gets the name that follows from that of its table or column.
    Rename {
        kind: &'static str,
        from: String,
        to: String,
    },
    /// A table or column gets a comment.
    Comment {
        on: String,
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
    /// A view, a trigger, a sequence, a type or a schema is created.
    Create {
        kind: &'static str,
        name: String,
    },
    /// A sequence or a type is changed.
    Alter {
        kind: &'static str,
        name: String,
    },
    /// A view, a trigger, a sequence, a type or a schema is dropped.
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
            Change::ChangeColumn { .. } => "change_column",
            Change::AddConstraint { .. } => "add_constraint",
            Change::DropConstraint { .. } => "drop_constraint",
            Change::Rename { .. } => "rename",
            Change::Comment { .. } => "comment",
            Change::AddCheck { .. } => "add_check",
            Change::DropCheck { .. } => "drop_check",
            Change::Rebuild { .. } => "rebuild",
            Change::CreateIndex { .. } => "create_index",
            Change::DropIndex { .. } => "drop_index",
            Change::Create { .. } => "create",
            Change::Alter { .. } => "alter",
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
            Change::ChangeColumn { table, column, what } => write!(f, "change the column `{table}.{column}`: {what}"),
            Change::AddConstraint { table, what } => write!(f, "add the {what} to `{table}`"),
            Change::DropConstraint { table, what } => write!(f, "drop the {what} of `{table}`"),
            Change::Rename { kind, from, to } => write!(f, "rename the {kind} `{from}` to `{to}`"),
            Change::Comment { on } => write!(f, "comment on `{on}`"),
            Change::AddCheck { table, check } => write!(f, "add the check `{check}` to `{table}`"),
            Change::DropCheck { table, check } => write!(f, "drop the check `{check}` of `{table}`"),
            Change::Rebuild { table, reasons } => write!(f, "rebuild the table `{table}`: {}", reasons.join(", ")),
            Change::CreateIndex { table, index } => write!(f, "create the index `{index}` of `{table}`"),
            Change::DropIndex { table, index } => write!(f, "drop the index `{index}` of `{table}`"),
            Change::Create { kind, name } => write!(f, "create the {kind} `{name}`"),
            Change::Alter { kind, name } => write!(f, "change the {kind} `{name}`"),
            Change::Drop { kind, name } => write!(f, "drop the {kind} `{name}`"),
        }
    }
}
