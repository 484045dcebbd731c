//! What an address may ask for behind a pooler, and what a pooler does to it that the address does
//! not know of.

use aio_sql::{Database, ErrorKind, Result, query};
use servers::postgres::PoolerSettings;

use super::{Entry, Tested, work};

#[tokio::test]
async fn everything_works_through_a_pooler_whether_the_address_says_so_or_not() -> Result<()> {
    let tested = Tested::new(3);
    for (address, first) in tested.addresses().iter().zip([0, 100_000]) {
        let db = tested.open(address).await?;
        db.create_if_missing(Entry).await?;
        let tasks = (0..8).map(|task| {
            let db = db.clone();
            tokio::spawn(async move { work(&db, first + 1000 * task).await })
        });
        for task in tasks.collect::<Vec<_>>() {
            task.await.unwrap()?;
        }
        let sessions: Vec<i32> =
            query("select pid from pg_stat_activity where datname = current_database()").all(&db).await?;
        assert!(sessions.len() > 1, "several sessions were used by turns");
        let metrics = db.metrics();
        assert_eq!((metrics.pipelines, metrics.groups), (0, 0), "{metrics:?}");
        db.close().await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_setting_of_the_session_is_refused_where_the_address_declares_a_pooler() {
    let tested = Tested::new(1);
    for (parameter, instead) in
        [("search_path=app", "ALTER ROLE … SET search_path"), ("options=-c%20jit%3Doff", "`SET LOCAL`")]
    {
        let error = Database::open(format!("{}&{parameter}", tested.declared())).await.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::Usage);
        assert!(error.to_string().contains(instead), "{error}");
    }
}

#[tokio::test]
async fn a_pooler_that_refuses_a_setting_of_the_address_is_named_by_the_error() {
    let tested = Tested::new(1);
    for parameter in ["search_path=app", "options=-c%20jit%3Doff"] {
        let error = Database::open(format!("{}&{parameter}", tested.undeclared())).await.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::CannotOpen);
        assert!(error.to_string().contains("write `pooler=transaction` in the address"), "{error}");
    }
}

#[tokio::test]
async fn a_pooler_that_ignores_a_setting_of_the_address_is_found_out() {
    let tested = Tested::with(PoolerSettings::sessions(1).line("ignore_startup_parameters = search_path, options"));
    for parameter in ["search_path=app", "options=-c%20jit%3Doff"] {
        let error = Database::open(format!("{}&{parameter}", tested.undeclared())).await.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::CannotOpen);
        assert!(error.to_string().contains("may be without effect"), "{error}");
    }
}

#[tokio::test]
async fn times_without_a_zone_are_utc_in_whichever_session_they_are_read() -> Result<()> {
    let tested = Tested::new(3);
    for address in tested.addresses() {
        let db = tested.open(&format!("{address}&application_name=till")).await?;
        for _ in 0..6 {
            // Another client wants other settings in the same sessions.
            let mut client = tested.client();
            client.run("set timezone = 'America/St_Johns'; set datestyle = 'SQL, DMY'").unwrap();
            let (time, name): (String, String) = query(
                "select ('2000-01-02 03:04:05'::timestamp::timestamptz)::text, current_setting('application_name')",
            )
            .one(&db)
            .await?;
            assert_eq!((time.as_str(), name.as_str()), ("2000-01-02 03:04:05+00", "till"));
        }
        db.close().await?;
    }
    Ok(())
}
