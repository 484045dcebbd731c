//! Large values that SQLite stores in another form than they were given, or through a view.

use aio_sql::{Database, ErrorKind, Result, Table};

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "notes")]
struct Note {
    text: String,
    bytes: Vec<u8>,
    label: String,
}

#[tokio::test]
async fn a_large_value_inserted_through_a_view_is_returned_unchanged() -> Result<()> {
    let db = Database::memory().await?;
    db.execute_script(
        "create table stored (id integer primary key, text text, bytes blob, label text);
         create view notes as select text, bytes, label from stored;
         create trigger put instead of insert on notes when new.label <> 'ignored' begin
             insert into stored (text, bytes, label) values (new.text, new.bytes, new.label);
         end;
         create trigger ignore instead of insert on notes when new.label = 'ignored' begin select raise(ignore); end",
    )
    .await?;
    let note = |label: &str| Note { text: "x".repeat(100_000), bytes: vec![3; 70_000], label: label.to_owned() };
    assert!(Note::insert(note("kept")).one(&db).await? == note("kept"));
    let rows = ["one", "ignored", "two"].map(note);
    assert!(Note::insert_all(rows).all(&db).await? == [note("one"), note("two")]);
    let error = Note::insert(note("ignored")).one(&db).await.expect_err("it is ignored");
    assert!(matches!(error.kind(), ErrorKind::NotFound { .. }), "{error:?}");
    assert!(Note::select().all(&db).await? == ["kept", "one", "two"].map(note));
    db.close().await
}

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "letters")]
struct Letter {
    number: String,
    text: String,
    code: Vec<u8>,
    #[column(json)]
    words: serde_json::Value,
}

#[tokio::test]
async fn columns_returned_with_a_large_value_are_the_stored_ones() -> Result<()> {
    let db = Database::memory().await?;
    // A table as another program may have created it: the declared types of all columns but `code`
    // convert texts to numbers.
    db.execute_script("create table letters (number decimal, text numeric, code blob, words json)").await?;
    let letter = |number: &str, text: String| Letter {
        number: number.to_owned(),
        text,
        code: vec![7; 70_000],
        words: serde_json::json!({ "a": [1] }),
    };
    let zeros = "0".repeat(70_000);
    let letters = [
        letter("00123", "x".repeat(70_000)),
        letter("00123", "short".to_owned()),
        // Of these three long texts, the database converts the first two to numbers.
        letter("a", format!("{zeros}5")),
        letter("a", format!(" {zeros}.5e1\n")),
        letter("a", format!("{zeros} apples")),
        Letter { code: Vec::new(), ..letter("7.0", "y".repeat(70_000)) },
        Letter { code: Vec::new(), ..letter("7.0", "1e2".to_owned()) },
        Letter { words: "w".repeat(70_000).into(), ..letter("b", "short".to_owned()) },
    ];
    let mut readable = Vec::new();
    for (place, letter) in letters.into_iter().enumerate() {
        Letter::insert(letter.clone()).execute(&db).await?;
        let stored = Letter::select().one(&db).await;
        Letter::delete().all_rows().execute(&db).await?;
        let came = Letter::insert(letter.clone()).one(&db).await;
        Letter::delete().all_rows().execute(&db).await?;
        match (stored, came) {
            (Ok(stored), Ok(came)) => {
                assert!(stored == came, "{place}");
                readable.push(letter);
            }
            // A text that was converted to a number cannot be read as text.
            (Err(stored), Err(came)) => {
                assert!(matches!(stored.kind(), ErrorKind::Decode { .. }), "{place}: {stored:?}");
                assert!(matches!(came.kind(), ErrorKind::Decode { .. }), "{place}: {came:?}");
            }
            (stored, came) => panic!("{place}: stored {}, came {}", stored.is_ok(), came.is_ok()),
        }
    }
    assert_eq!(readable.len(), 2);
    // Consecutive rows with different large values.
    let rows = [&readable[..], &readable[..]].concat();
    assert!(Letter::insert_all(rows.clone()).all(&db).await? == rows);
    assert!(Letter::select().all(&db).await? == rows);
    db.close().await
}
