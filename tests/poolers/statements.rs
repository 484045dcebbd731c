//! Prepared statements: none is left in a session, none of another client is executed, and what is
//! remembered of one is not believed for longer than it is true.

use aio_sql::{ErrorKind, Result, Row, query, sql};

use super::{Entry, NewEntry, Tested, work};

#[tokio::test]
async fn statements_that_other_clients_have_prepared_are_never_executed() -> Result<()> {
    let tested = Tested::new(3);
    for (address, first) in tested.addresses().iter().zip([0, 1000]) {
        // Another process that prepares statements by the same names, in all sessions.
        let others: String =
            (1..=60).map(|n| format!("prepare aio_sql_{n} as select 0::bigint where $1::bigint = 0;")).collect();
        let others = if first == 0 { others } else { String::new() };
        tested.in_each_session(3, &others);
        let db = tested.open(address).await?;
        db.create_if_missing(Entry).await?;
        work(&db, first).await?;
        db.close().await?;
        // Those of the other process are there as before, and no other one.
        let left = tested.in_each_session(
            3,
            "select count(*), count(*) filter (where statement like 'prepare%') from pg_prepared_statements",
        );
        assert_eq!(left, vec![vec![Some("60".to_owned()); 2]; 3]);
    }
    Ok(())
}

#[tokio::test]
async fn the_columns_of_a_result_are_those_of_its_rows_when_a_table_has_changed() -> Result<()> {
    let tested = Tested::new(2);
    let mut admin = tested.client();
    for address in tested.addresses() {
        let db = tested.open(&address).await?;
        admin.run("drop table if exists item; create table item (id bigint, value int)").unwrap();
        admin.run("insert into item values (1, 2)").unwrap();
        let read = || query("select * from item where id = $1").bind(1).one::<Row>(&db);
        let insert = |number: i64| query("insert into item values ($1, 7) returning *").bind(number).one::<Row>(&db);
        // Each use learns the columns of its time.
        let remember = || async {
            read().await?;
            query("delete from item where id >= 100").execute(&db).await?;
            insert(100).await.map(drop)
        };
        let names = |row: &Row| row.columns().to_vec();
        assert_eq!(read().await?.get::<i64>("value")?, 2);
        assert_eq!(insert(10).await?.get::<i64>("value")?, 7);
        // Another type, with values of the same length as before.
        remember().await?;
        admin.run("alter table item alter value type real using 1.5").unwrap();
        assert_eq!(read().await?.get::<f64>("value")?, 1.5);
        assert_eq!(insert(11).await?.get::<f64>("value")?, 7.0);
        // A type of another length, and another name.
        remember().await?;
        admin.run("alter table item rename value to name; alter table item alter name type text using 'a'").unwrap();
        let row = read().await?;
        assert_eq!(
            (names(&row), row.get::<String>("name")?),
            (vec!["id".to_owned(), "name".to_owned()], "a".to_owned())
        );
        assert_eq!(insert(12).await?.get::<String>("name")?, "7");
        // More columns.
        remember().await?;
        admin.run("alter table item add more bigint not null default 5").unwrap();
        assert_eq!(read().await?.get::<i64>("more")?, 5);
        assert_eq!(insert(13).await?.get::<i64>("more")?, 5);
        remember().await?;
        // Another type of the column beside the value.
        admin.run("alter table item alter id type text using 'one'").unwrap();
        assert_eq!(query("select name from item where id = $1").bind("one").scalar::<String>(&db).await?, "a");
        assert_eq!(query("select count(*) from item").scalar::<i64>(&db).await?, 6, "each row was inserted once");
        db.close().await?;
    }
    Ok(())
}

#[tokio::test]
async fn an_error_of_many_rows_names_its_row_and_leaves_no_session_behind() -> Result<()> {
    let tested = Tested::new(1);
    for (address, first) in tested.addresses().iter().zip([0, 100_000]) {
        let db = tested.open(address).await?;
        db.create_if_missing(Entry).await?;
        // Many rows follow the one that is refused.
        let entry = |number| NewEntry { number, text: "x".repeat(100) };
        for rows in [50, 3_500] {
            let numbers = [first, first + 1, first].into_iter().chain(first + 2..first + rows);
            let error = Entry::insert_all(numbers.map(entry)).execute(&db).await.unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::Unique { .. }), "{error:?}");
            assert_eq!(error.row(), Some(2), "{error:?}");
            // The only session answers another client at once.
            let count = format!("select count(*) from entry where number between {first} and {}", first + 99_999);
            assert_eq!(tested.client().run(&count).unwrap(), [[Some("0".to_owned())]]);
        }
        assert_eq!(Entry::insert_all((first..first + 1000).map(entry)).execute(&db).await?.rows_affected, 1000);
        db.transaction(async |tx| {
            let more = (first + 1000..first + 2000).map(entry);
            assert_eq!(Entry::insert_all(more).execute(&tx).await?.rows_affected, 1000);
            let refused = tx
                .transaction(async |tx| Entry::insert_all((first + 1500..first + 3000).map(entry)).execute(&tx).await);
            assert!(matches!(refused.await.unwrap_err().kind(), ErrorKind::Unique { .. }));
            Ok(())
        })
        .await?;
        let last = first + 99_999;
        let count: i64 =
            sql!("select count(*) from {Entry} where {Entry::NUMBER} between {first} and {last}").scalar(&db).await?;
        assert_eq!(count, 2000);
        db.close().await?;
    }
    Ok(())
}
