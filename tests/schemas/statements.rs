//! Statements of tables in schemas.

use aio_sql::{Database, ErrorKind, Obtained, Record, Result, Table, Upserted, count, not_exists, query, sql};
use servers::on_every_database;

use crate::{Schemas, with_schemas};

#[derive(Table, Clone, Debug, PartialEq)]
#[table(schema = "s_statements", name = "user", patch)]
struct User {
    #[column(primary_key, auto)]
    id: i64,
    #[column(unique)]
    name: String,
    #[column(default = 0)]
    karma: i64,
    #[column(version)]
    version: i64,
}

#[derive(Table, Clone, Debug, PartialEq)]
#[table(schema = "s_statements", index(title))]
struct Post {
    #[column(primary_key, auto)]
    id: i64,
    #[column(references = User::ID, on_delete = cascade)]
    user_id: i64,
    title: String,
}

#[derive(Record, Debug, PartialEq)]
struct Posts {
    name: String,
    posts: i64,
}

async fn users(db: Database) -> Result<Schemas> {
    let db = with_schemas(db, &["s_statements"]).await?;
    db.create_all((Post, User)).await?;
    for name in ["Ann", "Bob"] {
        User::insert(NewUser { name: name.into(), karma: None }).execute(&db).await?;
    }
    Ok(db)
}

#[on_every_database]
async fn rows_are_inserted_read_changed_and_deleted(db: Database) -> Result<()> {
    let db = users(db).await?;
    let mut ann: User = User::find(1).one(&db).await?;
    ann.karma = 7;
    ann.save(&db).await?;
    assert_eq!((ann.version, User::find(1).one(&db).await?.karma), (2, 7));
    User::patch(1, UserPatch { karma: Some(8), ..UserPatch::default() }).execute(&db).await?;
    ann.refresh(&db).await?;
    assert_eq!(ann.karma, 8);
    let changed = User::update().set(User::KARMA, User::KARMA + 1).filter(User::ID.le(2));
    let changed: Vec<(String, i64)> = changed.returning((User::NAME, User::KARMA)).all(&db).await?;
    assert_eq!(changed.len(), 2);
    assert_eq!(User::select().filter(User::KARMA.gt(1)).count(&db).await?, 1);
    // The update has counted the version up.
    ann.refresh(&db).await?;
    ann.remove(&db).await?;
    assert_eq!(User::delete().filter(User::NAME.eq("Bob")).execute(&db).await?.rows_affected, 1);
    assert!(!User::select().exists(&db).await?);
    Ok(())
}

#[on_every_database]
async fn many_rows_are_inserted_and_numbered(db: Database) -> Result<()> {
    let db = users(db).await?;
    // So many rows are copied by PostgreSQL.
    let posts = (0..1000).map(|n| NewPost { user_id: 1 + n % 2, title: format!("{n}") });
    assert_eq!(Post::insert_all(posts).execute(&db).await?.rows_affected, 1000);
    let next = Post::insert(NewPost { user_id: 2, title: "next".into() }).one(&db).await?;
    assert_eq!((next.id, Post::select().count(&db).await?), (1001, 1001));
    Ok(())
}

#[on_every_database]
async fn upserts_find_the_row_of_their_schema(db: Database) -> Result<()> {
    let db = users(db).await?;
    let new = || NewUser { name: "Ann".into(), karma: Some(5) };
    let upsert = || {
        let karma = User::KARMA + User::KARMA.excluded();
        User::insert(new()).on_conflict(User::NAME).do_update().set(User::KARMA, karma).filter(User::KARMA.lt(9))
    };
    assert!(matches!(upsert().one(&db).await?, Upserted::Updated(ann) if (ann.id, ann.karma) == (1, 5)));
    assert!(matches!(upsert().one(&db).await?, Upserted::Updated(ann) if ann.karma == 10));
    assert_eq!(upsert().one(&db).await?, Upserted::Unchanged);
    let found = User::insert(new()).or_get(User::NAME).one(&db).await?;
    assert!(matches!(found, Obtained::Existing(ann) if ann.karma == 10));
    Ok(())
}

#[on_every_database]
async fn joins_subqueries_and_relations_read_tables_of_schemas(db: Database) -> Result<()> {
    let db = users(db).await?;
    for title in ["a", "b"] {
        Post::insert(NewPost { user_id: 1, title: title.into() }).execute(&db).await?;
    }
    let rows: Vec<(User, Option<Post>)> =
        User::select().left_join(Post).order_by((User::ID, Post::ID)).all(&db).await?;
    let titles: Vec<_> =
        rows.iter().map(|(user, post)| (&*user.name, post.as_ref().map(|post| &*post.title))).collect();
    assert_eq!(titles, [("Ann", Some("a")), ("Ann", Some("b")), ("Bob", None)]);
    let posts = Post::select().outer::<User>().filter(Post::USER_ID.eq(User::ID));
    let without = User::select().filter(not_exists(posts));
    assert_eq!(without.one(&db).await?.name, "Bob");
    let related = User::select().with(Post).order_by(User::ID).all(&db).await?;
    assert_eq!(related.iter().map(|(_, posts)| posts.len()).collect::<Vec<_>>(), [2, 0]);
    let ann: User = rows[0].0.clone();
    assert_eq!(ann.related(Post).all(&db).await?.len(), 2);
    Ok(())
}

#[on_every_database]
async fn raw_sql_names_the_table_with_its_schema(db: Database) -> Result<()> {
    let db = users(db).await?;
    let name = "Ann";
    let found: i64 = sql!("select {User::ID} from {User} where {User::NAME} = {name}").scalar(&db).await?;
    assert_eq!(found, 1);
    sql!("insert into {Post} (user_id, title) values ({found}, 'raw')").execute(&db).await?;
    let plain: i64 = query("select count(*) from s_statements.post").scalar(&db).await?;
    assert_eq!(plain, 1);
    let posts: Vec<Posts> = sql!(
        "select u.name, count(p.id) as posts from {User} u left join {Post} p on p.user_id = u.id group by u.name order by 1"
    )
    .all(&db)
    .await?;
    assert_eq!(posts[0], Posts { name: "Ann".into(), posts: 1 });
    // A part of a typed query.
    let most = User::select()
        .join(Post)
        .filter(sql!("{User::KARMA} >= (select min({User::KARMA}) from {User})").expr::<bool>());
    assert_eq!(most.count(&db).await?, 1);
    Ok(())
}

#[on_every_database]
async fn a_row_of_which_every_column_may_be_null_is_told_from_a_missing_one(db: Database) -> Result<()> {
    #[derive(Table, Debug)]
    #[table(schema = "s_presence", name = "loose")]
    struct Loose {
        a: Option<i64>,
        b: Option<String>,
    }
    #[derive(Table, Debug)]
    #[table(schema = "s_presence", name = "other")]
    struct Other {
        #[column(primary_key)]
        id: i64,
    }
    let db = with_schemas(db, &["s_presence"]).await?;
    db.create_all((Loose, Other)).await?;
    Other::insert_all([Other { id: 1 }, Other { id: 2 }]).execute(&db).await?;
    Loose::insert(Loose { a: None, b: None }).execute(&db).await?;
    let rows: Vec<(Other, Option<Loose>)> =
        Other::select().left_join_on(Loose, Other::ID.eq(1)).order_by(Other::ID).all(&db).await?;
    assert_eq!(rows.iter().map(|(_, loose)| loose.is_some()).collect::<Vec<_>>(), [true, false]);
    Ok(())
}

#[on_every_database]
async fn returning_has_subqueries_of_other_tables_of_the_schema(db: Database) -> Result<()> {
    let db = users(db).await?;
    Post::insert(NewPost { user_id: 2, title: "a".into() }).execute(&db).await?;
    let posts = Post::select().outer::<User>().filter(Post::USER_ID.eq(User::ID)).columns(count()).scalar_subquery();
    let changed = User::update().set(User::KARMA, 1).all_rows().returning((User::ID, posts));
    let mut changed: Vec<(i64, Option<i64>)> = changed.all(&db).await?;
    changed.sort_unstable();
    assert_eq!(changed, [(1, Some(0)), (2, Some(1))]);
    Ok(())
}

#[on_every_database]
async fn a_missing_table_is_an_error_that_names_its_schema(db: Database) -> Result<()> {
    let db = with_schemas(db, &["s_statements_missing"]).await?;
    #[derive(Table, Debug)]
    #[table(schema = "s_statements_missing", name = "nothing")]
    struct Nothing {
        #[column(primary_key)]
        id: i64,
    }
    let error = Nothing::select().all(&db).await.expect_err("it was not created");
    assert_eq!(*error.kind(), ErrorKind::Sql);
    assert!(error.to_string().contains("s_statements_missing.nothing"), "{error}");
    Ok(())
}
