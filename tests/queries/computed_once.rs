//! Expressions that a query selects, and groups or sorts by.

use super::*;

/// Stores two users in each of two teams.
async fn fill_teams(db: &Database) -> Result<()> {
    db.create(User).await?;
    for (name, team, karma) in [("ann", "a", 4), ("bob", "b", 3), ("cyd", "a", 2), ("dan", "b", 1)] {
        User::insert(NewUser { name: name.into(), team: team.into(), karma }).execute(db).await?;
    }
    Ok(())
}

#[on_every_database]
async fn an_expression_with_another_value_is_another_one(db: Database) -> Result<()> {
    fill_teams(&db).await?;
    let by = |factor: i64| (User::ID - 2) * factor;
    let ids = User::select().order_by(by(-1)).columns((User::ID, by(1)));
    assert_eq!(ids.all(&db).await?, [(4, 2), (3, 1), (2, 0), (1, -1)]);
    let grouped = User::select().group_by(User::ID % 2).order_by((User::ID % 2).desc()).columns(count());
    assert_eq!(grouped.all(&db).await?, [2, 2]);
    let constants = User::select().group_by(User::TEAM).order_by(User::TEAM.desc()).columns((value(2), User::TEAM));
    assert_eq!(constants.all(&db).await?, [(2, "b".to_owned()), (2, "a".to_owned())]);
    db.close().await
}

#[on_every_database(nocase)]
async fn orders_with_their_own_collation_or_a_window_are_kept(db: Database) -> Result<()> {
    db.create(Loose).await?;
    fill_teams(&db).await?;
    User::insert(NewUser { name: "Bea".into(), team: "c".into(), karma: 0 }).execute(&db).await?;
    let name = User::NAME.concat("!");
    let sorted = User::select().order_by(name.clone().collate(Collation::NoCase)).columns(name.clone());
    assert_eq!(sorted.all(&db).await?, ["ann!", "Bea!", "bob!", "cyd!", "dan!"]);
    assert_eq!(User::select().order_by(name.clone()).columns(name).one(&db).await?, "Bea!");
    let place = row_number().over(window().order_by((User::ID * -1).desc()));
    let placed = User::select().order_by(place.clone().desc()).columns((place, User::NAME)).limit(2);
    assert_eq!(placed.all(&db).await?, [(5, "Bea".to_owned()), (4, "dan".to_owned())]);
    let (a, b) = (User::select().filter(User::ID.le(2)), User::select().filter(User::ID.gt(2)));
    let key = User::ID * -1;
    let both = a.columns(key.clone()).union_all(b.columns(key.clone())).order_by(key).limit(2);
    assert_eq!(both.all(&db).await?, [-5, -4]);
    db.close().await
}
