//! JSON columns.

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
        address: address("Main \"St\" \0 \u{10ffff}"),
        second: None,
        tags: BTreeMap::from([("a".to_owned(), 0.1), ("".to_owned(), -1e-300)]),
        document: serde_json::json!({ "a": [1, 2.5, "x", null, true], "": {} }),
        maybe: None,
        wrapped: Json((255, "two".to_owned())),
    }
}

async fn people() -> Result<Database> {
    let db = Database::memory().await?;
    db.create(Person).await?;
    Ok(db)
}

#[tokio::test]
async fn json_comes_back_as_it_was_stored() -> Result<()> {
    let db = people().await?;
    let full = Person { second: Some(address("")), maybe: Some(serde_json::json!([1])), ..person(2) };
    for person in [person(1), full] {
        assert_eq!(Person::insert(person.clone()).one(&db).await?, person);
        assert_eq!(Person::find(person.id).one(&db).await?, person);
    }
    let street: String = sql!("select address ->> 'street' from people where id = 2").scalar(&db).await?;
    assert_eq!(street, "Main \"St\" \0 \u{10ffff}", "the database reads it as JSON too");
    db.close().await
}

#[tokio::test]
async fn a_json_null_is_not_null() -> Result<()> {
    let db = people().await?;
    let row = Person { maybe: Some(serde_json::Value::Null), document: serde_json::Value::Null, ..person(1) };
    assert_eq!(Person::insert(row.clone()).one(&db).await?, row);
    Person::insert(person(2)).execute(&db).await?;
    assert_eq!(Person::select().filter(Person::MAYBE.is_null()).columns(Person::ID).all(&db).await?, [2]);
    assert_eq!(Person::select().filter(Person::SECOND.is_null()).count(&db).await?, 2);
    db.close().await
}

#[tokio::test]
async fn a_document_of_another_shape_names_the_column_and_shows_nothing_of_itself() -> Result<()> {
    let db = people().await?;
    Person::insert(person(1)).execute(&db).await?;
    for text in ["{\"street\":\"s3cret\"}", "\"s3cret\"", "s3cret", "", "{\"street\":1,\"numbers\":[\"s3cret\"]}"] {
        sql!("update people set address = {text}").execute(&db).await?;
        let error = Person::find(1).one(&db).await.unwrap_err();
        let ErrorKind::Decode { table, column, .. } = error.kind() else { panic!("{error:?}") };
        assert_eq!((table.as_deref(), column.as_deref()), (Some("people"), Some("address")));
        assert!(error.to_string().starts_with("people.address: expected JSON"), "{error}");
        assert!(!format!("{error}{error:?}").contains("s3cret"), "{error:?}");
    }
    db.close().await
}

fn document() -> impl Strategy<Value = serde_json::Value> {
    let number = real().prop_filter_map("a number of JSON", serde_json::Number::from_f64);
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

    #[test]
    fn floats_in_json_come_back_exactly() {
        for_batches(vec(real().prop_filter("JSON has none", |real| real.is_finite()), 8), async |db, values| {
            if !db.has_table("sample").await? {
                db.create(Sample).await?;
            }
            Sample::delete().all_rows().execute(db).await?;
            let samples: Vec<_> =
                values.into_iter().enumerate().map(|(id, reals)| Sample { id: id as i64, reals }).collect();
            assert_eq!(Sample::insert_all(samples.clone()).all(db).await?, samples);
            Ok(())
        });
    }
}

#[tokio::test]
async fn a_float_that_json_has_no_number_for_is_a_json_null() -> Result<()> {
    let db = Database::memory().await?;
    for real in [f64::NAN, f64::INFINITY] {
        let text: String = query("select ?").bind(Json(vec![real])).scalar(&db).await?;
        assert_eq!(text, "[null]");
        let read: Json<Vec<Option<f64>>> = query("select ?").bind(text).scalar(&db).await?;
        assert_eq!(read, Json(vec![None]));
    }
    db.close().await
}

stored_types! {
    unsorted documents: serde_json::Value = document(), extremes vec![
        serde_json::Value::Null, serde_json::json!({}), serde_json::json!([]), serde_json::json!(""), serde_json::json!(u64::MAX),
        serde_json::json!(i64::MIN), serde_json::json!(5e-324), serde_json::json!(f64::MAX), serde_json::json!("\0\u{10ffff}"),
    ];
    unsorted wrapped: Json<Vec<Option<String>>> = vec(prop::option::of(text()), 0..4).prop_map(Json),
        extremes vec![Json(vec![]), Json(vec![None, Some("\0".to_owned()), Some(every_plane())])];
}
