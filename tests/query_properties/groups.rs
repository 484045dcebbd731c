//! Groups, aggregates, and conditions on both.

use aio_sql::{Expr, count};

use super::joins::pair;
use super::tree::{Int, Leaf, Op, Tree, compare, int, leaf, op, tree};
use super::*;

/// A condition on a group of persons.
#[derive(Clone, Debug)]
enum Having {
    Rows(Op, i64),
    Values(Int, Op, i64),
    Sum(Int, Op, i64),
    Mean(Int, Op, i64),
    Least(Int, Op, Int),
    Filtered(Leaf, Op, i64),
}

fn some(rows: &[&Cell], column: Int) -> Vec<i64> {
    rows.iter().filter_map(|row| column.get(row)).collect()
}

fn sum(values: &[i64]) -> Option<i64> {
    (!values.is_empty()).then(|| values.iter().sum())
}

fn mean(values: &[i64]) -> Option<f64> {
    sum(values).map(|sum| sum as f64 / values.len() as f64)
}

fn each_once<T: Ord + Clone>(values: &[T]) -> Vec<T> {
    let mut values = values.to_vec();
    values.sort();
    values.dedup();
    values
}

impl Having {
    fn eval(&self, rows: &[&Cell]) -> Option<bool> {
        match self {
            Having::Rows(op, value) => op.eval(Some(rows.len() as i64), Some(*value)),
            Having::Values(column, op, value) => op.eval(Some(some(rows, *column).len() as i64), Some(*value)),
            Having::Sum(column, op, value) => op.eval(sum(&some(rows, *column)), Some(*value)),
            Having::Mean(column, op, value) => op.eval(mean(&some(rows, *column)), Some(*value as f64)),
            Having::Least(a, op, b) => op.eval(some(rows, *a).into_iter().min(), some(rows, *b).into_iter().max()),
            Having::Filtered(leaf, op, value) => {
                let held = rows.iter().filter(|row| leaf.eval(row) == Some(true)).count();
                op.eval(Some(held as i64), Some(*value))
            }
        }
    }

    fn condition(&self) -> Expr<(Person, Team), bool> {
        match self {
            Having::Rows(op, value) => compare!(count(), op, *value, rescope),
            Having::Values(column, op, value) => compare!(column.of::<Person>().count(), op, *value, rescope),
            Having::Sum(column, op, value) => compare!(column.of::<Person>().sum(), op, *value, rescope),
            Having::Mean(column, op, value) => compare!(column.of::<Person>().avg(), op, *value as f64, rescope),
            Having::Least(a, op, b) => compare!(a.of::<Person>().min(), op, b.of::<Person>().max(), rescope),
            Having::Filtered(leaf, op, value) => {
                compare!(count().filter(leaf.condition::<Person>()), op, *value, rescope)
            }
        }
    }
}

impl Tree<Having> {
    fn of_group(&self) -> Expr<(Person, Team), bool> {
        self.condition(&Having::condition, &|a, b, and| if and { a.and(b).rescope() } else { a.or(b).rescope() })
    }
}

fn having() -> impl Strategy<Value = Having> {
    prop_oneof![
        (op(), small()).prop_map(|(op, value)| Having::Rows(op, value)),
        (int(), op(), small()).prop_map(|(column, op, value)| Having::Values(column, op, value)),
        (int(), op(), small()).prop_map(|(column, op, value)| Having::Sum(column, op, value)),
        (int(), op(), small()).prop_map(|(column, op, value)| Having::Mean(column, op, value)),
        (int(), op(), int()).prop_map(|(a, op, b)| Having::Least(a, op, b)),
        (leaf(), op(), small()).prop_map(|(leaf, op, value)| Having::Filtered(leaf, op, value)),
    ]
}

/// The values selected for each group.
type Taken = (
    i64,
    (i64, i64, i64),
    (Option<i64>, Option<i64>, Option<i64>),
    (Option<i64>, Option<i64>, Option<f64>),
    (Option<String>, Option<String>),
    Option<String>,
);

fn taken(rows: &[&Cell], filter: &Tree<Leaf>) -> Taken {
    let values = some(rows, Int::B);
    let texts: Vec<String> = rows.iter().filter_map(|row| row.s.clone()).collect();
    let held: Vec<&Cell> = rows.iter().copied().filter(|row| filter.holds(row)).collect();
    let mut sorted = texts.clone();
    sorted.sort_by(|a, b| b.cmp(a));
    (
        rows.len() as i64,
        (values.len() as i64, each_once(&texts).len() as i64, held.len() as i64),
        (values.iter().min().copied(), values.iter().max().copied(), sum(&values)),
        (sum(&each_once(&values)), sum(&each_once(&some(&held, Int::B))), mean(&values)),
        (texts.iter().min().cloned(), texts.iter().max().cloned()),
        (!sorted.is_empty()).then(|| sorted.join("+")),
    )
}

macro_rules! aggregates {
    ($filter:expr) => {
        (
            count(),
            (Person::B.count(), Person::S.count().distinct(), count().filter($filter.of::<Person>())),
            (Person::B.min(), Person::B.max(), Person::B.sum()),
            (Person::B.sum().distinct(), Person::B.sum().distinct().filter($filter.of::<Person>()), Person::B.avg()),
            (Person::S.min(), Person::S.max()),
            Person::S.group_concat("+").order_by(Person::S.desc()),
        )
    };
}

/// Returns the persons, which are the first cells of the rows, in groups that are sorted by their
/// keys.
fn grouped<K: Ord>(rows: &[Vec<Cell>], key: impl Fn(&[Cell]) -> K) -> Vec<(K, Vec<&Cell>)> {
    let mut groups = std::collections::BTreeMap::<K, Vec<&Cell>>::new();
    for row in rows {
        groups.entry(key(row)).or_default().push(&row[0]);
    }
    groups.into_iter().collect()
}

#[derive(Clone, Copy, Debug)]
enum By {
    Column,
    Two,
    Expression,
    TheOther,
}

#[test]
fn groups() {
    let by = select(vec![By::Column, By::Two, By::Expression, By::TheOther]);
    let query = (by, tree(pair()), tree(leaf()), option::of(tree(having())));
    for_queries(query, async |db, data, (by, filter, of, having)| {
        let mut rows: Vec<Vec<Cell>> = Vec::new();
        for person in &data.persons {
            let team = data.teams.iter().find(|team| team.id == person.parent).cloned().unwrap_or_default();
            rows.push(vec![person.clone(), team]);
        }
        rows.retain(|row| filter.holds_for(&row[0], &row[1]));
        let holds = |rows: &[&Cell]| having.as_ref().is_none_or(|tree| tree.eval(&|one| one.eval(rows)) == Some(true));
        macro_rules! check {
            ($columns:expr, $key:expr) => {{
                let mut query =
                    Person::select().left_join(Team).filter(filter.of_two()).group_by($columns).order_by($columns);
                if let Some(having) = &having {
                    query = query.having(having.of_group());
                }
                let query = query.columns(($columns, aggregates!(of)));
                let expected: Vec<_> = grouped(&rows, $key)
                    .into_iter()
                    .filter(|(_, rows)| holds(rows))
                    .map(|(key, rows)| (key, taken(&rows, &of)))
                    .collect();
                let text = format!("{query:?}");
                assert_eq!(query.clone().count(db).await? as usize, expected.len(), "count of {text}");
                assert_eq!(query.all(db).await?, expected, "{text}");
            }};
        }
        match by {
            By::Column => check!(Person::A, |row: &[Cell]| row[0].a),
            By::Two => check!((Person::A, Person::S), |row: &[Cell]| (row[0].a, row[0].s.clone())),
            By::Expression => check!(Person::A + Person::B, |row: &[Cell]| Some(row[0].a? + row[0].b?)),
            By::TheOther => check!(Team::N, |row: &[Cell]| row[1].n),
        }
        Ok(())
    });
}

/// Without GROUP BY, aggregates see all rows as one group, which exists even if there are no rows.
#[test]
fn all_rows_as_one_group() {
    for_queries((tree(leaf()), tree(leaf())), async |db, data, (filter, of)| {
        let rows: Vec<&Cell> = data.persons.iter().filter(|row| filter.holds(row)).collect();
        let query = Person::select().filter(filter.of::<Person>()).columns(aggregates!(of));
        let text = format!("{query:?}");
        assert_eq!(query.clone().count(db).await?, 1, "count of {text}");
        assert_eq!(query.all(db).await?, [taken(&rows, &of)], "{text}");
        Ok(())
    });
}
