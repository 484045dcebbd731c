//! Tests of insert, select, update and delete, of `save`, `remove` and `refresh` of a row, and of
//! the SQL that these send.

use std::time::SystemTime;

use aio_sql::{Condition, Database, Dialect, ErrorKind, Record, Result, Table, all_of, any_of, count, not, value};
use servers::on_every_database;

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "users", new(derive(Clone)))]
struct User {
    #[column(primary_key, auto)]
    id: i64,
    name: String,
    age: Option<i32>,
    #[column(default = 0)]
    karma: i64,
}

fn new(name: &str, age: Option<i32>, karma: i64) -> NewUser {
    NewUser { name: name.into(), age, karma: Some(karma) }
}

async fn fill(db: &Database) -> Result<()> {
    db.create(User).await?;
    User::insert_all([
        new("Jeremy", Some(24), 5),
        new("Natalie", Some(29), 9),
        new("Dan", None, 7),
        new("Casey", Some(36), 7),
        new("Dana", Some(34), -2),
    ])
    .execute(db)
    .await?;
    Ok(())
}

async fn names(condition: impl Into<Condition<User>>, db: &Database) -> Result<Vec<String>> {
    User::select().filter(condition.into()).order_by(User::ID).columns(User::NAME).all(db).await
}

#[on_every_database]
async fn insert_returns_the_stored_row_or_the_count(db: Database) -> Result<()> {
    fill(&db).await?;
    let user = User::insert(NewUser { name: "Isaac".into(), age: None, karma: None }).one(&db).await?;
    assert_eq!(user, User { id: 6, name: "Isaac".into(), age: None, karma: 0 });
    let outcome = User::insert(new("Sally", None, 1)).execute(&db).await?;
    assert_eq!((outcome.rows_affected, outcome.last_insert_id), (1, Some(7)));
    db.close().await
}

#[on_every_database]
async fn insert_all_inserts_all_or_none_and_leaves_defaults_to_the_database(db: Database) -> Result<()> {
    fill(&db).await?;
    let mixed = [Some(3), None, None, Some(4)].map(|karma| NewUser { name: "n".into(), age: None, karma });
    let stored = User::insert_all(mixed).all(&db).await?;
    assert_eq!(stored.iter().map(|user| user.karma).collect::<Vec<_>>(), [3, 0, 0, 4]);
    assert_eq!(User::insert_all([]).execute(&db).await?.rows_affected, 0);
    assert_eq!(User::insert_all([]).all(&db).await?, []);
    assert_eq!(User::select().count(&db).await?, 9);
    db.close().await
}

#[on_every_database]
async fn select_filters_sorts_and_limits(db: Database) -> Result<()> {
    fill(&db).await?;
    let by_age = User::select().columns(User::NAME).order_by(User::AGE);
    assert_eq!(by_age.clone().all(&db).await?, ["Dan", "Jeremy", "Natalie", "Dana", "Casey"]);
    let last = User::select().columns(User::NAME).order_by(User::AGE.desc().nulls_first()).all(&db).await?;
    assert_eq!(last, ["Dan", "Casey", "Dana", "Natalie", "Jeremy"]);
    let last = User::select().columns(User::NAME).order_by(User::AGE.asc().nulls_last()).all(&db).await?;
    assert_eq!(last, ["Jeremy", "Natalie", "Dana", "Casey", "Dan"]);
    assert_eq!(by_age.clone().limit(2).all(&db).await?, ["Dan", "Jeremy"]);
    assert_eq!(by_age.clone().limit(2).offset(3).all(&db).await?, ["Dana", "Casey"]);
    assert_eq!(by_age.clone().offset(4).all(&db).await?, ["Casey"]);
    assert_eq!(by_age.limit(u64::MAX).count(&db).await?, 5);
    let two = User::select().order_by((User::KARMA.desc(), User::NAME)).columns(User::NAME).all(&db).await?;
    assert_eq!(two, ["Natalie", "Casey", "Dan", "Jeremy", "Dana"]);
    let chosen = if two.is_empty() { User::ID.asc() } else { User::NAME.desc() };
    assert_eq!(User::select().order_by(vec![chosen]).limit(1).one(&db).await?.name, "Natalie");
    db.close().await
}

#[on_every_database]
async fn every_operator_means_what_it_says(db: Database) -> Result<()> {
    fill(&db).await?;
    assert_eq!(names(User::NAME.eq("Dan"), &db).await?, ["Dan"]);
    assert_eq!(names(User::KARMA.ne(7), &db).await?, ["Jeremy", "Natalie", "Dana"]);
    assert_eq!(names(User::AGE.lt(29), &db).await?, ["Jeremy"]);
    assert_eq!(names(User::AGE.le(29), &db).await?, ["Jeremy", "Natalie"]);
    assert_eq!(names(User::AGE.gt(34), &db).await?, ["Casey"]);
    assert_eq!(names(User::AGE.ge(34), &db).await?, ["Casey", "Dana"]);
    assert_eq!(names(User::AGE.eq(None), &db).await?, ["Dan"]);
    assert_eq!(names(User::AGE.eq(Some(24)), &db).await?, ["Jeremy"]);
    assert_eq!(names(User::AGE.ne(None), &db).await?.len(), 4);
    assert_eq!(names(User::AGE.ne(Some(24)), &db).await?.len(), 4, "null-safe: Dan is there");
    assert_eq!(names(User::AGE.ne(24), &db).await?.len(), 3, "SQL's own: Dan is not");
    assert_eq!(names(User::AGE.is_null(), &db).await?, ["Dan"]);
    assert_eq!(names(User::AGE.is_not_null(), &db).await?.len(), 4);
    assert_eq!(names(User::AGE.is_distinct_from(24), &db).await?.len(), 4);
    assert_eq!(names(User::AGE.is_not_distinct_from(None), &db).await?, ["Dan"]);
    assert_eq!(names(User::AGE.between(29, 34), &db).await?, ["Natalie", "Dana"]);
    assert_eq!(names(User::AGE.is_in([24, 36, 99]), &db).await?, ["Jeremy", "Casey"]);
    assert_eq!(names(User::AGE.is_not_in([24, 36, 99]), &db).await?, ["Natalie", "Dana"]);
    assert_eq!(names(User::NAME.is_in(["Dan", "x"]), &db).await?, ["Dan"]);
    let (ids, name, age) = (vec![1, 3], "Dan".to_owned(), 24);
    assert_eq!(names(User::ID.is_in(&ids).and(User::NAME.eq(&name)), &db).await?, ["Dan"]);
    assert_eq!(names(User::AGE.eq(&age).or(User::NAME.eq(Some("Dana".to_owned()))), &db).await?, ["Jeremy", "Dana"]);
    assert_eq!(names(User::ID.is_in(Vec::<i64>::new()), &db).await?, Vec::<String>::new());
    assert_eq!(names(User::ID.is_not_in(Vec::<i64>::new()), &db).await?.len(), 5);
    assert_eq!(names(User::NAME.starts_with("Dan"), &db).await?, ["Dan", "Dana"]);
    assert_eq!(names(User::NAME.starts_with("dan"), &db).await?, Vec::<String>::new());
    assert_eq!(names(User::NAME.ends_with("y"), &db).await?, ["Jeremy", "Casey"]);
    assert_eq!(names(User::NAME.contains("a"), &db).await?, ["Natalie", "Dan", "Casey", "Dana"]);
    assert_eq!(names(User::NAME.like("D%n_"), &db).await?, ["Dana"]);
    assert_eq!(names(User::NAME.like("d%"), &db).await?, Vec::<String>::new());
    assert_eq!(names(User::NAME.ilike("d%"), &db).await?, ["Dan", "Dana"]);
    assert_eq!(names((User::KARMA + 1).eq(8), &db).await?, ["Dan", "Casey"]);
    assert_eq!(names((User::KARMA * 2 - 1).gt(User::ID + 10), &db).await?, ["Natalie"]);
    assert_eq!(names((-User::KARMA).eq(2), &db).await?, ["Dana"]);
    assert_eq!(names((User::KARMA / 2).eq(3), &db).await?, ["Dan", "Casey"]);
    assert_eq!(names((User::KARMA % 2).eq(0), &db).await?, ["Dana"]);
    assert_eq!(names((User::KARMA / 0).is_null(), &db).await?.len(), 5);
    assert_eq!(names(User::NAME.concat("!").eq("Dan!"), &db).await?, ["Dan"]);
    assert_eq!(names(User::NAME.starts_with("D").and(User::AGE.is_null()), &db).await?, ["Dan"]);
    assert_eq!(names(User::NAME.eq("Dan").or(User::NAME.eq("Dana")), &db).await?, ["Dan", "Dana"]);
    assert_eq!(names(!User::NAME.starts_with("D"), &db).await?, ["Jeremy", "Natalie", "Casey"]);
    assert_eq!(names(not(User::KARMA.gt(5).or(User::KARMA.lt(0))), &db).await?, ["Jeremy"]);
    let mixed = User::KARMA.gt(5).or(User::AGE.lt(25)).and(User::NAME.ne("Dan"));
    assert_eq!(names(mixed, &db).await?, ["Jeremy", "Natalie", "Casey"]);
    db.close().await
}

#[on_every_database]
async fn conditions_are_built_at_run_time(db: Database) -> Result<()> {
    fill(&db).await?;
    let mut conditions: Vec<Condition<User>> = vec![User::KARMA.gt(0)];
    for letter in ["J", "N"] {
        conditions.push(User::NAME.starts_with(letter).or(User::AGE.is_null()).into());
    }
    assert_eq!(names(all_of(conditions.clone()), &db).await?, ["Dan"]);
    assert_eq!(names(any_of(conditions), &db).await?, ["Jeremy", "Natalie", "Dan", "Casey"]);
    let none: Vec<Condition<User>> = vec![];
    assert_eq!(names(all_of(none.clone()), &db).await?.len(), 5, "no condition always holds");
    assert_eq!(names(any_of(none), &db).await?.len(), 0, "none of nothing never holds");
    let mut query = User::select();
    for name in ["Dan", "Dana"] {
        query = query.filter(User::NAME.ne(name));
    }
    assert_eq!(query.count(&db).await?, 3);
    db.close().await
}

#[on_every_database]
async fn projections_return_scalars_tuples_and_records(db: Database) -> Result<()> {
    #[derive(Record, Debug, PartialEq)]
    struct Entry {
        who: String,
        age: Option<i32>,
    }
    fill(&db).await?;
    let first = User::select().order_by(User::ID);
    assert_eq!(first.clone().columns(User::AGE).one(&db).await?, Some(24));
    assert_eq!(first.clone().columns((User::ID, User::NAME)).one(&db).await?, (1, "Jeremy".into()));
    let row =
        first.clone().columns((User::NAME.eq("Dan"), User::AGE + 1, value("x".to_owned()), User)).one(&db).await?;
    assert_eq!((row.0, row.1, row.2.as_str(), row.3.id), (false, Some(25), "x", 1));
    let entry = first.clone().columns((User::NAME, User::AGE)).record::<Entry>().one(&db).await?;
    assert_eq!(entry, Entry { who: "Jeremy".into(), age: Some(24) });
    assert_eq!(first.clone().columns(User::ID.cast::<String>()).one(&db).await?, "1");
    assert_eq!(User::select().columns(count()).scalar(&db).await?, 5);
    let karmas = User::select().distinct().columns(User::KARMA).order_by(User::KARMA).all(&db).await?;
    assert_eq!(karmas, [-2, 5, 7, 9]);
    assert_eq!(User::select().distinct().columns(User::KARMA).count(&db).await?, 4);
    db.close().await
}

#[on_every_database]
async fn count_and_exists_and_find(db: Database) -> Result<()> {
    fill(&db).await?;
    assert_eq!(User::select().filter(User::AGE.gt(30)).count(&db).await?, 2);
    assert_eq!(User::select().limit(3).count(&db).await?, 3);
    assert!(User::select().filter(User::AGE.gt(30)).exists(&db).await?);
    assert!(!User::select().filter(User::AGE.gt(99)).exists(&db).await?);
    assert!(!User::select().offset(5).exists(&db).await?);
    assert_eq!(User::find(2).one(&db).await?.name, "Natalie");
    assert_eq!(User::find(9).optional(&db).await?, None);
    let error = User::find(9).one(&db).await.expect_err("nobody");
    assert_eq!(error.kind(), &ErrorKind::NotFound { table: Some("users".into()) });
    db.close().await
}

#[on_every_database]
async fn update_sets_values_and_expressions_and_needs_a_filter(db: Database) -> Result<()> {
    fill(&db).await?;
    let outcome = User::update()
        .set(User::KARMA, User::KARMA + User::ID)
        .set(User::AGE, None)
        .filter(User::ID.le(2))
        .execute(&db)
        .await?;
    assert_eq!(outcome.rows_affected, 2);
    assert_eq!(User::find(2).columns((User::AGE, User::KARMA)).one(&db).await?, (None, 11));
    let error = User::update().set(User::KARMA, 0).execute(&db).await.expect_err("no filter");
    assert_eq!(error.kind(), &ErrorKind::Usage);
    assert!(error.to_string().contains("`.all_rows()`"), "{error}");
    assert_eq!(User::update().set(User::KARMA, 0).all_rows().execute(&db).await?.rows_affected, 5);
    assert_eq!(
        User::update().filter(User::ID.eq(1)).execute(&db).await.expect_err("sets nothing").kind(),
        &ErrorKind::Usage
    );
    db.close().await
}

#[on_every_database]
async fn delete_needs_a_filter(db: Database) -> Result<()> {
    fill(&db).await?;
    assert_eq!(User::delete().execute(&db).await.expect_err("no filter").kind(), &ErrorKind::Usage);
    assert_eq!(User::delete().filter(User::KARMA.eq(7)).execute(&db).await?.rows_affected, 2);
    assert_eq!(User::delete().all_rows().execute(&db).await?.rows_affected, 3);
    db.close().await
}

#[on_every_database]
async fn save_remove_and_refresh_a_loaded_row(db: Database) -> Result<()> {
    fill(&db).await?;
    let mut user = User::find(3).one(&db).await?;
    user.name = "Daniel".into();
    user.age = Some(31);
    user.save(&db).await?;
    assert_eq!(User::find(3).one(&db).await?, user);
    User::update().set(User::KARMA, 70).filter(User::ID.eq(3)).execute(&db).await?;
    user.refresh(&db).await?;
    assert_eq!(user.karma, 70);
    user.remove(&db).await?;
    assert_eq!(User::select().count(&db).await?, 4);
    for error in [user.save(&db).await, user.refresh(&db).await, user.remove(&db).await].map(Result::unwrap_err) {
        assert!(error.is_not_found(), "{error:?}");
    }
    db.close().await
}

#[derive(Table, Clone, Debug, PartialEq)]
struct Document {
    #[column(primary_key, auto)]
    id: i64,
    text: String,
    #[column(created_at)]
    created: SystemTime,
    #[column(updated_at)]
    updated: SystemTime,
    #[column(version)]
    version: i64,
    #[column(generated = "length(text)", stored)]
    length: i64,
    #[column(skip)]
    opened: bool,
}

#[on_every_database]
async fn a_stale_row_is_not_saved(db: Database) -> Result<()> {
    db.create(Document).await?;
    let mut one = Document::insert(NewDocument { text: "a".into() }).one(&db).await?;
    assert_eq!((one.version, one.length), (1, 1));
    assert_eq!(one.created, one.updated);
    one.opened = true;
    let mut other = Document::find(1).one(&db).await?;
    other.text = "bcd".into();
    other.save(&db).await?;
    assert_eq!((other.version, other.length), (2, 3), "what the database made is in the row");
    assert!(other.updated >= other.created);
    one.text = "lost?".into();
    let error = one.save(&db).await.expect_err("it is stale");
    assert_eq!(error.kind(), &ErrorKind::Stale { table: "document".into() });
    assert_eq!(one.remove(&db).await.expect_err("it is stale").kind(), error.kind());
    one.refresh(&db).await?;
    assert_eq!((one.text.as_str(), one.version, one.opened), ("bcd", 2, true));
    Document::update().set(Document::TEXT, "x").all_rows().execute(&db).await?;
    assert_eq!(one.save(&db).await.expect_err("an update counts too").kind(), error.kind());
    one.refresh(&db).await?;
    one.save(&db).await?;
    one.save(&db).await?;
    assert_eq!(one.version, 5);
    assert!(one.opened, "what is not stored stays");
    one.remove(&db).await?;
    assert!(one.save(&db).await.expect_err("gone").is_not_found());
    db.close().await
}

#[derive(Table, Clone, Debug, PartialEq)]
#[table(primary_key(user_id, group_id), without_rowid)]
struct Membership {
    user_id: i64,
    group_id: String,
    role: String,
}

#[derive(Table, Clone, Debug, PartialEq)]
struct Tag {
    #[column(primary_key)]
    name: String,
}

#[on_every_database]
async fn composite_and_text_keys(db: Database) -> Result<()> {
    db.create_all((Membership, Tag)).await?;
    let mut row = Membership { user_id: 1, group_id: "a".into(), role: "x".into() };
    let outcome = Membership::insert(row.clone()).execute(&db).await?;
    assert_eq!((outcome.rows_affected, outcome.last_insert_id), (1, None), "its rows have no numbers");
    row.role = "owner".into();
    row.save(&db).await?;
    assert_eq!(Membership::find((1, "a")).one(&db).await?, row);
    assert_eq!(Membership::find((1, "b")).optional(&db).await?, None);
    row.remove(&db).await?;

    let mut tag = Tag::insert(Tag { name: "red".into() }).one(&db).await?;
    tag.save(&db).await?;
    assert_eq!(Tag::find("red").one(&db).await?, tag);
    tag.remove(&db).await?;
    assert!(tag.save(&db).await.expect_err("gone").is_not_found());
    db.close().await
}

#[on_every_database]
async fn rows_can_be_inserted_into_a_table_with_only_a_key(db: Database) -> Result<()> {
    #[derive(Table, Debug)]
    struct Ticket {
        #[column(primary_key, autoincrement)]
        id: i64,
    }
    db.create(Ticket).await?;
    assert_eq!(Ticket::insert(NewTicket {}).one(&db).await?.id, 1);
    Ticket::delete().all_rows().execute(&db).await?;
    assert_eq!(Ticket::insert(NewTicket {}).one(&db).await?.id, 2, "a number never comes again");
    assert_eq!(Ticket::insert_all([]).execute(&db).await?.rows_affected, 0);
    assert_eq!(Ticket::insert_all([NewTicket {}, NewTicket {}]).all(&db).await?.len(), 2);
    db.close().await
}

#[test]
fn the_sql_looks_hand_written() -> Result<()> {
    let sql = |condition: Condition<User>| User::select().filter(condition).columns(User::ID).to_sql(Dialect::Sqlite);
    let texts = [
        sql(User::NAME.eq("x").and(User::AGE.gt(1)).into())?,
        sql(User::NAME.eq("x").or(User::AGE.gt(1)).and(User::ID.ne(3)).into())?,
        sql(not(User::NAME.eq("x").or(User::AGE.is_null())).into())?,
        sql((User::KARMA - (User::ID - 1)).gt((User::KARMA + 1) * 2).into())?,
        sql((-(-User::KARMA)).eq(1))?,
        sql(User::NAME.starts_with("D").or(User::NAME.like("a*%")).into())?,
        sql(User::ID.is_in([1, 2]))?,
        sql(User::ID.is_in(0..100))?,
    ];
    let texts: Vec<_> = texts.iter().map(|sql| sql.text.split_once("WHERE ").map_or("", |(_, text)| text)).collect();
    assert_eq!(
        texts,
        [
            "\"name\" = ? AND \"age\" > ?",
            "(\"name\" = ? OR \"age\" > ?) AND \"id\" <> ?",
            "NOT (\"name\" = ? OR \"age\" IS NULL)",
            "\"karma\" - (\"id\" - ?) > (\"karma\" + ?) * ?",
            "-(-\"karma\") = ?",
            "\"name\" >= ? AND \"name\" < ? OR unlikely(\"name\" GLOB ?)",
            "\"id\" IN (?, ?)",
            "\"id\" IN rarray(?)",
        ]
    );
    let all = User::select().filter(User::ID.gt(1)).order_by(User::AGE.desc().nulls_last()).limit(5).offset(2);
    assert_eq!(
        all.to_sql(Dialect::Sqlite)?.text,
        "SELECT \"id\", \"name\", \"age\", \"karma\" FROM \"users\" WHERE \"id\" > ? ORDER BY \"age\" DESC NULLS LAST LIMIT ? OFFSET ?"
    );
    let insert = User::insert(NewUser { name: "x".into(), age: None, karma: None }).to_sql(Dialect::Sqlite)?;
    assert_eq!(insert.text, "INSERT INTO \"users\" (\"name\", \"age\") VALUES (?, ?)");
    let update = User::update().set(User::KARMA, User::KARMA + 1).filter(User::ID.eq(1)).to_sql(Dialect::Sqlite)?;
    assert_eq!(update.text, "UPDATE \"users\" SET \"karma\" = \"karma\" + ? WHERE \"id\" = ?");
    let delete = User::delete().filter(User::ID.eq(1)).to_sql(Dialect::Sqlite)?;
    assert_eq!(delete.text, "DELETE FROM \"users\" WHERE \"id\" = ?");
    Ok(())
}
