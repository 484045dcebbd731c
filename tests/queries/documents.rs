//! Parts of JSON documents: setting, reading, searching and aggregating them.

use aio_sql::{Json, Value};
use serde_json::json;

use super::*;

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "setting")]
struct Setting {
    #[column(primary_key)]
    id: i64,
    value: Json<serde_json::Value>,
    active: bool,
}

async fn store(db: &Database, values: &[serde_json::Value]) {
    db.create(Setting).await.unwrap();
    let setting = |(id, value): (i64, &serde_json::Value)| Setting { id, value: Json(value.clone()), active: id == 1 };
    Setting::insert_all((1..).zip(values).map(setting)).execute(db).await.unwrap();
}

#[on_every_database]
async fn values_set_in_a_document_are_written_like_serde_does(db: Database) -> Result<()> {
    store(&db, &[json!({})]).await;
    let value = Setting::VALUE
        .json_set("$.on", true)
        .json_set("$.off", false)
        .json_set("$.list", Json(vec![1, 2]))
        .json_set("$.text", "a".to_owned())
        .json_set("$.number", 1.5);
    let set = Setting::update().set(Setting::VALUE, value).filter(Setting::ID.eq(1));
    set.execute(&db).await?;
    let expected = json!({"on": true, "off": false, "list": [1, 2], "text": "a", "number": 1.5});
    assert_eq!(Setting::find(1).one(&db).await?.value.0, expected);
    Ok(())
}

#[on_every_database]
async fn a_part_of_a_document_is_read_as_json_where_its_type_is_json(db: Database) -> Result<()> {
    store(&db, &[json!({"text": "a", "list": [1], "nothing": null, "in": {"text": "b"}})]).await;
    let part = |path| Setting::VALUE.json_extract::<Json<serde_json::Value>>(path);
    let inner = part("$.in").json_extract::<Json<String>>("$.text");
    let (text, list, nothing, none, inner) = Setting::find(1)
        .columns((part("$.text"), part("$.list"), part("$.nothing"), part("$.none"), inner))
        .one(&db)
        .await?;
    assert_eq!((text, list), (Some(Json(json!("a"))), Some(Json(json!([1])))));
    assert_eq!((nothing, none, inner), (None, None, Some(Json("b".into()))));
    let moved = Setting::VALUE.json_extract::<Json<serde_json::Value>>("$.list").json_group_array::<Vec<i64>>();
    assert_eq!(Setting::select().columns(moved).one(&db).await?, Json(vec![vec![1]]));
    Ok(())
}

#[on_every_database]
async fn floats_of_a_document_are_divided_as_floats(db: Database) -> Result<()> {
    store(&db, &[json!({"a": 1, "b": 2}), json!({"a": 1.5}), json!({"a": 1, "b": 0})]).await;
    let part = |path| Setting::VALUE.json_extract::<f64>(path);
    let shares: Vec<Option<f64>> =
        Setting::select().order_by(Setting::ID).columns(part("$.a") / part("$.b")).all(&db).await?;
    assert_eq!(shares, [Some(0.5), None, None]);
    Ok(())
}

#[on_every_database]
async fn values_of_a_group_keep_their_json_type_in_the_array(db: Database) -> Result<()> {
    store(&db, &[json!("a"), json!({"b": [1]}), json!(null)]).await;
    type Arrays = (Json<Vec<bool>>, Json<Vec<serde_json::Value>>, Json<Vec<Option<bool>>>);
    let (active, values, numbers): Arrays = Setting::select()
        .columns((
            Setting::ACTIVE.json_group_array().order_by(Setting::ID.desc()),
            Setting::VALUE.json_group_array().order_by(Setting::ID),
            Setting::ID.null_if(2).eq(1).json_group_array().order_by(Setting::ID),
        ))
        .one(&db)
        .await?;
    assert_eq!(active.0, [false, false, true]);
    assert_eq!(values.0, [json!("a"), json!({"b": [1]}), json!(null)]);
    assert_eq!(numbers.0, [Some(true), None, Some(false)]);
    let windows: Vec<Json<Vec<bool>>> = Setting::select()
        .columns(Setting::ACTIVE.json_group_array().over(window().order_by(Setting::ID)))
        .order_by(Setting::ID)
        .all(&db)
        .await?;
    assert_eq!(windows[2].0, [true, false, false]);
    let mut each: Json<Vec<bool>> =
        Setting::select().columns(Setting::ACTIVE.json_group_array().distinct()).one(&db).await?;
    // The values have no order.
    each.0.sort_unstable();
    assert_eq!(each.0, [false, true]);
    Ok(())
}

#[on_every_database]
async fn a_value_is_found_in_a_document_whatever_its_column_is_called(db: Database) -> Result<()> {
    store(&db, &[json!([1, "a"]), json!([true, 2.5]), json!({"x": false, "y": 0}), json!(null)]).await;
    macro_rules! with {
        ($value:expr) => {
            Setting::select().filter(Setting::VALUE.json_contains($value)).columns(Setting::ID).all(&db).await?
        };
    }
    assert_eq!(with!("a".to_owned()), [1]);
    assert_eq!(with!(2.5), [2]);
    assert_eq!(with!(1), [1], "a number is no bool");
    assert_eq!(with!(0), [3]);
    assert_eq!(with!(true), [2], "and a bool no number");
    assert_eq!(with!(false), [3]);
    let update = Setting::update().set(Setting::ACTIVE, false).filter(Setting::VALUE.json_contains(1));
    assert_eq!(update.execute(&db).await?.rows_affected, 1);
    let delete = Setting::delete().filter(Setting::VALUE.json_contains(1));
    assert_eq!(delete.execute(&db).await?.rows_affected, 1);
    Ok(())
}

#[test]
fn an_invalid_json_path_fails_before_anything_is_sent_and_is_not_shown() {
    for dialect in [Dialect::Sqlite, Dialect::Postgres] {
        for no_path in ["s3cret", "$s3cret", "$.", "$[s3cret]", "$.\"s3cret"] {
            let error =
                Setting::select().columns(Setting::VALUE.json_extract::<i64>(no_path)).to_sql(dialect).unwrap_err();
            assert_eq!(*error.kind(), ErrorKind::Usage);
            assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
        }
    }
}

#[test]
fn a_json_path_is_written_in_each_dialect() -> Result<()> {
    let path = "$.a.\"b.c\"[0][#-1]";
    let query = Setting::select().columns(Setting::VALUE.json_extract::<i64>(path));
    assert_eq!(query.clone().to_sql(Dialect::Sqlite)?.params, [Value::Text(path.to_owned())]);
    let steps = r#"{"a","b.c","0","-1"}"#;
    assert_eq!(query.to_sql(Dialect::Postgres)?.params, [Value::Text(steps.to_owned())]);
    Ok(())
}
