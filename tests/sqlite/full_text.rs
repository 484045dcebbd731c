//! Full-text search with FTS5: an index is a table, and a query matches the column that has the
//! name of the table.

use aio_sql::{Database, Dialect, ErrorKind, Result, Table, not, sql_function};

#[derive(Table, Clone, Debug, PartialEq)]
struct Note {
    #[column(primary_key, auto)]
    id: i64,
    title: String,
    body: String,
}

/// The full-text index over the notes, which triggers update.
#[derive(Table, Debug)]
#[allow(dead_code)]
struct NoteSearch {
    #[column(primary_key)]
    rowid: i64,
    title: String,
    body: String,
    /// The column with the name of the table, which represents all columns.
    #[column(name = "note_search")]
    words: String,
    rank: f64,
}

sql_function!(fn snippet(index: String, column: i64, before: String, behind: String, dots: String, words: i64) -> String);

const INDEX: &str = "
    create virtual table note_search using fts5 (title, body, content = 'note', content_rowid = 'id');
    create trigger note_search_insert after insert on note begin
        insert into note_search (rowid, title, body) values (new.id, new.title, new.body);
    end;
    create trigger note_search_delete after delete on note begin
        insert into note_search (note_search, rowid, title, body) values ('delete', old.id, old.title, old.body);
    end;
    create trigger note_search_update after update on note begin
        insert into note_search (note_search, rowid, title, body) values ('delete', old.id, old.title, old.body);
        insert into note_search (rowid, title, body) values (new.id, new.title, new.body);
    end;
";

async fn filled() -> Result<Database> {
    let db = Database::memory().await?;
    db.create(Note).await?;
    db.migrate(&[("full-text search", INDEX)]).await?;
    let notes = [("Milk", "two bottles"), ("Bread", "with milk in it, and milk beside it"), ("Tea", "green")];
    Note::insert_all(notes.map(|(title, body)| NewNote { title: title.into(), body: body.into() }))
        .execute(&db)
        .await?;
    Ok(db)
}

#[tokio::test]
async fn a_full_text_query_is_a_condition_like_others() -> Result<()> {
    let db = filled().await?;
    let found = |words: &str| NoteSearch::select().filter(NoteSearch::WORDS.matches(words)).columns(NoteSearch::ROWID);
    let ids = |words: &str| Note::select().filter(Note::ID.is_in(found(words))).order_by(Note::ID).columns(Note::ID);
    assert_eq!(ids("milk").all(&db).await?, [1, 2]);
    assert_eq!(ids("milk NOT bread").all(&db).await?, [1]);
    assert_eq!(ids("bre* OR tea").all(&db).await?, [2, 3]);
    assert_eq!(ids("milk").filter(Note::TITLE.ne("Milk")).all(&db).await?, [2]);

    let title = NoteSearch::select().filter(NoteSearch::TITLE.matches("milk")).columns(NoteSearch::ROWID);
    assert_eq!(title.all(&db).await?, [1], "one column of the index is matched alone");

    Note::update().set(Note::BODY, "black").filter(Note::ID.eq(2)).execute(&db).await?;
    Note::delete().filter(Note::ID.eq(3)).execute(&db).await?;
    assert_eq!(ids("milk").all(&db).await?, [1]);
    assert_eq!(ids("green").count(&db).await?, 0);
    db.close().await
}

#[tokio::test]
async fn rows_come_by_rank_with_their_snippets() -> Result<()> {
    let db = filled().await?;
    let marked = snippet(NoteSearch::WORDS, -1, "[", "]", "…", 3);
    let found: Vec<(Note, String)> = Note::select()
        .join_on(NoteSearch, NoteSearch::ROWID.eq(Note::ID))
        .filter(NoteSearch::WORDS.matches("milk"))
        .order_by(NoteSearch::RANK)
        .columns((Note, marked))
        .all(&db)
        .await?;
    let snippets: Vec<&str> = found.iter().map(|(_, snippet)| snippet.as_str()).collect();
    assert_eq!(snippets, ["[Milk]", "with [milk] in…"]);
    db.close().await
}

#[tokio::test]
async fn a_query_with_an_error_in_its_syntax_is_the_input_of_a_client() -> Result<()> {
    let db = filled().await?;
    for words in ["milk AND", "\"milk", "c++", "author: milk", "NOT"] {
        let query = NoteSearch::select().filter(NoteSearch::WORDS.matches(words)).columns(NoteSearch::ROWID);
        let error = query.all(&db).await.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::InvalidInput, "{words}: {error}");
        assert!(!format!("{error} {error:?}").contains("milk"), "no word of the query is shown: {error:?}");
    }
    db.close().await
}

#[tokio::test]
async fn where_the_index_cannot_be_used_is_an_error() -> Result<()> {
    let db = filled().await?;
    let inside = NoteSearch::select().filter(not(NoteSearch::WORDS.matches("milk"))).columns(NoteSearch::ROWID);
    assert_eq!(*inside.all(&db).await.unwrap_err().kind(), ErrorKind::Sql);
    let outside = NoteSearch::select().filter(NoteSearch::WORDS.matches("milk")).columns(NoteSearch::ROWID);
    assert_eq!(
        outside.to_sql(Dialect::Sqlite)?.text,
        r#"SELECT "rowid" FROM "note_search" WHERE "note_search" MATCH ?"#
    );
    let error = outside.to_sql(Dialect::Postgres).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Unsupported { .. }), "{error}");
    db.close().await
}
