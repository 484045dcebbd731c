//! The hooks of `on_connect`, of SQLite and of authorizers: when they are called, and what happens
//! if one fails.

use super::*;

#[tokio::test]
async fn a_hook_runs_once_on_every_connection_after_the_pragmas() -> Result<()> {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let db = Database::builder(":memory:")
        .readers(1)
        .pragma("recursive_triggers", 1)
        .on_connect(move |raw| {
            counted.fetch_add(1, Ordering::SeqCst);
            let on: bool = raw.pragma_query_value(None, "recursive_triggers", |row| row.get(0))?;
            raw.execute_batch(&format!("create temp table was (recursive_triggers); insert into was values ({on})"))
        })
        .on_connect(|raw| raw.execute_batch("create temp table second (x)"))
        .open()
        .await?;
    assert_eq!(calls.load(Ordering::SeqCst), 1, "the writer");
    let (first, second) = (db.connect().await?, db.connect().await?);
    assert_eq!(calls.load(Ordering::SeqCst), 3);
    for conn in [&first, &second] {
        assert_eq!(sql!("select recursive_triggers from was").scalar::<i64>(conn).await?, 1);
        assert_eq!(sql!("select count(*) from second").scalar::<i64>(conn).await?, 0);
    }
    assert_eq!(sql!("select recursive_triggers from was").scalar::<i64>(&db).await?, 1, "the reader");
    assert_eq!(sql!("select recursive_triggers from was").scalar::<i64>(&db).await?, 1);
    assert_eq!(calls.load(Ordering::SeqCst), 4);
    db.close().await
}

#[tokio::test]
async fn a_hook_that_fails_is_the_error_of_opening() -> Result<()> {
    let directory = directory();
    let path = directory.path().join("app.db");
    let fails = |raw: &mut rusqlite::Connection| raw.execute_batch("select * from nowhere");
    let error = refused(
        Database::builder(&path).on_connect(fails).open(),
        ErrorKind::Sql,
        &["on-connect hook", "no such table"],
    )
    .await;
    assert!(std::error::Error::source(&error).is_some());
    made(&path).await
}

#[tokio::test]
async fn a_hook_that_panics_is_an_error_too() -> Result<()> {
    let directory = directory();
    let path = directory.path().join("app.db");
    let panics = |_: &mut rusqlite::Connection| panic!("not today");
    refused(Database::builder(&path).on_connect(panics).open(), ErrorKind::Panic, &["on-connect hook"]).await;
    made(&path).await
}

#[tokio::test]
async fn a_hook_that_fails_on_one_connection_fails_that_one() -> Result<()> {
    for panics in [false, true] {
        let calls = AtomicUsize::new(0);
        let db = Database::builder(":memory:")
            .readers(1)
            .on_connect(move |_| match calls.fetch_add(1, Ordering::SeqCst) {
                1 if panics => panic!("the second"),
                1 => Err(rusqlite::Error::InvalidQuery),
                _ => Ok(()),
            })
            .open()
            .await?;
        let error = db.connect().await.unwrap_err();
        assert!(error.to_string().contains("on-connect hook"), "{error}");
        let conn = db.connect().await?;
        assert_eq!(sql!("select 1").scalar::<i64>(&conn).await?, 1);
        assert_eq!(sql!("select 1").scalar::<i64>(&db).await?, 1);
        conn.close().await?;
        db.close().await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_hook_that_fails_for_a_reader_fails_the_query_and_not_the_next() -> Result<()> {
    let calls = AtomicUsize::new(0);
    let db = Database::builder(":memory:")
        .readers(1)
        .on_connect(move |_| match calls.fetch_add(1, Ordering::SeqCst) {
            1 => Err(rusqlite::Error::InvalidQuery),
            _ => Ok(()),
        })
        .open()
        .await?;
    let error = sql!("select 1").scalar::<i64>(&db).await.unwrap_err();
    assert!(error.to_string().contains("on-connect hook"), "{error}");
    assert_eq!(sql!("select 1").scalar::<i64>(&db).await?, 1);
    db.close().await
}

/// The calls of hooks, in order.
#[derive(Clone, Default)]
struct Told(Arc<std::sync::Mutex<Vec<String>>>);

impl Told {
    fn tell(&self, what: impl Into<String>) {
        self.0.lock().unwrap().push(what.into());
    }

    /// Returns the calls of hooks since `take` was last called.
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }

    /// Returns the calls about changes and commits. SQLite also calls the rollback hook when it
    /// prepares a statement again that has done nothing yet.
    fn changes(&self) -> Vec<String> {
        let mut told = self.take();
        told.retain(|told| told != "rollback");
        told
    }
}

/// Opens a database whose hooks record updates, commits and rollbacks.
async fn told(told: &Told) -> Result<Database> {
    let (updates, commits, rollbacks) = (told.clone(), told.clone(), told.clone());
    let db = Database::builder(":memory:")
        .readers(1)
        .on_update(move |action, schema, table, row| updates.tell(format!("{action:?} {schema}.{table} {row}")))
        .on_commit(move || {
            commits.tell("commit");
            true
        })
        .on_rollback(move || rollbacks.tell("rollback"))
        .open()
        .await?;
    db.create(Note).await?;
    sql!("create table other (x integer primary key)").execute(&db).await?;
    told.take();
    Ok(db)
}

#[tokio::test]
async fn the_update_hook_is_called_for_every_change() -> Result<()> {
    let hooks = Told::default();
    let db = told(&hooks).await?;
    let conn = db.connect().await?;
    for ex in [&*db, &*conn] {
        // The library also uses the update hook, to find the row id of a raw insert.
        for _ in 0..2 {
            let inserted = sql!("insert into notes (text) values ('raw')").execute(ex).await?;
            let id = inserted.last_insert_id.unwrap();
            assert_eq!(hooks.changes(), [format!("SQLITE_INSERT main.notes {id}"), "commit".to_owned()]);
            let same = query(format!("insert into other values ({id})")).execute(ex).await?;
            assert_eq!(same.last_insert_id, Some(id));
            assert_eq!(hooks.changes(), [format!("SQLITE_INSERT main.other {id}"), "commit".to_owned()]);
            sql!("delete from other where x > 0").execute(ex).await?;
            assert_eq!(hooks.changes(), [format!("SQLITE_DELETE main.other {id}"), "commit".to_owned()]);
        }
        let mut stored = Note::insert(note("typed")).one(ex).await?;
        assert_eq!(hooks.changes(), [format!("SQLITE_INSERT main.notes {}", stored.id), "commit".to_owned()]);
        stored.text = "other".into();
        stored.save(ex).await?;
        assert_eq!(hooks.changes(), [format!("SQLITE_UPDATE main.notes {}", stored.id), "commit".to_owned()]);
        ex.execute_script("insert into other values (70); update other set x = 71").await?;
        assert_eq!(hooks.changes().len(), 4, "an update of the number is a row less and a row more");
        ex.run(|raw| raw.execute_batch("delete from other where x = 71")).await?.unwrap();
        assert_eq!(hooks.changes(), ["SQLITE_DELETE main.other 71", "commit"]);
        stored.remove(ex).await?;
        assert_eq!(hooks.changes().len(), 2);
    }
    conn.close().await?;
    db.close().await
}

#[tokio::test]
async fn hooks_are_called_at_the_end_of_a_transaction() -> Result<()> {
    let hooks = Told::default();
    let db = told(&hooks).await?;
    let tx = db.begin().await?;
    let a = Note::insert(note("a")).one(&tx).await?.id;
    let nested = tx.begin().await?;
    let b = Note::insert(note("b")).one(&nested).await?.id;
    nested.rollback().await?;
    tx.commit().await?;
    let inserts = [format!("SQLITE_INSERT main.notes {a}"), format!("SQLITE_INSERT main.notes {b}")];
    assert_eq!(hooks.take(), [&inserts[..], &["commit".to_owned()]].concat());
    let tx = db.begin().await?;
    Note::insert(note("c")).execute(&tx).await?;
    tx.rollback().await?;
    assert_eq!(hooks.take()[1..], ["rollback"]);
    // The library's own rollback hook works too: after the rollback, the closure cannot write.
    let tx = db.begin().await?;
    tx.run(|raw| {
        raw.execute_batch("insert or rollback into notes (id, text) values (1, 'a'), (1, 'a')").unwrap_err();
        raw.execute_batch("insert into notes (text) values ('alone')").unwrap_err();
    })
    .await
    .unwrap_err();
    drop(tx);
    assert!(hooks.take().contains(&"rollback".to_owned()));
    assert_eq!(Note::select().filter(Note::TEXT.eq("alone")).count(&db).await?, 0);
    let tx = db.begin().await?;
    tx.rollback().await?;
    db.close().await
}

#[tokio::test]
async fn hooks_are_restored_after_a_closure_has_replaced_them() -> Result<()> {
    let hooks = Told::default();
    let db = told(&hooks).await?;
    let conn = db.connect().await?;
    for ex in [&*db, &*conn] {
        ex.run(|raw| {
            raw.update_hook(None::<fn(rusqlite::hooks::Action, &str, &str, i64)>)?;
            raw.commit_hook(None::<fn() -> bool>)?;
            raw.rollback_hook(None::<fn()>)
        })
        .await?
        .unwrap();
        hooks.take();
        let id = Note::insert(note("a")).one(ex).await?.id;
        assert_eq!(hooks.changes(), [format!("SQLITE_INSERT main.notes {id}"), "commit".to_owned()]);
    }
    conn.close().await?;
    db.close().await
}

#[tokio::test]
async fn a_hook_that_refuses_a_commit_fails_only_that_write() -> Result<()> {
    let refuses = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let (seen, asked) = (Arc::clone(&refuses), Arc::new(AtomicUsize::new(0)));
    let bad = Arc::clone(&refuses);
    let db = Database::builder(":memory:")
        .on_update(move |_, _, _, row| {
            bad.fetch_or(row == 13, Ordering::SeqCst);
        })
        .on_commit(move || {
            asked.fetch_add(1, Ordering::SeqCst);
            !seen.swap(false, Ordering::SeqCst)
        })
        .open()
        .await?;
    db.create(Note).await?;
    let numbered = |id: i64| query("insert into notes values (?, 'a')").bind(id);
    let refused = |error: Error| {
        assert_eq!(*error.kind(), ErrorKind::Denied, "{error}");
        assert!(error.to_string().contains("`on_commit`"), "{error}");
    };
    refused(numbered(13).execute(&db).await.unwrap_err());
    numbered(1).execute(&db).await?;
    // If the hook refuses the commit of a group, the other writes of the group are committed.
    let held = db.begin().await?;
    let waiting: Vec<_> = (10..20).map(|id| (id, tokio::spawn(numbered(id).execute(&db)))).collect();
    tokio::task::yield_now().await;
    held.commit().await?;
    for (id, written) in waiting {
        match written.await.unwrap() {
            Ok(_) => assert_ne!(id, 13),
            Err(error) => refused(error),
        }
    }
    let tx = db.begin().await?;
    numbered(13).execute(&tx).await?;
    refused(tx.commit().await.unwrap_err());
    refused(db.execute_script("insert into notes values (13, 'a')").await.unwrap_err());
    assert_eq!(Note::select().count(&db).await?, 10);
    db.close().await
}

#[tokio::test]
async fn an_authorizer_says_what_statements_may_do() -> Result<()> {
    use rusqlite::hooks::{AuthAction, Authorization};
    let db = Database::builder(":memory:")
        .authorizer(|context| match context.action {
            AuthAction::Read { table_name: "notes", column_name: "text" } => Authorization::Ignore,
            AuthAction::Read { table_name: "secret", .. } | AuthAction::DropTable { .. } => Authorization::Deny,
            _ => Authorization::Allow,
        })
        // An action is allowed only if each of the two authorizers allows it.
        .authorizer(|context| match context.action {
            AuthAction::Function { function_name: "upper" } => Authorization::Deny,
            _ => Authorization::Allow,
        })
        .open()
        .await?;
    db.create_if_missing(Note).await?;
    db.create_if_missing(Note).await?;
    db.execute_script("create table secret (x); insert into notes (text) values ('a')").await?;
    let denied = |error: Error| {
        assert_eq!(*error.kind(), ErrorKind::Denied, "{error}");
        assert!(error.to_string().contains("authorizer"), "{error}");
    };
    let conn = db.connect().await?;
    for ex in [&*db, &*conn] {
        denied(query("select x from secret").all::<i64>(ex).await.unwrap_err());
        denied(query("select upper('a')").scalar::<String>(ex).await.unwrap_err());
        denied(query("update secret set x = x + 1").execute(ex).await.unwrap_err());
        denied(ex.execute_script("select 1; drop table secret").await.unwrap_err());
        ex.run(|raw| raw.prepare("select x from secret").map(drop)).await?.unwrap_err();
        assert_eq!(query("select text from notes").scalar::<Option<String>>(ex).await?, None, "read as NULL");
        // Statements that the library refuses are still refused.
        let error = query("commit").execute(ex).await.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::Usage, "{error}");
    }
    let tx = conn.begin().await?;
    denied(query("select x from secret").all::<i64>(&tx).await.unwrap_err());
    Note::insert(note("b")).execute(&tx).await?;
    tx.commit().await?;
    conn.close().await?;
    db.close().await
}

#[tokio::test]
async fn of_several_authorizers_the_one_that_denies_wins_over_one_that_ignores() -> Result<()> {
    use rusqlite::hooks::{AuthAction, Authorization};
    let all = [Authorization::Allow, Authorization::Ignore, Authorization::Deny];
    for (first, second) in all.into_iter().flat_map(|first| all.map(|second| (first, second))) {
        let of_text = |answer| {
            move |context: &rusqlite::hooks::AuthContext<'_>| match context.action {
                AuthAction::Read { table_name: "notes", column_name: "text" } => answer,
                _ => Authorization::Allow,
            }
        };
        let db = Database::builder(":memory:").authorizer(of_text(first)).authorizer(of_text(second)).open().await?;
        db.execute_script("create table notes (text text); insert into notes values ('a')").await?;
        let read = sql!("select text from notes").scalar::<Option<String>>(&db).await;
        let answers = [first, second];
        if answers.contains(&Authorization::Deny) {
            assert_eq!(*read.unwrap_err().kind(), ErrorKind::Denied, "{answers:?}");
        } else {
            let text = (!answers.contains(&Authorization::Ignore)).then(|| "a".to_owned());
            assert_eq!(read?, text, "{answers:?}");
        }
        db.close().await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_handler_set_by_on_connect_stays_unless_the_library_needs_it() -> Result<()> {
    let commits = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&commits);
    let db = Database::builder(":memory:")
        .on_connect(move |raw| {
            let counted = Arc::clone(&counted);
            raw.commit_hook(Some(move || {
                counted.fetch_add(1, Ordering::SeqCst);
                false
            }))?;
            // The library's hook replaces this hook before the next statement.
            raw.update_hook(Some(|_: rusqlite::hooks::Action, _: &str, _: &str, _: i64| {
                panic!("the library has a hook of its own");
            }))
        })
        .open()
        .await?;
    db.create(Note).await?;
    let before = commits.load(Ordering::SeqCst);
    for _ in 0..3 {
        sql!("insert into notes (text) values ('raw')").execute(&db).await?;
        Note::insert(note("typed")).execute(&db).await?;
    }
    db.run(|raw| raw.execute_batch("insert into notes (text) values ('lent')")).await?.unwrap();
    assert_eq!(commits.load(Ordering::SeqCst), before + 7);
    db.close().await
}
