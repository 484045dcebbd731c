//! UNION, INTERSECT and EXCEPT, in sequence and nested.

use aio_sql::Select;
use aio_sql::statement::Compound;

use super::tree::{Leaf, Tree, leaf, tree};
use super::*;

type Pair = (Option<i64>, Option<String>);

/// A part of a compound query: the rows of a table for which a condition holds, possibly with a
/// limit on their number.
#[derive(Clone, Debug)]
struct Part {
    filter: Tree<Leaf>,
    limit: Option<u64>,
}

#[derive(Clone, Copy, Debug)]
enum SetOperator {
    Union,
    UnionAll,
    Intersect,
    Except,
}

#[derive(Clone, Debug)]
enum Set {
    Part(Part),
    Of(Box<Set>, SetOperator, Box<Set>),
}

impl Part {
    fn eval(&self, data: &Data) -> Vec<Pair> {
        let held = data.persons.iter().filter(|row| self.filter.holds(row));
        let mut rows: Vec<Pair> = held.map(|row| (row.a, row.s.clone())).collect();
        if let Some(limit) = self.limit {
            rows.sort();
            rows.truncate(limit as usize);
        }
        rows
    }

    fn query(&self) -> Select<Person, Pair> {
        let query = Person::select().filter(self.filter.of::<Person>());
        let query = match self.limit {
            Some(limit) => query.order_by((Person::A, Person::S)).limit(limit),
            None => query,
        };
        query.columns((Person::A, Person::S))
    }
}

fn each_once(mut rows: Vec<Pair>) -> Vec<Pair> {
    rows.sort();
    rows.dedup();
    rows
}

impl Set {
    fn eval(&self, data: &Data) -> Vec<Pair> {
        match self {
            Set::Part(part) => part.eval(data),
            Set::Of(left, operator, right) => {
                let (left, right) = (left.eval(data), right.eval(data));
                match operator {
                    SetOperator::UnionAll => [left, right].concat(),
                    SetOperator::Union => each_once([left, right].concat()),
                    SetOperator::Intersect => each_once(left.into_iter().filter(|row| right.contains(row)).collect()),
                    SetOperator::Except => each_once(left.into_iter().filter(|row| !right.contains(row)).collect()),
                }
            }
        }
    }

    /// Returns the query. A single part is combined with an empty query, so that the result is
    /// always a compound.
    fn query(&self) -> Compound<Person, Pair> {
        macro_rules! put {
            ($left:expr, $operator:expr, $right:expr) => {
                match $operator {
                    SetOperator::UnionAll => $left.union_all($right),
                    SetOperator::Union => $left.union($right),
                    SetOperator::Intersect => $left.intersect($right),
                    SetOperator::Except => $left.except($right),
                }
            };
        }
        match self {
            Set::Part(part) => part.query().union_all(part.query().filter(Person::ID.is_null())),
            Set::Of(left, operator, right) => match (&**left, &**right) {
                (Set::Part(left), Set::Part(right)) => put!(left.query(), operator, right.query()),
                (Set::Part(left), right) => put!(left.query(), operator, right.query()),
                (left, Set::Part(right)) => put!(left.query(), operator, right.query()),
                (left, right) => put!(left.query(), operator, right.query()),
            },
        }
    }
}

fn set() -> impl Strategy<Value = Set> {
    let part = (tree(leaf()), option::weighted(0.3, 0_u64..4)).prop_map(|(filter, limit)| Part { filter, limit });
    let operator = select(vec![SetOperator::Union, SetOperator::UnionAll, SetOperator::Intersect, SetOperator::Except]);
    part.prop_map(Set::Part).prop_recursive(3, 5, 2, move |inner| {
        (inner.clone(), operator.clone(), inner)
            .prop_map(|(a, operator, b)| Set::Of(Box::new(a), operator, Box::new(b)))
    })
}

#[test]
fn several_queries_put_together() {
    for_queries((set(), option::of(0_u64..5), any::<bool>()), async |db, data, (set, limit, descending)| {
        let mut rows = set.eval(&data);
        rows.sort();
        if descending {
            rows.reverse();
        }
        rows.truncate(limit.unwrap_or(1000) as usize);
        let query = set.query();
        let mut query = match descending {
            true => query.order_by((Person::A.desc(), Person::S.desc())),
            false => query.order_by((Person::A, Person::S)),
        };
        if let Some(limit) = limit {
            query = query.limit(limit);
        }
        let text = format!("{query:?}");
        assert_eq!(query.clone().all(db).await?, rows, "{text}");
        assert_eq!(query.count(db).await? as usize, rows.len(), "count of {text}");
        Ok(())
    });
}
