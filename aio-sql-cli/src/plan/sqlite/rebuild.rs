//! The replacement of a table by a new one with its rows
//! (<https://sqlite.org/lang_altertable.html#otheralter>).

use aio_sql::inspect::{Auto, Index, Table, Trigger};

use super::column::{rowid_column, rowid_name};
use crate::error::{Error, Result};
use crate::plan::Hints;
use crate::plan::draft::TableDraft;
use crate::plan::name::{is, literal, quoted};
use crate::plan::tokens::{Kind, tokens};

/// Returns the statements that replace a table. `is_taken` tells whether a name is in use.
///
/// They run with foreign keys off, so that no child row is deleted with the old table, and with
/// `legacy_alter_table` on, so that the rename changes no view, trigger or foreign key.
///
/// # Errors
/// Fails if no column of the new table gets a value from the old rows, or if the CREATE statement
/// cannot be read.
pub(super) fn statements(
    draft: &TableDraft<'_>,
    hints: &Hints,
    is_taken: impl Fn(&str) -> bool,
) -> Result<Vec<String>> {
    let TableDraft { wanted, found, .. } = draft;
    let name = wanted.name();
    let mut new_name = format!("{name}_new");
    for number in 2.. {
        if !is_taken(&new_name) {
            break;
        }
        new_name = format!("{name}_new{number}");
    }
    let (table, new) = (quoted(name), quoted(&new_name));
    let mut statements = vec![create(wanted, &new)?, copy(draft, hints, &new)?];
    let never_used = |table: &Table| table.columns().iter().any(|column| column.auto() == Auto::NeverUsed);
    if never_used(wanted) && never_used(found) {
        // AUTOINCREMENT must not use the numbers of deleted rows again in the new table.
        let (name, new_name) = (literal(found.name()), literal(&new_name));
        statements.push(format!("DELETE FROM sqlite_sequence WHERE name = {new_name}"));
        statements.push(format!(
            "INSERT INTO sqlite_sequence (name, seq) SELECT {new_name}, seq FROM sqlite_sequence WHERE name = {name}"
        ));
    }
    statements.push(format!("DROP TABLE {table}"));
    statements.push(format!("ALTER TABLE {new} RENAME TO {table}"));
    let is_dropped = |index: &&Index| draft.dropped_indexes.iter().any(|dropped| is(dropped.name(), index.name()));
    statements
        .extend(found.indexes().iter().filter(|index| !is_dropped(index)).map(|index| with_new_names(draft, index)));
    let is_dropped =
        |trigger: &&Trigger| draft.dropped_triggers.iter().any(|dropped| is(dropped.name(), trigger.name()));
    for trigger in found.triggers().iter().filter(|trigger| !is_dropped(trigger)) {
        check_names(draft, trigger)?;
        statements.push(trigger.sql().to_owned());
    }
    Ok(statements)
}

/// Returns the statement that creates an index, with the new names of the columns that the rebuild
/// renames.
fn with_new_names(draft: &TableDraft<'_>, index: &Index) -> String {
    let sql = index.sql();
    let tokens = tokens(sql);
    let new_name =
        |name: &str| draft.renamed.iter().find(|(_, found)| is(found.name(), name)).map(|(new, _)| new.name());
    let (mut text, mut end) = (String::new(), 0);
    // Behind the parenthesis, a name is that of a column, of a function or of a collation.
    let first = tokens.iter().position(|token| token.is("(")).unwrap_or(tokens.len());
    for place in first..tokens.len() {
        let token = &tokens[place];
        let is_of_other = tokens.get(place + 1).is_some_and(|next| next.is("("))
            || tokens[..place].last().is_some_and(|before| before.is("collate"));
        let name = token.name().filter(|_| matches!(token.kind, Kind::Word | Kind::Quoted) && !is_of_other);
        if let Some(new) = name.and_then(|name| new_name(&name)) {
            text += &sql[end..token.at];
            text += &quoted(new);
            end = token.end();
        }
    }
    text + &sql[end..]
}

/// Fails if a trigger names a column that the rebuild renames: unlike ALTER TABLE, a rebuild does
/// not change the statements of triggers.
fn check_names(draft: &TableDraft<'_>, trigger: &Trigger) -> Result<()> {
    let is_named =
        |column: &str| tokens(trigger.sql()).iter().any(|token| token.name().is_some_and(|name| is(&name, column)));
    let Some((_, column)) = draft.renamed.iter().find(|(_, found)| is_named(found.name())) else { return Ok(()) };
    let (column, table, name) = (column.name(), draft.wanted.name(), trigger.name());
    Err(Error::new(format!("SQLite cannot rename the column `{column}` of `{table}`, which the trigger `{name}` names"))
        .help(format!("drop the trigger by a step of your own before, and create it again in one after: `aio-sql migrate new 'drop {name}'`")))
}

/// Returns the CREATE TABLE statement with another name.
fn create(table: &Table, name: &str) -> Result<String> {
    let sql = table.sql();
    let tokens = tokens(sql);
    match tokens.as_slice() {
        [create, kind, old, ..] if create.is("create") && kind.is("table") => {
            Ok(format!("CREATE TABLE {name}{}", &sql[old.end()..]))
        }
        _ => Err(Error::new(format!("the CREATE statement of `{}` cannot be read", table.name()))),
    }
}

/// Returns the statement that copies the rows.
fn copy(draft: &TableDraft<'_>, hints: &Hints, new: &str) -> Result<String> {
    let TableDraft { wanted, found, .. } = draft;
    let (mut into, mut from) = (Vec::new(), Vec::new());
    let old_rowid = rowid_column(found).map(quoted).or_else(|| rowid_name(found).map(str::to_owned));
    if rowid_column(wanted).is_none()
        && let (Some(new), Some(old)) = (rowid_name(wanted), &old_rowid)
    {
        into.push(new.to_owned());
        from.push(old.clone());
    }
    for column in wanted.columns().iter().filter(|column| column.generated().is_none()) {
        let name = column.name();
        let backfill = hints.backfill(wanted.name(), name);
        let is_rowid = rowid_column(wanted).is_some_and(|rowid| is(rowid, name));
        let value = match (draft.before(name), backfill) {
            (Some(before), Some(backfill)) if before.is_nullable() && !column.is_nullable() => {
                format!("coalesce({}, {backfill})", quoted(before.name()))
            }
            (Some(before), _) => quoted(before.name()),
            (None, Some(backfill)) => format!("({backfill})"),
            (None, None) if is_rowid && old_rowid.is_some() => old_rowid.clone().unwrap_or_default(),
            // The new column gets its default.
            (None, None) => continue,
        };
        into.push(quoted(name));
        from.push(value);
    }
    if into.is_empty() {
        return Err(Error::new(format!("no column of the new `{}` has a value in the old rows", wanted.name())));
    }
    // In this order, each row is appended at the end of the new table, which is fast.
    let order = match (&old_rowid, wanted.is_without_rowid()) {
        (Some(rowid), false) => format!(" ORDER BY {rowid}"),
        _ => String::new(),
    };
    Ok(format!(
        "INSERT INTO {new} ({})\n    SELECT {}\n    FROM {}{order}",
        into.join(", "),
        from.join(", "),
        quoted(found.name())
    ))
}
