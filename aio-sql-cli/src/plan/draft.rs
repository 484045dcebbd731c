//! The differences of two schemas, grouped by table.

use aio_sql::inspect::{
    Check, Column, Difference, Exclusion, ForeignKey, Index, Part, Schema, Table, Trigger, Unique, View,
};

use super::name::{Naming, is};
use super::renames::ColumnRename;
use super::{Hints, Owned};
use crate::error::{Error, Result};

/// The differences of two schemas that steps must remove, grouped by table.
#[derive(Debug, Default)]
pub(super) struct Draft<'a> {
    /// The tables to create, each after the tables that it refers to.
    pub(super) created: Vec<&'a Table>,
    /// The tables to drop, each before the tables that it refers to.
    pub(super) dropped: Vec<&'a Table>,
    /// The tables to change, each after the tables that it refers to.
    pub(super) altered: Vec<TableDraft<'a>>,
    /// The views that differ: the wanted one, and the found one, of which one may be missing.
    pub(super) views: Vec<(Option<&'a View>, Option<&'a View>)>,
    /// The sequences, enums and domains that differ: the wanted one, and the found one, of which
    /// one may be missing.
    pub(super) types: Vec<(Option<Part<'a>>, Option<Part<'a>>)>,
}

/// What changes in a table that stays.
#[derive(Debug)]
pub(super) struct TableDraft<'a> {
    /// The full name.
    pub(super) name: String,
    pub(super) wanted: &'a Table,
    pub(super) found: &'a Table,
    pub(super) added: Vec<&'a Column>,
    pub(super) dropped: Vec<&'a Column>,
    /// The columns that differ: the wanted one, and the one that was found.
    pub(super) changed: Vec<(&'a Column, &'a Column)>,
    /// The columns that a rebuild of the table renames, because ALTER TABLE cannot: the wanted
    /// one, and the one that was found.
    pub(super) renamed: Vec<(&'a Column, &'a Column)>,
    pub(super) added_checks: Vec<&'a Check>,
    pub(super) dropped_checks: Vec<&'a Check>,
    pub(super) added_keys: Vec<&'a ForeignKey>,
    pub(super) dropped_keys: Vec<&'a ForeignKey>,
    pub(super) added_uniques: Vec<&'a Unique>,
    pub(super) dropped_uniques: Vec<&'a Unique>,
    pub(super) added_exclusions: Vec<&'a Exclusion>,
    pub(super) dropped_exclusions: Vec<&'a Exclusion>,
    pub(super) created_indexes: Vec<&'a Index>,
    pub(super) dropped_indexes: Vec<&'a Index>,
    pub(super) created_triggers: Vec<&'a Trigger>,
    pub(super) dropped_triggers: Vec<&'a Trigger>,
    /// The differences that SQLite's ALTER TABLE cannot remove, in words.
    pub(super) rest: Vec<String>,
    /// Those of them that are in no list above.
    pub(super) unlisted: Vec<String>,
}

impl<'a> Draft<'a> {
    /// Groups the differences. `renames` are those of columns that the found schema still lacks.
    pub(super) fn of(
        wanted: &'a Schema,
        found: &'a Schema,
        differences: &[Difference<'a>],
        owned: &Owned,
        renames: &[ColumnRename],
    ) -> Draft<'a> {
        let mut draft = Draft::default();
        let naming = Naming::between(wanted, found);
        let full = |difference: &Difference<'_>| naming.full(difference.schema(), difference.table());
        let of_tables: Vec<_> = differences.iter().filter(|difference| owned.counts(naming, difference)).collect();
        for difference in &of_tables {
            let is_view = |part| matches!(part, Some(Part::View(_)));
            if is_view(difference.wanted()) || is_view(difference.found()) {
                draft.views.push((view(difference.wanted()), view(difference.found())));
            }
            let is_type = |part| matches!(part, Some(Part::Sequence(_) | Part::Enum(_) | Part::Domain(_)));
            if is_type(difference.wanted()) || is_type(difference.found()) {
                draft.types.push((difference.wanted(), difference.found()));
            }
        }
        // A view whose triggers differ is created again with those that are wanted.
        for difference in &of_tables {
            let name = full(difference);
            let views = (naming.view(wanted, &name), naming.view(found, &name));
            let is_new = !draft.views.iter().any(|(view, _)| view.is_some_and(|view| is(&naming.of_view(view), &name)));
            if let (Some(_), Some(_)) = views
                && is_new
            {
                draft.views.push(views);
            }
        }
        for table in wanted.in_key_order().tables() {
            let name = naming.of_table(table);
            let own: Vec<_> = of_tables.iter().filter(|difference| is(&full(difference), &name)).collect();
            match naming.table(found, &name) {
                _ if own.is_empty() => {}
                None => draft.created.push(table),
                Some(found) => {
                    let mut changes = TableDraft::new(name.clone(), table, found);
                    own.iter().for_each(|difference| changes.add(difference));
                    let of_table = renames.iter().filter(|rename| is(&rename.table, &name));
                    of_table.for_each(|rename| changes.rename(rename));
                    if !changes.is_empty() {
                        draft.altered.push(changes);
                    }
                }
            }
        }
        for table in found.in_key_order().tables().iter().rev() {
            let is_gone = naming.table(wanted, &naming.of_table(table)).is_none();
            if is_gone && owned.has_table(naming, table.schema(), table.name()) {
                draft.dropped.push(table);
            }
        }
        draft
    }

    /// Returns whether a table stays and is changed.
    pub(super) fn is_altered(&self, table: &str) -> bool {
        self.altered.iter().any(|draft| is(&draft.name, table))
    }
}

impl<'a> TableDraft<'a> {
    pub(super) fn new(name: String, wanted: &'a Table, found: &'a Table) -> TableDraft<'a> {
        TableDraft {
            name,
            wanted,
            found,
            added: Vec::new(),
            dropped: Vec::new(),
            changed: Vec::new(),
            renamed: Vec::new(),
            added_checks: Vec::new(),
            dropped_checks: Vec::new(),
            added_keys: Vec::new(),
            dropped_keys: Vec::new(),
            added_uniques: Vec::new(),
            dropped_uniques: Vec::new(),
            added_exclusions: Vec::new(),
            dropped_exclusions: Vec::new(),
            created_indexes: Vec::new(),
            dropped_indexes: Vec::new(),
            created_triggers: Vec::new(),
            dropped_triggers: Vec::new(),
            rest: Vec::new(),
            unlisted: Vec::new(),
        }
    }

    fn is_empty(&self) -> bool {
        self.is_same_table()
            && self.created_indexes.is_empty()
            && self.dropped_indexes.is_empty()
            && self.created_triggers.is_empty()
            && self.dropped_triggers.is_empty()
    }

    /// Returns whether only indexes and triggers differ.
    pub(super) fn is_same_table(&self) -> bool {
        self.added.is_empty()
            && self.dropped.is_empty()
            && self.changed.is_empty()
            && self.added_checks.is_empty()
            && self.dropped_checks.is_empty()
            && self.added_keys.is_empty()
            && self.dropped_keys.is_empty()
            && self.rest.is_empty()
    }

    /// Returns the found column that has the values of a wanted one; `None` if that is new.
    pub(super) fn before(&self, column: &str) -> Option<&'a Column> {
        match self.renamed.iter().find(|(wanted, _)| is(wanted.name(), column)) {
            Some((_, found)) => Some(found),
            None => {
                let found = self.found.column(column)?;
                let is_renamed = self.renamed.iter().any(|(_, before)| is(before.name(), found.name()));
                (!is_renamed).then_some(found)
            }
        }
    }

    fn rename(&mut self, ColumnRename { from, to, .. }: &ColumnRename) {
        if let (Some(wanted), Some(found)) = (self.wanted.column(to), self.found.column(from)) {
            self.added.retain(|column| !is(column.name(), to));
            self.dropped.retain(|column| !is(column.name(), from));
            self.renamed.push((wanted, found));
            self.rest.push(format!("ALTER TABLE cannot rename the column `{from}`"));
        }
    }

    fn add(&mut self, difference: &Difference<'a>) {
        match (difference.wanted(), difference.found()) {
            (Some(Part::Column(wanted)), Some(Part::Column(found))) => self.changed.push((wanted, found)),
            (wanted, found) => {
                let is_listed =
                    wanted.is_none_or(|part| self.add_wanted(part)) & found.is_none_or(|part| self.add_found(part));
                if !is_listed {
                    self.unlisted.push(difference.to_string());
                }
                let is_key = |part| matches!(part, Some(Part::Unique(_) | Part::Exclusion(_)));
                if !is_listed || is_key(wanted) || is_key(found) {
                    self.rest.push(difference.to_string());
                }
            }
        }
    }

    /// Adds a part of the wanted table that the found one lacks. Returns `false` if there is no
    /// list for it.
    fn add_wanted(&mut self, part: Part<'a>) -> bool {
        match part {
            Part::Column(column) => self.added.push(column),
            Part::Check(check) => self.added_checks.push(check),
            Part::ForeignKey(key) => self.added_keys.push(key),
            Part::Unique(unique) => self.added_uniques.push(unique),
            Part::Exclusion(exclusion) => self.added_exclusions.push(exclusion),
            Part::Index(index) => self.created_indexes.push(index),
            Part::Trigger(trigger) => self.created_triggers.push(trigger),
            _ => return false,
        }
        true
    }

    fn add_found(&mut self, part: Part<'a>) -> bool {
        match part {
            Part::Column(column) => self.dropped.push(column),
            Part::Check(check) => self.dropped_checks.push(check),
            Part::ForeignKey(key) => self.dropped_keys.push(key),
            Part::Unique(unique) => self.dropped_uniques.push(unique),
            Part::Exclusion(exclusion) => self.dropped_exclusions.push(exclusion),
            Part::Index(index) => self.dropped_indexes.push(index),
            Part::Trigger(trigger) => self.dropped_triggers.push(trigger),
            _ => return false,
        }
        true
    }
}

impl Draft<'_> {
    /// Checks that each new column that must have a value has one. `is_numbered` tells whether the
    /// database gives a new column of a table a number in each row.
    ///
    /// # Errors
    /// Fails if a column has none; the error says which attribute to write.
    pub(super) fn check_values(
        &self,
        hints: &Hints,
        is_numbered: impl Fn(&TableDraft<'_>, &Column) -> bool,
    ) -> Result<()> {
        let mut missing = Vec::new();
        for draft in &self.altered {
            let table = draft.name.as_str();
            for column in &draft.added {
                let has_value = column.is_nullable()
                    || column.default().is_some()
                    || column.generated().is_some()
                    || is_numbered(draft, column)
                    || hints.backfill(table, column.name()).is_some();
                if !has_value {
                    missing.push((table, column.name()));
                }
            }
        }
        let Some((table, column)) = missing.first() else { return Ok(()) };
        let more = if missing.len() > 1 { format!(" (and {} more columns)", missing.len() - 1) } else { String::new() };
        let message = format!("the new column `{column}` of `{table}`{more} is NOT NULL and has no default");
        let help = |error: Error, (table, column): &(&str, &str)| {
            let place = hints.place(table);
            error.help(format!("write `#[column(backfill = sql(\"…\"))]` at the field of `{table}.{column}`{place}"))
        };
        Err(missing.iter().fold(Error::new(message), help))
    }
}

fn view(part: Option<Part<'_>>) -> Option<&View> {
    match part {
        Some(Part::View(view)) => Some(view),
        _ => None,
    }
}
