//! Violations of foreign keys name the tables and the columns, wherever they are found.

use aio_sql::{Database, Error, ErrorKind, Result, Table};
use servers::on_every_database;

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "teams", unique(league, code))]
struct Team {
    #[column(primary_key)]
    id: i64,
    league: String,
    code: i64,
}

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "players", foreign_key(columns(league, code), references(Team::LEAGUE, Team::CODE)))]
struct Player {
    #[column(primary_key)]
    id: i64,
    #[column(references = Team::ID)]
    team_id: Option<i64>,
    league: Option<String>,
    code: Option<i64>,
    #[column(references = Player::ID)]
    captain_id: Option<i64>,
}

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "bookings")]
struct Booking {
    #[column(primary_key)]
    id: i64,
    #[column(references = Team::ID, deferred)]
    team_id: i64,
}

fn player(id: i64) -> Player {
    Player { id, team_id: None, league: None, code: None, captain_id: None }
}

async fn fill(db: &Database) -> Result<()> {
    db.create_all((Team, Player, Booking)).await?;
    let team = |id| Team { id, league: "first".into(), code: 10 * id };
    Team::insert_all([team(1), team(2), team(3)]).execute(db).await?;
    Player::insert(Player { team_id: Some(1), ..player(1) }).execute(db).await?;
    let of_two = Player { league: Some("first".into()), code: Some(20), ..player(2) };
    Player::insert(Player { captain_id: Some(1), ..of_two }).execute(db).await?;
    Ok(())
}

/// Asserts that the columns of `table` that refer to the table `references` are named.
#[track_caller]
fn assert_names(error: &Error, table: &str, columns: &[&str], references: &str, words: &str) {
    let kind = ErrorKind::ForeignKey {
        table: table.to_owned(),
        columns: columns.iter().map(|column| (*column).to_owned()).collect(),
        references: references.to_owned(),
    };
    assert_eq!(*error.kind(), kind, "{error}");
    assert!(error.to_string().contains(words), "{error}");
}

#[on_every_database]
async fn a_row_that_is_still_referenced_is_named_in_a_transaction(db: Database) -> Result<()> {
    fill(&db).await?;
    let by_team = "teams: rows of players refer to it by team_id";
    let by_two = "teams: rows of players refer to it by league, code";
    let own = "players: rows of players refer to it by captain_id";

    let tx = db.begin().await?;
    let error = Team::delete().filter(Team::ID.eq(1)).execute(&tx).await.unwrap_err();
    assert_names(&error, "players", &["team_id"], "teams", by_team);
    tx.rollback().await?;

    let tx = db.begin().await?;
    let error = Team::update().set(Team::CODE, 99).filter(Team::ID.eq(2)).execute(&tx).await.unwrap_err();
    assert_names(&error, "players", &["league", "code"], "teams", by_two);
    tx.rollback().await?;

    let tx = db.begin().await?;
    let error = Player::delete().filter(Player::ID.eq(1)).execute(&tx).await.unwrap_err();
    assert_names(&error, "players", &["captain_id"], "players", own);
    tx.rollback().await?;

    let error = Team::delete().filter(Team::ID.eq(1)).execute(&db).await.unwrap_err();
    assert_names(&error, "players", &["team_id"], "teams", by_team);
    let error = Player::delete().filter(Player::ID.eq(1)).execute(&db).await.unwrap_err();
    assert_names(&error, "players", &["captain_id"], "players", own);
    Ok(())
}

#[on_every_database]
async fn a_missing_row_is_named_also_if_the_table_refers_to_itself(db: Database) -> Result<()> {
    fill(&db).await?;
    let missing = || Player { captain_id: Some(99), ..player(3) };
    let words = "players.captain_id: players has no such row";
    let tx = db.begin().await?;
    let error = Player::insert(missing()).execute(&tx).await.unwrap_err();
    assert_names(&error, "players", &["captain_id"], "players", words);
    tx.rollback().await?;
    let error = Player::insert(missing()).execute(&db).await.unwrap_err();
    assert_names(&error, "players", &["captain_id"], "players", words);
    let tx = db.begin().await?;
    let error = Player::update().set(Player::TEAM_ID, 99).filter(Player::ID.eq(1)).execute(&tx).await.unwrap_err();
    assert_names(&error, "players", &["team_id"], "teams", "players.team_id: teams has no such row");
    tx.rollback().await
}

#[on_every_database]
async fn a_deferred_key_is_named_by_the_commit(db: Database) -> Result<()> {
    fill(&db).await?;
    let tx = db.begin().await?;
    Booking::insert(Booking { id: 1, team_id: 99 }).execute(&tx).await?;
    let error = tx.commit().await.unwrap_err();
    assert_names(&error, "bookings", &["team_id"], "teams", "bookings.team_id");
    Booking::insert(Booking { id: 1, team_id: 3 }).execute(&db).await?;
    let tx = db.begin().await?;
    Team::delete().filter(Team::ID.eq(3)).execute(&tx).await?;
    let error = tx.commit().await.unwrap_err();
    assert_names(&error, "bookings", &["team_id"], "teams", "teams");
    assert_eq!(Team::select().count(&db).await?, 3);
    Ok(())
}
