//! Joins of two and of three tables.

use aio_sql::{Error, ErrorKind, Executor, Expr, FromRow, Select};

use super::tree::{Int, Leaf, Op, Text, Tree, compare, int, leaf, op, string, tree};
use super::*;

type Two = (Person, Team);
type Three = (Person, Team, Visit);

/// A condition on a person and a team.
#[derive(Clone, Debug)]
pub(super) enum Pair {
    Person(Leaf),
    Team(Leaf),
    Ints(Int, Op, Int),
    Sum(Int, Int, Op, i64),
    Texts(Text, Op, Text),
    Key,
    NoTeam,
    NoPerson,
}

impl Pair {
    pub(super) fn eval(&self, person: &Cell, team: &Cell) -> Option<bool> {
        match self {
            Pair::Person(leaf) => leaf.eval(person),
            Pair::Team(leaf) => leaf.eval(team),
            Pair::Ints(a, op, b) => op.eval(a.get(person), b.get(team)),
            Pair::Sum(a, b, op, value) => op.eval(a.get(person).zip(b.get(team)).map(|(a, b)| a + b), Some(*value)),
            Pair::Texts(a, op, b) => op.eval(a.get(person), b.get(team)),
            Pair::Key => Op::Eq.eval(person.parent, team.id),
            Pair::NoTeam => Some(team.id.is_none()),
            Pair::NoPerson => Some(person.id.is_none()),
        }
    }

    pub(super) fn condition(&self) -> Expr<Two, bool> {
        match self {
            Pair::Person(leaf) => leaf.condition::<Person>().rescope(),
            Pair::Team(leaf) => leaf.condition::<Team>().rescope(),
            Pair::Ints(a, op, b) => compare!(a.of::<Person>(), op, b.of::<Team>(), rescope),
            Pair::Sum(a, b, op, value) => compare!((a.of::<Person>() + b.of::<Team>()), op, *value, rescope),
            Pair::Texts(a, op, b) => compare!(a.of::<Person>(), op, b.of::<Team>(), rescope),
            Pair::Key => Person::PARENT.eq(Team::ID).rescope(),
            Pair::NoTeam => Team::ID.is_null().rescope(),
            Pair::NoPerson => Person::ID.is_null().rescope(),
        }
    }
}

impl Tree<Pair> {
    pub(super) fn of_two(&self) -> Expr<Two, bool> {
        self.condition(&Pair::condition, &|a, b, and| if and { a.and(b).rescope() } else { a.or(b).rescope() })
    }

    pub(super) fn holds_for(&self, person: &Cell, team: &Cell) -> bool {
        self.eval(&|pair| pair.eval(person, team)) == Some(true)
    }
}

/// A condition on a visit, a person and a team.
#[derive(Clone, Debug)]
enum Triple {
    Pair(Pair),
    Visit(Leaf),
    Ints(Int, Op, Int),
    Key,
}

impl Triple {
    fn eval(&self, person: &Cell, team: &Cell, visit: &Cell) -> Option<bool> {
        match self {
            Triple::Pair(pair) => pair.eval(person, team),
            Triple::Visit(leaf) => leaf.eval(visit),
            Triple::Ints(a, op, b) => op.eval(a.get(visit), b.get(team)),
            Triple::Key => Op::Eq.eval(visit.parent, person.id),
        }
    }

    fn condition(&self) -> Expr<Three, bool> {
        match self {
            Triple::Pair(pair) => pair.condition().rescope(),
            Triple::Visit(leaf) => leaf.condition::<Visit>().rescope(),
            Triple::Ints(a, op, b) => compare!(a.of::<Visit>(), op, b.of::<Team>(), rescope),
            Triple::Key => Visit::PARENT.eq(Person::ID).rescope(),
        }
    }
}

impl Tree<Triple> {
    fn of_three(&self) -> Expr<Three, bool> {
        self.condition(&Triple::condition, &|a, b, and| if and { a.and(b).rescope() } else { a.or(b).rescope() })
    }

    fn holds_for_all(&self, person: &Cell, team: &Cell, visit: &Cell) -> bool {
        self.eval(&|triple| triple.eval(person, team, visit)) == Some(true)
    }
}

pub(super) fn pair() -> impl Strategy<Value = Pair> + 'static {
    prop_oneof![
        2 => leaf().prop_map(Pair::Person),
        2 => leaf().prop_map(Pair::Team),
        2 => (int(), op(), int()).prop_map(|(a, op, b)| Pair::Ints(a, op, b)),
        1 => (int(), int(), op(), small()).prop_map(|(a, b, op, value)| Pair::Sum(a, b, op, value)),
        1 => (string(), op(), string()).prop_map(|(a, op, b)| Pair::Texts(a, op, b)),
        3 => Just(Pair::Key),
        1 => Just(Pair::NoTeam),
        1 => Just(Pair::NoPerson),
    ]
}

fn triple() -> impl Strategy<Value = Triple> + 'static {
    prop_oneof![
        3 => pair().prop_map(Triple::Pair),
        2 => leaf().prop_map(Triple::Visit),
        1 => (int(), op(), int()).prop_map(|(a, op, b)| Triple::Ints(a, op, b)),
        2 => Just(Triple::Key),
    ]
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum JoinKind {
    Inner,
    Left,
    Right,
    Full,
    Cross,
}

fn kind() -> impl Strategy<Value = JoinKind> {
    select(vec![JoinKind::Inner, JoinKind::Left, JoinKind::Right, JoinKind::Full, JoinKind::Cross])
}

/// Joins the rows of `left` and `right` as SQL does. A row has a cell for each table that was
/// joined: `width` cells in `left`.
fn joined(
    left: Vec<Vec<Cell>>,
    width: usize,
    right: &[Cell],
    kind: JoinKind,
    on: impl Fn(&[Cell], &Cell) -> bool,
) -> Vec<Vec<Cell>> {
    let mut rows = Vec::new();
    let mut found = vec![false; right.len()];
    for row in left {
        let mut alone = true;
        for (place, cell) in right.iter().enumerate() {
            if kind == JoinKind::Cross || on(&row, cell) {
                (alone, found[place]) = (false, true);
                rows.push([row.as_slice(), std::slice::from_ref(cell)].concat());
            }
        }
        if alone && matches!(kind, JoinKind::Left | JoinKind::Full) {
            rows.push([row.as_slice(), &[Cell::default()]].concat());
        }
    }
    if matches!(kind, JoinKind::Right | JoinKind::Full) {
        for (cell, _) in right.iter().zip(found).filter(|(_, found)| !found) {
            rows.push([vec![Cell::default(); width].as_slice(), std::slice::from_ref(cell)].concat());
        }
    }
    rows
}

/// A row of two or three tables, some of which may be missing.
trait Cellular: FromRow<Read = Self> + 'static {
    fn cells(self) -> Vec<Cell>;
}

impl<A, B> Cellular for (A, B)
where
    (A, B): FromRow<Read = (A, B)> + 'static,
    Cell: From<A> + From<B>,
{
    fn cells(self) -> Vec<Cell> {
        vec![self.0.into(), self.1.into()]
    }
}

impl<A, B, C> Cellular for (A, B, C)
where
    (A, B, C): FromRow<Read = (A, B, C)> + 'static,
    Cell: From<A> + From<B> + From<C>,
{
    fn cells(self) -> Vec<Cell> {
        vec![self.0.into(), self.1.into(), self.2.into()]
    }
}

async fn all<F, O: Cellular>(query: Select<F, O>, db: &Executor) -> Result<Vec<Vec<Cell>>>
where
    Select<F, O>: Clone,
{
    Ok(query.all(db).await?.into_iter().map(Cellular::cells).collect())
}

/// Joins by a condition and continues with the query, whose type depends on the kind of the join.
macro_rules! join {
    ($kind:expr, $query:expr, $table:expr, $on:expr, |$joined:ident| $then:expr) => {
        match $kind {
            JoinKind::Inner => {
                let $joined = $query.join_on($table, $on);
                $then
            }
            JoinKind::Left => {
                let $joined = $query.left_join_on($table, $on);
                $then
            }
            JoinKind::Right => {
                let $joined = $query.right_join_on($table, $on);
                $then
            }
            JoinKind::Full => {
                let $joined = $query.full_join_on($table, $on);
                $then
            }
            JoinKind::Cross => {
                let $joined = $query.cross_join($table);
                $then
            }
        }
    };
}

fn ids(row: &[Cell]) -> Vec<Option<i64>> {
    row.iter().map(|cell| cell.id).collect()
}

/// Returns whether PostgreSQL cannot make a full join, which needs an equality of its sides.
fn is_refused(error: &Error, joins: &[JoinKind]) -> bool {
    let ErrorKind::Unsupported { database, what } = error.kind() else { return false };
    *database == "postgres" && what.starts_with("FULL JOIN") && joins.contains(&JoinKind::Full)
}

#[test]
fn two_tables() {
    let query = (kind(), tree(pair()), option::of(tree(pair())), any::<bool>());
    for_queries(query, async |db, data, (kind, on, filter, by_key)| {
        let left = data.persons.iter().map(|row| vec![row.clone()]).collect();
        let mut rows = joined(left, 1, &data.teams, kind, |row, team| {
            if by_key { row[0].parent == team.id } else { on.holds_for(&row[0], team) }
        });
        rows.retain(|row| filter.as_ref().is_none_or(|filter| filter.holds_for(&row[0], &row[1])));
        rows.sort_by_key(|row| ids(row));
        macro_rules! check {
            ($query:expr) => {{
                let mut query = $query;
                if let Some(filter) = &filter {
                    query = query.filter(filter.of_two());
                }
                let query = query.order_by((Person::ID, Team::ID));
                let text = format!("{query:?}");
                let found = match all(query.clone(), db).await {
                    Err(error) if is_refused(&error, &[kind]) => return Ok(()),
                    found => found?,
                };
                assert_eq!(found, rows, "{text}");
                assert_eq!(query.count(db).await? as usize, rows.len(), "count of {text}");
            }};
        }
        match (by_key, kind) {
            (true, JoinKind::Inner) => check!(Person::select().join(Team)),
            (true, JoinKind::Left) => check!(Person::select().left_join(Team)),
            (true, JoinKind::Right) => check!(Person::select().right_join(Team)),
            (true, JoinKind::Full) => check!(Person::select().full_join_via(Person::PARENT)),
            _ => join!(kind, Person::select(), Team, on.of_two(), |joined| check!(joined)),
        }
        Ok(())
    });
}

#[test]
fn three_tables() {
    let query = ((kind(), kind()), tree(pair()), tree(triple()), option::of(tree(triple())));
    for_queries(query, async |db, data, ((first, second), on, then, filter)| {
        let left = data.persons.iter().map(|row| vec![row.clone()]).collect();
        let two = joined(left, 1, &data.teams, first, |row, team| on.holds_for(&row[0], team));
        let mut rows = joined(two, 2, &data.visits, second, |row, visit| then.holds_for_all(&row[0], &row[1], visit));
        rows.retain(|row| filter.as_ref().is_none_or(|filter| filter.holds_for_all(&row[0], &row[1], &row[2])));
        rows.sort_by_key(|row| ids(row));
        join!(first, Person::select(), Team, on.of_two(), |two| {
            join!(second, two, Visit, then.of_three(), |three| {
                let mut query = three;
                if let Some(filter) = &filter {
                    query = query.filter(filter.of_three());
                }
                let query = query.order_by((Person::ID, Team::ID, Visit::ID));
                let text = format!("{query:?}");
                let found = match all(query, db).await {
                    Err(error) if is_refused(&error, &[first, second]) => return Ok(()),
                    found => found?,
                };
                assert_eq!(found, rows, "{text}");
            });
        });
        Ok(())
    });
}
