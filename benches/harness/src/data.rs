//! The schema and the rows. The rows do not vary between runs, so that every result is known in
//! advance.

use crate::peer::{Comment, Item, NewUser, Post, Reading, User};

/// The tables of every file. The runner creates them.
pub const SCHEMA: &str = "
    create table users (id integer primary key, name text not null, hair_color text);
    create table posts (id integer primary key, user_id integer not null references users (id), title text not null);
    create index posts_user_id on posts (user_id);
    create table comments (id integer primary key, post_id integer not null references posts (id), text text not null);
    create index comments_post_id on comments (post_id);
    create table items (id integer primary key, name text not null, price real not null, stock integer not null);
    create table readings (id integer primary key, sensor text not null, value real not null);
";

/// The number of posts of each user in the workload `three`.
pub const POSTS: i64 = 10;
/// The number of comments of each post in the workload `three`.
pub const COMMENTS: i64 = 10;
/// The hair colour that the workload `join10k` filters by. Half of the users have it.
pub const HAIR_COLOR: &str = "black";
/// The slow query of the workload `cancel`, which counts to the value of its parameter.
pub const COUNT: &str = "with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < ?) select count(*) as n from numbers";

pub fn name(id: i64) -> String {
    format!("User number {id}")
}

/// Returns the hair colour of the user with this id: from 0 on black, brown, black, none, and so
/// on.
pub fn hair_color(id: i64) -> Option<String> {
    match id % 4 {
        0 | 2 => Some(HAIR_COLOR.to_owned()),
        1 => Some("brown".to_owned()),
        _ => None,
    }
}

pub fn users(count: i64) -> impl Iterator<Item = User> {
    (1..=count).map(|id| User { id, name: name(id), hair_color: hair_color(id) })
}

/// Returns the posts of the workload `join10k`: of four consecutive users, one has two posts, one
/// has one, and two have none.
pub fn some_posts(users: i64) -> impl Iterator<Item = Post> {
    let authors = (1..=users).flat_map(|id| std::iter::repeat_n(id, [2, 1, 0, 0][(id % 4) as usize]));
    (1..).zip(authors).map(|(id, user_id)| post(id, user_id))
}

/// Returns the posts of the workload `three`.
pub fn posts(users: i64) -> impl Iterator<Item = Post> {
    (1..=users * POSTS).map(|id| post(id, (id - 1) / POSTS + 1))
}

/// Returns the comments of the workload `three`.
pub fn comments(posts: i64) -> impl Iterator<Item = Comment> {
    (1..=posts * COMMENTS).map(|id| Comment {
        id,
        post_id: (id - 1) / COMMENTS + 1,
        text: format!("Comment number {id}"),
    })
}

pub fn readings(count: i64) -> impl Iterator<Item = Reading> {
    (1..=count).map(|id| Reading { id, sensor: format!("sensor {}", id % 1000), value: id as f64 / 8.0 })
}

/// Returns `count` rows of the workload `bulk`, beginning with the row number `first`.
pub fn items(first: i64, count: i64) -> impl Iterator<Item = Item> {
    (first..first + count).map(|id| Item {
        id,
        name: format!("Item number {id}"),
        price: id as f64 / 4.0,
        stock: id % 1000,
    })
}

/// Returns the row that the task inserts as its row number `number`.
pub fn new_user(task: u64, number: u64) -> NewUser {
    NewUser { name: format!("New user {task} {number}"), hair_color: hair_color(number as i64) }
}

fn post(id: i64, user_id: i64) -> Post {
    Post { id, user_id, title: format!("Post number {id} of user {user_id}") }
}
