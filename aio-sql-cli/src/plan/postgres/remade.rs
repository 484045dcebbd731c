//! The parts of a schema that must be made again, because a column that they read gets another
//! type or another expression.

use aio_sql::inspect::{Column, ForeignKey, Index, PrimaryKey, Schema, Table, View};

use super::definition::typed;
use super::dependents::Dependents;
use super::mentions;
use crate::error::{Error, Result};
use crate::plan::draft::{Draft, TableDraft};
use crate::plan::name::{Naming, is, quoted};

/// Adds to a draft what must be dropped before the changes, and made again after them: checks,
/// keys, indexes, generated columns, triggers and views.
///
/// # Errors
/// Fails if a view or a foreign key of another table depends on what is dropped.
pub(super) fn complete<'a>(
    draft: &mut Draft<'a>,
    wanted: &'a Schema,
    found: &'a Schema,
    dependents: &Dependents,
) -> Result<()> {
    let naming = Naming::between(wanted, found);
    for place in 0..draft.altered.len() {
        let touched = Touched::by(&mut draft.altered[place]);
        draft.altered[place].remake(&touched, dependents);
        let table = draft.altered[place].name.clone();
        let keys = lost_keys(&draft.altered[place]);
        for column in touched.retyped.iter().chain(&touched.regenerated) {
            remake_views(draft, naming, found, dependents.views(&table, Some(column)).into_iter());
        }
        let is_touched = |name: &String| touched.has(name);
        for holder in found.tables() {
            let name = naming.of_table(holder);
            for key in holder.foreign_keys() {
                let refers = is(&naming.full(key.schema(), key.table()), &table);
                let is_own = is(&name, &table) && key.columns().iter().any(is_touched);
                let is_lost = refers && keys.iter().any(|lost| same_columns(key.targets(), lost));
                if is_own || refers && key.targets().iter().any(is_touched) || is_lost {
                    remake_key(draft, naming, wanted, holder, key);
                }
            }
        }
    }
    let replaced: Vec<_> = draft.views.iter().filter_map(|(_, found)| found.map(|view| naming.of_view(view))).collect();
    for view in &replaced {
        remake_views(draft, naming, found, dependents.views(view, None).into_iter());
    }
    check_dropped(draft, naming, found, dependents)
}

/// The columns of a table that change in a way that parts which read them do not survive.
struct Touched<'a> {
    /// Those that get another type or collation.
    retyped: Vec<&'a str>,
    /// The generated columns that are dropped and added.
    regenerated: Vec<&'a str>,
}

impl<'a> Touched<'a> {
    /// Returns the columns, and adds to the changed ones the generated columns that read another
    /// one of them.
    fn by(draft: &mut TableDraft<'a>) -> Touched<'a> {
        let retyped: Vec<&str> = draft
            .changed
            .iter()
            .filter(|(wanted, found)| !is_regenerated(wanted, found) && typed(wanted) != typed(found))
            .map(|(wanted, _)| wanted.name())
            .collect();
        for column in draft.found.columns() {
            let Some(generated) = column.generated() else { continue };
            let reads = retyped.iter().any(|name| mentions(generated.expression(), name));
            let is_listed = draft.changed.iter().any(|(_, found)| found.name() == column.name());
            if let Some(wanted) = draft.wanted.column(column.name()).filter(|_| reads && !is_listed) {
                draft.changed.push((wanted, column));
            }
        }
        let reads = |column: &Column| {
            let expression = column.generated().map_or("", |generated| generated.expression());
            retyped.iter().any(|name| mentions(expression, name))
        };
        let regenerated = draft.changed.iter().filter(|(wanted, found)| is_regenerated(wanted, found) || reads(found));
        let regenerated = regenerated.map(|(wanted, _)| wanted.name()).collect();
        Touched { retyped, regenerated }
    }

    fn has(&self, column: &str) -> bool {
        self.retyped.iter().chain(&self.regenerated).any(|name| *name == column)
    }

    fn are_in(&self, expression: &str) -> bool {
        self.retyped.iter().chain(&self.regenerated).any(|name| mentions(expression, name))
    }
}

/// Returns whether the expression of a generated column changes. The column is then dropped and
/// added.
pub(super) fn is_regenerated(wanted: &Column, found: &Column) -> bool {
    let has_expression = wanted.generated().is_some() || found.generated().is_some();
    has_expression && (wanted.generated() != found.generated() || typed(wanted) != typed(found))
}

impl<'a> TableDraft<'a> {
    /// Adds the parts of the table itself that read such columns.
    fn remake(&mut self, touched: &Touched<'_>, dependents: &Dependents) {
        let TableDraft { wanted, found, .. } = *self;
        for check in found.checks().iter().filter(|check| touched.are_in(check.expression())) {
            add_once(&mut self.dropped_checks, check);
        }
        for check in wanted.checks().iter().filter(|check| touched.are_in(check.expression())) {
            add_once(&mut self.added_checks, check);
        }
        let is_regenerated = |name: &&str| touched.regenerated.contains(name);
        for unique in found.uniques().iter().filter(|unique| unique.columns().iter().any(is_regenerated)) {
            add_once(&mut self.dropped_uniques, unique);
        }
        for unique in wanted.uniques().iter().filter(|unique| unique.columns().iter().any(is_regenerated)) {
            add_once(&mut self.added_uniques, unique);
        }
        let reads = |index: &Index| {
            let expressions = index.parts().iter().filter_map(|part| part.expression());
            let included = index.included().iter().map(String::as_str);
            expressions.chain(index.condition()).any(|text| touched.are_in(text))
                || index.columns().into_iter().chain(included).any(|name| is_regenerated(&name))
        };
        for index in found.indexes().iter().filter(|index| reads(index)) {
            // One that differs is dropped and created in any case.
            let differs = self.dropped_indexes.iter().any(|dropped| dropped.name() == index.name());
            if !differs {
                self.dropped_indexes.push(index);
                self.created_indexes.push(wanted.index(index.name()).unwrap_or(index));
            }
        }
        for trigger in found.triggers() {
            let names = touched.retyped.iter().chain(&touched.regenerated);
            let reads = names.into_iter().any(|name| dependents.has_trigger(&self.name, name, trigger.name()));
            let differs = self.dropped_triggers.iter().any(|dropped| dropped.name() == trigger.name());
            if reads && !differs {
                self.dropped_triggers.push(trigger);
                self.created_triggers.push(trigger);
            }
        }
    }
}

fn add_once<'a, T>(list: &mut Vec<&'a T>, part: &'a T) {
    if !list.iter().any(|known| std::ptr::eq(*known, part)) {
        list.push(part);
    }
}

/// Returns the keys of a table that are dropped, to which foreign keys may refer.
fn lost_keys<'a>(draft: &TableDraft<'a>) -> Vec<Vec<&'a str>> {
    let key = draft.found.primary_key().filter(|_| changes_primary_key(draft)).map(PrimaryKey::columns);
    draft.dropped_uniques.iter().map(|unique| unique.columns()).chain(key).collect()
}

/// Returns whether the table gets another primary key.
pub(super) fn changes_primary_key(draft: &TableDraft<'_>) -> bool {
    let columns =
        |table: &Table| table.primary_key().map(|key| key.columns().into_iter().map(str::to_owned).collect::<Vec<_>>());
    columns(draft.wanted) != columns(draft.found)
}

fn same_columns(columns: &[String], key: &[&str]) -> bool {
    columns.len() == key.len() && columns.iter().all(|column| key.contains(&column.as_str()))
}

/// Drops a foreign key, and adds it again if it is wanted.
fn remake_key<'a>(
    draft: &mut Draft<'a>,
    naming: Naming<'_>,
    wanted: &'a Schema,
    holder: &'a Table,
    key: &'a ForeignKey,
) {
    let name = naming.of_table(holder);
    if draft.dropped.iter().any(|table| is(&naming.of_table(table), &name)) {
        return;
    }
    let new = naming.table(wanted, &name);
    let place = draft.altered.iter().position(|altered| is(&altered.name, &name));
    let place = place.unwrap_or_else(|| {
        draft.altered.push(TableDraft::new(name, new.unwrap_or(holder), holder));
        draft.altered.len() - 1
    });
    let altered = &mut draft.altered[place];
    add_once(&mut altered.dropped_keys, key);
    // The keys of tables without a struct stay as they are.
    let is_same = |other: &&ForeignKey| {
        other.columns() == key.columns()
            && naming.is_same_schema(other.schema(), key.schema())
            && other.table() == key.table()
            && other.targets() == key.targets()
    };
    for same in new.unwrap_or(holder).foreign_keys().iter().filter(is_same) {
        add_once(&mut altered.added_keys, same);
    }
}

/// Drops views before the changes, and creates them again after them.
fn remake_views<'a, 'n>(
    draft: &mut Draft<'a>,
    naming: Naming<'_>,
    found: &'a Schema,
    views: impl Iterator<Item = &'n str>,
) {
    for view in views.filter_map(|name| naming.view(found, name)) {
        let is_listed = draft.views.iter().any(|(_, old)| old.is_some_and(|old| std::ptr::eq(old, view)));
        if !is_listed {
            draft.views.push((Some(view), Some(view)));
        }
    }
}

/// Fails if a view reads what is dropped, or a foreign key that stays refers to it.
fn check_dropped(draft: &Draft<'_>, naming: Naming<'_>, found: &Schema, dependents: &Dependents) -> Result<()> {
    let is_dropped_view = |name: &str| {
        draft.views.iter().any(|(wanted, found)| {
            let is_same = |old: &View| wanted.is_some_and(|new| new.sql() == old.sql());
            found.is_some_and(|old| naming.of_view(old) == name && !is_same(old))
        })
    };
    let mut readers: Vec<(&str, String)> = Vec::new();
    for table in &draft.dropped {
        let table = naming.of_table(table);
        readers.extend(dependents.views(&table, None).into_iter().map(|view| (view, table.clone())));
    }
    for altered in &draft.altered {
        for column in &altered.dropped {
            let (table, column) = (&altered.name, column.name());
            let views = dependents.views(table, Some(column));
            readers.extend(views.into_iter().map(|view| (view, format!("{table}.{column}"))));
        }
    }
    if let Some((view, what)) = readers.iter().find(|(view, _)| !is_dropped_view(view)) {
        let error = Error::new(format!("the view `{view}` reads `{what}`, which is dropped"));
        return Err(error.help(format!(
            "drop the view, or create it without `{what}`, by a step of your own before: `aio-sql migrate new 'change {view}'`"
        )));
    }
    let is_gone = |name: &str| draft.dropped.iter().any(|table| is(&naming.of_table(table), name));
    for holder in found.tables().iter().filter(|table| !is_gone(&naming.of_table(table))) {
        let holder_name = naming.of_table(holder);
        let altered = draft.altered.iter().find(|altered| is(&altered.name, &holder_name));
        let is_dropped = |key: &ForeignKey| {
            altered.is_some_and(|altered| altered.dropped_keys.iter().any(|dropped| std::ptr::eq(*dropped, key)))
        };
        let parent = |key: &ForeignKey| naming.full(key.schema(), key.table());
        if let Some(key) = holder.foreign_keys().iter().find(|key| is_gone(&parent(key)) && !is_dropped(key)) {
            let (table, name) = (naming.sql(holder.schema(), holder.name()), key.name().unwrap_or_default());
            let error = Error::new(format!(
                "the foreign key `{name}` of `{holder_name}` refers to `{}`, which is dropped",
                parent(key)
            ));
            return Err(error.help(format!(
                "drop it by a step of your own before, `aio-sql migrate new 'drop {name}'`: ALTER TABLE {table} DROP CONSTRAINT {}",
                quoted(name)
            )));
        }
    }
    Ok(())
}
