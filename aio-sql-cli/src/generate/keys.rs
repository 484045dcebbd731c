//! The foreign keys of structs, and the types that their fields take over.

use std::collections::BTreeSet;

use aio_sql::inspect::ForeignKey;

use super::structs::{Field, Key, Struct, Structs};
use super::type_rules::TypeRules;

impl<'a> Structs<'a> {
    /// Gives the fields of foreign keys the types of their targets, and keeps the keys whose types
    /// are equal then.
    pub(super) fn link(&mut self, rules: &dyn TypeRules) {
        let mut keys: Vec<Vec<Key<'a>>> = self
            .structs
            .iter()
            .map(|one| one.table.foreign_keys().iter().filter_map(|key| self.key(one, key)).collect())
            .collect();
        // The type of a target may itself come from a foreign key. A chain of such keys has at
        // most as many links as there are columns.
        let limit = self.structs.iter().map(|one| one.fields.len()).sum::<usize>();
        for _ in 0..limit {
            let mut is_changed = false;
            for (place, keys) in keys.iter().enumerate() {
                // If a column is in several keys, the first one decides its type.
                let mut decided = BTreeSet::new();
                let pairs = keys.iter().flat_map(|key| {
                    key.fields.iter().zip(&key.targets).map(|(field, target)| (*field, key.parent, *target))
                });
                for (field, parent, target) in pairs {
                    let target = &self.structs[parent].fields[target];
                    let (ty, is_known) = (target.ty.clone(), target.is_known);
                    let is_first = decided.insert(field);
                    let one = &mut self.structs[place];
                    let (of, field) = (one.table.name(), is_first.then(|| &mut one.fields[field]));
                    let keeps = |field: &&mut Field<'_>| field.ty != ty && rules.keeps(of, field.column, &ty, is_known);
                    if let Some(field) = field.filter(keeps) {
                        field.ty = ty;
                        is_changed = true;
                    }
                }
            }
            if !is_changed {
                break;
            }
        }
        for (place, keys) in keys.iter_mut().enumerate() {
            let mut kept = Vec::new();
            for key in keys.drain(..) {
                let fits = key.fields.iter().zip(&key.targets).all(|(field, target)| {
                    self.structs[place].fields[*field].ty == self.structs[key.parent].fields[*target].ty
                });
                if fits {
                    kept.push(key);
                } else {
                    let columns = key.key.columns().join(", ");
                    let remark = format!(
                        "the foreign key ({columns}) to `{}` is left out, because its columns have another type there",
                        key.key.table()
                    );
                    self.structs[place].remarks.push(remark);
                }
            }
            self.structs[place].foreign_keys = kept;
        }
    }

    /// Finds the struct and the fields that a foreign key refers to.
    fn key(&self, one: &Struct<'a>, key: &'a ForeignKey) -> Option<Key<'a>> {
        let is_parent = |other: &Struct<'_>| {
            other.table.name().eq_ignore_ascii_case(key.table())
                && other.table.schema().eq_ignore_ascii_case(key.schema())
        };
        let is_exact = |other: &Struct<'_>| other.table.name() == key.table();
        let exact = self.structs.iter().position(|other| is_parent(other) && is_exact(other));
        let parent = exact.or_else(|| self.structs.iter().position(is_parent))?;
        let fields: Vec<_> = key.columns().iter().map(|name| one.place(name)).collect::<Option<_>>()?;
        let targets: Vec<_> =
            key.targets().iter().map(|name| self.structs[parent].place(name)).collect::<Option<_>>()?;
        let is_distinct = fields.iter().enumerate().all(|(place, field)| !fields[..place].contains(field));
        (fields.len() == targets.len() && !fields.is_empty() && is_distinct).then_some(Key {
            key,
            fields,
            parent,
            targets,
        })
    }
}
