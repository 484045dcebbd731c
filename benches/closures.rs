//! The statements of rusqlite, and of the programs that pass rusqlite's connection to a closure.
//! All these programs use this code, so that they differ only in the thread on which it runs. A
//! statement that is repeated comes from the connection's cache, and rows are converted to structs
//! while they are read.

use bench_harness::{
    Check, Comment, Item, Joined, NewUser, Post, Reading, Tree, User, assemble,
    data::{COUNT, HAIR_COLOR},
};

use crate::rusqlite::{self, Connection, Result, Row, params, params_from_iter};

fn user(row: &Row<'_>) -> Result<User> {
    Ok(User { id: row.get(0)?, name: row.get(1)?, hair_color: row.get(2)? })
}

pub(crate) fn version(raw: &Connection) -> Result<String> {
    raw.query_row("select sqlite_version()", [], |row| row.get(0))
}

pub(crate) fn users(raw: &Connection) -> Result<Vec<User>> {
    raw.prepare_cached("select id, name, hair_color from users")?.query_map([], user)?.collect()
}

pub(crate) fn join(raw: &Connection) -> Result<Vec<Joined<User, Post>>> {
    let mut statement = raw.prepare_cached(
        "select u.id, u.name, u.hair_color, p.id, p.user_id, p.title from users u left join posts p on p.user_id = u.id \
         where u.hair_color = ?",
    )?;
    let rows = statement.query_map([HAIR_COLOR], |row| {
        let post = match row.get(3)? {
            Some(id) => Some(Post { id, user_id: row.get(4)?, title: row.get(5)? }),
            None => None,
        };
        Ok((user(row)?, post))
    })?;
    rows.collect()
}

pub(crate) fn trees(raw: &Connection) -> Result<Vec<Tree<User, Post, Comment>>> {
    let users = users(raw)?;
    let text =
        format!("select id, user_id, title from posts where user_id in ({}) order by id", placeholders(users.len()));
    let posts: Vec<Post> = raw
        .prepare_cached(&text)?
        .query_map(params_from_iter(users.iter().map(|user| user.id)), |row| {
            Ok(Post { id: row.get(0)?, user_id: row.get(1)?, title: row.get(2)? })
        })?
        .collect::<Result<_>>()?;
    let text =
        format!("select id, post_id, text from comments where post_id in ({}) order by id", placeholders(posts.len()));
    let comments: Vec<Comment> = raw
        .prepare_cached(&text)?
        .query_map(params_from_iter(posts.iter().map(|post| post.id)), |row| {
            Ok(Comment { id: row.get(0)?, post_id: row.get(1)?, text: row.get(2)? })
        })?
        .collect::<Result<_>>()?;
    Ok(assemble(users, posts, comments))
}

fn placeholders(count: usize) -> String {
    let mut placeholders = "?,".repeat(count);
    placeholders.pop();
    placeholders
}

pub(crate) fn find(raw: &Connection, id: i64) -> Result<User> {
    raw.prepare_cached("select id, name, hair_color from users where id = ?")?.query_row([id], user)
}

pub(crate) fn insert(raw: &Connection, user: &NewUser) -> Result<()> {
    raw.prepare_cached("insert into users (name, hair_color) values (?, ?)")?
        .execute(params![user.name, user.hair_color])?;
    Ok(())
}

pub(crate) fn insert_batch(raw: &mut Connection, users: &[NewUser]) -> Result<()> {
    let transaction = raw.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    for user in users {
        insert(&transaction, user)?;
    }
    transaction.commit()
}

pub(crate) fn bulk(raw: &mut Connection, items: &[Item]) -> Result<()> {
    let transaction = raw.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let mut statement = transaction.prepare_cached("insert into items (id, name, price, stock) values (?, ?, ?, ?)")?;
    for item in items {
        statement.execute(params![item.id, item.name, item.price, item.stock])?;
    }
    drop(statement);
    transaction.commit()
}

pub(crate) fn stream(raw: &Connection) -> Result<Check> {
    let mut statement = raw.prepare_cached("select id, sensor, value from readings")?;
    let mut check = Check::default();
    let readings =
        statement.query_map([], |row| Ok(Reading { id: row.get(0)?, sensor: row.get(1)?, value: row.get(2)? }))?;
    for reading in readings {
        let reading = reading?;
        check.add_reading(reading.id, &reading.sensor, reading.value);
    }
    Ok(check)
}

pub(crate) fn count(raw: &Connection, to: i64) -> Result<i64> {
    raw.query_row(COUNT, [to], |row| row.get(0))
}

pub(crate) fn one(raw: &Connection) -> Result<i64> {
    raw.prepare_cached("select 1")?.query_row([], |row| row.get(0))
}
