//! New rows and patches that a client sends: serde's attributes of a struct reach the structs that the derive writes.

#![cfg(feature = "json")]
#![allow(clippy::unwrap_used, clippy::panic)]

use aio_sql::{Database, ErrorKind, Result, Table};
use serde::{Deserialize, Serialize};
use serde_json::{from_value, json, to_value};

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

/// A number that a client sees as its tenths.
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

async fn with_one() -> Result<(Database, Account)> {
    let db = Database::memory().await?;
    db.create(Account).await?;
    let account = Account::insert(new("Dana")).one(&db).await?;
    Ok((db, account))
}

#[tokio::test]
async fn a_new_row_has_the_names_and_forms_of_its_struct() -> Result<()> {
    let db = Database::memory().await?;
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

#[tokio::test]
async fn a_patch_has_the_names_and_forms_of_its_struct() -> Result<()> {
    let (db, before) = with_one().await?;
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

#[tokio::test]
async fn a_patch_that_sets_nothing_says_so() -> Result<()> {
    let (db, before) = with_one().await?;
    let error = Account::patch(1, AccountPatch::default()).execute(&db).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Usage, "{error}");
    assert!(error.to_string().contains("the patch of `Account` sets no column"), "{error}");
    let error = Account::patch(1, AccountPatch::default()).returning(Account).one(&db).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Usage, "{error}");
    assert_eq!(Account::find(1).one(&db).await?, before);
    db.close().await
}
