//! Nested records: fields of a record that are read from several columns.

#![allow(clippy::unwrap_used)]

use aio_sql::{Database, ErrorKind, Record, Result, Table, alias, count, cte, sql};
use servers::on_every_database;

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "users")]
struct User {
    #[column(primary_key, auto)]
    id: i64,
    name: String,
    email: Option<String>,
}

#[derive(Table, Clone, Debug, PartialEq)]
struct Post {
    #[column(primary_key, auto)]
    id: i64,
    #[column(name = "headline")]
    title: String,
    #[column(references = User::ID)]
    author_id: i64,
    #[column(references = User::ID)]
    editor_id: Option<i64>,
}

alias!(Editor = User);

#[derive(Record, Clone, Debug, PartialEq)]
struct Person {
    #[record(name = "called")]
    name: String,
    email: Option<String>,
}

#[derive(Record, Debug, PartialEq)]
struct Line {
    #[record(nested)]
    post: Post,
    #[record(name = "writer")]
    author: String,
}

#[derive(Record, Debug, PartialEq)]
struct Edited {
    title: String,
    #[record(nested)]
    author: Person,
    #[record(nested)]
    editor: Option<Person>,
}

#[derive(Record, Debug, PartialEq)]
struct Pair {
    #[record(nested)]
    post: Post,
    #[record(nested)]
    editor: Option<User>,
}

async fn fill(db: &Database) -> Result<()> {
    db.create_all((User, Post)).await?;
    User::insert(NewUser { name: "Ann".into(), email: None }).execute(db).await?;
    User::insert(NewUser { name: "Bob".into(), email: Some("bob@example.org".into()) }).execute(db).await?;
    for (title, editor_id) in [("One", Some(2)), ("Two", None)] {
        Post::insert(NewPost { title: title.into(), author_id: 1, editor_id }).execute(db).await?;
    }
    Ok(())
}

fn ann() -> Person {
    Person { name: "Ann".into(), email: None }
}

fn bob() -> Person {
    Person { name: "Bob".into(), email: Some("bob@example.org".into()) }
}

#[on_every_database]
async fn a_row_of_a_table_is_a_field_of_a_record(db: Database) -> Result<()> {
    fill(&db).await?;
    let lines: Vec<Line> = Post::select()
        .join_via(Post::AUTHOR_ID)
        .order_by(Post::ID)
        .columns((Post, User::NAME))
        .record()
        .all(&db)
        .await?;
    let first = Post { id: 1, title: "One".into(), author_id: 1, editor_id: Some(2) };
    assert_eq!(lines[0], Line { post: first, author: "Ann".into() });
    assert_eq!((lines.len(), lines[1].post.title.as_str()), (2, "Two"));
    db.close().await
}

#[on_every_database]
async fn the_outer_side_of_a_join_is_an_option_of_a_row(db: Database) -> Result<()> {
    fill(&db).await?;
    let pairs: Vec<Pair> = Post::select().left_join_via(Post::EDITOR_ID).order_by(Post::ID).record().all(&db).await?;
    let editors: Vec<_> = pairs.iter().map(|pair| pair.editor.as_ref().map(|editor| editor.id)).collect();
    assert_eq!(editors, [Some(2), None]);
    let same: Vec<Pair> = Post::select()
        .left_join_via(Post::EDITOR_ID)
        .order_by(Post::ID)
        .columns((Post, User))
        .record()
        .all(&db)
        .await?;
    assert_eq!(same, pairs);
    db.close().await
}

#[on_every_database]
async fn a_record_in_a_record_takes_a_tuple_of_its_columns(db: Database) -> Result<()> {
    fill(&db).await?;
    let lines: Vec<Edited> = Post::select()
        .join_via(Post::AUTHOR_ID)
        .left_join_via(Post::EDITOR_ID.to::<Editor>())
        .order_by(Post::ID)
        .columns((Post::TITLE, (User::NAME, User::EMAIL), (User::NAME.of::<Editor>(), User::EMAIL.of::<Editor>())))
        .record()
        .all(&db)
        .await?;
    assert_eq!(lines[0], Edited { title: "One".into(), author: ann(), editor: Some(bob()) });
    assert_eq!(lines[1], Edited { title: "Two".into(), author: ann(), editor: None });
    db.close().await
}

#[on_every_database]
async fn records_nest_as_deep_as_is_wanted(db: Database) -> Result<()> {
    #[derive(Record, Debug, PartialEq)]
    struct Counted {
        #[record(nested)]
        line: Inner,
        posts: i64,
    }
    #[derive(Record, Debug, PartialEq)]
    struct Inner {
        id: i64,
        #[record(nested)]
        who: Person,
    }
    fill(&db).await?;
    let query = User::select().join_via(Post::AUTHOR_ID).group_by((User::ID, User::NAME, User::EMAIL));
    let counted: Counted = query.columns(((User::ID, (User::NAME, User::EMAIL)), count())).record().one(&db).await?;
    assert_eq!(counted, Counted { line: Inner { id: 1, who: ann() }, posts: 2 });
    let raw: Counted = sql!("select id, name as called, email, 2 as posts from {User} where id = 1").one(&db).await?;
    assert_eq!(raw, counted);
    db.close().await
}

#[on_every_database]
async fn a_row_of_a_named_query_is_a_field_of_a_record(db: Database) -> Result<()> {
    #[derive(Record, Debug, PartialEq)]
    struct Written {
        user_id: i64,
        posts: i64,
    }
    #[derive(Record, Debug, PartialEq)]
    struct Activity {
        name: String,
        #[record(nested)]
        written: Option<Written>,
    }
    fill(&db).await?;
    let written = cte(Written, Post::select().group_by(Post::AUTHOR_ID).columns((Post::AUTHOR_ID, count())));
    let activity: Vec<Activity> = User::select()
        .left_join_on(&written, Written::USER_ID.eq(User::ID))
        .order_by(User::ID)
        .columns((User::NAME, Written))
        .record()
        .all(&db)
        .await?;
    assert_eq!(activity[0], Activity { name: "Ann".into(), written: Some(Written { user_id: 1, posts: 2 }) });
    assert_eq!(activity[1], Activity { name: "Bob".into(), written: None });
    db.close().await
}

#[on_every_database]
async fn a_raw_query_returns_the_columns_in_the_order_of_the_fields(db: Database) -> Result<()> {
    fill(&db).await?;
    let lines: Vec<Line> =
        sql!("select p.*, u.name as writer from {Post} p join {User} u on u.id = p.author_id order by p.id")
            .all(&db)
            .await?;
    assert_eq!((lines[1].post.id, lines[1].author.as_str()), (2, "Ann"));
    let pairs: Vec<Pair> =
        sql!("select * from {Post} p left join {User} u on u.id = p.editor_id order by p.id").all(&db).await?;
    assert_eq!(pairs[0].editor.as_ref().map(|editor| editor.name.as_str()), Some("Bob"), "two columns are called `id`");
    assert_eq!(pairs[1].editor, None);
    let mut stream = sql!("select * from {Post} p left join {User} u on u.id = p.editor_id").stream::<Pair>(&db);
    assert_eq!(stream.next().await.unwrap()?.post.id, 1);
    db.close().await
}

#[on_every_database]
async fn columns_of_a_nested_struct_may_have_any_order(db: Database) -> Result<()> {
    fill(&db).await?;
    let line: Line =
        sql!("select author_id, editor_id, headline, id, 'x' as WRITER from {Post} where id = 2").one(&db).await?;
    let post = Post { id: 2, title: "Two".into(), author_id: 1, editor_id: None };
    assert_eq!(line, Line { post, author: "x".into() });
    let pair: Pair = sql!(
        "select p.editor_id, p.author_id, p.id, p.headline, u.email, u.name, u.id
         from {Post} p left join {User} u on u.id = p.editor_id order by p.id desc"
    )
    .one(&db)
    .await?;
    assert_eq!((pair.post.id, pair.editor), (2, None));
    db.close().await
}

#[on_every_database]
async fn misplaced_columns_are_an_error(db: Database) -> Result<()> {
    fill(&db).await?;
    let swapped = sql!("select u.*, p.* from {Post} p join {User} u on u.id = p.author_id").all::<Pair>(&db).await;
    let error = swapped.expect_err("the user stands first");
    assert_eq!(error.kind(), &ErrorKind::Usage);
    assert_eq!(
        error.to_string(),
        "`Pair` has nested structs, and reads these columns in this order: id, headline, author_id, editor_id, id, name, \
         email; the query returns: id, name, email, id, headline, author_id, editor_id"
    );
    for query in [
        sql!("select * from {Post}"),
        sql!("select *, 'Ann' as author from {Post}"),
        sql!("select *, 'Ann' as writer, 1 as more from {Post}"),
    ] {
        assert_eq!(query.all::<Line>(&db).await.expect_err("others").kind(), &ErrorKind::Usage);
    }
    db.close().await
}

#[on_every_database]
async fn a_value_that_does_not_fit_is_named_where_columns_are_in_another_order(db: Database) -> Result<()> {
    fill(&db).await?;
    let error = sql!("select 'x' as email, 1 as more, 7 as called").one::<Person>(&db).await.expect_err("a number");
    assert!(matches!(error.kind(), ErrorKind::Decode { column: Some(column), .. } if column == "called"), "{error:?}");
    let error =
        sql!("select 1 as id, 2 as author_id, 3 as editor_id, 4 as headline, '' as writer").one::<Line>(&db).await;
    let error = error.expect_err("a number");
    assert!(
        matches!(error.kind(), ErrorKind::Decode { column: Some(column), .. } if column == "headline"),
        "{error:?}"
    );
    db.close().await
}

#[on_every_database]
async fn writes_return_nested_records_too(db: Database) -> Result<()> {
    fill(&db).await?;
    let renamed: Vec<Edited> = User::update()
        .set(User::EMAIL, "new")
        .all_rows()
        .returning((User::NAME, (User::NAME, User::EMAIL), (User::EMAIL, User::EMAIL)))
        .record()
        .all(&db)
        .await?;
    assert_eq!(renamed[0].author.email.as_deref(), Some("new"));
    db.close().await
}

/// The fields of a record that only names the columns of a query are never read, and cause no
/// warning of dead code.
mod only_named {
    #![deny(dead_code)]

    use aio_sql::{Database, Record, Result, cte, values};

    #[derive(Record)]
    struct Numbered {
        number: i64,
        name: String,
    }

    #[servers::on_every_database]
    async fn a_record_may_name_a_query_and_never_be_read(db: Database) -> Result<()> {
        let numbered = cte(Numbered, values([(1_i64, "one".to_owned()), (2, "two".to_owned())]));
        assert_eq!(numbered.select().filter(Numbered::NUMBER.gt(1)).columns(Numbered::NAME).all(&db).await?, ["two"]);
        db.close().await
    }
}
