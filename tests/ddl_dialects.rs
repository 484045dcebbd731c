//! What a struct declares is written in the syntax of each database. If a database does not have a
//! declared feature, the DDL is an error, not a different table.

use aio_sql::{Dialect, ErrorKind, Result, Table};

#[derive(Table, Debug)]
#[table(strict = false)]
struct Loose {
    #[column(primary_key)]
    id: i64,
}

#[derive(Table, Debug)]
struct Trimmed {
    #[column(primary_key, collate = rtrim)]
    name: String,
}

#[derive(Table, Debug)]
struct LongName {
    #[column(primary_key)]
    a_name_of_a_column_that_has_more_bytes_than_postgres_has_for_any_name: i64,
}

#[derive(Table, Debug)]
struct WithNul {
    #[column(primary_key, default = "a\0b")]
    name: String,
}

#[derive(Table, Debug)]
struct Flag {
    #[column(primary_key)]
    is_set: bool,
}

#[derive(Table, Debug)]
struct ATableWhoseNameFitsWithoutThoseOfItsConstraints {
    #[column(primary_key)]
    id: i64,
    #[column(unique)]
    a_column_with_a_name_of_some_length: i64,
}

/// Returns the feature that the error says PostgreSQL does not have.
fn lacking(ddl: Result<Vec<String>>) -> String {
    match ddl.map_err(|error| error.kind().clone()) {
        Err(ErrorKind::Unsupported { database: "postgres", what }) => what,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_unsupported_feature_is_an_error() {
    let postgres = Dialect::Postgres;
    assert!(lacking(postgres.ddl(Loose)).contains("strict = false"));
    assert!(lacking(postgres.ddl(Trimmed)).contains("rtrim"));
    assert!(lacking(postgres.ddl(LongName)).contains("63 bytes"));
    assert!(lacking(postgres.ddl(WithNul)).contains("NUL"));
    assert!(lacking(postgres.ddl((Flag, Loose))).contains("strict = false"), "one of several");
}

#[test]
fn a_feature_with_another_syntax_is_translated() -> Result<()> {
    assert!(Dialect::Sqlite.ddl((Loose, Trimmed, LongName, WithNul, Flag))?.len() >= 5);
    let flag = Dialect::Postgres.ddl(Flag)?.concat();
    assert!(!flag.contains("CHECK"), "a bool is no number there: {flag}");
    let long = Dialect::Postgres.ddl(ATableWhoseNameFitsWithoutThoseOfItsConstraints)?.concat();
    let names = long.split('"').skip(1).step_by(2);
    assert!(names.clone().any(|name| name.starts_with("uq_")));
    assert!(names.clone().all(|name| name.len() <= 63), "{long}");
    Ok(())
}
