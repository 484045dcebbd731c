//! `Schema::of` the structs is the schema of a database in which their tables were created.

use aio_sql::inspect::{Action, Auto};
use aio_sql::{SqlType, Table};

use super::*;

#[derive(SqlType, Clone, Copy, Debug, PartialEq)]
enum Status {
    Draft,
    Published,
}

#[derive(Table, Clone, Debug)]
#[table(unique(country, name), check = "length(land) = 2", check(expr = "name <> land", name = "other_name"))]
struct Author {
    #[column(primary_key, autoincrement)]
    id: i64,
    #[column(collate = nocase)]
    name: String,
    #[column(name = "land", index)]
    country: String,
    #[column(references = Author::ID, on_delete = set_null, on_update = cascade)]
    teacher: Option<i64>,
}

#[derive(Table, Clone, Debug)]
#[table(
    name = "posts of \"all\"",
    index(author_id, created, unique, name = "once"),
    index(title, where = "status = 'draft'"),
    index(expr = "lower(title)", name = "by_title"),
    index(expr = "slug(title)", name = "by_slug"),
    check = "is_tidy(title)"
)]
struct Post {
    #[column(primary_key, auto)]
    id: i64,
    #[column(references = Author::ID, on_delete = cascade, deferred)]
    author_id: i64,
    #[column(unique, collate = "by_sound")]
    title: String,
    #[column(default = "draft")]
    status: Status,
    #[column(default = 0, check = "views >= 0")]
    views: u32,
    #[column(default = b"\x00\x01")]
    bytes: Vec<u8>,
    #[column(default = 0.5)]
    ratio: f64,
    #[column(default = now)]
    since: std::time::SystemTime,
    #[column(default = sql("abs(-7)"))]
    number: i64,
    #[column(default = true)]
    active: bool,
    #[column(generated = "lower(title)", stored)]
    lower: String,
    #[column(generated = "length(title)", virtual)]
    length: i64,
    #[column(created_at)]
    created: std::time::SystemTime,
    #[column(updated_at)]
    updated: std::time::SystemTime,
    #[column(version)]
    version: i64,
}

#[derive(Table, Clone, Debug)]
#[table(primary_key(post, place), without_rowid)]
struct Line {
    #[column(references = Post::ID)]
    post: i64,
    place: i16,
    text: Option<String>,
}

#[derive(Table, Clone, Debug)]
#[table(strict = false, foreign_key(columns(post, place), references(Line::POST, Line::PLACE), on_delete = restrict))]
struct Note {
    post: i64,
    place: i16,
    text: Option<String>,
}

#[tokio::test]
async fn schema_of_structs_is_what_create_all_makes() -> Result<()> {
    let builder = Database::builder(":memory:").trust_schema().on_connect(|raw| {
        let flags = aio_sql::rusqlite::functions::FunctionFlags::SQLITE_DETERMINISTIC;
        raw.create_collation("by_sound", |one: &str, other: &str| one.cmp(other))?;
        for name in ["slug", "is_tidy"] {
            raw.create_scalar_function(name, 1, flags, |context| context.get::<String>(0))?;
        }
        Ok(())
    });
    let db = builder.open().await?;
    db.create_all((Note, Line, Post, Author)).await?;
    let (declared, created) = (Schema::of((Note, Line, Post, Author))?, db.inspect().await?);
    assert_eq!(declared, created);
    assert_eq!(declared.differences(&created)?.len(), 0);

    let author = declared.table("author").unwrap();
    assert_eq!(author.column("ID").unwrap().auto(), Auto::NeverUsed);
    assert_eq!(author.column("name").unwrap().collation(), Some("NOCASE"));
    assert_eq!(
        (author.uniques()[0].columns(), author.uniques()[0].name()),
        (vec!["land", "name"], Some("uq_author_land_name"))
    );
    let checks: Vec<_> = author.checks().iter().map(|check| (check.name(), check.expression())).collect();
    assert_eq!(checks, [(Some("ck_author_1"), "length(land) = 2"), (Some("other_name"), "name <> land")]);
    let teacher = &author.foreign_keys()[0];
    assert_eq!((teacher.table(), teacher.targets()), ("author", &["id".to_owned()][..]));
    assert_eq!((teacher.on_delete(), teacher.on_update()), (Action::SetNull, Action::Cascade));

    let post = declared.table("posts of \"all\"").unwrap();
    assert!(post.is_strict() && !post.is_without_rowid());
    assert!(post.foreign_keys()[0].is_deferred() && post.foreign_keys()[0].is_deferrable());
    assert_eq!(post.column("title").unwrap().collation(), Some("by_sound"));
    let defaults = post.columns().iter().filter_map(|column| Some((column.name(), column.default()?)));
    assert_eq!(
        defaults.collect::<Vec<_>>(),
        [
            ("status", "'draft'"),
            ("views", "0"),
            ("bytes", "x'0001'"),
            ("ratio", "0.5"),
            ("since", "strftime('%Y-%m-%dT%H:%M:%f000000Z', 'now')"),
            ("number", "abs(-7)"),
            ("active", "1"),
        ]
    );
    let generated = post
        .columns()
        .iter()
        .filter_map(|column| Some((column.generated()?.expression(), column.generated()?.is_stored())));
    assert_eq!(generated.collect::<Vec<_>>(), [("lower(title)", true), ("length(title)", false)]);
    let index = |name| post.index(name).unwrap();
    assert!(index("once").is_unique());
    assert_eq!(index("ONCE").columns(), ["author_id", "created"]);
    assert_eq!(index("by_slug").parts()[0].expression(), Some("slug(title)"));
    let partial = post.indexes().iter().find_map(|index| index.condition());
    assert_eq!(partial, Some("status = 'draft'"));

    let line = declared.table("line").unwrap();
    assert!(line.is_without_rowid());
    assert_eq!(line.primary_key().unwrap().columns(), ["post", "place"]);
    let note = declared.table("note").unwrap();
    assert!(!note.is_strict() && note.primary_key().is_none());
    assert_eq!(note.foreign_keys()[0].targets(), ["post", "place"]);
    db.close().await
}

/// The tables of two versions of a program.
mod versions {
    use aio_sql::Table;

    #[derive(Table, Debug)]
    pub(super) struct Product {
        #[column(primary_key, auto)]
        id: i64,
        name: String,
    }

    pub(super) mod second {
        use aio_sql::Table;

        #[derive(Table, Debug)]
        #[table(index(cents))]
        pub(crate) struct Product {
            #[column(primary_key, auto)]
            id: i64,
            name: Option<String>,
            #[column(default = 0)]
            cents: i64,
        }
    }
}

#[tokio::test]
async fn the_structs_of_two_versions_differ_in_what_was_changed() -> Result<()> {
    let (first, second) = (Schema::of(versions::Product)?, Schema::of(versions::second::Product)?);
    let differences: Vec<_> = second.differences(&first)?.iter().map(shown).collect();
    assert_eq!(
        differences,
        ["product: +column name -column name", "product: +column cents", "product: +index ix_product_cents"]
    );
    Ok(())
}

#[derive(Table, Debug)]
#[table(check = "a a a")]
struct NoSql {
    a: i64,
}

#[test]
fn what_the_database_would_not_create_is_an_error_that_names_the_place() {
    let error = Schema::of(NoSql).unwrap_err();
    assert!(matches!(error.kind(), aio_sql::ErrorKind::Sql), "{error:?}");
    assert!(error.to_string().contains("near \"a\": syntax error"), "{error}");
}
