//! Random changes of a schema.

use std::collections::BTreeMap;

use fastrand::Rng;

use crate::random_schema::*;

/// A schema after some changes, and what the user tells about renames and the values of columns.
#[derive(Clone, Debug)]
pub(crate) struct Mutated {
    pub(crate) schema: RandomSchema,
    /// The kinds of changes that were made.
    pub(crate) kinds: Vec<&'static str>,
    /// The earlier names that attributes state. The tool asks about other renames.
    pub(crate) was: BTreeMap<Id, String>,
    /// The expressions of the attribute `backfill`, by column.
    pub(crate) backfills: BTreeMap<Id, String>,
}

/// Changes a schema a few times.
pub(crate) fn mutated(schema: &RandomSchema, rng: &mut Rng) -> Mutated {
    let mut mutated =
        Mutated { schema: schema.clone(), kinds: Vec::new(), was: BTreeMap::new(), backfills: BTreeMap::new() };
    let count = rng.usize(1..6);
    for _ in 0..20 {
        if mutated.kinds.len() >= count {
            break;
        }
        if let Some(kind) = mutated.mutate(schema, rng) {
            mutated.kinds.push(kind);
        }
    }
    mutated
}

impl Mutated {
    /// Makes a random change. Returns its kind, or `None` if it is impossible.
    fn mutate(&mut self, before: &RandomSchema, rng: &mut Rng) -> Option<&'static str> {
        // The kinds that are often impossible are tried more often.
        let kind = match rng.u8(0..52) {
            27..=31 => 15,
            32..=34 => 26,
            35..=38 => 25,
            39 | 40 => 17,
            41 => 16,
            42 => 24,
            43 => 12,
            44..=48 => 16,
            49 | 50 => 1,
            51 => 5,
            kind => kind,
        };
        if kind == 0 {
            self.schema.add_table(rng);
            return Some("new table");
        }
        if self.schema.tables.is_empty() {
            return None;
        }
        let mut place = rng.usize(0..self.schema.tables.len());
        if kind == 1 && rng.bool() {
            let is_parent = |table: &RandomTable| {
                let others = self.schema.tables.iter().filter(|other| other.id != table.id);
                others.flat_map(|other| &other.keys).any(|key| key.table == table.id)
            };
            place = self.schema.tables.iter().position(is_parent).unwrap_or(place);
        }
        let id = self.schema.id();
        let schema = self.schema.clone();
        let table = &mut self.schema.tables[place];
        let is_old = before.table(table.id).is_some();
        if !is_old {
            return None;
        }
        let column_place = rng.usize(0..table.columns.len());
        let is_used = table.is_used(table.columns[column_place].id, &schema);
        let is_old_column = before.table(table.id).unwrap().has(table.columns[column_place].id);
        let of_key = matches!(table.key, Key::Rowid { .. }) && column_place == 0;
        let in_key = of_key
            || matches!(&table.key, Key::Columns(columns) if columns.contains(&table.columns[column_place].id))
            || schema.tables.iter().flat_map(|table| &table.keys).any(|key| {
                [&key.targets, &key.columns].iter().any(|ids| ids.contains(&table.columns[column_place].id))
            });
        let is_generated = table.columns[column_place].generated.is_some();
        // Otherwise nothing tells which number a row gets in a new primary key.
        let has_rowid_name =
            ["rowid", "_rowid_", "oid"].iter().any(|name| before.table(table.id).unwrap().is_free(name));
        let kind = match kind {
            1 => {
                let own = table.id;
                let is_referred =
                    schema.tables.iter().any(|other| other.id != own && other.keys.iter().any(|key| key.table == own));
                if is_referred {
                    // The foreign keys to the dropped table go, too. Their columns stay.
                    for other in &mut self.schema.tables {
                        other.keys.retain(|key| key.table != own || other.id == own);
                    }
                }
                self.schema.tables.remove(place);
                if is_referred { "dropped parent table" } else { "dropped table" }
            }
            2 => {
                let old = std::mem::replace(&mut table.name, format!("renamed{id}"));
                if self.was.contains_key(&table.id) || before.table(table.id).unwrap().name != old {
                    table.name = old;
                    return None;
                }
                if rng.bool() {
                    self.was.insert(table.id, old);
                }
                "renamed table"
            }
            3..=6 => {
                let mut column = RandomColumn::random(id, table, rng);
                // A name that comes back is the old column.
                if !before.table(table.id).unwrap().is_free(&column.name) {
                    column.name = format!("c{id}");
                }
                let kind = match (&column.generated, column.nullable, &column.default) {
                    (Some((_, true)), ..) => "new stored column",
                    (Some(_), ..) => "new virtual column",
                    (None, true, _) => "new nullable column",
                    (None, false, Some(default)) if default.starts_with('(') => {
                        "new column with an expression as default"
                    }
                    (None, false, Some(_)) => "new column with a default",
                    (None, false, None) => {
                        column.check = None;
                        self.backfills.insert(id, random_default(column.ty, rng));
                        "new column with backfill"
                    }
                };
                table.columns.push(column);
                kind
            }
            7 | 8 => {
                if is_used || of_key || table.columns.len() < 2 || !is_old_column {
                    return None;
                }
                table.columns.remove(column_place);
                "dropped column"
            }
            9 | 10 => {
                let column = &mut table.columns[column_place];
                let old_name = &before.table(table.id).unwrap();
                if !is_old_column || old_name.column(column.id).name != column.name || is_generated {
                    return None;
                }
                let old = std::mem::replace(&mut column.name, format!("renamed{id}"));
                if rng.bool() {
                    self.was.insert(column.id, old);
                }
                "renamed column"
            }
            11 => {
                if in_key || is_generated || !is_old_column {
                    return None;
                }
                let column = &mut table.columns[column_place];
                let ty = *rng.choice(&TYPES).unwrap();
                if ty == column.ty {
                    return None;
                }
                column.ty = ty;
                column.check = None;
                column.collation = None;
                column.default = None;
                "changed type"
            }
            12 | 13 => {
                if in_key || is_generated || !is_old_column {
                    return None;
                }
                let column = &mut table.columns[column_place];
                column.nullable = !column.nullable;
                if column.nullable {
                    "dropped NOT NULL"
                } else if rng.bool() {
                    self.backfills.insert(column.id, random_default(column.ty, rng));
                    "NOT NULL with backfill"
                } else {
                    "NOT NULL"
                }
            }
            14 => {
                if of_key || is_generated || !is_old_column {
                    return None;
                }
                let column = &mut table.columns[column_place];
                column.default = if column.default.is_some() && column.nullable {
                    None
                } else {
                    Some(random_default(column.ty, rng))
                };
                "changed default"
            }
            15 => {
                let column = &mut table.columns[column_place];
                if column.ty != "TEXT" || is_generated || in_key {
                    return None;
                }
                column.collation = if column.collation.is_some() { None } else { Some("NOCASE") };
                "changed collation"
            }
            16 => {
                if !is_generated {
                    return None;
                }
                let own = table.columns.remove(column_place);
                let mut changed = own.clone();
                let generated = random_generated(table, rng);
                let is_same = Some(&generated) == own.generated.as_ref();
                changed.generated = Some(generated);
                table.columns.insert(column_place, if is_same { own } else { changed });
                if is_same {
                    return None;
                }
                "changed generated column"
            }
            17 | 18 => {
                if is_generated || of_key {
                    return None;
                }
                let column = &mut table.columns[column_place];
                let list = random_list(column, rng);
                match column.check.replace(list.clone()) {
                    Some(old) if old == list => return None,
                    Some(_) if rng.bool() => {
                        column.check = None;
                        "dropped check of a column"
                    }
                    Some(_) => "changed check of a column",
                    None => "new check of a column",
                }
            }
            19 => {
                if table.checks.pop().is_some() {
                    "dropped check"
                } else {
                    let check = table.random_check(rng);
                    table.checks.push((id, check));
                    "new check"
                }
            }
            20 => {
                if table.uniques.pop().is_some() {
                    "dropped unique"
                } else {
                    let unique = table.random_unique(rng);
                    table.uniques.push(unique);
                    "new unique"
                }
            }
            21 => {
                if table.indexes.pop().is_some() {
                    "dropped index"
                } else {
                    table.indexes.push(RandomIndex::random(id, table, rng));
                    "new index"
                }
            }
            22 => {
                let index = table.indexes.pop()?;
                let mut changed = RandomIndex::random(index.id, table, rng);
                changed.unique = false;
                let is_same = table.create_index(&changed) == table.create_index(&index);
                table.indexes.push(changed);
                if is_same {
                    return None;
                }
                "changed index"
            }
            23 => {
                if table.keys.pop().is_some() {
                    "dropped foreign key"
                } else if self.schema.add_foreign_key(place, rng) {
                    "new foreign key"
                } else {
                    return None;
                }
            }
            24 => {
                let key = table.keys.last_mut()?;
                let actions = *rng.choice(&ACTIONS).unwrap();
                if actions == key.actions {
                    return None;
                }
                key.actions = actions;
                "changed actions of a foreign key"
            }
            25 => {
                if rng.bool() {
                    table.strict = !table.strict;
                    "changed STRICT"
                } else if let Key::Rowid { autoincrement } = &mut table.key {
                    *autoincrement = !*autoincrement;
                    "changed AUTOINCREMENT"
                } else {
                    return None;
                }
            }
            _ => {
                if matches!(table.key, Key::Columns(_)) {
                    table.without_rowid = !table.without_rowid;
                    "changed WITHOUT ROWID"
                } else if table.key == Key::None && has_rowid_name {
                    let mut column = RandomColumn::plain(id, "id".to_owned(), "INTEGER", false);
                    column.default = None;
                    table.columns.insert(0, column);
                    table.key = Key::Rowid { autoincrement: rng.bool() };
                    "new primary key"
                } else {
                    return None;
                }
            }
        };
        Some(kind)
    }
}
