//! Creating, comparing, listing and dropping tables, DDL as text, and migrations.

use std::time::SystemTime;

use aio_sql::{Database, Dialect, ErrorKind, Result, SqlType, Table, query, sql};
use servers::on_every_database;

use dropped::Address;

#[cfg(feature = "rust_decimal")]
#[path = "ddl/declared_types.rs"]
mod declared_types;
#[path = "ddl/named_checks.rs"]
mod named_checks;

mod dropped;

#[derive(SqlType, Clone, Copy, Debug, PartialEq)]
enum Role {
    Admin,
    #[sql_type(name = "plain user")]
    Plain,
}

#[derive(SqlType, Clone, Copy, Debug, PartialEq)]
#[sql_type(integer)]
enum Level {
    Low = 1,
    High = 5,
}

#[derive(Table, Debug)]
#[table(name = "teams")]
struct Team {
    #[column(primary_key, autoincrement)]
    id: i64,
    #[column(unique, collate = nocase)]
    name: String,
}

#[derive(Table, Debug)]
#[table(
    unique(team_id, email),
    index(email, name = "people_by_email", where = "active = true"),
    index(expr = "lower(nick)", unique),
    check = "length(email) > 3"
)]
struct Person {
    #[column(primary_key, auto)]
    id: i64,
    #[column(references = Team::ID, on_delete = cascade, on_update = set_null)]
    team_id: Option<i64>,
    email: String,
    #[column(index, default = "it's")]
    nick: String,
    #[column(default = true)]
    active: bool,
    #[column(default = -1.5, check = "score < 100")]
    score: f64,
    #[column(default = b"\x01\xff")]
    key: Vec<u8>,
    #[column(default = now)]
    joined: SystemTime,
    #[column(default = sql("abs(-7)"))]
    luck: i64,
    role: Role,
    level: Level,
    #[column(generated = "nick || '@' || email", stored)]
    address: String,
}

#[derive(Table, Debug)]
#[table(primary_key(a, b), without_rowid)]
struct Pair {
    #[column(unique)]
    a: i64,
    b: String,
    #[column(references = Pair::A, deferred)]
    parent: Option<i64>,
}

#[derive(Table, Debug)]
#[table(foreign_key(columns(a, b), references(Pair::A, Pair::B), on_delete = restrict, on_update = set_default, deferred))]
struct Leaf {
    a: i64,
    b: String,
}

/// A table with a column that SQLite computes when it is read. PostgreSQL stores such a column.
#[derive(Table, Debug)]
struct Square {
    side: i64,
    #[column(generated = "side * side")]
    area: i64,
}

#[test]
fn the_ddl_contains_everything_in_the_attributes() {
    let expected = r#"CREATE TABLE "teams" (
    "id" INTEGER CONSTRAINT "pk_teams" PRIMARY KEY AUTOINCREMENT NOT NULL,
    "name" TEXT NOT NULL COLLATE NOCASE,
    CONSTRAINT "uq_teams_name" UNIQUE ("name")
) STRICT;
CREATE TABLE "person" (
    "id" INTEGER CONSTRAINT "pk_person" PRIMARY KEY NOT NULL,
    "team_id" INTEGER,
    "email" TEXT NOT NULL,
    "nick" TEXT NOT NULL DEFAULT 'it''s',
    "active" INTEGER NOT NULL DEFAULT 1 CONSTRAINT "ck_person_active_range" CHECK ("active" BETWEEN 0 AND 1),
    "score" REAL NOT NULL DEFAULT -1.5 CONSTRAINT "ck_person_score" CHECK (score < 100),
    "key" BLOB NOT NULL DEFAULT x'01ff',
    "joined" TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000000Z', 'now')),
    "luck" INTEGER NOT NULL DEFAULT (abs(-7)),
    "role" TEXT NOT NULL CONSTRAINT "ck_person_role_values" CHECK ("role" IN ('admin', 'plain user')),
    "level" INTEGER NOT NULL CONSTRAINT "ck_person_level_values" CHECK ("level" IN (1, 5)),
    "address" TEXT NOT NULL GENERATED ALWAYS AS (nick || '@' || email) STORED,
    CONSTRAINT "uq_person_team_id_email" UNIQUE ("team_id", "email"),
    CONSTRAINT "ck_person_1" CHECK (length(email) > 3),
    CONSTRAINT "fk_person_team_id" FOREIGN KEY ("team_id") REFERENCES "teams" ("id") ON DELETE CASCADE ON UPDATE SET NULL
) STRICT;
CREATE INDEX "ix_person_nick" ON "person" ("nick");
CREATE INDEX "people_by_email" ON "person" ("email") WHERE active = true;
CREATE UNIQUE INDEX "ux_person_lowernick" ON "person" ((lower(nick)));
CREATE TABLE "pair" (
    "a" INTEGER NOT NULL,
    "b" TEXT NOT NULL,
    "parent" INTEGER,
    CONSTRAINT "pk_pair" PRIMARY KEY ("a", "b"),
    CONSTRAINT "uq_pair_a" UNIQUE ("a"),
    CONSTRAINT "fk_pair_parent" FOREIGN KEY ("parent") REFERENCES "pair" ("a") DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;
CREATE TABLE "leaf" (
    "a" INTEGER NOT NULL,
    "b" TEXT NOT NULL,
    CONSTRAINT "fk_leaf_a_b" FOREIGN KEY ("a", "b") REFERENCES "pair" ("a", "b") ON DELETE RESTRICT ON UPDATE SET DEFAULT DEFERRABLE INITIALLY DEFERRED
) STRICT;
CREATE TABLE "square" (
    "side" INTEGER NOT NULL,
    "area" INTEGER NOT NULL GENERATED ALWAYS AS (side * side) VIRTUAL
) STRICT"#;
    let ddl = Dialect::Sqlite.ddl((Person, Team, Leaf, Pair, Square)).unwrap().join(";\n");
    assert!(ddl == expected, "{ddl}");
}

#[on_every_database(nocase)]
async fn the_database_enforces_the_ddl(db: Database) -> Result<()> {
    db.create_all((Person, Team)).await?;
    let team = Team::insert(NewTeam { name: "A".into() }).one(&db).await?;
    let person = Person::insert(NewPerson {
        team_id: Some(team.id),
        email: "x@y.z".into(),
        nick: None,
        active: None,
        score: None,
        key: None,
        joined: None,
        luck: None,
        role: Role::Plain,
        level: Level::High,
    })
    .one(&db)
    .await?;
    assert_eq!((person.nick.as_str(), person.active, person.score), ("it's", true, -1.5));
    assert_eq!(
        (person.key.as_slice(), person.luck, person.role, person.level),
        (&[1, 255][..], 7, Role::Plain, Level::High)
    );
    assert_eq!(person.address, "it's@x@y.z");
    assert!(person.joined.elapsed().is_ok_and(|ago| ago.as_secs() < 60));
    assert_eq!(Team::select().filter(Team::NAME.eq("a")).count(&db).await?, 1, "NOCASE");
    let error = query("insert into person (email, role, level) values ('a@b.c', 'other', 1)").execute(&db).await;
    assert!(matches!(error.expect_err("no such role").kind(), ErrorKind::Check { .. }));
    team.remove(&db).await?;
    assert_eq!(Person::select().count(&db).await?, 0, "ON DELETE CASCADE");
    db.close().await
}

#[derive(Table, Debug)]
struct Chicken {
    #[column(primary_key)]
    id: i64,
    #[column(references = Egg::ID, deferred)]
    egg_id: i64,
}

#[derive(Table, Debug)]
struct Egg {
    #[column(primary_key)]
    id: i64,
    #[column(references = Chicken::ID)]
    chicken_id: Option<i64>,
}

#[on_every_database]
async fn tables_that_reference_each_other_are_created_and_dropped(db: Database) -> Result<()> {
    db.create_all((Chicken, Egg)).await?;
    db.transaction(|tx| async move {
        Chicken::insert(Chicken { id: 1, egg_id: 1 }).execute(&tx).await?;
        Egg::insert(Egg { id: 1, chicken_id: Some(1) }).execute(&tx).await.map(drop)
    })
    .await?;
    let error = db.drop(Egg).await.expect_err("the chicken refers to the egg");
    assert!(matches!(error.kind(), ErrorKind::ForeignKey { .. }), "{error:?}");
    assert_eq!(Egg::select().count(&db).await?, 1);
    db.drop_all((Chicken, Egg)).await?;
    assert!(db.table_names().await?.is_empty());
    db.close().await
}

#[derive(Table, Debug)]
struct Owner {
    #[column(primary_key)]
    id: i64,
}

#[derive(Table, Debug)]
struct Pet {
    #[column(primary_key)]
    id: i64,
    #[column(references = Owner::ID, on_delete = cascade)]
    owner_id: i64,
}

#[on_every_database(nocase)]
async fn a_referenced_table_is_not_dropped_even_with_cascading_keys(db: Database) -> Result<()> {
    db.create_all((Person, Team)).await?;
    sql!("insert into teams (name) values ('A')").execute(&db).await?;
    sql!("insert into person (team_id, email, role, level) values (1, 'x@y.z', 'admin', 1)").execute(&db).await?;
    let error = db.drop(Team).await.expect_err("a person refers to the team, and would be deleted");
    let expected =
        ErrorKind::ForeignKey { table: "person".into(), columns: vec!["team_id".into()], references: "teams".into() };
    assert_eq!(error.kind(), &expected);
    assert_eq!(Person::select().count(&db).await?, 1);
    db.drop_all((Team, Person)).await?;
    db.close().await
}

#[on_every_database]
async fn a_referenced_table_is_dropped_only_together_with_those_that_refer_to_it(db: Database) -> Result<()> {
    db.create_all((Pet, Owner)).await?;
    Owner::insert(Owner { id: 1 }).execute(&db).await?;
    Pet::insert(Pet { id: 7, owner_id: 1 }).execute(&db).await?;
    let error = db.drop(Owner).await.expect_err("a pet refers to the owner, and would be deleted");
    assert!(matches!(error.kind(), ErrorKind::ForeignKey { .. }), "{error:?}");
    assert_eq!(Pet::select().count(&db).await?, 1);
    db.drop_all((Owner, Pet)).await?;
    assert!(db.table_names().await?.is_empty());
    db.close().await
}

#[on_every_database]
async fn a_foreign_key_that_cannot_work_is_refused_when_its_table_is_created(db: Database) -> Result<()> {
    #[derive(Table, Debug)]
    struct ByTitle {
        #[column(references = Person::EMAIL)]
        email: String,
    }
    #[derive(Table, Debug)]
    struct Cleared {
        #[column(references = Team::ID, on_delete = set_null)]
        team: i64,
    }
    let error = db.create(ByTitle).await.expect_err("an email is not unique");
    assert!(error.to_string().contains("person.email, which is neither the primary key nor unique"), "{error}");
    let error = db.create(Cleared).await.expect_err("it is NOT NULL");
    assert!(error.to_string().contains("cleared.team is NOT NULL and cannot have the action `set_null`"), "{error}");
    db.close().await
}

#[on_every_database]
async fn create_all_creates_all_or_none(db: Database) -> Result<()> {
    db.create(Pair).await?;
    let error = db.create_all((Egg, Chicken, Pair)).await.expect_err("pair exists");
    assert_eq!(error.kind(), &ErrorKind::Sql);
    assert_eq!(db.table_names().await?, ["pair"]);
    db.close().await
}

#[on_every_database(nocase)]
async fn create_if_missing_creates_missing_tables_and_accepts_existing_ones(db: Database) -> Result<()> {
    db.create_if_missing((Person, Team)).await?;
    db.create_if_missing((Person, Team, Pair, Leaf)).await?;
    assert_eq!(db.table_names().await?, ["leaf", "pair", "person", "teams"]);
    db.transaction(|tx| async move { tx.create_if_missing((Chicken, Egg, Owner)).await }).await?;
    // A table of the same shape, whose SQL is written by hand.
    let integer = if db.dialect() == Dialect::Sqlite { "integer" } else { "bigint" };
    let owner = format!("owner_id {integer} not null references owner(id) on delete cascade");
    query(format!("create table pet(id {integer} primary key not null, {owner})")).execute(&db).await?;
    db.create_if_missing(Pet).await?;
    db.close().await
}

#[on_every_database(nocase)]
async fn create_if_missing_on_a_table_of_another_shape_lists_the_differences_and_creates_nothing(
    db: Database,
) -> Result<()> {
    sql!("create table teams (id integer primary key, name integer, extra text not null)").execute(&db).await?;
    let error = db.create_if_missing((Team, Person)).await.expect_err("another shape");
    let ErrorKind::Shape { table, differences } = error.kind() else { return Err(error) };
    assert_eq!(table, "teams");
    assert!(
        differences.iter().any(|line| line.contains("`name`") && line.contains("TEXT NOT NULL")),
        "{differences:?}"
    );
    assert!(differences.iter().any(|line| line.contains("`extra`")), "{differences:?}");
    assert!(differences.iter().all(|line| !line.contains("STRICT")), "{differences:?}");
    assert!(!db.has_table("person").await?);
    db.close().await
}

#[on_every_database]
async fn migrations_run_once_in_order_and_are_recorded(address: Address) -> Result<()> {
    let directory = tempfile::tempdir().expect("a directory");
    let path = address.in_file(&directory);
    let first = ("users", "create table users (id integer primary key);\ncreate index by_id on users (id);");
    let second = ("names", "alter table users add column name text");
    let db = Database::open(&path).await?;
    assert_eq!(db.migrate(&[first]).await?.steps().len(), 1);
    assert_eq!(db.migrate(&[first, second]).await?.steps().len(), 1);
    assert_eq!(db.migrate(&[first, second]).await?.steps().len(), 0);
    db.close().await?;
    let db = Database::open(&path).await?;
    let spaced = (
        "users",
        "create table users (\n  id integer primary key\n); -- the people\ncreate index by_id on users (id);\n",
    );
    assert_eq!(db.migrate(&[spaced, second]).await?.steps().len(), 0, "blanks and comments may change");
    let changed = ("users", "create table users (id text primary key)");
    for (steps, step) in [
        (vec![changed, second], "users"),
        (vec![first], "names"),
        (vec![second, first], "users"),
        (vec![("people", first.1), second], "users"),
    ] {
        let error = db.migrate(&steps).await.expect_err("the steps have changed");
        assert_eq!(error.kind(), &ErrorKind::Migration { step: step.into() });
    }
    let bad = ("bad", "create table more (x integer); insert into nowhere values (1)");
    let error = db.migrate(&[first, second, bad]).await.expect_err("no such table");
    assert!(error.to_string().contains("`bad`"), "{error}");
    assert!(!db.has_table("more").await?, "a step is done whole or not at all");
    assert_eq!(db.migrate(&[first, second, ("good", "create table more (x integer)")]).await?.steps().len(), 1);
    db.close().await
}

#[on_every_database]
async fn two_programs_that_migrate_one_database_at_once_run_each_step_once(address: Address) -> Result<()> {
    let directory = tempfile::tempdir().expect("a directory");
    let path = address.in_file(&directory);
    let (one, two) = (Database::open(&path).await?, Database::open(&path).await?);
    let steps: &[(&str, &str)] = &[
        ("a", "create table a (x integer)"),
        ("b", "create table b (x integer)"),
        ("c", "create table c (x integer)"),
    ];
    let (first, second) = tokio::join!(one.migrate(steps), two.migrate(steps));
    assert_eq!(first?.steps().len() + second?.steps().len(), 3);
    one.close().await?;
    two.close().await
}
