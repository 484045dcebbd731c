//! The structs of the tests.

use std::time::SystemTime;

use aio_sql::{SqlType, Table};

#[derive(SqlType, Clone, Copy, Debug, PartialEq)]
pub(super) enum Status {
    Draft,
    Published,
}

#[derive(Table, Clone, Debug)]
#[table(unique(country, name), check = "length(land) = 2", check(expr = "name <> land", name = "other_name"))]
pub(super) struct Author {
    #[column(primary_key, auto)]
    pub(super) id: i64,
    #[column(collate = nocase)]
    pub(super) name: String,
    #[column(name = "land", index)]
    pub(super) country: String,
    #[column(references = Author::ID, on_delete = set_null, on_update = cascade)]
    pub(super) teacher: Option<i64>,
}

#[derive(Table, Clone, Debug)]
#[table(
    name = "posts of \"all\"",
    index(author_id, created, unique, name = "once"),
    index(title, where = "status = 'draft'"),
    index(expr = "lower(title)", name = "by_title"),
    check = "views < 1000 or title <> ''"
)]
pub(super) struct Post {
    #[column(primary_key, auto)]
    pub(super) id: i64,
    #[column(references = Author::ID, on_delete = cascade, deferred)]
    pub(super) author_id: i64,
    #[column(unique)]
    pub(super) title: String,
    #[column(default = "draft")]
    pub(super) status: Status,
    #[column(default = 0, check = "views >= 0")]
    pub(super) views: u32,
    pub(super) small: Option<i16>,
    #[column(default = b"\x00\x01")]
    pub(super) bytes: Vec<u8>,
    #[column(default = 0.5)]
    pub(super) ratio: f64,
    #[column(default = now)]
    pub(super) since: SystemTime,
    #[column(default = sql("abs(-7)"))]
    pub(super) number: i64,
    #[column(default = true)]
    pub(super) active: bool,
    #[column(generated = "lower(title)", stored)]
    pub(super) lower: String,
    #[column(created_at)]
    pub(super) created: SystemTime,
    pub(super) note: Option<String>,
}

#[derive(Table, Clone, Debug)]
#[table(primary_key(post, place))]
pub(super) struct Line {
    #[column(references = Post::ID)]
    pub(super) post: i64,
    pub(super) place: i16,
    pub(super) text: Option<String>,
}

/// Two tables that refer to each other.
#[derive(Table, Clone, Debug)]
pub(super) struct Team {
    #[column(primary_key)]
    pub(super) id: i64,
    #[column(references = Member::ID)]
    pub(super) captain: Option<i64>,
}

#[derive(Table, Clone, Debug)]
pub(super) struct Member {
    #[column(primary_key)]
    pub(super) id: i64,
    #[column(references = Team::ID)]
    pub(super) team: i64,
}
