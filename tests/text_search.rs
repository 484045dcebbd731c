//! Full-text search of PostgreSQL: columns that are searched, queries, ranks and headlines.

#![cfg(all(feature = "sqlite", feature = "postgres"))]
#![allow(clippy::unwrap_used)]

use aio_sql::text_search::{
    TsQuery, TsVector, TsWeight, phraseto_tsquery, plainto_tsquery, to_tsquery, websearch_to_tsquery,
};
use aio_sql::{Database, Dialect, ErrorKind, Result, Select, Table, not, sql};
use servers::on_every_database;

#[derive(Table, Clone, Debug, PartialEq)]
#[table(index(words, using = "gin"))]
struct Article {
    #[column(primary_key, auto)]
    id: i64,
    title: String,
    body: Option<String>,
    #[column(
        generated = "setweight(to_tsvector('english', title), 'A') || to_tsvector('english', coalesce(body, ''))",
        stored
    )]
    words: TsVector,
}

#[derive(Table, Clone, Debug, PartialEq)]
struct Prepared {
    #[column(primary_key)]
    id: i64,
    words: Option<TsVector>,
    query: TsQuery,
}

#[derive(Table, Clone, Debug)]
struct Note {
    #[column(primary_key, auto)]
    id: i64,
    text: String,
}

async fn articles(db: &Database) -> Result<()> {
    db.create(Article).await?;
    let rows = [
        ("Green tea", Some("How to brew a cup of green tea, and how hot the water has to be.")),
        ("Coffee", Some("Brewing coffee takes less time than brewing tea.")),
        ("The cups", Some("A cup for water. A cup for wine.")),
        ("It's <b>raw</b>", None),
    ];
    let rows = rows.map(|(title, body)| NewArticle { title: title.into(), body: body.map(str::to_owned) });
    Article::insert_all(rows).execute(db).await?;
    Ok(())
}

async fn ids(query: Select<Article>, db: &Database) -> Result<Vec<i64>> {
    query.order_by(Article::ID).columns(Article::ID).all(db).await
}

#[on_every_database(except sqlite = Unsupported("`tsvector`"))]
async fn a_generated_column_is_searched_by_each_kind_of_query(db: Database) -> Result<()> {
    articles(&db).await?;
    let found = async |query| ids(Article::select().filter(Article::WORDS.matches(query)), &db).await;
    assert_eq!(found(websearch_to_tsquery("english", "brew")).await?, [1, 2], "words are found in each form");
    assert_eq!(found(websearch_to_tsquery("english", "tea -coffee")).await?, [1]);
    assert_eq!(found(websearch_to_tsquery("english", "\"cup of green tea\" or wine")).await?, [1, 3]);
    assert_eq!(found(plainto_tsquery("english", "tea, coffee!")).await?, [2]);
    assert_eq!(found(phraseto_tsquery("english", "green tea")).await?, [1]);
    assert_eq!(found(phraseto_tsquery("english", "tea green")).await?, [0; 0]);
    assert_eq!(found(to_tsquery("english", "wat:* & !win:*")).await?, [1]);
    assert_eq!(found(to_tsquery("english", "tea:A")).await?, [1], "the word has this weight in the title only");
    // What a user types is never an error, and never SQL.
    for typed in ["", "\"", "-", "or", "a & | b", "'; drop table article --", "\\"] {
        found(websearch_to_tsquery("english", typed)).await?;
        found(plainto_tsquery("english", typed)).await?;
    }
    let error = found(to_tsquery("english", "a &")).await.unwrap_err();
    assert_eq!(error.code(), Some("42601"), "{error}");
    let without = Article::select().filter(not(Article::WORDS.matches(plainto_tsquery("english", "cup"))));
    assert_eq!(ids(without, &db).await?, [2, 4]);
    // The name of a configuration is no SQL either.
    let error = found(plainto_tsquery("no'such", "tea")).await.unwrap_err();
    assert_eq!(error.code(), Some("42704"), "{error}");
    db.close().await
}

#[on_every_database(except sqlite = Unsupported("`tsvector`"))]
async fn the_best_matches_come_first_and_show_where_they_match(db: Database) -> Result<()> {
    articles(&db).await?;
    let query = websearch_to_tsquery("english", "tea");
    let found = Article::select().filter(Article::WORDS.matches(query.clone()));
    let ranked = found.clone().order_by(Article::WORDS.ts_rank(query.clone()).desc());
    let rows: Vec<(i64, f64, f64)> = ranked
        .columns((Article::ID, Article::WORDS.ts_rank(query.clone()), Article::WORDS.ts_rank_cd(query.clone())))
        .all(&db)
        .await?;
    assert!(rows.len() == 2 && rows[0].0 == 1 && rows[0].1 > rows[1].1 && rows[0].2 > rows[1].2, "{rows:?}");
    let headlines = Article::TITLE.ts_headline("english", query.clone());
    let shown: Vec<String> = found.order_by(Article::ID).columns(headlines).all(&db).await?;
    assert_eq!(shown, ["Green <b>tea</b>", "Coffee"]);
    // The headline of NULL is NULL.
    let missing = Article::select().filter(Article::ID.eq(4)).columns(Article::BODY.ts_headline("english", query));
    assert_eq!(missing.one(&db).await?, None);
    db.close().await
}

#[on_every_database(except sqlite = Unsupported("`tsvector`"))]
async fn texts_are_prepared_weighted_and_combined_in_a_statement(db: Database) -> Result<()> {
    articles(&db).await?;
    let words = Article::TITLE
        .to_tsvector("english")
        .set_weight(TsWeight::A)
        .ts_concat(Article::BODY.coalesce("").to_tsvector("english").set_weight(TsWeight::C));
    let one = Article::select().filter(Article::ID.eq(3)).columns(words.clone());
    assert_eq!(one.one(&db).await?.as_str(), "'cup':2A,4C,8C 'water':6C 'wine':10C");
    let found = Article::select().filter(words.matches(to_tsquery("english", "cup:A")));
    assert_eq!(ids(found, &db).await?, [3]);
    // Without a language, each word is itself.
    let simple =
        Article::select().filter(Article::TITLE.to_tsvector("simple").matches(plainto_tsquery("simple", "the")));
    assert_eq!(ids(simple, &db).await?, [3]);
    let raw: Vec<i64> =
        sql!("select id from {Article} where {Article::WORDS} @@ websearch_to_tsquery('english', {\"wine\"})")
            .all(&db)
            .await?;
    assert_eq!(raw, [3]);
    let read: TsVector = sql!("select {Article::WORDS} from {Article} where id = 2").scalar(&db).await?;
    assert!(read.as_str().contains("'coffe':1A,3"), "{read}");
    db.close().await
}

#[on_every_database(except sqlite = Unsupported("`tsvector`"))]
async fn vectors_and_queries_are_stored_in_the_servers_own_form(db: Database) -> Result<()> {
    db.create_if_missing(Prepared).await?;
    db.create_if_missing(Prepared).await?;
    let row = Prepared { id: 1, words: Some(TsVector::new("b:2A a:1")), query: TsQuery::new("a&!c") };
    let stored = Prepared::insert(row).one(&db).await?;
    assert_eq!((stored.words.as_ref().unwrap().as_str(), stored.query.as_str()), ("'a':1 'b':2A", "'a' & !'c'"));
    Prepared::insert(Prepared { id: 2, words: None, ..stored.clone() }).execute(&db).await?;
    let found = Prepared::select().filter(Prepared::WORDS.matches(Prepared::QUERY)).columns(Prepared::ID);
    assert_eq!(found.all(&db).await?, [1]);
    assert_eq!(Prepared::find(1).one(&db).await?, stored);
    let update = Prepared::update().set(Prepared::WORDS, TsVector::new("c")).filter(Prepared::ID.eq(1));
    update.execute(&db).await?;
    assert_eq!(found_none(&db).await?, 0);
    let bad = Prepared::update().set(Prepared::QUERY, TsQuery::new("a &")).filter(Prepared::ID.eq(1));
    assert_eq!(*bad.execute(&db).await.unwrap_err().kind(), ErrorKind::InvalidInput);
    db.close().await
}

async fn found_none(db: &Database) -> Result<u64> {
    Prepared::select().filter(Prepared::WORDS.matches(Prepared::QUERY)).count(db).await
}

#[on_every_database(except sqlite = Unsupported("`tsvector`"))]
async fn a_search_uses_the_index(db: Database) -> Result<()> {
    articles(&db).await?;
    db.create(Note).await?;
    sql!("create index note_words on note using gin (to_tsvector('english', text))").execute(&db).await?;
    let tx = db.begin().await?;
    sql!("set local enable_seqscan = off").execute(&tx).await?;
    let query = plainto_tsquery("english", "tea");
    let plan = Article::select().filter(Article::WORDS.matches(query.clone())).explain(&tx).await?;
    assert!(plan.to_string().contains("article_words") || plan.to_string().contains("ix_"), "{plan}");
    // The configuration is a constant, so that the expression is that of the index.
    let plan = Note::select().filter(Note::TEXT.to_tsvector("english").matches(query)).explain(&tx).await?;
    assert!(plan.to_string().contains("note_words"), "{plan}");
    tx.rollback().await?;
    db.close().await
}

#[on_every_database(except sqlite = Unsupported("`tsvector`"))]
async fn the_table_of_a_struct_is_the_one_that_the_struct_describes(db: Database) -> Result<()> {
    db.create_if_missing(Article).await?;
    db.create_if_missing(Article).await?;
    let schema = db.inspect().await?;
    let column = schema.table("article").unwrap().column("words").unwrap();
    assert_eq!(column.declared_type(), "tsvector");
    sql!("alter table article drop column words, add column words text not null default ''").execute(&db).await?;
    let error = db.create_if_missing(Article).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Shape { .. }), "{error}");
    db.close().await
}

#[test]
fn sqlite_has_only_its_own_search() {
    let notes = || Note::select().columns(Note::ID);
    let refused = [
        notes().filter(Note::TEXT.to_tsvector("english").matches(plainto_tsquery("english", "tea"))),
        notes().filter(Note::TEXT.ts_headline("english", plainto_tsquery("english", "tea")).eq("")),
    ];
    for query in refused {
        let error = query.to_sql(Dialect::Sqlite).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Unsupported { what, .. } if what == "`tsvector`"), "{error}");
    }
    let own = notes().filter(Note::TEXT.matches("tea"));
    assert!(own.to_sql(Dialect::Sqlite).unwrap().text.contains(" MATCH "));
    let error = own.to_sql(Dialect::Postgres).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Unsupported { what, .. } if what.contains("FTS5")), "{error}");
}
