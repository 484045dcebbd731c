//! Subqueries in conditions, correlated or not.

use aio_sql::{Expr, count, exists, not_exists};

use super::joins::{Pair, pair};
use super::tree::{Int, Leaf, Op, Tree, compare, int, is_among, leaf, op, tree};
use super::*;

/// A condition on a team that reads the other tables.
#[derive(Clone, Debug)]
enum Nested {
    Team(Leaf),
    In(Int, Tree<Leaf>, Int, bool),
    InCorrelated(Int, Tree<Pair>, Int),
    Exists(Tree<Pair>, bool),
    Count(Tree<Pair>, Op, i64),
    Sum(Tree<Pair>, Int, Op, i64),
}

impl Nested {
    fn eval(&self, team: &Cell, persons: &[Cell]) -> Option<bool> {
        let held = |tree: &Tree<Pair>| persons.iter().filter(|row| tree.holds_for(row, team)).collect::<Vec<_>>();
        match self {
            Nested::Team(leaf) => leaf.eval(team),
            Nested::In(a, tree, b, negated) => {
                let list: Vec<Option<i64>> =
                    persons.iter().filter(|row| tree.holds(row)).map(|row| b.get(row)).collect();
                is_among(a.get(team), &list, *negated)
            }
            Nested::InCorrelated(a, tree, b) => {
                let list: Vec<Option<i64>> = held(tree).into_iter().map(|row| b.get(row)).collect();
                is_among(a.get(team), &list, false)
            }
            Nested::Exists(tree, yes) => Some(held(tree).is_empty() != *yes),
            Nested::Count(tree, op, value) => op.eval(Some(held(tree).len() as i64), Some(*value)),
            Nested::Sum(tree, column, op, value) => {
                let values: Vec<i64> = held(tree).into_iter().filter_map(|row| column.get(row)).collect();
                op.eval((!values.is_empty()).then(|| values.iter().sum()), Some(*value))
            }
        }
    }

    fn condition(&self) -> Condition<Team> {
        let held = |tree: &Tree<Pair>| Person::select().outer::<Team>().filter(tree.of_two());
        match self {
            Nested::Team(leaf) => leaf.condition::<Team>(),
            Nested::In(a, tree, b, negated) => {
                let query = Person::select().filter(tree.of::<Person>()).columns(b.of::<Person>());
                if *negated { a.of::<Team>().is_not_in(query).into() } else { a.of::<Team>().is_in(query).into() }
            }
            Nested::InCorrelated(a, tree, b) => a.of::<Team>().is_in(held(tree).columns(b.of::<Person>())).into(),
            Nested::Exists(tree, true) => exists(held(tree)).into(),
            Nested::Exists(tree, false) => not_exists(held(tree)).into(),
            Nested::Count(tree, op, value) => {
                compare!(held(tree).columns(count()).scalar_subquery(), op, *value, into)
            }
            Nested::Sum(tree, column, op, value) => {
                compare!(held(tree).columns(column.of::<Person>().sum()).scalar_subquery(), op, *value, into)
            }
        }
    }
}

fn nested() -> impl Strategy<Value = Nested> {
    prop_oneof![
        leaf().prop_map(Nested::Team),
        (int(), tree(leaf()), int(), any::<bool>()).prop_map(|(a, tree, b, not)| Nested::In(a, tree, b, not)),
        (int(), tree(pair()), int()).prop_map(|(a, tree, b)| Nested::InCorrelated(a, tree, b)),
        (tree(pair()), any::<bool>()).prop_map(|(tree, yes)| Nested::Exists(tree, yes)),
        (tree(pair()), op(), small()).prop_map(|(tree, op, value)| Nested::Count(tree, op, value)),
        (tree(pair()), int(), op(), small()).prop_map(|(tree, column, op, value)| Nested::Sum(tree, column, op, value)),
    ]
}

#[test]
fn subqueries() {
    for_queries(tree(nested()), async |db, data, filter| {
        let holds = |team: &Cell| filter.eval(&|one: &Nested| one.eval(team, &data.persons)) == Some(true);
        let ids: Vec<Option<i64>> = data.teams.iter().filter(|team| holds(team)).map(|team| team.id).collect();
        let condition: Expr<(Team,), bool> = filter.condition(&Nested::condition, &|a, b, and| {
            if and { a.and(b).into() } else { a.or(b).into() }
        });
        let query = Team::select().filter(condition).order_by(Team::ID);
        let text = format!("{query:?}");
        let found: Vec<Option<i64>> = query.all(db).await?.into_iter().map(|team| Some(team.id)).collect();
        assert_eq!(found, ids, "{text}");
        Ok(())
    });
}
