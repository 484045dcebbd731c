//! Batches: several statements in one message and one transaction.

use std::time::Duration;

use aio_sql::{Batch, Builder, Database, ErrorKind, Executor, Outcome, Record, Result, Table, query, sql};
use servers::on_every_database;

use dropped::Address;
use hold::{ENDLESS, ENDLESS_WRITE, Item, LONG, Places, item, numbers, send_and_drop, sent, settle, with_connections};
use library::*;

mod dropped;
mod hold;
#[path = "batch/library.rs"]
mod library;

/// Opens a database with two items.
async fn items(places: &Places, builder: Builder) -> Result<Database> {
    let db = places.open(builder).await?;
    Item::insert_all([item(1), item(2)]).execute(&db).await?;
    Ok(db)
}

#[on_every_database]
async fn a_batch_returns_each_result_with_its_type(db: Database) -> Result<()> {
    #[derive(Record, Debug, PartialEq)]
    struct Entry {
        title: String,
        name: String,
    }
    fill_library(&db).await?;
    for round in 0..2 {
        let tx = if round == 0 { None } else { Some(db.begin().await?) };
        let ex: &Executor = tx.as_deref().unwrap_or(&db);
        let (count,): (i64,) = Batch::new().one(sql!("select count(*) from {Author}")).run(ex).await?;
        assert_eq!(count, 3);
        let (lem, none): (Author, Option<Author>) =
            Batch::new().one(Author::find(3)).optional(Author::find(99)).run(ex).await?;
        assert_eq!((lem.name.as_str(), none), ("Lem", None));

        let new = format!("new {round}");
        let (stored, numbered, changed, deleted, all, first, raw, entries, some) = Batch::new()
            .one(Author::insert(author("Pavić")))
            .execute(Author::insert(author(&new)))
            .execute(Author::update().set(Author::BORN, Author::BORN + 1).filter(Author::ID.le(2)))
            .execute(Book::delete().filter(Book::TITLE.eq("nobody's")))
            .all(Author::select().order_by(Author::ID))
            .optional(Author::select().order_by(Author::ID.desc()).columns((Author::ID, Author::NAME)))
            .execute(sql!("insert into {Book} (author_id, title) values (1, 'Ficciones'), (1, 'El Aleph')"))
            .all(sql!("select title, name from {Book} join {Author} on author_id = authors.id order by title"))
            .one(sql!("insert into {Book} (author_id, title) values (2, 'Marcovaldo') returning title"))
            .run(ex)
            .await?;
        let stored: Author = stored;
        assert_eq!(stored.name, "Pavić");
        assert_eq!((numbered.rows_affected, numbered.last_insert_id), (1, Some(stored.id + 1)));
        assert_eq!((changed.rows_affected, changed.last_insert_id), (2, None));
        assert_eq!(deleted, Outcome::default());
        let all: Vec<Author> = all;
        assert_eq!(all.iter().map(|author| author.born).collect::<Vec<_>>(), [1901, 1901, 1900, 1900, 1900]);
        assert_eq!(first, Some((stored.id + 1, new.clone())));
        assert_eq!(raw.rows_affected, 2);
        // PostgreSQL reports no key for raw text.
        assert_eq!(raw.last_insert_id.is_some(), db.dialect() == aio_sql::Dialect::Sqlite);
        let entries: Vec<Entry> = entries;
        assert_eq!(entries.len(), 3);
        assert_eq!(entries[2], Entry { title: "Solaris".into(), name: "Lem".into() });
        let some: String = some;
        assert_eq!(some, "Marcovaldo");
        // Restores the rows for the next round.
        Book::delete().filter(Book::TITLE.ne("Solaris")).execute(ex).await?;
        Author::delete().filter(Author::ID.gt(3)).execute(ex).await?;
        Author::update().set(Author::BORN, 1900).all_rows().execute(ex).await?;
    }
    db.close().await
}

#[on_every_database]
async fn a_batch_has_up_to_sixteen_statements_and_their_order_is_kept(db: Database) -> Result<()> {
    fill_library(&db).await?;
    // Every second statement checks that the statements before it have run, and that no later
    // statement has.
    let results = Batch::new()
        .one(Author::insert(author("0")))
        .one(sql!("select max(id) from {Author}"))
        .one(Author::insert(author("1")))
        .one(sql!("select max(id) from {Author}"))
        .one(Author::insert(author("2")))
        .one(sql!("select max(id) from {Author}"))
        .one(Author::insert(author("3")))
        .one(sql!("select max(id) from {Author}"))
        .one(Author::insert(author("4")))
        .one(sql!("select max(id) from {Author}"))
        .one(Author::insert(author("5")))
        .one(sql!("select max(id) from {Author}"))
        .one(Author::insert(author("6")))
        .one(sql!("select max(id) from {Author}"))
        .execute(Author::delete().filter(Author::ID.gt(3)))
        .all(Author::select().order_by(Author::ID).columns(Author::ID))
        .run(&db)
        .await?;
    let (a, b, c, d, e, f, g, h, i, j, k, l, m, n, deleted, left) = results;
    let stored: [Author; 7] = [a, c, e, g, i, k, m];
    let largest: [i64; 7] = [b, d, f, h, j, l, n];
    for (number, (author, largest)) in stored.into_iter().zip(largest).enumerate() {
        assert_eq!((author.id, author.name), (largest, number.to_string()));
    }
    assert_eq!((deleted.rows_affected, left), (7, vec![1, 2, 3]));
    db.close().await
}

#[on_every_database]
async fn rows_of_many_batches_belong_to_their_statements(db: Database) -> Result<()> {
    db.create(Item).await?;
    Item::insert_all((0..5_000).map(item)).execute(&db).await?;
    let conn = db.connect().await?;
    for ex in [&*db, &*conn] {
        let (up, none, count, down) = Batch::new()
            .all(Item::select().order_by(Item::NUMBER).columns(Item::NUMBER))
            .all(Item::select().filter(Item::NUMBER.lt(0)))
            .one(sql!("select count(*) from {Item}"))
            .all(Item::select().order_by(Item::NUMBER.desc()).columns(Item::NUMBER))
            .run(ex)
            .await?;
        let (count, none): (i64, Vec<Item>) = (count, none);
        assert_eq!((count, none.len()), (5_000, 0));
        assert!(up.iter().copied().eq(0..5_000) && down.iter().copied().eq((0..5_000).rev()));
        // A batch that writes also runs its statements in order, although its rows are held back
        // until the commit.
        let (up, changed, down) = Batch::new()
            .all(Item::select().order_by(Item::NUMBER).columns(Item::NUMBER))
            .all(sql!("update {Item} set number = number where number < 3000 returning number"))
            .all(Item::select().order_by(Item::NUMBER.desc()).columns(Item::NUMBER))
            .run(ex)
            .await?;
        let changed: Vec<i64> = changed;
        assert_eq!(changed.len(), 3_000);
        assert!(up.iter().copied().eq(0..5_000) && down.iter().copied().eq((0..5_000).rev()));
    }
    db.close().await
}

#[on_every_database]
async fn a_batch_takes_effect_as_a_whole_or_not_at_all(db: Database) -> Result<()> {
    fill_library(&db).await?;
    let conn = db.connect().await?;
    let before = names(&db).await?;
    for ex in [&*db, &*conn] {
        let error = fails(ex).await;
        assert!(error.is_unique() && error.statement() == Some(2), "{error:?}");
        assert!(!ex.in_transaction());
        assert_eq!(names(ex).await?, before);
        let (_, _) = Batch::new()
            .execute(Author::insert(author("Pavić")))
            .execute(Author::delete().filter(Author::NAME.eq("Pavić")))
            .run(ex)
            .await?;
    }
    assert_eq!(names(&db).await?, before);
    db.close().await
}

#[on_every_database]
async fn a_failed_batch_in_a_transaction_rolls_back_only_itself(db: Database) -> Result<()> {
    fill_library(&db).await?;
    let conn = db.connect().await?;
    for ex in [&*db, &*conn] {
        let tx = ex.begin().await?;
        Author::insert(author("before")).execute(&tx).await?;
        assert!(fails(&tx).await.is_unique());
        assert!(tx.in_transaction());
        let nested = tx.begin().await?;
        Author::insert(author("nested")).execute(&nested).await?;
        assert!(fails(&nested).await.is_unique());
        nested.commit().await?;
        let (inserted,) = Batch::new().execute(Author::insert(author("after"))).run(&tx).await?;
        assert_eq!(inserted.rows_affected, 1);
        tx.commit().await?;
        assert_eq!(names(&db).await?, ["Borges", "Calvino", "Lem", "before", "nested", "after"]);
        Author::delete().filter(Author::ID.gt(3)).execute(&db).await?;

        // A batch inside a transaction is rolled back together with the transaction.
        let tx = ex.begin().await?;
        Batch::new().execute(Author::insert(author("gone"))).run(&tx).await?;
        tx.rollback().await?;
        assert_eq!(names(&db).await?, ["Borges", "Calvino", "Lem"]);
    }
    db.close().await
}

#[on_every_database]
async fn the_error_of_a_batch_names_the_failed_statement_and_keeps_its_details(db: Database) -> Result<()> {
    fill_library(&db).await?;
    for inside in [false, true] {
        let tx = if inside { Some(db.begin().await?) } else { None };
        let ex: &Executor = tx.as_deref().unwrap_or(&db);
        let fine = || Batch::new().execute(Author::insert(author("fine")));
        let unique = fine().execute(Author::insert(author("Lem"))).run(ex).await.expect_err("Lem is there");
        assert_eq!(unique.kind(), &ErrorKind::Unique { table: "authors".into(), columns: vec!["name".into()] });
        assert!(unique.sql().is_some_and(|sql| sql.starts_with("INSERT INTO")), "{unique:?}");

        let young = NewAuthor { name: "Homer".into(), born: -800 };
        let check = fine().one(Author::insert(young)).run(ex).await.expect_err("born before");
        let ErrorKind::Check { table, columns, .. } = check.kind() else { panic!("{check:?}") };
        assert_eq!((table.as_str(), &columns[..]), ("authors", &["born".to_owned()][..]));

        let parent = fine().execute(Book::insert(book(77, "?"))).run(ex).await.expect_err("no such author");
        let references = "authors".to_owned();
        let expected = ErrorKind::ForeignKey { table: "books".into(), columns: vec!["author_id".into()], references };
        assert_eq!(parent.kind(), &expected);
        let child = fine().execute(Author::delete().filter(Author::ID.eq(3))).run(ex).await.expect_err("a book");
        assert_eq!(child.kind(), &expected);
        let update = Book::update().set(Book::AUTHOR_ID, 99).all_rows();
        let moved = fine().execute(update).run(ex).await.expect_err("no such author");
        assert_eq!(moved.kind(), &expected);

        let raw = fine().one::<i64, _>(sql!("select nothing from {Author}")).run(ex).await.expect_err("no column");
        assert_eq!(raw.kind(), &ErrorKind::Sql);
        assert_eq!(raw.sql(), Some("select nothing from \"authors\""), "{raw:?}");

        let decode = fine().all::<i64, _>(sql!("select name from {Author}")).run(ex).await.expect_err("text");
        assert!(matches!(decode.kind(), ErrorKind::Decode { .. }), "{decode:?}");
        Author::delete().filter(Author::NAME.eq("fine")).execute(ex).await?;

        for error in [unique, check, parent, child, moved, raw, decode] {
            assert_eq!((error.statement(), error.row()), (Some(1), None), "{error:?}");
            assert!(error.to_string().starts_with("statement 1: "), "{error}");
        }
        assert_eq!(names(ex).await?, ["Borges", "Calvino", "Lem"]);
    }
    // The error of a statement outside of a batch has no number of a statement.
    let error = Author::insert(author("Lem")).execute(&db).await.expect_err("Lem is there");
    assert_eq!(error.statement(), None);
    db.close().await
}

#[on_every_database]
async fn an_invalid_statement_fails_before_anything_is_sent(places: Places) -> Result<()> {
    let db = places.open(places.builder()).await?;
    #[derive(Table, Clone, Debug)]
    struct Counter {
        #[column(primary_key)]
        id: i64,
        count: u64,
    }
    fill_library(&db).await?;
    db.create(Counter).await?;
    let held = places.hold(&db);
    let fine = || Batch::new().execute(Author::insert(author("fine")));
    let error = fine().execute(Author::delete()).run(&db).await.expect_err("no filter");
    assert_eq!((error.kind(), error.statement()), (&ErrorKind::Usage, Some(1)), "{error:?}");
    let error = fine().execute(Counter::insert(Counter { id: 1, count: u64::MAX })).run(&db).await.expect_err("large");
    let (table, column) = (Some("counter".into()), Some("count".into()));
    assert_eq!((error.kind(), error.statement()), (&ErrorKind::Unstorable { table, column }, Some(1)), "{error:?}");
    let metrics = db.metrics();
    assert_eq!((metrics.queued_writes, metrics.queued_reads), (0, 0));
    held.release().await?;
    assert_eq!(names(&db).await?, ["Borges", "Calvino", "Lem"]);
    db.close().await
}

#[on_every_database]
async fn a_missing_row_is_not_found_and_the_writes_of_the_batch_stay(db: Database) -> Result<()> {
    fill_library(&db).await?;
    let error = Batch::new()
        .execute(Author::insert(author("stays")))
        .one(Author::find(99))
        .one(Author::find(98))
        .run(&db)
        .await
        .expect_err("nobody");
    assert_eq!(error.kind(), &ErrorKind::NotFound { table: Some("authors".into()) });
    assert_eq!(error.statement(), Some(1));
    assert_eq!(names(&db).await?.len(), 4);
    let error = Batch::new().one::<i64, _>(sql!("select 1 where 1 = 0")).run(&db).await.expect_err("nothing");
    assert_eq!((error.kind(), error.statement()), (&ErrorKind::NotFound { table: None }, Some(0)));
    db.close().await
}

#[on_every_database]
async fn a_batch_that_only_reads_waits_for_no_writer_and_sees_one_state_of_the_database(places: Places) -> Result<()> {
    // Two threads serve reads on the database itself.
    let builder = if places.is_sqlite() { places.builder().readers(2) } else { with_connections(places.builder(), 4) };
    let db = items(&places, builder).await?;
    let conn = db.connect().await?;
    for (round, ex) in [&*db, &*conn].into_iter().enumerate() {
        let counts = || {
            Batch::new()
                .one(sql!("select count(*) from {Item}"))
                .one(sql!("select here()"))
                .one(sql!("select count(*) from {Item}"))
                .all(Item::select().columns(Item::NUMBER))
        };
        let held = places.hold(&db);
        let (before, _, after, all): (i64, i64, i64, Vec<i64>) = counts().timeout(LONG).run(ex).await?;
        assert_eq!((before, after, all.len()), (2, 2, 2));
        held.release().await?;

        // Another connection writes between two statements of the batch.
        places.here.close();
        let reading = sent(counts().run(ex));
        places.here.until(1);
        Item::insert(item(100)).timeout(LONG).execute(&db).await?;
        assert_eq!(numbers(&db).await?.len(), 3);
        places.here.open();
        let (before, _, after, all): (i64, i64, i64, Vec<i64>) = reading.await?;
        assert_eq!((before, after, all.len()), (2, 2, 2), "round {round}");
        let (now, _, _, _): (i64, i64, i64, Vec<i64>) = counts().run(ex).await?;
        assert_eq!(now, 3);
        Item::delete().filter(Item::NUMBER.eq(100)).execute(&db).await?;
    }
    db.close().await
}

#[on_every_database]
async fn transaction_control_is_refused_in_a_batch(db: Database) -> Result<()> {
    fill_library(&db).await?;
    let conn = db.connect().await?;
    for ex in [&*db, &*conn] {
        for text in ["begin", "commit", "rollback", "savepoint a", "end"] {
            let new = || Author::insert(author("never"));
            let error =
                Batch::new().execute(new()).execute(query(text)).execute(new()).run(ex).await.expect_err("refused");
            assert_eq!((error.kind(), error.statement()), (&ErrorKind::Usage, Some(1)), "{text}: {error:?}");
            Batch::new().execute(query(text)).run(ex).await.expect_err("refused");
            assert!(!ex.in_transaction());
            assert_eq!(names(ex).await?, ["Borges", "Calvino", "Lem"], "{text}");
        }
    }
    db.close().await
}

#[on_every_database]
async fn a_batch_may_change_the_schema_and_use_it(db: Database) -> Result<()> {
    fill_library(&db).await?;
    let neighbour = sent(Author::insert(author("neighbour")).execute(&db));
    let (_, inserted, notes): (Outcome, Outcome, Vec<String>) = Batch::new()
        .execute(query("create table notes (text text)"))
        .execute(query("insert into notes values ('one'), ('two')"))
        .all(query("select text from notes"))
        .run(&db)
        .await?;
    assert_eq!((inserted.rows_affected, notes.len()), (2, 2));
    neighbour.await?;
    // A table that the batch has created is rolled back if a later statement fails.
    Batch::new()
        .execute(query("create table more (text text)"))
        .execute(query("insert into nowhere values (1)"))
        .run(&db)
        .await
        .expect_err("no such table");
    assert!(!db.has_table("more").await?);
    db.close().await
}

/// A timeout that soon passes.
const SOON: Duration = Duration::from_millis(30);

#[on_every_database]
async fn a_batch_that_takes_too_long_has_written_nothing(places: Places) -> Result<()> {
    let db = items(&places, places.builder()).await?;
    let conn = db.connect().await?;
    let batch = || Batch::new().execute(Item::insert(item(50))).timeout(SOON).execute(query(ENDLESS_WRITE));
    for ex in [&*db, &*conn] {
        let error = batch().run(ex).await.expect_err("its time is up");
        assert_eq!(error.kind(), &ErrorKind::Timeout, "{error:?}");
        assert!(!ex.in_transaction());
        assert_eq!(numbers(ex).await?, [1, 2]);
        let reads = Batch::new().all(Item::select()).one::<i64, _>(query(ENDLESS)).timeout(SOON).run(ex).await;
        assert_eq!(reads.expect_err("its time is up").kind(), &ErrorKind::Timeout);
        assert_eq!(numbers(ex).await?, [1, 2]);
    }
    // A batch that times out while it waits for its turn writes nothing either.
    let held = places.hold(&db);
    let waits = Batch::new().execute(Item::insert(item(51))).execute(Item::insert(item(52))).timeout(SOON).run(&db);
    assert_eq!(waits.await.expect_err("its time is up").kind(), &ErrorKind::Timeout);
    held.release().await?;
    settle(&db).await?;
    assert_eq!(numbers(&db).await?, [1, 2]);
    db.close().await
}

/// A timeout that passes during a test, but is long enough for a statement on a busy machine.
const A_WHILE: Duration = Duration::from_millis(400);

#[on_every_database]
async fn a_batch_without_a_timeout_has_that_of_the_database(places: Places) -> Result<()> {
    let db = places.open(places.builder().timeout(A_WHILE)).await?;
    let endless = Batch::new().execute(query(ENDLESS_WRITE)).run(&db);
    assert_eq!(endless.await.expect_err("its time is up").kind(), &ErrorKind::Timeout);
    // It does not stop the next batch.
    Batch::new().execute(Item::insert(item(1))).timeout(LONG).run(&db).await?;
    assert_eq!(numbers(&db).await?, [1]);
    db.close().await
}

#[on_every_database]
async fn a_batch_that_is_dropped_before_its_turn_never_runs(places: Places) -> Result<()> {
    let db = items(&places, places.builder()).await?;
    let conn = db.connect().await?;
    for ex in [&*db, &*conn] {
        let held = places.hold(ex);
        send_and_drop(Batch::new().execute(Item::insert(item(3))).execute(Item::insert(item(4))).run(ex));
        held.release().await?;
        settle(ex).await?;
        assert_eq!(numbers(ex).await?, [1, 2]);
    }
    // A future that was never polled has sent nothing.
    drop(Batch::new().execute(Item::insert(item(3))).run(&db));
    assert_eq!(numbers(&db).await?, [1, 2]);
    db.close().await
}

#[on_every_database]
async fn a_batch_that_has_begun_is_finished_if_it_writes_and_stopped_if_it_reads(places: Places) -> Result<()> {
    let db = items(&places, places.builder()).await?;
    let conn = db.connect().await?;
    for (number, ex) in [(10, &*db), (20, &*conn)] {
        places.here.close();
        let writing = sent(
            Batch::new()
                .execute(Item::insert(item(number)))
                .one::<i64, _>(sql!("select here()"))
                .execute(Item::insert(item(number + 1)))
                .run(ex),
        );
        places.here.until(1);
        drop(writing);
        places.here.open();
        settle(ex).await?;
        assert_eq!(numbers(ex).await?.len() as i64, 2 + 2 * number / 10);

        places.here.forget();
        let reading = sent(Batch::new().all(Item::select()).one::<i64, _>(query(ENDLESS)).run(ex));
        places.here.until(1);
        drop(reading);
        assert_eq!(sql!("select 1").timeout(LONG).scalar::<i64>(ex).await?, 1);
    }
    db.close().await
}

#[on_every_database]
async fn batches_can_be_spawned(db: Database) -> Result<()> {
    db.create(Item).await?;
    let tasks: Vec<_> = (0..100)
        .map(|task| {
            let batch = Batch::new()
                .execute(Item::insert(item(2 * task)))
                .one(Item::insert(item(2 * task + 1)))
                .one(sql!("select count(*) % 2 from {Item}"));
            tokio::spawn(batch.run(&db))
        })
        .collect();
    for (task, running) in tasks.into_iter().enumerate() {
        let (_, stored, odd): (Outcome, Item, i64) = running.await.expect("no panic")?;
        assert_eq!((stored.number, odd), (2 * task as i64 + 1, 0));
    }
    assert_eq!(Item::select().count(&db).await?, 200);
    db.close().await
}

#[on_every_database]
async fn a_batch_on_a_closed_handle_fails_with_closed(db: Database) -> Result<()> {
    fill_library(&db).await?;
    let tx = db.begin().await?;
    let clone = tx.clone();
    tx.rollback().await?;
    let one = || Batch::new().execute(Author::insert(author("never")));
    assert!(one().run(&clone).await.expect_err("it has ended").is_closed());
    let conn = db.connect().await?;
    let tx = conn.begin().await?;
    assert_eq!(one().run(&conn).await.expect_err("busy").kind(), &ErrorKind::InTransaction);
    tx.rollback().await?;
    drop(conn);
    db.clone().close().await?;
    assert!(one().run(&db).await.expect_err("closed").is_closed());
    Ok(())
}

#[on_every_database]
async fn a_batch_dropped_at_any_poll_takes_effect_as_a_whole_or_not_and_leaves_nothing_open(
    address: Address,
) -> Result<()> {
    use dropped::{Item, NewItem};
    let item = |number| NewItem { number };
    let two = move || Batch::new().execute(Item::insert(item(50))).one(Item::insert(item(51)));
    let fails = move || two().execute(Item::insert(item(1)));
    address.at_every_poll("on the database", &[10, 12], |db, _| async move { two().run(&db).await });
    address.at_every_poll("on a connection", &[10, 12], |_, conn| async move { two().run(&conn).await });
    address.at_every_poll("in a transaction", &[10, 13], |_, conn| async move {
        conn.transaction(|tx| async move {
            Item::insert(item(49)).execute(&tx).await?;
            two().run(&tx).await
        })
        .await
    });
    address.at_every_poll("that fails", &[10], |db, _| async move {
        fails().run(&db).await.expect_err("1 is taken");
        Ok(())
    });
    address.at_every_poll("that fails in a transaction", &[10, 11], |db, _| async move {
        db.transaction(|tx| async move {
            Item::insert(item(49)).execute(&tx).await?;
            fails().run(&tx).await.expect_err("1 is taken");
            Ok(())
        })
        .await
    });
    address.at_every_poll("that reads", &[10], |db, _| async move {
        let long = "with recursive n(i) as (select 1 union all select i + 1 from n where i < 20000) select i from n";
        Batch::new().all::<i64, _>(query(long)).all(Item::select()).all::<i64, _>(query(long)).run(&db).await
    });
    Ok(())
}

#[derive(Table, Clone, Debug, PartialEq)]
#[table(without_rowid)]
struct Word {
    #[column(primary_key)]
    text: String,
}

#[on_every_database]
async fn an_insert_without_rowid_has_no_last_insert_id_in_a_batch(db: Database) -> Result<()> {
    db.create_all((Item, Word)).await?;
    let (_, word) =
        Batch::new().execute(Item::insert(item(3))).execute(Word::insert(Word { text: "a".into() })).run(&db).await?;
    assert_eq!(word.last_insert_id, None);
    db.close().await
}

#[on_every_database]
async fn the_error_of_a_missing_column_names_the_statement(db: Database) -> Result<()> {
    #[derive(Record, Debug)]
    struct Named {
        name: String,
    }
    let error = Batch::new()
        .one(sql!("select 1"))
        .one(sql!("select 1 as x"))
        .run(&db)
        .await
        .map(|r: (i64, Named)| r)
        .unwrap_err();
    assert_eq!(error.statement(), Some(1), "{error:?}");
    db.close().await
}

#[on_every_database]
async fn a_syntax_error_in_a_reading_batch_names_the_statement(db: Database) -> Result<()> {
    db.create(Item).await?;
    let conn = db.connect().await?;
    for ex in [&*db, &*conn] {
        let error = Batch::new().all(Item::select()).one::<i64, _>(query("selec 1")).run(ex).await.unwrap_err();
        assert_eq!((error.statement(), error.sql()), (Some(1), Some("selec 1")), "{error:?}");
    }
    db.close().await
}

#[on_every_database]
async fn a_refused_begin_after_a_read_names_the_statement(db: Database) -> Result<()> {
    db.create(Item).await?;
    let error = Batch::new().all(Item::select()).execute(query("begin")).run(&db).await.unwrap_err();
    assert_eq!((error.kind(), error.statement()), (&ErrorKind::Usage, Some(1)), "{error:?}");
    db.close().await
}
