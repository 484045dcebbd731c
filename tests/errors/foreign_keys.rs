//! Foreign keys: errors name the missing parent or the remaining child.

use super::*;

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "teams", unique(league, code))]
struct Team {
    #[column(primary_key)]
    id: String,
    league: String,
    code: i64,
}

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "players", foreign_key(columns(league, code), references(Team::LEAGUE, Team::CODE)))]
struct Player {
    #[column(primary_key)]
    id: i64,
    #[column(references = Team::ID)]
    team_id: Option<String>,
    league: Option<String>,
    code: Option<i64>,
    #[column(references = Player::ID)]
    captain_id: Option<i64>,
}

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "trophies")]
struct Trophy {
    #[column(primary_key)]
    id: i64,
    #[column(references = Team::ID, on_delete = restrict, on_update = restrict)]
    team_id: String,
}

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "bookings")]
struct Booking {
    #[column(primary_key)]
    id: i64,
    #[column(references = Team::ID, deferred)]
    team_id: String,
}

fn team(id: &str) -> Team {
    Team { id: id.to_owned(), league: format!("{SECRET} league"), code: id.len() as i64 }
}

fn player(id: i64, team_id: Option<&str>) -> Player {
    Player { id, team_id: team_id.map(str::to_owned), league: None, code: None, captain_id: None }
}

/// Creates the tables, and inserts two teams, one of which has a player.
async fn fill(db: &Database) -> Result<()> {
    db.create_all((Booking, Trophy, Player, Team)).await?;
    Team::insert_all([team("home"), team("guest")]).execute(db).await?;
    Player::insert(player(1, Some("home"))).execute(db).await?;
    Ok(())
}

#[on_every_database]
async fn a_missing_parent_is_named_by_an_insert(db: Database) -> Result<()> {
    fill(&db).await?;
    let kind = || foreign_key("players", &["team_id"], "teams");
    let error = failed(Player::insert(player(2, Some(SECRET))).execute(&db).await, kind());
    assert_says(&error, &["players.team_id", "teams"]);
    assert!(error.sql().unwrap().starts_with("INSERT INTO \"players\"") && error.code().is_some());
    failed(Player::insert(player(2, Some(SECRET))).one(&db).await, kind());
    let rows = [player(2, Some("guest")), player(3, None), player(4, Some(SECRET)), player(5, Some("home"))];
    let error = failed(Player::insert_all(rows.clone()).execute(&db).await, kind());
    assert_says(&error, &["players.team_id", "row 2"]);
    failed(Player::insert_all(rows).all(&db).await, kind());
    assert_eq!(Player::select().count(&db).await?, 1);
    db.close().await
}

#[on_every_database]
async fn a_missing_parent_of_several_columns_is_named(db: Database) -> Result<()> {
    fill(&db).await?;
    let kind = || foreign_key("players", &["league", "code"], "teams");
    let of = |league: &str, code| Player { league: Some(league.to_owned()), code, ..player(2, Some("home")) };
    failed(Player::insert(of(SECRET, Some(4))).execute(&db).await, kind());
    failed(Player::insert(of(&team("home").league, Some(1))).execute(&db).await, kind());
    Player::insert(of(SECRET, None)).execute(&db).await?;
    let error = failed(
        Player::update().set(Player::LEAGUE, SECRET).set(Player::CODE, 5).filter(Player::ID.eq(2)).execute(&db).await,
        kind(),
    );
    assert_says(&error, &["league", "code", "teams"]);
    db.close().await
}

#[on_every_database]
async fn a_missing_parent_is_named_by_an_update_and_a_save(db: Database) -> Result<()> {
    fill(&db).await?;
    let kind = || foreign_key("players", &["team_id"], "teams");
    failed(Player::update().set(Player::TEAM_ID, SECRET).filter(Player::ID.eq(1)).execute(&db).await, kind());
    let mut player = Player::find(1).one(&db).await?;
    player.team_id = Some(SECRET.to_owned());
    failed(player.save(&db).await, kind());
    player.team_id = Some("guest".to_owned());
    player.captain_id = Some(99);
    failed(player.save(&db).await, foreign_key("players", &["captain_id"], "players"));
    player.captain_id = Some(1);
    player.save(&db).await?;
    db.close().await
}

#[on_every_database]
async fn an_incomplete_foreign_key_names_the_table_and_what_the_database_knows(db: Database) -> Result<()> {
    fill(&db).await?;
    let kind = |columns| either(&db, foreign_key("players", &[], ""), foreign_key("players", columns, "teams"));
    let update = Player::update().set(Player::TEAM_ID, Player::TEAM_ID.concat(SECRET)).filter(Player::ID.eq(1));
    failed(update.execute(&db).await, kind(&["team_id"]));
    Player::insert(Player { code: Some(5), ..player(2, None) }).execute(&db).await?;
    let update = Player::update().set(Player::LEAGUE, SECRET).filter(Player::ID.eq(2));
    failed(update.execute(&db).await, kind(&["league", "code"]));
    db.close().await
}

#[on_every_database]
async fn a_child_that_remains_is_named(db: Database) -> Result<()> {
    fill(&db).await?;
    let kind = || foreign_key("players", &["team_id"], "teams");
    let error = failed(Team::delete().filter(Team::ID.eq("home")).execute(&db).await, kind());
    assert_says(&error, &["teams", "players", "team_id"]);
    failed(Team::delete().all_rows().execute(&db).await, kind());
    failed(Team::find("home").one(&db).await?.remove(&db).await, kind());
    let rename = Team::update().set(Team::ID, SECRET).filter(Team::ID.eq("home"));
    failed(rename.execute(&db).await, kind());
    Team::find("guest").one(&db).await?.remove(&db).await?;
    db.close().await
}

#[on_every_database]
async fn a_child_of_several_columns_is_named(db: Database) -> Result<()> {
    fill(&db).await?;
    let guest = team("guest");
    Player::insert(Player { league: Some(guest.league.clone()), code: Some(guest.code), ..player(2, None) })
        .execute(&db)
        .await?;
    let kind = || foreign_key("players", &["league", "code"], "teams");
    failed(Team::delete().filter(Team::ID.eq("guest")).execute(&db).await, kind());
    failed(Team::update().set(Team::CODE, 99).filter(Team::ID.eq("guest")).execute(&db).await, kind());
    let mut guest = Team::find("guest").one(&db).await?;
    guest.league = SECRET.to_owned();
    failed(guest.save(&db).await, kind());
    db.close().await
}

#[on_every_database]
async fn a_child_that_refers_to_its_own_table_is_named(db: Database) -> Result<()> {
    fill(&db).await?;
    Player::insert(Player { captain_id: Some(1), ..player(2, None) }).execute(&db).await?;
    let delete = Player::delete().filter(Player::ID.eq(1));
    failed(delete.execute(&db).await, foreign_key("players", &["captain_id"], "players"));
    db.close().await
}

#[on_every_database]
async fn a_child_that_restricts_is_named_as_any_other(db: Database) -> Result<()> {
    fill(&db).await?;
    Trophy::insert(Trophy { id: 1, team_id: "guest".to_owned() }).execute(&db).await?;
    let kind = || foreign_key("trophies", &["team_id"], "teams");
    failed(Team::delete().filter(Team::ID.eq("guest")).execute(&db).await, kind());
    failed(Team::find("guest").one(&db).await?.remove(&db).await, kind());
    failed(Team::update().set(Team::ID, SECRET).filter(Team::ID.eq("guest")).execute(&db).await, kind());
    let raw = sql!("delete from teams where id = 'guest' or id = {SECRET}").execute(&db).await;
    failed(raw, either(&db, foreign_key("", &[], ""), kind()));
    db.close().await
}

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "writers")]
struct Writer {
    #[column(primary_key)]
    id: i64,
    #[column(references = Team::ID)]
    team_id: String,
}

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "articles")]
struct Article {
    #[column(primary_key)]
    id: i64,
    #[column(references = Writer::ID, on_delete = cascade, on_update = cascade)]
    writer_id: i64,
    #[column(references = Article::ID, on_delete = cascade)]
    answers: Option<i64>,
}

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "bookmarks")]
struct Bookmark {
    #[column(primary_key)]
    id: i64,
    #[column(references = Writer::ID, on_delete = set_null)]
    writer_id: Option<i64>,
}

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "remarks")]
struct Remark {
    #[column(primary_key)]
    id: i64,
    #[column(references = Article::ID)]
    article_id: i64,
}

/// Inserts a writer, two articles and a bookmark. If the writer is deleted, the articles are
/// deleted too, and the bookmark's key becomes NULL.
async fn fill_articles(db: &Database) -> Result<()> {
    fill(db).await?;
    db.create_all((Writer, Article, Bookmark, Remark)).await?;
    Writer::insert(Writer { id: 1, team_id: "home".to_owned() }).execute(db).await?;
    Article::insert(Article { id: 7, writer_id: 1, answers: None }).execute(db).await?;
    Article::insert(Article { id: 8, writer_id: 1, answers: Some(7) }).execute(db).await?;
    Bookmark::insert(Bookmark { id: 1, writer_id: Some(1) }).execute(db).await?;
    Ok(())
}

#[on_every_database]
async fn a_child_of_unchanged_columns_is_not_what_is_named(db: Database) -> Result<()> {
    fill_articles(&db).await?;
    let moved = Player::update().set(Player::CAPTAIN_ID, Player::ID + 100).filter(Player::ID.eq(1));
    Player::insert(Player { captain_id: Some(1), ..player(2, None) }).execute(&db).await?;
    // The key refers to a missing row. SQLite does not say so, and PostgreSQL does.
    let kind = either(&db, foreign_key("players", &[], ""), foreign_key("players", &["captain_id"], "players"));
    let error = failed(moved.execute(&db).await, kind);
    assert_says(&error, &[either(&db, "a foreign key is violated", "players.captain_id: players has no such row")]);
    let moved = Writer::update().set(Writer::TEAM_ID, Writer::TEAM_ID.concat(SECRET)).all_rows();
    let kind = either(&db, foreign_key("writers", &[], ""), foreign_key("writers", &["team_id"], "teams"));
    failed(moved.execute(&db).await, kind);
    let mut home = Team::find("home").one(&db).await?;
    home.code = 99;
    home.save(&db).await?;
    db.close().await
}

#[on_every_database]
async fn a_cascading_child_is_not_named_but_a_restricting_one_is(db: Database) -> Result<()> {
    fill_articles(&db).await?;
    Remark::insert(Remark { id: 1, article_id: 8 }).execute(&db).await?;
    let kind = || foreign_key("remarks", &["article_id"], "articles");
    let error = failed(Writer::delete().filter(Writer::ID.eq(1)).execute(&db).await, kind());
    assert_says(&error, &["articles: rows of remarks refer to it by article_id"]);
    failed(Writer::find(1).one(&db).await?.remove(&db).await, kind());
    // The foreign keys whose updates cascade do not prevent this update. The foreign key of the
    // bookmark does.
    let renamed = Writer::update().set(Writer::ID, 2).filter(Writer::ID.eq(1));
    failed(renamed.execute(&db).await, foreign_key("bookmarks", &["writer_id"], "writers"));
    Remark::delete().all_rows().execute(&db).await?;
    Writer::find(1).one(&db).await?.remove(&db).await?;
    assert_eq!(Bookmark::find(1).one(&db).await?.writer_id, None);
    db.close().await
}

#[on_every_database]
async fn inside_a_transaction_the_parent_is_looked_up_in_it(db: Database) -> Result<()> {
    fill(&db).await?;
    let tx = db.begin().await?;
    Team::insert(team("new")).execute(&tx).await?;
    Player::insert(player(2, Some("new"))).execute(&tx).await?;
    let nested = tx.begin().await?;
    let both = Player { captain_id: Some(99), ..player(3, Some("new")) };
    failed(Player::insert(both).execute(&nested).await, foreign_key("players", &["captain_id"], "players"));
    nested.rollback().await?;
    let nested = tx.begin().await?;
    let delete = Team::delete().filter(Team::ID.eq("new"));
    failed(delete.execute(&nested).await, foreign_key("players", &["team_id"], "teams"));
    nested.rollback().await?;
    tx.commit().await?;
    assert_eq!(Player::select().count(&db).await?, 2);
    db.close().await
}

#[on_every_database]
async fn a_raw_statement_says_that_it_was_a_foreign_key(db: Database) -> Result<()> {
    fill(&db).await?;
    let kind = either(&db, foreign_key("", &[], ""), foreign_key("players", &["team_id"], "teams"));
    let error = failed(sql!("update players set team_id = {SECRET}").execute(&db).await, kind);
    let text = either(&db, "update players set team_id = ?", "update players set team_id = $1");
    assert_eq!(error.sql(), Some(text));
    db.close().await
}

#[on_every_database]
async fn a_deferred_key_fails_at_commit_with_its_names_and_ends_the_transaction(db: Database) -> Result<()> {
    fill(&db).await?;
    let kind = || foreign_key("bookings", &["team_id"], "teams");
    let booking = || Booking { id: 1, team_id: SECRET.to_owned() };

    let tx = db.begin().await?;
    Booking::insert(booking()).execute(&tx).await?;
    let clone = tx.clone();
    let error = failed(tx.commit().await, kind());
    assert_says(&error, &["bookings.team_id", "teams"]);
    assert!(clone.commit().await.unwrap_err().is_closed(), "the transaction is over");

    let closure = db.transaction(|tx| async move { Booking::insert(booking()).execute(&tx).await.map(drop) }).await;
    failed(closure, kind());
    assert_eq!(Booking::select().count(&db).await?, 0);

    let conn = db.connect().await?;
    let tx = conn.begin().await?;
    Booking::insert(booking()).execute(&tx).await?;
    failed(tx.commit().await, kind());
    assert!(!conn.in_transaction());
    Booking::insert(Booking { id: 2, team_id: "home".to_owned() }).execute(&conn).await?;
    conn.close().await?;

    let mended = db.begin().await?;
    Booking::insert(Booking { id: 3, team_id: "overtime".to_owned() }).execute(&mended).await?;
    Team::insert(team("overtime")).execute(&mended).await?;
    mended.commit().await?;
    assert_eq!(Booking::select().count(&db).await?, 2);
    db.close().await
}

#[on_every_database]
async fn a_deferred_key_without_a_transaction_fails_at_once(db: Database) -> Result<()> {
    fill(&db).await?;
    let booking = |id| Booking { id, team_id: SECRET.to_owned() };
    let kind = || foreign_key("bookings", &["team_id"], "teams");
    failed(Booking::insert(booking(1)).execute(&db).await, kind());
    failed(Booking::insert_all([booking(1), booking(2)]).execute(&db).await, kind());
    let conn = db.connect().await?;
    failed(Booking::insert_all([booking(1), booking(2)]).execute(&conn).await, kind());
    assert_eq!(Booking::select().count(&conn).await?, 0);
    Booking::insert(Booking { id: 2, team_id: "home".to_owned() }).execute(&conn).await?;
    conn.close().await?;
    db.close().await
}

#[on_every_database]
async fn a_drop_of_a_table_that_others_refer_to_is_refused(db: Database) -> Result<()> {
    fill(&db).await?;
    let error = db.drop(Team).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::ForeignKey { .. }), "{error}");
    assert_eq!(Team::select().count(&db).await?, 2);
    db.drop_all((Team, Player, Trophy, Booking)).await?;
    assert!(db.table_names().await?.is_empty());
    db.close().await
}

#[on_every_database]
async fn a_key_whose_names_and_values_have_quotes_is_named(db: Database) -> Result<()> {
    #[derive(Table, Clone, Debug)]
    #[table(name = "a \"parent\"")]
    struct Parent {
        #[column(primary_key, name = "the \"key\"")]
        key: String,
    }
    #[derive(Table, Clone, Debug)]
    #[table(name = "a (child)=(\"x\"")]
    struct Child {
        #[column(primary_key)]
        id: i64,
        #[column(name = "of \"x\"", references = Parent::KEY)]
        of: String,
    }
    fill(&db).await?;
    let plain = failed(
        Player::insert(player(2, Some("\"s3cret"))).execute(&db).await,
        foreign_key("players", &["team_id"], "teams"),
    );
    assert_says(&plain, &["players.team_id: teams has no such row"]);
    db.create_all((Parent, Child)).await?;
    let kind = || foreign_key("a (child)=(\"x\"", &["of \"x\""], "a \"parent\"");
    for value in ["\"s3cret", "«s3cret\" is", "s3cret) is not present in table \"x\""] {
        let error = failed(Child::insert(Child { id: 1, of: value.to_owned() }).execute(&db).await, kind());
        assert_says(&error, &["a \"parent\" has no such row"]);
    }
    Parent::insert(Parent { key: "\"s3cret".to_owned() }).execute(&db).await?;
    Child::insert(Child { id: 1, of: "\"s3cret".to_owned() }).execute(&db).await?;
    let error = failed(Parent::delete().all_rows().execute(&db).await, kind());
    assert_says(&error, &["a \"parent\": rows of a (child)=(\"x\" refer to it"]);
    let error = failed(
        Parent::insert(Parent { key: "\"s3cret".to_owned() }).execute(&db).await,
        unique("a \"parent\"", &["the \"key\""]),
    );
    assert_says(&error, &["another row has the same the \"key\""]);
    db.close().await
}
