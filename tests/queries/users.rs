//! Users in teams, and routes between airports.

use aio_sql::{Database, Table};

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "users")]
pub(crate) struct User {
    #[column(primary_key, auto)]
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) team: String,
    pub(crate) karma: i32,
}

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "routes")]
pub(crate) struct Route {
    #[column(primary_key)]
    pub(crate) id: i64,
    pub(crate) origin: String,
    pub(crate) dest: String,
}

/// Stores four users in two teams, and four routes.
pub(crate) async fn fill(db: &Database) {
    db.create_all((User, Route)).await.unwrap();
    let user = |name: &str, team: &str, karma| NewUser { name: name.into(), team: team.into(), karma };
    let users = [user("Jeremy", "red", 5), user("Natalie", "blue", 7), user("Dan", "red", 9), user("Casey", "blue", 7)];
    User::insert_all(users).execute(db).await.unwrap();
    let route = |id, origin: &str, dest: &str| Route { id, origin: origin.into(), dest: dest.into() };
    Route::insert_all([route(1, "EWR", "ORD"), route(2, "ORD", "SFO"), route(3, "SFO", "EWR"), route(4, "JFK", "LAX")])
        .execute(db)
        .await
        .unwrap();
}
