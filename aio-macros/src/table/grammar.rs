//! The grammars of the derive's attributes.

use crate::attribute::Grammar;

pub(super) static TABLE: Grammar = Grammar {
    list: "#[table(..)]",
    attribute: "table",
    owner: "the struct",
    names: &[
        "name",
        "schema",
        "primary_key",
        "unique",
        "index",
        "foreign_key",
        "check",
        "strict",
        "without_rowid",
        "new",
        "patch",
        "methods",
        "comment",
        "was",
        "migrate",
        "crate",
    ],
    repeated: &["unique", "index", "foreign_key", "check"],
    hints: &[("rename", "write `name = \"…\"`")],
    other: Some(&COLUMN),
};

pub(super) static COLUMN: Grammar = Grammar {
    list: "#[column(..)]",
    attribute: "column",
    owner: "a field",
    names: &[
        "name",
        "primary_key",
        "auto",
        "autoincrement",
        "unique",
        "index",
        "default",
        "check",
        "collate",
        "declared_type",
        "references",
        "on_delete",
        "on_update",
        "deferred",
        "generated",
        "stored",
        "virtual",
        "json",
        "array",
        "scale",
        "time",
        "uuid",
        "decimal",
        "created_at",
        "updated_at",
        "version",
        "comment",
        "was",
        "backfill",
        "skip",
    ],
    repeated: &[],
    hints: &[
        ("nullable", "an `Option` can be NULL, any other type is NOT NULL"),
        ("not_null", "an `Option` can be NULL, any other type is NOT NULL"),
        ("foreign_key", "write `references = Team::ID`, or `#[table(foreign_key(..))]` for several columns"),
        ("nulls_not_distinct", "write `#[table(unique(field, nulls_not_distinct))]`"),
        ("rename", "write `name = \"…\"`"),
        ("sql_type", "write `declared_type = \"VARCHAR(20)\"`"),
    ],
    other: Some(&TABLE),
};

pub(super) static NEW: Grammar = generated_struct("new(..)");

pub(super) static PATCH: Grammar = generated_struct("patch(..)");

pub(super) static INDEX: Grammar = Grammar {
    list: "index(..)",
    attribute: "",
    owner: "the struct",
    names: &["unique", "nulls_not_distinct", "using", "where", "name", "expr"],
    repeated: &["expr"],
    hints: &[],
    other: None,
};

pub(super) static CHECK: Grammar = Grammar {
    list: "check(..)",
    attribute: "",
    owner: "the struct",
    names: &["expr", "name"],
    repeated: &[],
    hints: &[],
    other: None,
};

pub(super) static FOREIGN_KEY: Grammar = Grammar {
    list: "foreign_key(..)",
    attribute: "",
    owner: "the struct",
    names: &["columns", "references", "on_delete", "on_update", "deferred"],
    repeated: &[],
    hints: &[],
    other: None,
};

/// Returns the grammar of the list `new(..)` or `patch(..)`, which is about a generated struct.
const fn generated_struct(list: &'static str) -> Grammar {
    Grammar {
        list,
        attribute: "",
        owner: "the struct",
        names: &["name", "derive", "serde"],
        repeated: &["derive", "serde"],
        hints: &[],
        other: None,
    }
}
