//! Tables in modules and functions, with names that mean something else here, raw names, and
//! fields that are removed by `cfg`.

use aio_sql::{Database, Result};

mod private {
    use aio_sql::Table;

    #[derive(Table)]
    struct Hidden {
        text: String,
    }

    pub(crate) mod inner {
        /// The constants of columns are as visible as the struct, even for private fields.
        #[derive(aio_sql::Table, Clone, Debug)]
        pub(crate) struct Note {
            #[column(primary_key, auto)]
            pub(super) id: i64,
            pub(crate) text: String,
            length: i64,
        }

        pub(crate) fn note(text: &str) -> NewNote {
            NewNote { text: text.into(), length: text.len() as i64 }
        }
    }

    pub(crate) fn ids(notes: &[inner::Note]) -> Vec<i64> {
        let _ = Hidden::select().filter(Hidden::TEXT.eq("x"));
        notes.iter().map(|note| note.id).collect()
    }
}

use private::inner::{Note, note};

mod shadowed {
    #![allow(dead_code)]

    use ::std::string::String as Text;

    use aio_sql as library;

    struct String;
    struct Option;
    struct Vec;
    struct Box;
    struct Default;
    struct Some;
    struct None;
    struct Ok;
    struct Err;
    struct Column;
    struct Executor;
    type Result = ();
    trait Iterator {}
    trait IntoIterator {}
    trait Table {}
    mod core {}
    mod std {}

    fn bind() {}
    fn read() {}

    #[derive(library::Table, Debug)]
    pub(crate) struct Thing {
        #[column(primary_key, auto)]
        pub(crate) id: i64,
        pub(crate) name: Text,
        #[column(default = 3)]
        pub(crate) size: i64,
        #[column(skip)]
        pub(crate) seen: bool,
    }

    impl Thing {
        /// Has the name of a method that the derive calls on the values of fields.
        fn bind(&self) -> i64 {
            self.id
        }
    }

    #[derive(library::SqlType, Debug, PartialEq)]
    pub(crate) enum State {
        Some,
        None,
    }

    #[derive(library::Record)]
    pub(crate) struct Line {
        pub(crate) state: State,
    }

    #[derive(library::Record)]
    pub(crate) struct Outer {
        #[record(nested)]
        pub(crate) line: Line,
    }
}

use shadowed::{Line, NewThing, Outer, State, Thing};

#[derive(aio_sql::Table)]
struct r#Match {
    #[column(primary_key)]
    r#type: String,
    r#fn: i64,
    #[cfg(any())]
    gone: Missing,
    #[cfg(not(any()))]
    here: bool,
}

#[tokio::main]
async fn main() -> Result<()> {
    #[derive(aio_sql::Table)]
    struct Local {
        #[column(primary_key, auto)]
        id: i64,
        #[column(references = Note::ID)]
        note_id: i64,
    }

    let db = Database::memory().await?;
    db.create_all((Local, Note, Thing, r#Match)).await?;
    let stored = Note::insert(note("hello")).one(&db).await?;
    assert_eq!(private::ids(std::slice::from_ref(&stored)), [1]);
    Local::insert(NewLocal { note_id: 1 }).execute(&db).await?;
    assert_eq!(Local::select().columns((Local::ID, Local::NOTE_ID)).all(&db).await?, [(1, 1)]);

    let thing = Thing::insert(NewThing { name: "lamp".into(), size: None }).one(&db).await?;
    assert_eq!((thing.size, thing.seen), (3, false));
    let line: Line = aio_sql::sql!("select 'none' as state").one(&db).await?;
    assert_eq!(line.state, State::None);
    let outer: Outer = aio_sql::sql!("select 'some' as state").one(&db).await?;
    assert_eq!(outer.line.state, State::Some);

    Match::insert(Match { r#type: "final".into(), r#fn: 1, here: true }).execute(&db).await?;
    let found = Match::select().filter(Match::TYPE.eq("final").and(Match::FN.eq(1)).and(Match::HERE)).one(&db).await?;
    let Match { r#type, r#fn, here } = found;
    assert_eq!((r#type.as_str(), r#fn, here), ("final", 1, true));
    db.close().await
}
