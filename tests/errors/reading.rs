//! Stored values of unexpected types, missing columns, and rows that are missing or stale.

use super::*;

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "things")]
struct Thing {
    #[column(primary_key)]
    id: i64,
    #[column(name = "label")]
    name: String,
    size: Option<u8>,
    flag: bool,
    letter: Option<char>,
    key: Option<[u8; 4]>,
    at: Option<std::time::SystemTime>,
}

async fn database() -> Result<Database> {
    let db = Database::memory().await?;
    // A table as another program may have created it: it does not enforce the types of the struct.
    db.execute_script("create table things (id integer primary key, label text, size, flag, letter text, key, at)")
        .await?;
    let thing = Thing { id: 1, name: SECRET.into(), size: None, flag: true, letter: None, key: None, at: None };
    Thing::insert(thing).execute(&db).await?;
    Ok(db)
}

fn decode(table: Option<&str>, column: &str, expected: &str, found: &str) -> ErrorKind {
    ErrorKind::Decode {
        table: table.map(str::to_owned),
        column: Some(column.to_owned()),
        expected: expected.to_owned(),
        found: found.to_owned(),
    }
}

#[tokio::test]
async fn a_value_of_another_kind_names_table_column_and_both_kinds() -> Result<()> {
    let db = database().await?;
    let cases = [
        ("label = x'00'", "label", "text", "a blob"),
        ("size = 's3cret'", "size", "an integer", "text"),
        ("size = 2.5", "size", "an integer", "a real number"),
        ("size = 256", "size", "an integer from u8::MIN to u8::MAX", "an integer outside that range"),
        ("size = -1", "size", "an integer from u8::MIN to u8::MAX", "an integer outside that range"),
        ("flag = 2", "flag", "a bool (0 or 1)", "another integer"),
        ("flag = 's3cret'", "flag", "a bool (0 or 1)", "text"),
        ("letter = 's3cret'", "letter", "a single character", "no or several characters"),
        ("letter = ''", "letter", "a single character", "no or several characters"),
        ("key = x'0011'", "key", "a blob of 4 bytes", "a blob of 2 bytes"),
        ("key = 's3cret'", "key", "a blob", "text"),
        ("at = 's3cret'", "at", "a timestamp like 2013-01-01T10:00:00.000000000Z", "another text"),
        ("at = x'00'", "at", "a timestamp like 2013-01-01T10:00:00.000000000Z", "a blob"),
    ];
    for (set, column, expected, found) in cases {
        let tx = db.begin().await?;
        query(format!("update things set {set}")).execute(&tx).await?;
        let error = failed(Thing::select().all(&tx).await, decode(Some("things"), column, expected, found));
        assert_eq!(error.to_string(), format!("things.{column}: expected {expected}, found {found}"));
        failed(Thing::find(1).one(&tx).await, decode(Some("things"), column, expected, found));
        let mut stream = Thing::select().stream(&tx);
        failed(stream.next().await.unwrap(), decode(Some("things"), column, expected, found));
        drop(stream);
        let raw = sql!("select * from things").one::<Thing>(&tx).await;
        failed(raw, decode(None, column, expected, found));
        tx.rollback().await?;
    }
    db.close().await
}

#[tokio::test]
async fn a_projection_names_its_column_too() -> Result<()> {
    let db = database().await?;
    sql!("update things set size = {SECRET}").execute(&db).await?;
    let kind = || decode(Some("things"), "size", "an integer", "text");
    failed(Thing::select().columns(Thing::SIZE).all(&db).await, kind());
    failed(Thing::select().columns((Thing::ID, Thing::SIZE, Thing::FLAG)).one(&db).await, kind());
    assert_eq!(Thing::select().columns((Thing::ID, Thing::FLAG)).one(&db).await?, (1, true));
    db.close().await
}

#[tokio::test]
async fn a_null_in_a_required_column_is_an_error() -> Result<()> {
    let db = database().await?;
    let error = sql!("select null as label").one::<String>(&db).await.unwrap_err();
    let ErrorKind::Decode { column, found, .. } = error.kind() else { panic!("{error:?}") };
    assert_eq!(column.as_deref(), Some("label"));
    assert!(found.starts_with("NULL") && found.contains("Option"), "{found}");
    assert_says(&error, &["label: expected text, found NULL"]);
    db.close().await
}

#[tokio::test]
async fn a_raw_row_names_its_column_by_the_querys_own_name() -> Result<()> {
    let db = database().await?;
    let row: Row = sql!("select label as who, 7 as n from things").one(&db).await?;
    failed(row.get::<i64>("who"), decode(None, "who", "an integer", "text"));
    failed(row.get::<String>(1), decode(None, "n", "text", "an integer"));
    assert_eq!(row.get::<i64>("n")?, 7);
    assert_eq!(row.get::<Option<i64>>("N")?, Some(7));
    for error in [row.get::<i64>("missing").unwrap_err(), row.get::<i64>(2).unwrap_err()] {
        assert_eq!(*error.kind(), ErrorKind::Usage);
        assert_says(&error, &["who, n"]);
        assert_silent(&error);
    }
    failed(
        sql!("select 1, label from things").one::<(i64, i64)>(&db).await,
        decode(None, "label", "an integer", "text"),
    );
    db.close().await
}

#[tokio::test]
async fn a_record_is_read_by_names_and_names_what_is_wrong() -> Result<()> {
    #[derive(Record, Debug, PartialEq)]
    struct Entry {
        size: Option<i64>,
        #[record(name = "label")]
        name: String,
    }
    let db = database().await?;
    let entry: Entry = sql!("select label, id, size from things").one(&db).await?;
    assert_eq!(entry, Entry { size: None, name: SECRET.to_owned() });
    let error = failed(sql!("select label from things").one::<Entry>(&db).await, ErrorKind::Usage);
    assert_says(&error, &["`size`", "`Entry`", "label"]);
    failed(
        sql!("select id as size, 1 as label from things").one::<Entry>(&db).await,
        decode(None, "label", "text", "an integer"),
    );
    db.close().await
}

#[tokio::test]
async fn a_query_that_lacks_a_column_of_the_struct_names_it() -> Result<()> {
    let db = database().await?;
    let error = failed(sql!("select id, label, size, flag from things").all::<Thing>(&db).await, ErrorKind::Usage);
    assert_says(&error, &["`letter`", "`Thing`", "id, label, size, flag"]);
    let none = sql!("select id from things where 1 = 0").all::<Thing>(&db).await;
    assert!(none.is_err() || none.is_ok_and(|rows| rows.is_empty()));
    db.close().await
}

#[tokio::test]
async fn a_row_with_fewer_columns_than_a_tuple_is_an_error() -> Result<()> {
    let db = database().await?;
    let error = sql!("select 1 from things").one::<(i64, i64)>(&db).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Usage | ErrorKind::Decode { .. }), "{error:?}");
    let errors = sql!("select 1 from things union all select 2").all::<(i64, i64)>(&db).await.unwrap_err();
    assert!(matches!(errors.kind(), ErrorKind::Usage | ErrorKind::Decode { .. }), "{errors:?}");
    db.close().await
}

#[tokio::test]
async fn invalid_utf8_is_an_error_that_names_its_column() -> Result<()> {
    let db = database().await?;
    sql!("update things set label = cast(x'73ff' as text)").execute(&db).await?;
    let error = Thing::find(1).one(&db).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Decode { .. }), "{error:?}");
    assert_says(&error, &["things.label", "UTF-8"]);
    assert_eq!(sql!("select 1").scalar::<i64>(&db).await?, 1);
    db.close().await
}

#[tokio::test]
async fn a_missing_row_is_not_found() -> Result<()> {
    let db = database().await?;
    let error = failed(Thing::find(2).one(&db).await, not_found("things"));
    assert!(error.is_not_found());
    assert_says(&error, &["things"]);
    failed(Thing::select().filter(Thing::NAME.eq("other")).one(&db).await, not_found("things"));
    failed(Thing::select().columns(Thing::SIZE).filter(Thing::ID.eq(2)).scalar(&db).await, not_found("things"));
    let raw = sql!("select 1 where {SECRET} = ''").one::<i64>(&db).await;
    failed(raw, ErrorKind::NotFound { table: None });
    assert_eq!(Thing::find(2).optional(&db).await?, None);

    let mut thing = Thing::find(1).one(&db).await?;
    thing.clone().remove(&db).await?;
    failed(thing.save(&db).await, not_found("things"));
    failed(thing.refresh(&db).await, not_found("things"));
    failed(thing.remove(&db).await, not_found("things"));
    assert_eq!(thing.name, SECRET, "the row in hand stays as it was");
    db.close().await
}

#[tokio::test]
async fn a_row_that_was_changed_since_it_was_read_is_stale() -> Result<()> {
    #[derive(Table, Clone, Debug, PartialEq)]
    #[table(name = "accounts")]
    struct Account {
        #[column(primary_key, auto)]
        id: i64,
        owner: String,
        #[column(version)]
        version: i64,
    }
    let db = Database::memory().await?;
    db.create(Account).await?;
    let mut mine = Account::insert(NewAccount { owner: SECRET.into() }).one(&db).await?;
    let mut theirs = mine.clone();
    theirs.owner = format!("{SECRET} too");
    theirs.save(&db).await?;
    let stale = || ErrorKind::Stale { table: "accounts".to_owned() };
    let error = failed(mine.save(&db).await, stale());
    assert_says(&error, &["accounts", "refresh"]);
    failed(mine.clone().remove(&db).await, stale());
    assert_eq!(Account::find(1).one(&db).await?, theirs, "nothing is lost");
    mine.refresh(&db).await?;
    mine.save(&db).await?;
    assert_eq!(mine.version, theirs.version + 1);
    failed(theirs.save(&db).await, stale());
    mine.clone().remove(&db).await?;
    failed(mine.save(&db).await, not_found("accounts"));
    failed(mine.remove(&db).await, not_found("accounts"));
    db.close().await
}

#[tokio::test]
async fn a_row_never_contains_values_of_the_next_row() -> Result<()> {
    let db = Database::memory().await?;
    let mut stream = sql!("select value from json_each('[1, 2, 3, 4]')").stream::<(i64, i64)>(&db);
    let error = failed(stream.next().await.unwrap(), ErrorKind::Usage);
    assert_says(&error, &["fewer columns than the type reads"]);
    drop(stream);
    // The missing second column is not read from the next row, whether a NULL or a value of
    // another type is there.
    failed(sql!("select 1 union all select null").all::<(i64, Option<i64>)>(&db).await, ErrorKind::Usage);
    failed(sql!("select 1 union all select 'x'").all::<(i64, i64)>(&db).await, ErrorKind::Usage);
    db.close().await
}
