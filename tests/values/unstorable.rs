//! A value that the database cannot hold is an error that names the column, and changes nothing.

use aio_sql::Value;
use aio_sql::types::{ListItem, Mismatch, Sorted, Type, Unstorable, ValueRef};

use super::*;

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "readings")]
struct Reading {
    #[column(primary_key)]
    id: u64,
    #[column(name = "degrees")]
    celsius: f64,
    narrow: Option<f32>,
    at: SystemTime,
    took: Option<Duration>,
}

fn reading(id: u64) -> Reading {
    Reading { id, celsius: 1.5, narrow: None, at: UNIX_EPOCH, took: None }
}

fn assert_unstorable<T: std::fmt::Debug>(result: Result<T>, column: &str) {
    let error = result.unwrap_err();
    let expected = ErrorKind::Unstorable { table: Some("readings".to_owned()), column: Some(column.to_owned()) };
    assert_eq!(*error.kind(), expected, "{error}");
    assert!(error.to_string().contains(&format!("readings.{column}")), "{error}");
}

async fn readings(db: &Database) -> Result<()> {
    db.create(Reading).await?;
    Reading::insert(reading(1)).execute(db).await?;
    Ok(())
}

/// Returns rows, each with one value that cannot be stored, and the name of the column of that
/// value.
fn impossible() -> Vec<(Reading, &'static str)> {
    let with = |change: fn(&mut Reading)| {
        let mut row = reading(2);
        change(&mut row);
        row
    };
    vec![
        (with(|row| row.celsius = f64::NAN), "degrees"),
        (with(|row| row.celsius = -f64::NAN), "degrees"),
        (with(|row| row.narrow = Some(f32::NAN)), "narrow"),
        (with(|row| row.id = i64::MAX as u64 + 1), "id"),
        (with(|row| row.id = u64::MAX), "id"),
        (with(|row| row.at = time_at(LAST_SECOND + 1, 0)), "at"),
        (with(|row| row.at = time_at(FIRST_SECOND - 1, 999_999_999)), "at"),
        (with(|row| row.at = UNIX_EPOCH + Duration::from_secs(i64::MAX as u64 / 2)), "at"),
        (with(|row| row.took = Some(Duration::from_nanos(i64::MAX as u64) + Duration::from_nanos(1))), "took"),
        (with(|row| row.took = Some(Duration::MAX)), "took"),
    ]
}

#[on_every_database]
async fn an_insert_names_the_column(db: Database) -> Result<()> {
    readings(&db).await?;
    for (row, column) in impossible() {
        assert_unstorable(Reading::insert(row.clone()).execute(&db).await, column);
        assert_unstorable(Reading::insert(row.clone()).one(&db).await, column);
        let error = Reading::insert_all([reading(5), reading(6), row]).all(&db).await.unwrap_err();
        assert!(error.to_string().starts_with("row 2: "), "{error}");
        assert_unstorable::<()>(Err(error), column);
    }
    assert_eq!(Reading::select().all(&db).await?, [reading(1)]);
    db.close().await
}

#[on_every_database]
async fn a_save_names_the_column(db: Database) -> Result<()> {
    readings(&db).await?;
    for (row, column) in impossible() {
        let mut row = if column == "id" { row } else { Reading { id: 1, ..row } };
        assert_unstorable(row.save(&db).await, column);
    }
    assert_eq!(Reading::select().all(&db).await?, [reading(1)]);
    db.close().await
}

#[on_every_database]
async fn an_update_names_the_column_that_it_sets(db: Database) -> Result<()> {
    readings(&db).await?;
    assert_unstorable(Reading::update().set(Reading::CELSIUS, f64::NAN).all_rows().execute(&db).await, "degrees");
    assert_unstorable(Reading::update().set(Reading::NARROW, f32::NAN).all_rows().execute(&db).await, "narrow");
    assert_unstorable(Reading::update().set(Reading::TOOK, Some(Duration::MAX)).all_rows().execute(&db).await, "took");
    let sum = Reading::update().set(Reading::CELSIUS, Reading::CELSIUS + f64::NAN).all_rows();
    assert_unstorable(sum.execute(&db).await, "degrees");
    assert_eq!(Reading::select().all(&db).await?, [reading(1)]);
    db.close().await
}

#[on_every_database]
async fn a_filter_names_the_column_that_it_compares(db: Database) -> Result<()> {
    readings(&db).await?;
    assert_unstorable(Reading::select().filter(Reading::CELSIUS.eq(f64::NAN)).all(&db).await, "degrees");
    assert_unstorable(Reading::select().filter(Reading::CELSIUS.lt(f64::NAN)).count(&db).await, "degrees");
    assert_unstorable(Reading::select().filter(Reading::CELSIUS.between(0.0, f64::NAN)).exists(&db).await, "degrees");
    assert_unstorable(Reading::select().filter(Reading::ID.is_in([1, u64::MAX])).all(&db).await, "id");
    assert_unstorable(Reading::select().filter(Reading::ID.is_in(vec![u64::MAX; 100])).all(&db).await, "id");
    assert_unstorable(Reading::select().filter(Reading::NARROW.eq(Some(f32::NAN))).optional(&db).await, "narrow");
    assert_unstorable(Reading::delete().filter(Reading::AT.gt(time_at(LAST_SECOND + 1, 0))).execute(&db).await, "at");
    assert_eq!(Reading::select().all(&db).await?, [reading(1)]);
    db.close().await
}

#[on_every_database]
async fn a_key_names_its_column(db: Database) -> Result<()> {
    readings(&db).await?;
    assert_unstorable(Reading::find(u64::MAX).one(&db).await, "id");
    assert_unstorable(Reading::find(u64::MAX).optional(&db).await, "id");
    let mut gone = Reading { id: u64::MAX, ..reading(1) };
    assert_unstorable(gone.refresh(&db).await, "id");
    assert_unstorable(gone.remove(&db).await, "id");
    db.close().await
}

#[on_every_database]
async fn a_raw_statement_says_what_is_wrong_with_its_value(db: Database) -> Result<()> {
    readings(&db).await?;
    for error in [
        sql!("select {f64::NAN}").scalar::<f64>(&db).await.unwrap_err(),
        sql!("select {u64::MAX}").scalar::<i64>(&db).await.unwrap_err(),
        sql!("select 1 where 1 in ({vec![1, u64::MAX]})").all::<i64>(&db).await.unwrap_err(),
    ] {
        assert_eq!(*error.kind(), ErrorKind::Unstorable { table: None, column: None }, "{error}");
        assert!(error.to_string().contains("cannot hold"), "{error}");
    }
    db.close().await
}

/// A hand-written type that stores any value.
#[derive(Clone, Debug, PartialEq)]
struct Unchecked(Value);

impl SqlType for Unchecked {
    const TYPE: Type = Type::Real;
    type Order = Sorted;
    type Read = Self;
    fn to_value(&self) -> std::result::Result<Value, Unstorable> {
        Ok(self.0.clone())
    }
    fn from_value(value: ValueRef<'_>) -> std::result::Result<Unchecked, Mismatch> {
        Ok(Unchecked(value.into()))
    }
}

impl ListItem for Unchecked {}

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "readings", patch)]
struct Guess {
    #[column(primary_key)]
    id: i64,
    value: Option<Unchecked>,
}

#[on_every_database]
async fn a_value_that_would_be_stored_as_null_is_refused(db: Database) -> Result<()> {
    db.create(Guess).await?;
    let kept = Guess { id: 1, value: Some(Unchecked(Value::Real(0.5))) };
    Guess::insert(kept.clone()).execute(&db).await?;
    let value = || Some(Unchecked(Value::Real(f64::NAN)));
    let row = |id| Guess { id, value: value() };
    assert_unstorable(Guess::insert(row(2)).execute(&db).await, "value");
    assert_unstorable(Guess::insert_all([kept.clone(), row(2)]).execute(&db).await, "value");
    assert_unstorable(row(1).save(&db).await, "value");
    assert_unstorable(Guess::patch(1, GuessPatch { value: Some(value()) }).execute(&db).await, "value");
    assert_unstorable(Guess::update().set(Guess::VALUE, value()).all_rows().execute(&db).await, "value");
    assert_unstorable(Guess::select().filter(Guess::VALUE.eq(value())).all(&db).await, "value");
    for error in [
        sql!("update readings set value = {value()}").execute(&db).await.unwrap_err(),
        sql!("delete from readings where value in ({vec![value().unwrap()]})").execute(&db).await.unwrap_err(),
    ] {
        assert_eq!(*error.kind(), ErrorKind::Unstorable { table: None, column: None }, "{error}");
    }
    assert_eq!(Guess::select().all(&db).await?, [kept]);
    db.close().await
}
