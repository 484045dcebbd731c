//! Batches: several statements in one message and one transaction.

use std::future::Future;
use std::time::Duration;

use aio_sql::{Batch, Connection, Database, Error, ErrorKind, Executor, Outcome, Record, Result, Table, query, sql};
use servers::on_every_database;

use hold::{ENDLESS, ENDLESS_WRITE, Item, LONG, Places, hold, item, numbers, send_and_drop, sent};
use polling::{block_on, poll_times};

mod hold;
mod polling;

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "authors")]
struct Author {
    #[column(primary_key, auto)]
    id: i64,
    #[column(unique)]
    name: String,
    #[column(check = "born > 1000")]
    born: i64,
}

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "books")]
struct Book {
    #[column(primary_key, auto)]
    id: i64,
    #[column(references = Author::ID)]
    author_id: i64,
    title: String,
}

fn author(name: &str) -> NewAuthor {
    NewAuthor { name: name.into(), born: 1900 }
}

fn book(author_id: i64, title: &str) -> NewBook {
    NewBook { author_id, title: title.into() }
}

/// Opens a database with three authors and a book.
async fn fill_library(db: &Database) -> Result<()> {
    db.create_all((Author, Book)).await?;
    Author::insert_all(["Borges", "Calvino", "Lem"].map(author)).execute(db).await?;
    Book::insert(book(3, "Solaris")).execute(db).await?;
    Ok(())
}

async fn names(ex: &Executor) -> Result<Vec<String>> {
    Author::select().order_by(Author::ID).columns(Author::NAME).all(ex).await
}

/// Opens a database with two items. Its threads wait at the given places while these are closed.
async fn items(places: &Places) -> Result<Database> {
    let db = places.open(Database::builder(":memory:").readers(2).max_connections(2)).await?;
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

/// Runs a batch that fails at its third statement, and returns the error.
async fn fails(ex: &Executor) -> Error {
    let failed = Batch::new()
        .execute(Author::insert(author("Pavić")))
        .execute(Author::delete().filter(Author::NAME.eq("Borges")))
        .execute(Author::insert(author("Calvino")))
        .execute(Author::update().set(Author::NAME, "x").filter(Author::ID.eq(3)))
        .run(ex)
        .await;
    failed.expect_err("Calvino is there already")
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

#[tokio::test]
async fn batches_in_a_group_share_a_commit_and_fail_individually() -> Result<()> {
    let db = Database::memory().await?;
    fill_library(&db).await?;
    let held = hold(&db);
    let first = sent(Author::insert(author("first")).execute(&db));
    let good = sent(
        Batch::new()
            .one(Author::insert(author("in a batch")))
            .all(Author::select().columns(Author::ID))
            .execute(Author::insert(author("too")))
            .run(&db),
    );
    let bad = sent(async { Err::<(), _>(fails(&db).await) });
    let last = sent(Author::insert(author("last")).execute(&db));
    assert_eq!(db.metrics().queued_writes, 4);
    held.release().await?;
    assert_eq!(first.await?.rows_affected, 1);
    let (stored, seen, outcome): (Author, Vec<i64>, Outcome) = good.await?;
    // The batch sees the writes of the requests before it, and gets its own row ids.
    assert_eq!((stored.name.as_str(), seen.len()), ("in a batch", 5));
    assert_eq!((outcome.rows_affected, outcome.last_insert_id), (1, Some(stored.id + 1)));
    let error = bad.await.expect_err("it fails");
    assert!(error.is_unique() && error.statement() == Some(2), "{error:?}");
    assert_eq!(last.await?.rows_affected, 1);
    let metrics = db.metrics();
    assert_eq!((metrics.groups, metrics.grouped, metrics.undone_groups), (1, 4, 0), "{metrics:?}");
    assert_eq!(names(&db).await?, ["Borges", "Calvino", "Lem", "first", "in a batch", "too", "last"]);
    db.close().await
}

#[tokio::test]
async fn a_batch_that_ends_the_transaction_of_its_group_fails_only_itself() -> Result<()> {
    let db = Database::memory().await?;
    fill_library(&db).await?;
    db.execute_script(
        "create trigger bomb before delete on authors begin select raise(rollback, 'no author goes'); end",
    )
    .await?;
    let held = hold(&db);
    let first =
        sent(Batch::new().one(Author::insert(author("first"))).all(Author::select().columns(Author::ID)).run(&db));
    let bomb = sent(
        Batch::new()
            .execute(Author::insert(author("never")))
            .execute(Author::delete().filter(Author::ID.eq(1)))
            .run(&db),
    );
    let last = sent(Batch::new().execute(Author::insert(author("last"))).run(&db));
    held.release().await?;
    // The first batch ran again after the group was rolled back, and is answered once.
    let (stored, seen): (Author, Vec<i64>) = first.await?;
    assert_eq!((stored.name.as_str(), seen.len()), ("first", 4));
    let error = bomb.await.expect_err("the trigger");
    assert_eq!(error.statement(), Some(1));
    assert!(error.to_string().contains("no author goes"), "{error}");
    assert_eq!(last.await?.0.rows_affected, 1);
    assert_eq!(names(&db).await?, ["Borges", "Calvino", "Lem", "first", "last"]);
    assert_eq!(db.metrics().undone_groups, 1);
    db.close().await
}

#[tokio::test]
async fn the_error_of_a_batch_names_the_failed_statement_and_keeps_its_details() -> Result<()> {
    let db = Database::memory().await?;
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

#[tokio::test]
async fn an_invalid_statement_fails_before_anything_is_sent() -> Result<()> {
    let db = Database::memory().await?;
    #[derive(Table, Clone, Debug)]
    struct Counter {
        #[column(primary_key)]
        id: i64,
        count: u64,
    }
    fill_library(&db).await?;
    db.create(Counter).await?;
    let held = hold(&db);
    let fine = || Batch::new().execute(Author::insert(author("fine")));
    let error = fine().execute(Author::delete()).run(&db).await.expect_err("no filter");
    assert_eq!((error.kind(), error.statement()), (&ErrorKind::Usage, Some(1)), "{error:?}");
    let error = fine().execute(Counter::insert(Counter { id: 1, count: u64::MAX })).run(&db).await.expect_err("large");
    let (table, column) = (Some("counter".into()), Some("count".into()));
    assert_eq!((error.kind(), error.statement()), (&ErrorKind::Unstorable { table, column }, Some(1)), "{error:?}");
    assert_eq!(db.metrics().queued_writes, 0);
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

#[tokio::test]
async fn a_batch_that_only_reads_waits_for_no_writer_and_sees_one_state_of_the_database() -> Result<()> {
    let places = Places::default();
    let db = items(&places).await?;
    let conn = db.connect().await?;
    for (round, ex) in [&*db, &*conn].into_iter().enumerate() {
        let counts = || {
            Batch::new()
                .one(sql!("select count(*) from {Item}"))
                .one(sql!("select here()"))
                .one(sql!("select count(*) from {Item}"))
                .all(Item::select().columns(Item::NUMBER))
        };
        let held = hold(&db);
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

#[tokio::test]
async fn a_batch_may_change_the_schema_and_use_it() -> Result<()> {
    let db = Database::memory().await?;
    fill_library(&db).await?;
    let held = hold(&db);
    let neighbour = sent(Author::insert(author("neighbour")).execute(&db));
    let batch = sent(
        Batch::new()
            .execute(query("create table notes (text text)"))
            .execute(query("insert into notes values ('one'), ('two')"))
            .all(query("select text from notes"))
            .run(&db),
    );
    held.release().await?;
    let (_, inserted, notes): (Outcome, Outcome, Vec<String>) = batch.await?;
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

#[tokio::test]
async fn a_batch_that_takes_too_long_has_written_nothing() -> Result<()> {
    let places = Places::default();
    let db = items(&places).await?;
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
    let held = hold(&db);
    let waits = Batch::new().execute(Item::insert(item(51))).execute(Item::insert(item(52))).timeout(SOON).run(&db);
    assert_eq!(waits.await.expect_err("its time is up").kind(), &ErrorKind::Timeout);
    held.release().await?;
    db.run(|_| ()).await?;
    assert_eq!(numbers(&db).await?, [1, 2]);
    // The default timeout of the database applies to a batch without one of its own. It does not
    // stop the next batch.
    let soon = places.open(Database::builder(":memory:").timeout(SOON)).await?;
    let endless = Batch::new().execute(query(ENDLESS_WRITE)).run(&soon);
    assert_eq!(endless.await.expect_err("its time is up").kind(), &ErrorKind::Timeout);
    Batch::new().execute(Item::insert(item(1))).timeout(LONG).run(&soon).await?;
    assert_eq!(numbers(&soon).await?, [1]);
    soon.close().await?;
    db.close().await
}

#[tokio::test]
async fn a_batch_that_is_dropped_before_its_turn_never_runs() -> Result<()> {
    let places = Places::default();
    let db = items(&places).await?;
    let conn = db.connect().await?;
    for ex in [&*db, &*conn] {
        let held = hold(ex);
        send_and_drop(Batch::new().execute(Item::insert(item(3))).execute(Item::insert(item(4))).run(ex));
        held.release().await?;
        ex.run(|_| ()).await?;
        assert_eq!(numbers(ex).await?, [1, 2]);
    }
    // A future that was never polled has sent nothing.
    drop(Batch::new().execute(Item::insert(item(3))).run(&db));
    assert_eq!(numbers(&db).await?, [1, 2]);
    db.close().await
}

#[tokio::test]
async fn a_batch_that_has_begun_is_finished_if_it_writes_and_stopped_if_it_reads() -> Result<()> {
    let places = Places::default();
    let db = items(&places).await?;
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
        ex.run(|_| ()).await?;
        assert_eq!(numbers(ex).await?.len() as i64, 2 + 2 * number / 10);

        places.here.forget();
        let reading = sent(Batch::new().all(Item::select()).one::<i64, _>(query(ENDLESS)).run(ex));
        places.here.until(1);
        drop(reading);
        assert_eq!(sql!("select 1").timeout(LONG).scalar::<i64>(ex).await?, 1);
    }
    db.close().await
}

#[tokio::test]
async fn a_panic_in_a_function_fails_the_batch_and_nothing_of_it_is_written() -> Result<()> {
    let places = Places::default();
    let db = items(&places).await?;
    for inside in [false, true] {
        let tx = if inside { Some(db.begin().await?) } else { None };
        let ex: &Executor = tx.as_deref().unwrap_or(&db);
        let error = Batch::new()
            .execute(Item::insert(item(50)))
            .execute(query("insert into item (number) values (panics())"))
            .run(ex)
            .await
            .expect_err("it panics");
        assert_eq!(error.statement(), Some(1), "{error:?}");
        assert_eq!(numbers(ex).await?, [1, 2]);
        assert_eq!(ex.in_transaction(), inside);
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

/// Drops the operation after 1, 2, 3… polls, each time on a fresh database, until it ends before
/// that. Checks each time that nothing is open and that the number of items is one of `counts`.
fn at_every_poll<F, Fut, T>(name: &str, counts: &[usize], operation: F)
where
    F: Fn(Database, Connection) -> Fut,
    Fut: Future<Output = Result<T>>,
{
    let places = Places::default();
    for polls in 1..200 {
        let (db, conn) = block_on(async {
            let db = items(&places).await?;
            let conn = db.connect().await?;
            Ok::<_, Error>((db, conn))
        })
        .expect("it opens");
        let ended = poll_times(operation(db.clone(), conn.clone()), polls);
        block_on(async {
            assert!(!conn.in_transaction(), "{name} at poll {polls}");
            // If a commit has begun, it is finished before the next write on the same connection:
            // the writer's, or the explicit one.
            let stored = Item::insert(item(-1)).timeout(LONG).one(&db).await?;
            stored.remove(&conn).await?;
            let there = numbers(&conn).await?.len();
            assert!(counts.contains(&there), "{name} at poll {polls}: {there} rows");
            assert_eq!(numbers(&db).await?.len(), there, "{name} at poll {polls}: it was committed");
            db.connect().await?.close().await?;
            db.close().await
        })
        .unwrap_or_else(|error| panic!("{name} at poll {polls}: {error:?}"));
        if let Some(result) = ended {
            result.unwrap_or_else(|error| panic!("{name}: {error:?}"));
            return;
        }
    }
    panic!("{name} never ends");
}

#[test]
fn a_batch_dropped_at_any_poll_takes_effect_as_a_whole_or_not_and_leaves_nothing_open() {
    let two = || Batch::new().execute(Item::insert(item(50))).one(Item::insert(item(51)));
    let fails = || two().execute(Item::insert(item(1)));
    at_every_poll("on the database", &[2, 4], |db, _| async move { two().run(&db).await });
    at_every_poll("on a connection", &[2, 4], |_, conn| async move { two().run(&conn).await });
    at_every_poll("in a transaction", &[2, 5], |_, conn| async move {
        conn.transaction(|tx| async move {
            Item::insert(item(49)).execute(&tx).await?;
            two().run(&tx).await
        })
        .await
    });
    at_every_poll("that fails", &[2], |db, _| async move {
        fails().run(&db).await.expect_err("1 is taken");
        Ok(())
    });
    at_every_poll("that fails in a transaction", &[2, 3], |db, _| async move {
        db.transaction(|tx| async move {
            Item::insert(item(49)).execute(&tx).await?;
            fails().run(&tx).await.expect_err("1 is taken");
            Ok(())
        })
        .await
    });
    at_every_poll("that reads", &[2], |db, _| async move {
        let long = "with recursive n(i) as (select 1 union all select i + 1 from n where i < 20000) select i from n";
        Batch::new().all::<i64, _>(query(long)).all(Item::select()).all::<i64, _>(query(long)).run(&db).await
    });
}

#[derive(Table, Clone, Debug, PartialEq)]
#[table(without_rowid)]
struct Word {
    #[column(primary_key)]
    text: String,
}

#[tokio::test]
async fn an_insert_without_rowid_has_no_last_insert_id_in_a_batch() -> Result<()> {
    let db = items(&Places::default()).await?;
    db.create(Word).await?;
    let (_, word) =
        Batch::new().execute(Item::insert(item(3))).execute(Word::insert(Word { text: "a".into() })).run(&db).await?;
    assert_eq!(word.last_insert_id, None);
    db.close().await
}

#[tokio::test]
async fn the_error_of_a_missing_column_names_the_statement() -> Result<()> {
    #[derive(Record, Debug)]
    struct Named {
        name: String,
    }
    let db = items(&Places::default()).await?;
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

#[tokio::test]
async fn a_syntax_error_in_a_reading_batch_names_the_statement() -> Result<()> {
    let db = items(&Places::default()).await?;
    let conn = db.connect().await?;
    for ex in [&*db, &*conn] {
        let error = Batch::new().all(Item::select()).one::<i64, _>(query("selec 1")).run(ex).await.unwrap_err();
        assert_eq!((error.statement(), error.sql()), (Some(1), Some("selec 1")), "{error:?}");
    }
    db.close().await
}

#[tokio::test]
async fn a_refused_begin_after_a_read_names_the_statement() -> Result<()> {
    let db = items(&Places::default()).await?;
    let error = Batch::new().all(Item::select()).execute(query("begin")).run(&db).await.unwrap_err();
    assert_eq!((error.kind(), error.statement()), (&ErrorKind::Usage, Some(1)), "{error:?}");
    db.close().await
}

#[tokio::test]
async fn a_batch_with_a_raw_query_shares_a_commit() -> Result<()> {
    let db = items(&Places::default()).await?;
    let held = hold(&db);
    let a = sent(Item::insert(item(11)).execute(&db));
    let b =
        sent(Batch::new().execute(Item::insert(item(12))).one::<i64, _>(sql!("select count(*) from {Item}")).run(&db));
    let c = sent(Item::insert(item(13)).execute(&db));
    held.release().await?;
    a.await?;
    b.await?;
    c.await?;
    assert_eq!((db.metrics().groups, db.metrics().grouped), (1, 3));
    db.close().await
}
