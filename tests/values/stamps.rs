//! `created_at` and `updated_at` with a type that has its own clock: the clock is called, and its
//! time is stored in the encoding of the type.

use std::sync::atomic::{AtomicI64, Ordering};

use aio_sql::Value;
use aio_sql::types::{CurrentTime, Mismatch, Sorted, Type, Unstorable, ValueRef};

use super::*;

/// Defines a clock type for one test, which counts its calls.
macro_rules! clock {
    ($name:ident, $ticks:ident) => {
        static $ticks: AtomicI64 = AtomicI64::new(0);

        #[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
        struct $name(i64);

        impl SqlType for $name {
            const TYPE: Type = Type::Integer;
            type Order = Sorted;
            type Read = Self;
            fn to_value(&self) -> Result<Value, Unstorable> {
                self.0.to_value()
            }
            fn from_value(value: ValueRef<'_>) -> Result<$name, Mismatch> {
                i64::from_value(value).map($name)
            }
        }

        impl CurrentTime for $name {
            fn now() -> $name {
                $name($ticks.fetch_add(1, Ordering::SeqCst) + 1)
            }
        }
    };
}

#[on_every_database]
async fn every_write_calls_the_clock_of_the_type(db: Database) -> Result<()> {
    clock!(Unix, TICKS);

    #[derive(Table, Clone, Debug, PartialEq)]
    #[table(patch)]
    struct Note {
        #[column(primary_key)]
        id: i64,
        text: String,
        #[column(created_at)]
        created: Unix,
        #[column(updated_at)]
        updated: Option<Unix>,
    }
    let new = |id, text: &str| NewNote { id, text: text.into() };
    let now = || TICKS.load(Ordering::SeqCst);
    db.create(Note).await?;

    let before = now();
    let mut note = Note::insert(new(1, "a")).one(&db).await?;
    assert!(note.created.0 > before, "{note:?}");
    assert_eq!(note.updated, Some(note.created), "one statement has one time");
    let created = note.created;

    let before = now();
    note.text = "b".into();
    note.save(&db).await?;
    assert!(note.updated.unwrap().0 > before && note.created == created, "{note:?}");

    let before = now();
    Note::update().set(Note::TEXT, "c").all_rows().execute(&db).await?;
    note.refresh(&db).await?;
    assert!(note.updated.unwrap().0 > before, "{note:?}");

    let before = now();
    let patch = NotePatch { text: Some("d".into()) };
    let note = Note::patch(1, patch).returning(Note).one(&db).await?;
    assert!(note.updated.unwrap().0 > before, "{note:?}");

    let before = now();
    let upsert = || Note::insert(new(1, "e")).on_conflict(Note::ID).do_update().set_excluded(Note::TEXT);
    let note = upsert().one(&db).await?.into_row().unwrap();
    assert!(note.updated.unwrap().0 > before && note.created == created, "{note:?}");
    let before = now();
    upsert().execute(&db).await?;
    let note = Note::find(1).one(&db).await?;
    assert!(note.updated.unwrap().0 > before && note.created == created, "{note:?}");

    let before = now();
    let got = Note::insert(new(2, "a")).or_get(Note::ID).one(&db).await?.into_row();
    assert!(got.created.0 > before, "{got:?}");

    let before = now();
    let rows = Note::insert_all((3..6).map(|id| new(id, "a"))).all(&db).await?;
    assert!(rows[0].created.0 > before, "{rows:?}");
    assert!(rows.iter().all(|row| row.created == rows[0].created && row.updated == Some(row.created)), "{rows:?}");

    let before = now();
    let copy = Note::select().filter(Note::ID.is_in([1, 2])).columns((Note::ID + 100, Note::TEXT));
    Note.insert_select((Note::ID, Note::TEXT), copy).execute(&db).await?;
    let rows = Note::select().filter(Note::ID.gt(100)).all(&db).await?;
    assert!(rows.iter().all(|row| row.created.0 > before && row.created == rows[0].created), "{rows:?}");

    Note::insert_stream(futures_lite::stream::iter((7..10).map(|id| new(id, "a")))).chunk(1).execute(&db).await?;
    let rows = Note::select().filter(Note::ID.between(7, 9)).order_by(Note::ID).all(&db).await?;
    assert!(rows.windows(2).all(|pair| pair[0].created.0 < pair[1].created.0), "{rows:?}");

    let stored: i64 = sql!("select created from note where id = 1").scalar(&db).await?;
    assert_eq!(stored, created.0, "its own form");
    db.close().await
}

#[on_every_database]
async fn a_time_that_cannot_be_stored_names_its_column_and_writes_nothing(db: Database) -> Result<()> {
    #[derive(Clone, Copy, Debug, PartialEq)]
    struct Broken;

    impl SqlType for Broken {
        const TYPE: Type = Type::Integer;
        type Order = Sorted;
        type Read = Self;
        fn to_value(&self) -> Result<Value, Unstorable> {
            Err(Unstorable::new("cannot hold what a stopped clock says"))
        }
        fn from_value(_: ValueRef<'_>) -> Result<Broken, Mismatch> {
            Ok(Broken)
        }
    }

    impl CurrentTime for Broken {
        fn now() -> Broken {
            Broken
        }
    }

    #[derive(Table, Clone, Debug, PartialEq)]
    struct Event {
        #[column(primary_key)]
        id: i64,
        #[column(updated_at)]
        at: Option<Broken>,
    }
    db.create(Event).await?;
    let kind = ErrorKind::Unstorable { table: Some("event".into()), column: Some("at".into()) };
    let error = Event::insert(NewEvent { id: 1 }).execute(&db).await.unwrap_err();
    assert_eq!(*error.kind(), kind, "{error}");
    let error = Event::insert_all([NewEvent { id: 1 }, NewEvent { id: 2 }]).execute(&db).await.unwrap_err();
    assert_eq!(*error.kind(), kind, "{error}");
    let error = Event.insert_select(Event::ID, Event::select().columns(Event::ID)).execute(&db).await.unwrap_err();
    assert_eq!(*error.kind(), kind, "{error}");
    let error = Event::update().set(Event::ID, 2).all_rows().execute(&db).await.unwrap_err();
    assert_eq!(*error.kind(), kind, "{error}");
    assert_eq!(Event::select().count(&db).await?, 0);
    db.close().await
}
