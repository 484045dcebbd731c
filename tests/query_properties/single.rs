//! Queries over one table: filters, orders, distinct rows, limits.

use std::cmp::Ordering;

use aio_sql::expr::Order;

use super::tree::{Int, Text, int, leaf, string, tree};
use super::*;

#[derive(Clone, Debug)]
enum Key {
    Int(Int),
    Text(Text),
    Equal(Int, Int),
    Required,
}

/// A sort key, with its direction and, if it is stated, the place of NULLs.
#[derive(Clone, Debug)]
struct Sort {
    key: Key,
    descending: bool,
    nulls_first: Option<bool>,
}

impl Sort {
    fn order<T: Cells>(&self) -> Order<(T,)> {
        macro_rules! order {
            ($key:expr) => {
                if self.descending { $key.desc() } else { $key.asc() }
            };
        }
        let order: Order<(T,)> = match self.key {
            Key::Int(column) => order!(column.of::<T>()),
            Key::Text(column) => order!(column.of::<T>()),
            Key::Equal(a, b) => {
                let equal: Condition<T> = a.of::<T>().abs().coalesce(0).eq(b.of::<T>()).into();
                order!(equal)
            }
            Key::Required => order!(T::N),
        };
        match self.nulls_first {
            None => order,
            Some(true) => order.nulls_first(),
            Some(false) => order.nulls_last(),
        }
    }

    fn compare(&self, a: &Cell, b: &Cell) -> Ordering {
        fn by<K: Ord>(sort: &Sort, a: Option<K>, b: Option<K>) -> Ordering {
            let nulls_first = sort.nulls_first.unwrap_or(!sort.descending);
            match (a, b) {
                (None, None) => Ordering::Equal,
                (None, _) if nulls_first => Ordering::Less,
                (None, _) => Ordering::Greater,
                (_, None) if nulls_first => Ordering::Greater,
                (_, None) => Ordering::Less,
                (Some(a), Some(b)) if sort.descending => b.cmp(&a),
                (Some(a), Some(b)) => a.cmp(&b),
            }
        }
        match self.key {
            Key::Int(column) => by(self, column.get(a), column.get(b)),
            Key::Text(column) => by(self, column.get(a), column.get(b)),
            Key::Equal(one, two) => {
                let equal = |row: &Cell| Some(one.get(row).map_or(0, i64::abs) == two.get(row)?);
                by(self, equal(a), equal(b))
            }
            Key::Required => by(self, a.n, b.n),
        }
    }
}

fn sorts() -> impl Strategy<Value = Vec<Sort>> {
    let key = prop_oneof![
        int().prop_map(Key::Int),
        string().prop_map(Key::Text),
        (int(), int()).prop_map(|(a, b)| Key::Equal(a, b)),
        Just(Key::Required),
    ];
    let sort = (key, any::<bool>(), option::of(any::<bool>()));
    vec(sort.prop_map(|(key, descending, nulls_first)| Sort { key, descending, nulls_first }), 0..3)
}

#[test]
fn filters_orders_and_limits() {
    let query = (vec(tree(leaf()), 0..3), sorts(), option::of(0_u64..5), option::of(0_u64..4));
    for_queries(query, async |db, data, (filters, sorts, limit, offset)| {
        let mut rows: Vec<Cell> =
            data.persons.into_iter().filter(|row| filters.iter().all(|filter| filter.holds(row))).collect();
        rows.sort_by(|a, b| {
            sorts.iter().map(|sort| sort.compare(a, b)).find(|order| order.is_ne()).unwrap_or_else(|| a.id.cmp(&b.id))
        });
        let skip = offset.unwrap_or(0) as usize;
        let rows: Vec<Cell> = rows.into_iter().skip(skip).take(limit.unwrap_or(100) as usize).collect();
        let mut query = Person::select();
        for filter in &filters {
            query = query.filter(filter.of::<Person>());
        }
        query = query.order_by(sorts.iter().map(Sort::order::<Person>).collect::<Vec<_>>()).order_by(Person::ID);
        if let Some(limit) = limit {
            query = query.limit(limit);
        }
        if let Some(offset) = offset {
            query = query.offset(offset);
        }
        let count = query.clone().count(db).await?;
        let found: Vec<Cell> = query.clone().all(db).await?.into_iter().map(Cell::from).collect();
        assert_eq!(found, rows, "{query:?}");
        assert_eq!(count as usize, rows.len(), "count of {query:?}");
        Ok(())
    });
}

#[test]
fn distinct_rows() {
    for_queries((tree(leaf()), option::of(0_u64..4)), async |db, data, (filter, limit)| {
        let held = data.persons.iter().filter(|row| filter.holds(row));
        let mut rows: Vec<(Option<i64>, Option<String>)> = held.map(|row| (row.a, row.s.clone())).collect();
        rows.sort();
        rows.dedup();
        rows.truncate(limit.unwrap_or(100) as usize);
        let mut query = Person::select().filter(filter.of::<Person>()).distinct().order_by((Person::A, Person::S));
        if let Some(limit) = limit {
            query = query.limit(limit);
        }
        let query = query.columns((Person::A, Person::S));
        assert_eq!(query.clone().all(db).await?, rows, "{query:?}");
        assert_eq!(query.clone().count(db).await? as usize, rows.len(), "count of {query:?}");
        Ok(())
    });
}

/// Counting, deleting and selecting with a condition agree with its value as a column.
#[test]
fn a_condition_is_a_value() {
    for_queries(tree(leaf()), async |db, data, filter| {
        let rows: Vec<Cell> = data.visits.into_iter().filter(|row| filter.holds(row)).collect();
        let marked: Vec<(i64, bool)> = Visit::select()
            .order_by(Visit::ID)
            .columns((Visit::ID, filter.of::<Visit>().is_not_distinct_from(true)))
            .all(db)
            .await?;
        let held: Vec<Option<i64>> = marked.iter().filter(|(_, held)| *held).map(|(id, _)| Some(*id)).collect();
        assert_eq!(held, rows.iter().map(|row| row.id).collect::<Vec<_>>(), "{filter:?}");
        assert_eq!(Visit::select().filter(filter.of::<Visit>()).count(db).await? as usize, rows.len());
        let deleted = Visit::delete().filter(filter.of::<Visit>()).all_rows().execute(db).await?;
        assert_eq!(deleted.rows_affected as usize, rows.len(), "{filter:?}");
        Ok(())
    });
}
