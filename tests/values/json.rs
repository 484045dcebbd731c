//! JSON columns: documents as they are stored, NULL, and documents that cannot be read or stored.

use std::collections::BTreeMap;

use aio_sql::Json;
use serde::{Deserialize, Serialize};

use super::*;

#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
struct Address {
    street: String,
    numbers: Vec<i64>,
    #[serde(default)]
    note: Option<String>,
}

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "people")]
struct Person {
    #[column(primary_key)]
    id: i64,
    #[column(json)]
    address: Address,
    #[column(json)]
    second: Option<Address>,
    #[column(json)]
    tags: BTreeMap<String, f64>,
    document: serde_json::Value,
    maybe: Option<serde_json::Value>,
    wrapped: Json<(u8, String)>,
}

fn address(street: &str) -> Address {
    Address { street: street.to_owned(), numbers: vec![i64::MIN, 0, i64::MAX], note: None }
}

fn person(id: i64) -> Person {
    Person {
        id,
        address: address("Main \"St\" \u{10ffff}"),
        second: None,
        tags: BTreeMap::from([("a".to_owned(), 0.1), ("".to_owned(), -1e-300)]),
        document: serde_json::json!({ "a": [1, 2.5, "x", null, true], "": {} }),
        maybe: None,
        wrapped: Json((255, "two".to_owned())),
    }
}

async fn people(db: &Database) -> Result<()> {
    db.create(Person).await?;
    Ok(())
}

#[on_every_database]
async fn json_comes_back_as_it_was_stored(db: Database) -> Result<()> {
    people(&db).await?;
    let full = Person { second: Some(address("")), maybe: Some(serde_json::json!([1])), ..person(2) };
    for person in [person(1), full] {
        assert_eq!(Person::insert(person.clone()).one(&db).await?, person);
        assert_eq!(Person::find(person.id).one(&db).await?, person);
    }
    let street: String = sql!("select address ->> 'street' from people where id = 2").scalar(&db).await?;
    assert_eq!(street, "Main \"St\" \u{10ffff}", "the database reads it as JSON too");
    db.close().await
}

#[on_every_database]
async fn a_json_null_is_not_null(db: Database) -> Result<()> {
    people(&db).await?;
    let row = Person { maybe: Some(serde_json::Value::Null), document: serde_json::Value::Null, ..person(1) };
    assert_eq!(Person::insert(row.clone()).one(&db).await?, row);
    Person::insert(person(2)).execute(&db).await?;
    assert_eq!(Person::select().filter(Person::MAYBE.is_null()).columns(Person::ID).all(&db).await?, [2]);
    assert_eq!(Person::select().filter(Person::SECOND.is_null()).count(&db).await?, 2);
    db.close().await
}

#[on_every_database]
async fn the_error_of_an_invalid_document_names_the_column_and_shows_no_value(db: Database) -> Result<()> {
    people(&db).await?;
    Person::insert(person(1)).execute(&db).await?;
    for text in ["{\"street\":\"s3cret\"}", "\"s3cret\"", "s3cret", "", "{\"street\":1,\"numbers\":[\"s3cret\"]}"] {
        let written = sql!("update people set address = {text}").execute(&db).await;
        if let (Dialect::Postgres, Err(error)) = (db.dialect(), &written) {
            // It stores no text that is not JSON.
            assert_eq!(error.code(), Some("22P02"), "{error:?}");
            assert!(!format!("{error}{error:?}").contains("s3cret"), "{error:?}");
            continue;
        }
        written?;
        let error = Person::find(1).one(&db).await.unwrap_err();
        let ErrorKind::Decode { table, column, .. } = error.kind() else { panic!("{error:?}") };
        assert_eq!((table.as_deref(), column.as_deref()), (Some("people"), Some("address")));
        assert!(error.to_string().starts_with("people.address: expected JSON"), "{error}");
        assert!(!format!("{error}{error:?}").contains("s3cret"), "{error:?}");
    }
    db.close().await
}

fn document() -> impl Strategy<Value = serde_json::Value> {
    // PostgreSQL gives back a float of so many digits as an integer.
    let number = real().prop_filter("a float", |real| !(1e15..1e20).contains(&real.abs()));
    let number = number.prop_filter_map("a number of JSON", serde_json::Number::from_f64);
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(serde_json::Value::from),
        any::<i64>().prop_map(serde_json::Value::from),
        any::<u64>().prop_map(serde_json::Value::from),
        number.prop_map(serde_json::Value::from),
        text().prop_map(serde_json::Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(serde_json::Value::from),
            vec((text(), inner), 0..4).prop_map(|pairs| serde_json::Value::Object(pairs.into_iter().collect())),
        ]
    })
}

mod floats {
    use super::*;

    #[derive(Table, Clone, Debug, PartialEq)]
    struct Sample {
        #[column(primary_key)]
        id: i64,
        #[column(json)]
        reals: Vec<f64>,
    }

    #[on_every_database]
    async fn floats_in_json_come_back_exactly(db: Database) -> Result<()> {
        db.create(Sample).await?;
        let reals = vec(real().prop_filter("JSON has none", |real| real.is_finite()), 8).prop_map(Json);
        for_batches(&db, reals, async |db, values| {
            Sample::delete().all_rows().execute(db).await?;
            let samples: Vec<_> = (0..).zip(values).map(|(id, Json(reals))| Sample { id, reals }).collect();
            assert_eq!(Sample::insert_all(samples.clone()).all(db).await?, samples);
            Ok(())
        })
        .await?;
        db.close().await
    }
}

#[on_every_database]
async fn a_float_without_a_json_number_is_none_if_optional(db: Database) -> Result<()> {
    for real in [f64::NAN, f64::INFINITY] {
        let reals = Json(vec![Some(real)]);
        let text: String = sql!("select {reals}").scalar(&db).await?;
        assert_eq!(text, "[null]");
        let read: Json<Vec<Option<f64>>> = sql!("select {text}").scalar(&db).await?;
        assert_eq!(read, Json(vec![None]));
    }
    db.close().await
}

/// Returns a value nested in this many arrays and objects. `json!` would need stack space for each
/// level.
fn nested(depth: usize) -> serde_json::Value {
    (0..depth).fold(serde_json::Value::from(1), |value, level| match level % 2 {
        0 => serde_json::Value::Array(vec![value]),
        _ => serde_json::Value::Object([("in".to_owned(), value)].into_iter().collect()),
    })
}

fn assert_unstorable<T: std::fmt::Debug>(result: Result<T>, column: &str) {
    let error = result.unwrap_err();
    let (table, column) = (Some("people".to_owned()), Some(column.to_owned()));
    assert_eq!(*error.kind(), ErrorKind::Unstorable { table, column }, "{error}");
}

#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
struct Written {
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<serde_json::Value>,
}

/// Runs a check on a thread with the stack size of an async runtime's worker.
fn on_small_stack(check: impl Future<Output = Result<()>> + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(2 << 20);
    thread.spawn(move || block_on(check)).unwrap().join().unwrap().unwrap();
}

#[on_every_database]
async fn a_document_that_is_nested_too_deep_to_be_read_is_not_stored(db: Database) -> Result<()> {
    on_small_stack(async move {
        people(&db).await?;
        let deepest = Person { document: nested(127), maybe: Some(nested(126)), ..person(1) };
        assert_eq!(Person::insert(deepest.clone()).one(&db).await?, deepest);
        for depth in [128, 129, 200, 500] {
            let row = Person { document: nested(depth), ..person(2) };
            assert_unstorable(Person::insert(row.clone()).execute(&db).await, "document");
            assert_unstorable(Person::insert(row.clone()).one(&db).await, "document");
            assert_unstorable(Person::insert_all([row.clone()]).all(&db).await, "document");
            let mut there = Person { maybe: Some(nested(depth)), ..deepest.clone() };
            assert_unstorable(there.save(&db).await, "maybe");
            let set = Person::update().set(Person::DOCUMENT, nested(depth)).all_rows();
            assert_unstorable(set.execute(&db).await, "document");
            let captured = Json(Written { value: Some(nested(depth)) });
            let error = sql!("select {captured}").scalar::<String>(&db).await.unwrap_err();
            assert_eq!(*error.kind(), ErrorKind::Unstorable { table: None, column: None }, "{error}");
            assert!(error.to_string().contains("127"), "{error}");
        }
        assert_eq!(Person::select().all(&db).await?, [deepest]);
        db.close().await
    });
    Ok(())
}

mod unreadable {
    use super::*;

    #[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
    struct Reading {
        degrees: f64,
        #[serde(skip_serializing)]
        unit: String,
    }

    #[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
    #[serde(untagged)]
    enum Either {
        Number { degrees: f64 },
    }

    #[on_every_database]
    async fn json_that_serde_writes_but_cannot_read_is_not_stored(db: Database) -> Result<()> {
        let unstorable = async |sql: aio_sql::Sql| {
            let error = sql.scalar::<String>(&db).await.unwrap_err();
            assert_eq!(*error.kind(), ErrorKind::Unstorable { table: None, column: None }, "{error}");
            assert!(!error.to_string().contains("s3cret"), "{error}");
        };
        unstorable(sql!("select {Json(vec![f64::NAN])}")).await;
        unstorable(sql!("select {Json(f64::INFINITY)}")).await;
        let either = Json(Either::Number { degrees: f64::NAN });
        unstorable(sql!("select {either}")).await;
        let reading = Json(Reading { degrees: 1.0, unit: "s3cret".into() });
        unstorable(sql!("select {reading}")).await;
        unstorable(sql!("select {Json(BTreeMap::from([(vec![1], 1)]))}")).await;
        db.close().await
    }
}

stored_types! {
    unsorted documents: serde_json::Value = document(), extremes vec![
        serde_json::Value::Null, serde_json::json!({}), serde_json::json!([]), serde_json::json!(""), serde_json::json!(u64::MAX),
        serde_json::json!(i64::MIN), serde_json::json!(5e-324), serde_json::json!(f64::MAX), serde_json::json!("\0\u{10ffff}"),
    ];
    unsorted wrapped: Json<Vec<Option<String>>> = vec(prop::option::of(text()), 0..4).prop_map(Json),
        extremes vec![Json(vec![]), Json(vec![None, Some("\0".to_owned()), Some(every_plane())])];
}
