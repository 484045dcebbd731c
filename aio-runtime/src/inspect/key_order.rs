//! The order of tables by their foreign keys.

use std::collections::{HashMap, HashSet};

use super::{ForeignKey, Table};

/// The tables of a schema in the order of their foreign keys.
///
/// ```
/// # use aio_runtime::{Database, Result};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let db = Database::memory().await?;
/// db.execute_script(
///     "create table captain (id integer primary key, team_id integer references team);
///      create table member (team_id integer references team);
///      create table team (id integer primary key, captain_id integer references captain);",
/// )
/// .await?;
/// let schema = db.inspect().await?;
/// let order = schema.in_key_order();
/// let names: Vec<&str> = order.tables().iter().map(|table| table.name()).collect();
/// assert_eq!(names, ["team", "captain", "member"]);
/// let circle: Vec<&str> = order.circles()[0].iter().map(|table| table.name()).collect();
/// assert_eq!(circle, ["captain", "team"]);
/// # db.close().await
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct KeyOrder<'a> {
    tables: Vec<&'a Table>,
    circles: Vec<Vec<&'a Table>>,
}

impl<'a> KeyOrder<'a> {
    /// Returns the tables. Each follows the tables that it refers to, except where foreign keys
    /// form a circle.
    pub fn tables(&self) -> &[&'a Table] {
        &self.tables
    }

    /// Returns the circles: tables of which each refers to the next one, and the last to the
    /// first. A table that refers to itself is no circle.
    ///
    /// If a table does not follow a table that it refers to, one of the circles has both, one
    /// after the other.
    pub fn circles(&self) -> &[Vec<&'a Table>] {
        &self.circles
    }

    pub(super) fn of(tables: &'a [Table]) -> KeyOrder<'a> {
        let mut places = HashMap::with_capacity(tables.len());
        for (place, table) in tables.iter().enumerate() {
            places.entry((table.schema.as_str(), table.name.clone())).or_insert(place);
        }
        // Where names have no case, a key may spell the name of its table in another one.
        for (place, table) in tables.iter().enumerate() {
            places.entry((table.schema.as_str(), table.name.to_ascii_lowercase())).or_insert(place);
        }
        let parents = |place: usize| {
            let parent = |key: &ForeignKey| {
                let of = |name: String| places.get(&(key.schema.as_str(), name)).copied();
                of(key.table.clone()).or_else(|| of(key.table.to_ascii_lowercase()))
            };
            tables[place].foreign_keys.iter().filter_map(parent).collect::<Vec<_>>()
        };
        let (mut order, mut circles) = (Vec::with_capacity(tables.len()), Vec::new());
        let mut states = vec![State::New; tables.len()];
        let mut known = HashSet::new();
        // The tables on the way to the one that is looked at, each with the parents that are left.
        // A chain of tables may be longer than the stack of a thread is deep.
        let mut path: Vec<(usize, std::vec::IntoIter<usize>)> = Vec::new();
        for start in 0..tables.len() {
            if states[start] == State::New {
                states[start] = State::OnPath;
                path.push((start, parents(start).into_iter()));
            }
            while let Some((place, left)) = path.last_mut() {
                let place = *place;
                let Some(parent) = left.next() else {
                    states[place] = State::Placed;
                    order.push(&tables[place]);
                    path.pop();
                    continue;
                };
                match states[parent] {
                    State::New => {
                        states[parent] = State::OnPath;
                        path.push((parent, parents(parent).into_iter()));
                    }
                    State::OnPath if parent != place => {
                        let begin = path.iter().position(|(before, _)| *before == parent).unwrap_or_default();
                        let circle: Vec<_> = path[begin..].iter().map(|(place, _)| *place).collect();
                        if known.insert(circle.clone()) {
                            circles.push(circle.into_iter().map(|place| &tables[place]).collect());
                        }
                    }
                    State::OnPath | State::Placed => {}
                }
            }
        }
        KeyOrder { tables: order, circles }
    }
}

/// How far a table is on its way into the order.
#[derive(Clone, Copy, PartialEq)]
enum State {
    New,
    OnPath,
    Placed,
}
