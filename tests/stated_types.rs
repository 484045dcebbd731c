//! Expressions whose types a program writes down: results of functions, elements of lists,
//! conditions that are built step by step.

#![allow(clippy::unwrap_used)]

use aio_sql::expr::Order;
use aio_sql::expr::{Aggregate, Case};
use aio_sql::types::Nullable;
use aio_sql::{Condition, Database, Expr, Result, Table, all_of, case, count, exists, value};
use servers::on_every_database;

#[derive(Table, Clone, Debug, PartialEq)]
struct Author {
    #[column(primary_key)]
    id: i64,
    name: String,
    nick: Option<String>,
}

#[derive(Table, Clone, Debug, PartialEq)]
struct Post {
    #[column(primary_key)]
    id: i64,
    #[column(references = Author::ID)]
    author_id: i64,
    title: String,
    words: i32,
    #[column(name = "reviewed")]
    seen: Option<bool>,
}

#[derive(Table, Clone, Debug, PartialEq)]
struct Comment {
    #[column(primary_key)]
    id: i64,
    #[column(references = Post::ID)]
    post_id: i64,
    text: String,
}

async fn filled(db: &Database) -> Result<()> {
    db.create_all((Author, Post, Comment)).await?;
    let authors = [(1, "Dana", Some("D")), (2, "Dan", None), (3, "Casey", None)];
    let author =
        |(id, name, nick): (i64, &str, Option<&str>)| Author { id, name: name.into(), nick: nick.map(Into::into) };
    Author::insert_all(authors.map(author)).execute(db).await?;
    let posts = [(1, 1, "One", 100, Some(true)), (2, 1, "Two", 900, None), (3, 2, "Three", 5000, Some(false))];
    let post = |(id, author_id, title, words, seen): (i64, i64, &str, i32, _)| Post {
        id,
        author_id,
        title: title.into(),
        words,
        seen,
    };
    Post::insert_all(posts.map(post)).execute(db).await?;
    let comment = |(id, post_id): (i64, i64)| Comment { id, post_id, text: "no".into() };
    Comment::insert_all([(1, 1), (2, 1), (3, 3)].map(comment)).execute(db).await?;
    Ok(())
}

// Functions that return conditions, values, aggregates and orders, over one table and over
// several. Each states the type that it returns.

fn long() -> Condition<Post> {
    Post::WORDS.gt(500).and(Post::TITLE.ne("")).rescope()
}

fn reviewed() -> Condition<Post> {
    Post::SEEN.into()
}

fn by(name: &str) -> Condition<(Author, Post)> {
    Author::NAME.eq(name).or(Author::NICK.eq(name)).and(Post::ID.gt(0)).rescope()
}

fn by_line() -> Expr<(Author, Post), String> {
    Post::TITLE.concat(" by ").concat(Author::NAME).rescope()
}

fn known_as() -> Expr<(Author,), String> {
    Author::NICK.coalesce(Author::NAME).into()
}

fn nick(shown: bool) -> Expr<(Author,), Option<String>> {
    if shown { Author::NICK.into() } else { value("-".to_owned()).into() }
}

fn words() -> Aggregate<(Post,), Option<i64>> {
    Post::WORDS.sum().filter(Post::TITLE.ne("Two")).into()
}

fn letters() -> Aggregate<(Author, Post), Option<i64>> {
    (Post::TITLE.length() + Author::NAME.length()).sum().rescope()
}

fn pages() -> Expr<(Post,), Option<i64>> {
    Post::WORDS.sum().into()
}

fn order(by: &str) -> Order<(Author, Post)> {
    match by {
        "author" => Author::NAME.asc().rescope(),
        "line" => by_line().asc(),
        _ => Post::WORDS.desc().rescope(),
    }
}

fn newest() -> [Order<(Post,)>; 2] {
    [Post::SEEN.is_null().asc().into(), Post::ID.desc().rescope()]
}

fn shouted(text: Expr<(Author,), String>) -> Expr<(Author,), String> {
    text.concat("!").upper()
}

#[on_every_database]
async fn a_function_returns_a_condition_over_a_table_or_over_several(db: Database) -> Result<()> {
    filled(&db).await?;
    assert_eq!(Post::select().filter(long()).columns(Post::ID).all(&db).await?, [2, 3]);
    assert_eq!(Post::select().filter(reviewed()).columns(Post::ID).all(&db).await?, [1]);
    let both = Author::select().join(Post).filter(by("D")).filter(long());
    assert_eq!(both.columns(Post::ID).all(&db).await?, [2]);
    let all = all_of([by("Dana"), long().rescope(), reviewed().rescope()]);
    assert_eq!(Author::select().join(Post).filter(all).count(&db).await?, 0);
    Ok(())
}

#[on_every_database]
async fn a_function_returns_a_value_of_any_type_over_a_table_or_over_several(db: Database) -> Result<()> {
    filled(&db).await?;
    let lines: Vec<String> = Author::select().join(Post).order_by(Post::ID).columns(by_line()).all(&db).await?;
    assert_eq!(lines, ["One by Dana", "Two by Dana", "Three by Dan"]);
    let names = Author::select().order_by(Author::ID).columns((known_as(), shouted(known_as()), nick(false)));
    assert_eq!(names.limit(1).all(&db).await?, [("D".to_owned(), "D!".to_owned(), Some("-".to_owned()))]);
    assert_eq!(
        Author::select().order_by(Author::ID).columns(nick(true)).all(&db).await?,
        [Some("D".into()), None, None]
    );
    Ok(())
}

#[on_every_database]
async fn a_stated_type_includes_the_outer_side_of_a_join(db: Database) -> Result<()> {
    filled(&db).await?;
    let authors = || Author::select().left_join(Post).order_by((Author::ID, Post::ID));
    let lines: Vec<Option<String>> = authors().columns(by_line()).all(&db).await?;
    assert_eq!(lines[2..], [Some("Three by Dan".to_owned()), None]);
    let names: Vec<String> = authors().columns(known_as()).all(&db).await?;
    assert_eq!(names, ["D", "D", "Dan", "Casey"]);
    Ok(())
}

#[on_every_database]
async fn a_function_returns_an_aggregate_or_an_order(db: Database) -> Result<()> {
    filled(&db).await?;
    let sums: Vec<(i64, Option<i64>, Option<i64>)> = Post::select()
        .group_by(Post::AUTHOR_ID)
        .having(words().gt(50))
        .order_by(Post::AUTHOR_ID)
        .columns((Post::AUTHOR_ID, words(), pages()))
        .all(&db)
        .await?;
    assert_eq!(sums, [(1, Some(100), Some(1000)), (2, Some(5000), Some(5000))]);
    let letters = Author::select().join(Post).columns((letters(), letters().distinct())).one(&db).await?;
    assert_eq!(letters, (Some(22), Some(15)));
    for (by, ids) in [("author", [3, 1, 2]), ("line", [1, 3, 2]), ("words", [3, 2, 1])] {
        let posts = Author::select().join(Post).order_by([order(by), Post::ID.asc().rescope()]);
        assert_eq!(posts.columns(Post::ID).all(&db).await?, ids, "{by}");
    }
    assert_eq!(Post::select().order_by(newest()).columns(Post::ID).all(&db).await?, [3, 1, 2]);
    Ok(())
}

#[on_every_database]
async fn a_stated_type_works_in_subqueries_and_with_tables_in_another_order(db: Database) -> Result<()> {
    filled(&db).await?;
    let posts = exists(Post::select().outer::<Author>().filter(Post::AUTHOR_ID.eq(Author::ID)).filter(by("Dan")));
    assert_eq!(Author::select().filter(posts).columns(Author::ID).all(&db).await?, [2]);
    let turned = Comment::select().join(Post).join(Author).filter(by("Dana")).columns((Comment::ID, by_line()));
    assert_eq!(turned.all(&db).await?.len(), 2);
    let wider: Condition<(Comment, Author, Post)> = by("Dan").and(Comment::TEXT.ne("yes")).rescope();
    assert_eq!(Comment::select().join(Post).join(Author).filter(wider).count(&db).await?, 1);
    let two =
        exists(Comment::select().outer::<(Author, Post)>().filter(Comment::POST_ID.eq(Post::ID)).filter(by("Dana")));
    assert_eq!(Author::select().join(Post).filter(two).columns(Post::ID).all(&db).await?, [1]);
    Ok(())
}

// CASE expressions.

fn size(limits: &[(i32, &str)]) -> Expr<(Post,), String> {
    let mut size = Case::<(Post,), String>::new();
    for (words, name) in limits {
        size.push(Post::WORDS.lt(*words), *name);
    }
    size.otherwise("endless")
}

#[on_every_database]
async fn a_case_can_be_built_in_a_loop(db: Database) -> Result<()> {
    filled(&db).await?;
    let sizes = async |limits: &[(i32, &str)]| Post::select().order_by(Post::ID).columns(size(limits)).all(&db).await;
    assert_eq!(sizes(&[(500, "short"), (1000, "long")]).await?, ["short", "long", "endless"]);
    assert_eq!(sizes(&[(1000, "long"), (500, "short")]).await?, ["long", "long", "endless"], "the first that holds");
    assert_eq!(sizes(&[]).await?, ["endless"; 3], "no CASE without a WHEN");
    let many: Vec<_> = (0..300).map(|words| (words, "few")).collect();
    assert_eq!(sizes(&many).await?, ["few", "endless", "endless"]);
    Ok(())
}

#[on_every_database]
async fn a_case_over_several_tables_takes_arms_of_any_of_them(db: Database) -> Result<()> {
    filled(&db).await?;
    let mut label = Case::<(Author, Post), String, Nullable>::default();
    label.push(Post::WORDS.gt(1000), Author::NICK);
    label.push(Author::NICK.is_null().or(Post::SEEN), Post::TITLE);
    label.push(by("D"), by_line());
    let (open, closed) = (label.clone().end(), label.otherwise("none"));
    let labels = Author::select().join(Post).order_by(Post::ID).columns((open, closed)).all(&db).await?;
    let some = |text: &str| (Some(text.to_owned()), Some(text.to_owned()));
    assert_eq!(labels, [some("One"), some("Two by Dana"), (None, None)]);
    Ok(())
}

#[on_every_database]
async fn a_case_without_stated_tables_has_the_types_of_its_arms(db: Database) -> Result<()> {
    filled(&db).await?;
    let named = case::<String>().when(Post::WORDS.gt(1000), "long").otherwise(Author::NAME);
    let nicked = case::<String>().when(Post::WORDS.gt(1000), "long").otherwise(Author::NICK);
    let rows: Vec<(String, Option<String>)> =
        Author::select().join(Post).order_by(Post::ID).columns((named, nicked)).all(&db).await?;
    assert_eq!(rows[1..], [("Dana".into(), Some("D".into())), ("long".into(), Some("long".into()))]);
    let counted: Expr<(Post,), i64> = case::<i64>().when(Post::WORDS.gt(1000), count()).otherwise(0).into();
    let groups = Post::select().group_by((Post::ID, Post::WORDS)).order_by(Post::ID);
    assert_eq!(groups.columns(counted).all(&db).await?, [0, 0, 1]);
    Ok(())
}
