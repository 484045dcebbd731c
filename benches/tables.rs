//! The tables for diesel, which diesel's blocking and async programs share.

use bench_harness::shapes;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

diesel::table! {
    users (id) {
        id -> BigInt,
        name -> Text,
        hair_color -> Nullable<Text>,
    }
}

diesel::table! {
    posts (id) {
        id -> BigInt,
        user_id -> BigInt,
        title -> Text,
    }
}

diesel::table! {
    comments (id) {
        id -> BigInt,
        post_id -> BigInt,
        text -> Text,
    }
}

diesel::table! {
    items (id) {
        id -> BigInt,
        name -> Text,
        price -> Double,
        stock -> BigInt,
    }
}

diesel::table! {
    readings (id) {
        id -> BigInt,
        sensor -> Text,
        value -> Double,
    }
}

diesel::joinable!(posts -> users (user_id));
diesel::joinable!(comments -> posts (post_id));
diesel::allow_tables_to_appear_in_same_query!(users, posts, comments);

#[derive(Queryable, Clone, Debug)]
pub(crate) struct User {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) hair_color: Option<String>,
}

#[derive(Queryable, Clone, Debug)]
pub(crate) struct Post {
    pub(crate) id: i64,
    pub(crate) user_id: i64,
    pub(crate) title: String,
}

#[derive(Queryable, Clone, Debug)]
pub(crate) struct Comment {
    pub(crate) id: i64,
    pub(crate) post_id: i64,
    pub(crate) text: String,
}

#[derive(Queryable, Clone, Debug)]
pub(crate) struct Reading {
    pub(crate) id: i64,
    pub(crate) sensor: String,
    pub(crate) value: f64,
}

shapes!(User, Post, Comment);

/// If `None` were the column's default, diesel would send one statement for each row. The struct
/// owns its text, because diesel cannot cache the statement of a struct that borrows.
#[derive(Insertable)]
#[diesel(table_name = users, treat_none_as_default_value = false)]
pub(crate) struct NewUser {
    pub(crate) name: String,
    pub(crate) hair_color: Option<String>,
}

impl From<bench_harness::NewUser> for NewUser {
    fn from(user: bench_harness::NewUser) -> NewUser {
        NewUser { name: user.name, hair_color: user.hair_color }
    }
}

#[derive(Insertable)]
#[diesel(table_name = items)]
pub(crate) struct NewItem {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) price: f64,
    pub(crate) stock: i64,
}

impl From<bench_harness::Item> for NewItem {
    fn from(item: bench_harness::Item) -> NewItem {
        NewItem { id: item.id, name: item.name, price: item.price, stock: item.stock }
    }
}

/// The left join. It is a macro, because the type of the query would be too long to be written as
/// the return type of a function.
macro_rules! joined {
    () => {
        users::table.left_join(posts::table).filter(users::hair_color.eq(bench_harness::data::HAIR_COLOR))
    };
}
pub(crate) use joined;

#[derive(QueryableByName)]
pub(crate) struct Count {
    #[diesel(sql_type = BigInt)]
    pub(crate) n: i64,
}

#[derive(QueryableByName)]
pub(crate) struct Version {
    #[diesel(sql_type = Text)]
    pub(crate) version: String,
}

pub(crate) const VERSION: &str = "select sqlite_version() as version";

/// The number of rows of one statement. Diesel can cache the statement of an array of fixed
/// length.
const CHUNK: usize = 100;

pub(crate) fn insert_batch(raw: &mut SqliteConnection, users: Vec<bench_harness::NewUser>) -> QueryResult<()> {
    let users: Vec<NewUser> = users.into_iter().map(NewUser::from).collect();
    let (chunks, rest) = users.as_chunks::<CHUNK>();
    raw.immediate_transaction(|raw| {
        for chunk in chunks {
            diesel::insert_into(users::table).values(chunk).execute(raw)?;
        }
        for user in rest {
            diesel::insert_into(users::table).values(user).execute(raw)?;
        }
        Ok(())
    })
}

pub(crate) fn bulk(raw: &mut SqliteConnection, items: Vec<bench_harness::Item>) -> QueryResult<()> {
    let items: Vec<NewItem> = items.into_iter().map(NewItem::from).collect();
    let (chunks, rest) = items.as_chunks::<CHUNK>();
    raw.immediate_transaction(|raw| {
        for chunk in chunks {
            diesel::insert_into(items::table).values(chunk).execute(raw)?;
        }
        for item in rest {
            diesel::insert_into(items::table).values(item).execute(raw)?;
        }
        Ok(())
    })
}
