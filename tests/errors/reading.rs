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

/// Creates the table as another program may have created it: it does not enforce the types of the
/// struct.
async fn fill(db: &Database) -> Result<()> {
    let script = either(
        db,
        "create table things (id integer primary key, label text, size, flag, letter text, key, at)",
        "create table things (id bigint primary key, label text, size bigint, flag bigint, letter text, key bytea, at text)",
    );
    db.execute_script(script).await?;
    let thing = Thing { id: 1, name: SECRET.into(), size: None, flag: true, letter: None, key: None, at: None };
    Thing::insert(thing).execute(db).await?;
    Ok(())
}

/// Stores a value that SQL computes. PostgreSQL stores only values of the column's type, so the
/// column gets the type first, if one is given.
async fn store(db: &Database, column: &str, value: &str, ty: &str) -> Result<()> {
    let change = match db.dialect() {
        Dialect::Postgres if !ty.is_empty() => {
            format!("alter table things alter {column} type {ty} using {}", value.replace("x'", "'\\x"))
        }
        Dialect::Postgres => format!("update things set {column} = {}", value.replace("x'", "'\\x")),
        _ => format!("update things set {column} = {value}"),
    };
    db.execute_script(change).await
}

fn decode(table: Option<&str>, column: &str, expected: &str, found: &str) -> ErrorKind {
    ErrorKind::Decode {
        table: table.map(str::to_owned),
        column: Some(column.to_owned()),
        expected: expected.to_owned(),
        found: found.to_owned(),
    }
}

#[on_every_database]
async fn a_value_of_another_kind_names_table_column_and_both_kinds(db: Database) -> Result<()> {
    let cases = [
        ("label", "x'00'", "bytea", "text", "a blob"),
        ("size", "'s3cret'", "text", "an integer", "text"),
        ("size", "2.5", "double precision", "an integer", "a real number"),
        ("size", "256", "", "an integer from u8::MIN to u8::MAX", "an integer outside that range"),
        ("size", "-1", "int", "an integer from u8::MIN to u8::MAX", "an integer outside that range"),
        ("flag", "2", "", "a bool (0 or 1)", "another integer"),
        ("flag", "'s3cret'", "text", "a bool (0 or 1)", "text"),
        ("letter", "'s3cret'", "", "a single character", "no or several characters"),
        ("letter", "''", "", "a single character", "no or several characters"),
        ("key", "x'0011'", "", "a blob of 4 bytes", "a blob of 2 bytes"),
        ("key", "'s3cret'", "text", "a blob", "text"),
        ("at", "'s3cret'", "", "a timestamp like 2013-01-01T10:00:00.000000000Z", "another text"),
        ("at", "x'00'", "bytea", "a timestamp like 2013-01-01T10:00:00.000000000Z", "a blob"),
    ];
    for (column, value, ty, expected, found) in cases {
        fill(&db).await?;
        store(&db, column, value, ty).await?;
        let error = failed(Thing::select().all(&db).await, decode(Some("things"), column, expected, found));
        assert_eq!(error.to_string(), format!("things.{column}: expected {expected}, found {found}"));
        failed(Thing::find(1).one(&db).await, decode(Some("things"), column, expected, found));
        let mut stream = Thing::select().stream(&db);
        failed(stream.next().await.unwrap(), decode(Some("things"), column, expected, found));
        drop(stream);
        let raw = sql!("select * from things").one::<Thing>(&db).await;
        failed(raw, decode(None, column, expected, found));
        db.execute_script("drop table things").await?;
    }
    db.close().await
}

#[on_every_database]
async fn a_projection_names_its_column_too(db: Database) -> Result<()> {
    fill(&db).await?;
    store(&db, "size", "'s3cret'", "text").await?;
    let kind = || decode(Some("things"), "size", "an integer", "text");
    failed(Thing::select().columns(Thing::SIZE).all(&db).await, kind());
    failed(Thing::select().columns((Thing::ID, Thing::SIZE, Thing::FLAG)).one(&db).await, kind());
    assert_eq!(Thing::select().columns((Thing::ID, Thing::FLAG)).one(&db).await?, (1, true));
    db.close().await
}

#[on_every_database]
async fn a_null_in_a_required_column_is_an_error(db: Database) -> Result<()> {
    fill(&db).await?;
    let error = sql!("select null as label").one::<String>(&db).await.unwrap_err();
    let ErrorKind::Decode { column, found, .. } = error.kind() else { panic!("{error:?}") };
    assert_eq!(column.as_deref(), Some("label"));
    assert!(found.starts_with("NULL") && found.contains("Option"), "{found}");
    assert_says(&error, &["label: expected text, found NULL"]);
    db.close().await
}

#[on_every_database]
async fn a_raw_row_names_its_column_by_the_querys_own_name(db: Database) -> Result<()> {
    fill(&db).await?;
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

#[on_every_database]
async fn a_record_is_read_by_names_and_names_what_is_wrong(db: Database) -> Result<()> {
    #[derive(Record, Debug, PartialEq)]
    struct Entry {
        size: Option<i64>,
        #[record(name = "label")]
        name: String,
    }
    fill(&db).await?;
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

#[on_every_database]
async fn a_query_that_lacks_a_column_of_the_struct_names_it(db: Database) -> Result<()> {
    fill(&db).await?;
    let error = failed(sql!("select id, label, size, flag from things").all::<Thing>(&db).await, ErrorKind::Usage);
    assert_says(&error, &["`letter`", "`Thing`", "id, label, size, flag"]);
    let none = sql!("select id from things where 1 = 0").all::<Thing>(&db).await;
    assert!(none.is_err() || none.is_ok_and(|rows| rows.is_empty()));
    db.close().await
}

#[on_every_database]
async fn a_row_with_fewer_columns_than_a_tuple_is_an_error(db: Database) -> Result<()> {
    fill(&db).await?;
    let error = sql!("select 1 from things").one::<(i64, i64)>(&db).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Usage | ErrorKind::Decode { .. }), "{error:?}");
    let errors = sql!("select 1 from things union all select 2").all::<(i64, i64)>(&db).await.unwrap_err();
    assert!(matches!(errors.kind(), ErrorKind::Usage | ErrorKind::Decode { .. }), "{errors:?}");
    db.close().await
}

#[on_every_database]
async fn a_missing_row_is_not_found(db: Database) -> Result<()> {
    fill(&db).await?;
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

#[on_every_database]
async fn a_row_that_was_changed_since_it_was_read_is_stale(db: Database) -> Result<()> {
    #[derive(Table, Clone, Debug, PartialEq)]
    #[table(name = "accounts")]
    struct Account {
        #[column(primary_key, auto)]
        id: i64,
        owner: String,
        #[column(version)]
        version: i64,
    }
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

#[on_every_database]
async fn a_row_never_contains_values_of_the_next_row(db: Database) -> Result<()> {
    let mut stream = sql!("select 1 union all select 2 union all select 3").stream::<(i64, i64)>(&db);
    let error = failed(stream.next().await.unwrap(), ErrorKind::Usage);
    assert_says(&error, &["fewer columns than the type reads"]);
    drop(stream);
    // The missing second column is not read from the next row, whether a NULL or a value of
    // another type is there.
    failed(sql!("select 1 union all select null").all::<(i64, Option<i64>)>(&db).await, ErrorKind::Usage);
    let raw = query(either(&db, "select 1 union all select 'x'", "select 1 union all select 2"));
    failed(raw.all::<(i64, i64)>(&db).await, ErrorKind::Usage);
    db.close().await
}
