//! New rows and patches received from a client: serde's attributes on a struct also apply to the
//! structs that the derive generates. And data sent to a client: pages, cursors and metrics.

#![cfg(feature = "json")]
#![allow(clippy::unwrap_used, clippy::panic)]

use aio_sql::report::Metrics;
use aio_sql::{Cursor, Database, ErrorKind, Page, Result, Table};
use serde::{Deserialize, Serialize};
use serde_json::{from_value, json, to_value};
use servers::on_every_database;

#[derive(Table, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[table(new(derive(Serialize, Deserialize, Debug)), patch(derive(Serialize, Deserialize, Debug)))]
struct Account {
    #[column(primary_key, auto)]
    id: i64,
    display_name: String,
    #[serde(rename = "mail", alias = "e-mail")]
    email_address: Option<String>,
    #[column(default = 5)]
    sort_order: i64,
    #[serde(with = "tenths")]
    rate: f64,
    #[column(default = 10)]
    #[serde(deserialize_with = "tenths::deserialize", serialize_with = "tenths::serialize")]
    share: f64,
    #[serde(skip_deserializing)]
    is_admin: bool,
    #[serde(skip_serializing)]
    secret: Option<String>,
    #[serde(default = "seven", skip_serializing_if = "is_seven")]
    weight: i64,
    #[column(default = 1)]
    #[serde(default = "seven")]
    factor: i64,
}

fn seven() -> i64 {
    7
}

fn is_seven(number: &i64) -> bool {
    *number == 7
}

/// Serializes a number as the number of its tenths.
mod tenths {
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(number: &f64, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_f64(number * 10.0)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
        f64::deserialize(from).map(|tenths| tenths / 10.0)
    }
}

fn new(name: &str) -> NewAccount {
    NewAccount {
        display_name: name.into(),
        email_address: None,
        sort_order: None,
        rate: 0.5,
        share: Some(0.1),
        is_admin: true,
        secret: Some("s".into()),
        weight: 7,
        factor: None,
    }
}

async fn with_one(db: &Database) -> Result<Account> {
    db.create(Account).await?;
    Account::insert(new("Dana")).one(db).await
}

#[on_every_database]
async fn a_new_row_has_the_names_and_forms_of_its_struct(db: Database) -> Result<()> {
    db.create(Account).await?;
    let sent = json!({ "displayName": "Dana", "mail": "d@x", "sortOrder": 3, "rate": 15, "secret": "s", "weight": 8 });
    let account = Account::insert(from_value(sent).unwrap()).one(&db).await?;
    let expected = Account {
        id: 1,
        display_name: "Dana".into(),
        email_address: Some("d@x".into()),
        sort_order: 3,
        rate: 1.5,
        share: 10.0,
        is_admin: false,
        secret: Some("s".into()),
        weight: 8,
        factor: 1,
    };
    assert_eq!(account, expected);
    let short = json!({ "displayName": "Dan", "e-mail": null, "rate": 5, "secret": null, "share": 20 });
    let short = Account::insert(from_value(short).unwrap()).one(&db).await?;
    assert_eq!((short.weight, short.share, short.sort_order, short.factor), (7, 2.0, 5, 1));
    for wrong in [json!({ "display_name": "Dana", "rate": 1 }), json!({ "displayName": "D", "rate": 1, "id": 1 })] {
        assert!(from_value::<NewAccount>(wrong.clone()).is_err(), "{wrong}");
    }
    let written = to_value(new("D")).unwrap();
    let seen = json!({ "displayName": "D", "mail": null, "sortOrder": null, "rate": 5.0, "share": 1.0, "isAdmin": true, "factor": null });
    assert_eq!(written, seen);
    db.close().await
}

#[on_every_database]
async fn a_patch_has_the_names_and_forms_of_its_struct(db: Database) -> Result<()> {
    let before = with_one(&db).await?;
    let patch = |sent| from_value::<AccountPatch>(sent).unwrap();
    let changed = Account::patch(1, patch(json!({ "displayName": "Dan", "rate": 20 }))).returning(Account);
    let expected = Account { display_name: "Dan".into(), rate: 2.0, ..before.clone() };
    assert_eq!(changed.one(&db).await?, expected);
    let changed = Account::patch(1, patch(json!({ "mail": null, "share": 4, "weight": 9 }))).returning(Account);
    let expected = Account { email_address: None, share: 0.4, weight: 9, ..expected };
    assert_eq!(changed.one(&db).await?, expected);
    let changed = Account::patch(1, patch(json!({ "e-mail": "e@x" }))).returning(Account).one(&db).await?;
    assert_eq!(changed.email_address.as_deref(), Some("e@x"));

    for wrong in [json!({ "display_name": "Dan" }), json!({ "id": 2 }), json!({ "displayName": null })] {
        assert!(from_value::<AccountPatch>(wrong.clone()).is_err(), "{wrong}");
    }
    let protected = from_value::<AccountPatch>(json!({ "isAdmin": true, "displayName": "D" }));
    assert!(protected.is_err() || protected.is_ok_and(|patch| patch.is_admin.is_none()), "what is not read stays");
    let again = AccountPatch { rate: Some(1.0), secret: Some(Some("s".into())), weight: Some(7), ..Default::default() };
    assert_eq!(to_value(again).unwrap(), json!({ "rate": 10.0, "weight": 7 }));
    db.close().await
}

#[on_every_database]
async fn a_patch_that_sets_nothing_says_so(db: Database) -> Result<()> {
    let before = with_one(&db).await?;
    let error = Account::patch(1, AccountPatch::default()).execute(&db).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::InvalidInput, "{error}");
    assert!(error.to_string().contains("the patch of `Account` sets no column"), "{error}");
    let error = Account::patch(1, AccountPatch::default()).returning(Account).one(&db).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::InvalidInput, "{error}");
    assert_eq!(Account::find(1).one(&db).await?, before);
    db.close().await
}

#[derive(Table, Serialize, Deserialize, Clone, Debug, PartialEq)]
struct Note {
    #[column(primary_key, auto)]
    id: i64,
    text: String,
}

#[on_every_database]
async fn a_page_goes_to_a_client_and_its_cursor_comes_back(db: Database) -> Result<()> {
    db.create(Note).await?;
    Note::insert_all((0..5).map(|n| NewNote { text: format!("note {n}") })).execute(&db).await?;
    let by_text = Note::select().order_by(Note::TEXT).page(2);
    let first = by_text.clone().all(&db).await?;
    let sent = to_value(&first).unwrap();
    // The cursor is a text that does not show its content.
    let next = sent["next"].as_str().expect("a text").to_owned();
    assert_eq!(
        sent,
        json!({ "rows": [{ "id": 1, "text": "note 0" }, { "id": 2, "text": "note 1" }], "next": next, "previous": null })
    );
    assert_eq!(from_value::<Page<Note>>(sent).unwrap(), first);

    #[derive(Deserialize)]
    struct Asked {
        after: Option<Cursor>,
    }
    let asked: Asked = from_value(json!({ "after": next })).unwrap();
    let second = by_text.clone().after(asked.after.unwrap()).all(&db).await?;
    assert_eq!(second.rows[0].text, "note 2");
    assert_eq!(from_value::<Page<Note>>(to_value(&second).unwrap()).unwrap(), second);
    db.close().await
}

#[test]
fn a_cursor_that_was_changed_and_a_page_that_lacks_its_rows_are_not_read() {
    let error = from_value::<Cursor>(json!("no cursor")).unwrap_err().to_string();
    assert!(error.contains("the text is not a cursor"), "{error}");
    assert!(from_value::<Cursor>(json!(5)).is_err());
    let error = from_value::<Page<i64>>(json!({ "next": null })).unwrap_err().to_string();
    assert!(error.contains("missing field `rows`"), "{error}");
    let error = serde_json::from_str::<Page<i64>>(r#"{ "rows": [], "rows": [] }"#).unwrap_err().to_string();
    assert!(error.contains("duplicate field `rows`"), "{error}");
    let page: Page<i64> = from_value(json!({ "rows": [1], "total": 7 })).unwrap();
    assert_eq!(page, Page { rows: vec![1], next: None, previous: None });
}

#[on_every_database]
async fn metrics_are_a_map_of_their_figures(db: Database) -> Result<()> {
    db.create(Note).await?;
    Note::insert(NewNote { text: String::new() }).execute(&db).await?;
    let metrics = db.metrics();
    let sent = to_value(&metrics).unwrap();
    assert!(sent["connections"][0]["name"].as_str().unwrap().starts_with("aio-sql "), "{sent}");
    assert_eq!(sent["queued_writes"], json!(0));
    assert!(sent["longest_write_wait"]["secs"].is_u64(), "{sent}");
    let read: Metrics = from_value(sent.clone()).unwrap();
    assert_eq!(to_value(&read).unwrap(), sent);
    assert_eq!(format!("{read:?}"), format!("{metrics:?}"));
    db.close().await
}
