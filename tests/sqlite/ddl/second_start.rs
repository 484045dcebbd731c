//! `create_if_missing` when a program starts again: the comparison knows the functions, collations
//! and settings of its connections, and ignores differences in spelling.

use std::cmp::Ordering;
use std::path::Path;

use aio_sql::{Builder, Database, ErrorKind, Result, Table, rusqlite, sql};

#[derive(Table, Debug)]
#[table(name = "teams")]
struct Team {
    #[column(primary_key, autoincrement)]
    id: i64,
    #[column(unique, collate = nocase)]
    name: String,
}

#[derive(Table, Clone, Debug, PartialEq)]
#[table(
    check = "title regexp '^[A-Z]'",
    check = "is_tidy(title)",
    index(expr = "slug(title)", name = "by_slug"),
    index(expr = "shout(title)", name = "by_shout"),
    index(name, where = "slug(title) <> ''")
)]
struct Product {
    #[column(primary_key, auto)]
    id: i64,
    title: String,
    #[column(collate = "backwards", unique)]
    name: String,
    cents: i64,
    #[column(generated = "floor(cents / 100.0)", stored)]
    whole: f64,
    #[column(generated = "slug(title)")]
    slug: String,
}

/// Returns the builder that the program uses at each start.
fn builder(path: &Path) -> Builder {
    Database::builder(path)
        .trust_schema()
        .schema_function("slug", |title: String| title.to_lowercase().replace(' ', "-"))
        .schema_function("is_tidy", |title: String| title.trim() == title)
        .on_connect(|raw| {
            let backwards = |a: &str, b: &str| -> Ordering { b.cmp(a) };
            raw.create_collation("backwards", backwards)?;
            let flags = rusqlite::functions::FunctionFlags::SQLITE_DETERMINISTIC;
            raw.create_scalar_function("shout", 1, flags, |context| {
                context.get::<String>(0).map(|text| text.to_uppercase())
            })
        })
}

#[tokio::test]
async fn a_restarted_program_accepts_its_own_tables() -> Result<()> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("shop.db");
    for start in 1..=3 {
        let db = builder(&path).open().await?;
        db.create_if_missing(Product).await?;
        let new = NewProduct { title: format!("Tea {start}"), name: format!("tea {start}"), cents: 250 };
        let stored = Product::insert(new).one(&db).await?;
        assert_eq!((stored.whole, stored.slug), (2.0, format!("tea-{start}")));
        let names = Product::select().order_by(Product::NAME).columns(Product::NAME).all(&db).await?;
        assert_eq!(names.first(), Some(&format!("tea {start}")), "the collation sorts backwards");
        db.close().await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_restarted_program_gets_the_differences_of_changed_tables() -> Result<()> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("shop.db");
    let db = builder(&path).open().await?;
    db.create_if_missing(Product).await?;
    sql!("drop index by_slug").execute(&db).await?;
    sql!("create index by_slug on product (slug(name))").execute(&db).await?;
    let error = db.create_if_missing(Product).await.expect_err("the index is another");
    let ErrorKind::Shape { differences, .. } = error.kind() else { panic!("{error:?}") };
    assert_eq!(differences.as_slice(), ["the index `by_slug` is on (slug(name)): expected on (slug(title))"]);
    db.close().await
}

#[tokio::test]
async fn a_function_that_is_no_longer_registered_is_named() -> Result<()> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("shop.db");
    let db = builder(&path).open().await?;
    db.create_if_missing(Product).await?;
    db.close().await?;
    let db = Database::open(&path).await?;
    let error = db.create_if_missing(Product).await.expect_err("its collation is not there");
    assert!(error.to_string().contains("the table product cannot be compared"), "{error}");
    assert!(error.to_string().contains("no such collation sequence: backwards"), "{error}");
    db.close().await
}

#[tokio::test]
async fn a_hook_that_fails_on_an_empty_database_does_not_prevent_the_comparison() -> Result<()> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("shop.db");
    let db = Database::open(&path).await?;
    db.create_if_missing(Team).await?;
    db.close().await?;
    for panics in [false, true] {
        let hook = move |raw: &mut rusqlite::Connection| {
            let found = raw.query_row("select count(*) from teams", [], |row| row.get::<_, i64>(0));
            assert!(found.is_ok() || !panics, "there is no such table");
            found.map(drop)
        };
        let db = Database::builder(&path).on_connect(hook).open().await?;
        db.create_if_missing(Team).await?;
        db.close().await?;
    }
    Ok(())
}

#[derive(Table, Clone, Debug)]
#[table(
    name = "notes",
    primary_key(shelf, number),
    unique(title, author),
    index(title, author),
    index(expr = "lower(title)", name = "by_lower"),
    index(expr = "author || title", name = "open_ones", where = "state = 'open' and number > 0"),
    check = "length(title) > 0 and (number > 0 or author is not null)"
)]
struct Note {
    shelf: i64,
    #[column(references = Team::ID)]
    number: i64,
    title: String,
    author: Option<String>,
    #[column(default = "open", check = "state <> ''")]
    state: String,
    #[column(default = 1)]
    weight: i64,
    #[column(default = sql("current_timestamp"))]
    made: String,
    #[column(default = true)]
    shown: bool,
    #[column(check = "ratio > 1e-5 and hex(ratio) <> x'00'")]
    ratio: f64,
    #[column(collate = nocase)]
    code: String,
    #[column(generated = "(number + 1) * weight")]
    total: i64,
}

/// Returns the DDL of the table and its indexes as the library writes it.
async fn statements() -> Result<Vec<String>> {
    let db = Database::memory().await?;
    db.create_all((Team, Note)).await?;
    let statements = sql!("select sql from sqlite_schema where tbl_name = 'notes' and sql is not null order by rowid");
    let statements = statements.all(&db).await?;
    db.close().await?;
    Ok(statements)
}

/// Creates the tables with the library's DDL, in which the first `from` is replaced by `to`, and
/// returns the differences that `create_if_missing` then reports.
async fn differences(from: &str, to: &str) -> Result<Vec<String>> {
    let script = statements().await?.join(";\n");
    assert!(script.contains(from), "`{from}` in {script}");
    let db = Database::memory().await?;
    db.create(Team).await?;
    db.execute_script(script.replacen(from, to, 1)).await?;
    let compared = db.create_if_missing((Team, Note)).await;
    db.close().await?;
    match compared.map_err(|error| error.kind().clone()) {
        Ok(()) => Ok(Vec::new()),
        Err(ErrorKind::Shape { differences, .. }) => Ok(differences),
        Err(other) => panic!("{other:?}"),
    }
}

/// The library's spellings of parts of the DDL, each with other spellings of the same meaning.
const SAME: &[(&str, &[&str])] = &[
    (
        "((lower(title)))",
        &["(((lower(title))))", "(LOWER(\"title\"))", "(lower([title]) asc)", "( /* short */ lower(`title`) )"],
    ),
    (
        "(\"title\", \"author\");",
        &["(title asc, author);", "(title collate binary, Author ASC);", "([title], `AUTHOR` COLLATE Binary asc);"],
    ),
    ("((author || title))", &["((author||title))", "(\"author\" || (title))", "(author || title collate binary)"]),
    (
        " WHERE state = 'open' and number > 0",
        &[
            " where (state = 'open') AND number>0",
            " WHERE ((state == 'open' and (number > 0)))",
            " where\nstate='open' -- yet\n and Number > 0x0",
        ],
    ),
    (
        "CHECK (length(title) > 0 and (number > 0 or author is not null))",
        &[
            "CHECK ((length(title) > 0) AND (number > 0 OR author IS NOT NULL))",
            "CHECK ((((length(\"title\")>0 and ((number > 0) or (author notnull))))))",
            "CHECK (length(title) > 0 and (number > 0 or author not null))",
        ],
    ),
    ("CHECK (state <> '')", &["CHECK (state != '')", "CHECK ((State) <> '')", "NOT NULL CHECK (\"state\"!='')"]),
    (
        "CONSTRAINT \"uq_notes_title_author\" UNIQUE",
        &["UNIQUE", "CONSTRAINT other UNIQUE", "unique (title, author),\n unique"],
    ),
    (
        "UNIQUE (\"title\", \"author\")",
        &["UNIQUE (title collate binary, author asc)", "unique(TITLE,Author) on conflict abort"],
    ),
    (
        "CONSTRAINT \"pk_notes\" PRIMARY KEY (\"shelf\", \"number\")",
        &[
            "PRIMARY KEY (shelf, number)",
            "primary key (Shelf asc, number) on conflict abort",
            "constraint \"a (b\" primary key(shelf,number)",
        ],
    ),
    ("DEFAULT 'open'", &["DEFAULT ('open')", "default \"open\"", "default (('open'))", "default open"]),
    ("DEFAULT 1 ", &["DEFAULT (1) ", "default +1 ", "default true ", "default 0x1 "]),
    ("DEFAULT 1,", &["DEFAULT (1),", "default TRUE,", "default (true),"]),
    ("DEFAULT (current_timestamp)", &["DEFAULT CURRENT_TIMESTAMP", "default (CURRENT_timestamp)"]),
    ("CHECK (ratio > 1e-5 and hex(ratio) <> x'00')", &["CHECK ((ratio>1E-5) and hex(ratio)<>X'00')"]),
    (
        "\"author\" TEXT",
        &[
            "author text null",
            "\"author\" TEXT DEFAULT NULL",
            "author TEXT default (null)",
            "author TEXT COLLATE BINARY",
        ],
    ),
    (
        "\"code\" TEXT NOT NULL COLLATE NOCASE",
        &["code text collate nocase not null", "code TEXT NOT NULL COLLATE \"NoCase\""],
    ),
    (
        "GENERATED ALWAYS AS ((number + 1) * weight) VIRTUAL",
        &["as ((((Number)+1))*weight)", "generated always as (((number + 1) * (weight))) virtual"],
    ),
    ("\"ratio\" REAL NOT NULL", &["ratio real constraint n not null", "ratio REAL not null on conflict abort"]),
    (
        "CONSTRAINT \"fk_notes_number\" FOREIGN KEY (\"number\") REFERENCES \"teams\" (\"id\")",
        &[
            "FOREIGN KEY (number) REFERENCES Teams (ID)",
            "foreign key (Number) references teams",
            "foreign key (number) references [teams](id) on delete no action not deferrable",
            "foreign key (number) references teams (id) match full deferrable initially immediate",
        ],
    ),
];

#[tokio::test]
async fn other_spellings_are_not_differences() -> Result<()> {
    for (ours, others) in SAME {
        for other in *others {
            assert_eq!(differences(ours, other).await?, [""; 0], "{other}");
        }
    }
    Ok(())
}

/// The library's spellings of parts of the DDL, each with a similar spelling of another meaning,
/// and a part of the reported difference.
const OTHER: &[(&str, &str, &str)] = &[
    ("((lower(title)))", "(lower(title) desc)", "by_lower"),
    ("((lower(title)))", "(lower(title) collate nocase)", "by_lower"),
    ("((lower(title)))", "(upper(title))", "by_lower"),
    ("(\"title\", \"author\");", "(title desc, author);", "ix_notes_title_author"),
    ("(\"title\", \"author\");", "(title collate nocase, author);", "ix_notes_title_author"),
    ("(\"title\", \"author\");", "(author, title);", "ix_notes_title_author"),
    (" WHERE state = 'open' and number > 0", "", "open_ones"),
    (" WHERE state = 'open' and number > 0", " where state = 'Open' and number > 0", "open_ones"),
    (
        "CHECK (length(title) > 0 and (number > 0 or author is not null))",
        "CHECK (length(title) > 0 and number > 0 or author is not null)",
        "check",
    ),
    ("UNIQUE (\"title\", \"author\")", "UNIQUE (title collate nocase, author)", "UNIQUE"),
    ("UNIQUE (\"title\", \"author\")", "UNIQUE (title, author) on conflict replace", "ON CONFLICT"),
    ("\"ratio\" REAL NOT NULL", "ratio real not null on conflict ignore", "ON CONFLICT"),
    ("DEFAULT 'open'", "DEFAULT 'Open'", "`state`"),
    ("DEFAULT 1 ", "DEFAULT 1.5 ", "`shown`"),
    ("DEFAULT (current_timestamp)", "DEFAULT current_date", "`made`"),
    ("((number + 1) * weight)", "(number + 1 * weight)", "`total`"),
    ("REFERENCES \"teams\" (\"id\")", "REFERENCES teams (name)", "foreign key"),
];

#[tokio::test]
async fn other_meanings_are_differences() -> Result<()> {
    for (ours, other, word) in OTHER {
        let differences = differences(ours, other).await?;
        assert!(differences.iter().any(|line| line.contains(word)), "{other}: {differences:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_column_with_two_foreign_keys_is_compared_with_both() -> Result<()> {
    let db = Database::memory().await?;
    db.create_all((Team, Note)).await?;
    db.drop(Note).await?;
    let script = statements().await?.join(";\n");
    let twice = "FOREIGN KEY (number) REFERENCES \"others\" (id), CONSTRAINT \"fk_notes_number\"";
    db.execute_script(script.replacen("CONSTRAINT \"fk_notes_number\"", twice, 1)).await?;
    let error = db.create_if_missing(Note).await.expect_err("one key too many");
    assert!(error.to_string().contains("to others (id)"), "{error}");
    db.close().await
}
