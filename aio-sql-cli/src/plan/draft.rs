//! The differences of two schemas, grouped by table.

use aio_sql::inspect::{Check, Column, Difference, ForeignKey, Index, Part, Schema, Table, Trigger, View};

use super::Owned;
use super::name::is;
use super::renames::ColumnRename;

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
}

/// What changes in a table that stays.
#[derive(Debug)]
pub(super) struct TableDraft<'a> {
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
    pub(super) created_indexes: Vec<&'a Index>,
    pub(super) dropped_indexes: Vec<&'a Index>,
    pub(super) created_triggers: Vec<&'a Trigger>,
    pub(super) dropped_triggers: Vec<&'a Trigger>,
    /// The differences that only a rebuild of the table can remove, in words.
    pub(super) rest: Vec<String>,
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
        let of_tables: Vec<_> = differences.iter().filter(|difference| owned.counts(difference)).collect();
        for difference in &of_tables {
            let is_view = |part| matches!(part, Some(Part::View(_)));
            if is_view(difference.wanted()) || is_view(difference.found()) {
                draft.views.push((view(difference.wanted()), view(difference.found())));
            }
        }
        // A view whose triggers differ is created again with those that are wanted.
        for difference in &of_tables {
            let views = (wanted.view(difference.table()), found.view(difference.table()));
            let is_new =
                |name: &str| !draft.views.iter().any(|(view, _)| view.is_some_and(|view| is(view.name(), name)));
            if let (Some(view), Some(_)) = views
                && is_new(view.name())
            {
                draft.views.push(views);
            }
        }
        for table in wanted.in_key_order().tables() {
            let own: Vec<_> = of_tables.iter().filter(|difference| is(difference.table(), table.name())).collect();
            match found.table(table.name()) {
                _ if own.is_empty() => {}
                None => draft.created.push(table),
                Some(found) => {
                    let mut changes = TableDraft::new(table, found);
                    own.iter().for_each(|difference| changes.add(difference));
                    let of_table = renames.iter().filter(|rename| is(&rename.table, table.name()));
                    of_table.for_each(|rename| changes.rename(rename));
                    if !changes.is_empty() {
                        draft.altered.push(changes);
                    }
                }
            }
        }
        for table in found.in_key_order().tables().iter().rev() {
            if wanted.table(table.name()).is_none() && owned.has_table(table.name()) {
                draft.dropped.push(table);
            }
        }
        draft
    }

    /// Returns whether a table stays and is changed.
    pub(super) fn is_altered(&self, table: &str) -> bool {
        self.altered.iter().any(|draft| is(draft.wanted.name(), table))
    }
}

impl<'a> TableDraft<'a> {
    fn new(wanted: &'a Table, found: &'a Table) -> TableDraft<'a> {
        TableDraft {
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
            created_indexes: Vec::new(),
            dropped_indexes: Vec::new(),
            created_triggers: Vec::new(),
            dropped_triggers: Vec::new(),
            rest: Vec::new(),
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
                let mut is_known = true;
                if let Some(part) = wanted {
                    is_known &= self.add_wanted(part);
                }
                if let Some(part) = found {
                    is_known &= self.add_found(part);
                }
                if !is_known {
                    self.rest.push(difference.to_string());
                }
            }
        }
    }

    /// Adds a part of the wanted table that the found one lacks. Returns `false` if only a rebuild
    /// of the table can add it.
    fn add_wanted(&mut self, part: Part<'a>) -> bool {
        match part {
            Part::Column(column) => self.added.push(column),
            Part::Check(check) => self.added_checks.push(check),
            Part::ForeignKey(key) => self.added_keys.push(key),
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
            Part::Index(index) => self.dropped_indexes.push(index),
            Part::Trigger(trigger) => self.dropped_triggers.push(trigger),
            _ => return false,
        }
        true
    }
}

fn view(part: Option<Part<'_>>) -> Option<&View> {
    match part {
        Some(Part::View(view)) => Some(view),
        _ => None,
    }
}
