//! Every attribute at once, in code in which every warning is an error.

#![deny(warnings, missing_docs, unused, unreachable_pub, unused_qualifications, missing_debug_implementations)]
#![deny(clippy::all)]

use std::time::SystemTime;

// In scope, so that a qualified path to any of them is a warning.
#[allow(unused_imports)]
use aio_sql::{
    Bindings, Column, ColumnType, Database, Executor, Fk, FromRow, Insertable, KeyValue, Keyed, Result, RowRef, SqlType,
    Table, TableOf,
};

/// A team.
#[derive(Table, Debug)]
#[table(name = "teams", unique(country, number))]
pub struct Team {
    /// The primary key.
    #[column(primary_key, auto)]
    pub id: i64,
    /// The country in which the team plays.
    pub country: String,
    /// The number of the team in its country.
    pub number: i64,
}

/// A player.
#[derive(Table, Debug)]
#[table(
    name = "players",
    unique(email, name),
    index(name, where = "karma > 0"),
    index(expr = "lower(name)", karma, unique, name = "players_by_name"),
    check = "karma > -100",
    foreign_key(
        columns(country, number),
        references(Team::COUNTRY, Team::NUMBER),
        on_update = cascade,
        on_delete = no_action,
        deferred
    ),
    strict = false,
    new(name = "PlayerDraft", derive(Clone, Debug))
)]
pub struct Player {
    /// The primary key, in a column with another name.
    #[column(primary_key, autoincrement, name = "player_id")]
    pub id: i64,
    /// The email address.
    #[column(unique, index, collate = nocase, check = "email like '%@%'")]
    pub email: String,
    /// The name of the player.
    pub name: String,
    /// The points that others have given.
    #[column(default = 7)]
    pub karma: i64,
    /// The weight in kilograms.
    #[column(default = 70.5)]
    pub weight: f64,
    /// The motto, which may be NULL.
    #[column(default = "nothing")]
    pub motto: Option<String>,
    /// Whether the player plays at the moment.
    #[column(default = true)]
    pub active: bool,
    /// A picture of the player.
    #[column(default = b"\x00\x01")]
    pub picture: Vec<u8>,
    /// The time at which the player joined.
    #[column(default = now)]
    pub joined: SystemTime,
    /// A random number, which the database computes.
    #[column(default = sql("abs(random()) % 100"))]
    pub luck: i64,
    /// The country of the player's team.
    pub country: Option<String>,
    /// The number of the player's team in that country.
    pub number: Option<i64>,
    /// The key of the team in which the player would like to be.
    #[column(references = Team::ID, on_delete = set_null, on_update = cascade)]
    pub dream_id: Option<i64>,
    /// The key of the player who brought this one.
    #[column(references = Self::ID, on_delete = restrict, deferred)]
    pub friend_id: Option<i64>,
    /// Twice the karma.
    #[column(generated = "karma * 2", stored)]
    pub twice: Option<i64>,
    /// Half the karma.
    #[column(generated = "karma / 2.0", virtual)]
    pub half: Option<f64>,
    /// When the row was inserted.
    #[column(created_at)]
    pub created: SystemTime,
    /// When the row was last changed.
    #[column(updated_at)]
    pub updated: SystemTime,
    /// A number that grows with each change of the row.
    #[column(version)]
    pub version: i64,
    /// A value that is not stored.
    #[column(skip)]
    pub cache: Option<Box<Self>>,
}

/// A visit, in a table that is stored by its primary key.
#[derive(Table, Debug)]
#[table(primary_key(player_id, day), without_rowid)]
pub struct Visit {
    #[column(references = Player::ID, on_delete = cascade)]
    player_id: i64,
    day: String,
}

#[tokio::main]
async fn main() -> Result<()> {
    let db = Database::memory().await?;
    db.create_all((Visit, Player, Team)).await?;
    let team = NewTeam { country: "NO".to_owned(), number: 3 };
    let team = Team::insert(team).one(&db).await?;
    let draft = PlayerDraft {
        email: "dana@example.org".to_owned(),
        name: "Dana".to_owned(),
        karma: None,
        weight: Some(61.0),
        motto: Some(None),
        active: None,
        picture: None,
        joined: None,
        luck: None,
        country: Some(team.country),
        number: Some(team.number),
        dream_id: Some(team.id),
        friend_id: None,
    };
    let mut player = Player::insert(draft.clone()).one(&db).await?;
    assert_eq!((player.karma, player.twice, player.half), (7, Some(14), Some(3.5)));
    assert_eq!((player.motto.as_deref(), player.picture.as_slice()), (None, &[0, 1][..]));
    player.karma = 8;
    player.save(&db).await?;
    assert_eq!(player.twice, Some(16));
    Visit::insert(Visit { player_id: player.id, day: "2013-01-01".to_owned() }).execute(&db).await?;
    let visit = Visit::find((player.id, "2013-01-01")).one(&db).await?;
    visit.remove(&db).await?;
    player.remove(&db).await?;
    db.close().await
}
