//! Files of Django, Rails and sqlx are read, filtered, sorted and written, and the other program
//! can read them again.
//!
//! If Python with sqlite3 is installed, `program.py` creates the files; otherwise the script
//! beside it creates files with the same content. The values that the library has written are
//! compared byte by byte, and read with Python if it is installed.

use std::process::Command;

use aio_sql::{Page, sql};
use jiff::civil::{date, time};
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::*;

/// Runs `program.py`. Returns its output, or `None` if there is no Python with SQLite.
fn program(arguments: [&str; 2], file: &Path) -> Option<String> {
    let has_sqlite = Command::new("python3").args(["-c", "import sqlite3"]).output();
    if !has_sqlite.is_ok_and(|output| output.status.success()) {
        eprintln!("there is no python3 with sqlite3: the file of {} is made and read by SQLite alone", arguments[1]);
        return None;
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sqlite/existing/program.py");
    let output = Command::new("python3").arg(script).args(arguments).arg(file).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap())
}

/// A library of other programs: its name, and the SQL script that creates a file as those programs
/// do.
struct Library(&'static str, &'static str);

const DJANGO: Library = Library("django", include_str!("django.sql"));
const RAILS: Library = Library("rails", include_str!("rails.sql"));
const SQLX: Library = Library("sqlx", include_str!("sqlx.sql"));

impl Library {
    /// Creates the file by the SQL script. If Python is installed, also creates it by
    /// `program.py`, checks that both files have the same content, and returns the file of
    /// `program.py`.
    fn file(&self) -> Foreign {
        let file = Foreign::made_by(self.1);
        let made = file.path.with_extension("python");
        if program(["make", self.0], &made).is_none() {
            return file;
        }
        let tables: Vec<String> = stored_in(&file.path, "select name from sqlite_schema where type = 'table'");
        for table in tables.iter().map(|table| table.trim_matches('\'')) {
            let query = format!("select * from {table}");
            assert_eq!(stored_in(&made, &query), stored_in(&file.path, &query), "{} in {table}", self.0);
        }
        Foreign { path: made, ..file }
    }

    /// Checks the lines that `program.py` prints for the rows of the file, if Python is installed.
    fn assert_reads(&self, file: &Foreign, lines: &[&str]) {
        if let Some(printed) = program(["read", self.0], &file.path) {
            assert_eq!(printed.lines().collect::<Vec<_>>(), lines);
        }
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

/// Returns the key of an order.
fn key(number: u128) -> Uuid {
    Uuid::from_u128(10_u128.pow(36) + number)
}

const SECOND: &str = "2026-01-05T10:00:01.123456Z";

/// Checks filters, sorting and so on with the orders of one library. The macro uses the structs
/// `Order` and `Customer` of the module that calls it; their columns have the same names for every
/// library.
macro_rules! assert_works {
    ($db:expr) => {{
        let db = &$db;
        let second = at(SECOND);
        let notes = |condition: aio_sql::Condition<Order>| {
            Order::select().filter(condition).order_by(Order::NOTE).columns(Order::NOTE)
        };
        // Filters and order.
        assert_eq!(notes(Order::ORDERED.eq(second).into()).all(db).await?, ["second"]);
        assert_eq!(notes(Order::ORDERED.le(second).into()).all(db).await?, ["first", "second"]);
        assert_eq!(notes(Order::ORDERED.gt(second).into()).all(db).await?, ["third"]);
        assert_eq!(
            notes(Order::ORDERED.between(at("2026-01-05T10:00:00Z"), second).into()).all(db).await?,
            ["first", "second"]
        );
        assert_eq!(notes(Order::ORDERED.lt(aio_sql::now::<Timestamp>()).into()).count(db).await?, 3);
        assert_eq!(notes(Order::KEY.is_in([key(2), key(0), key(7)]).into()).all(db).await?, ["first", "third"]);
        assert_eq!(notes(Order::KEY.is_in((0..40).map(key)).into()).count(db).await?, 3, "a long list");
        assert_eq!(notes(Order::TOTAL.eq(dec("12")).into()).all(db).await?, ["second"]);
        assert_eq!(notes(Order::TOTAL.ge(dec("12.00")).into()).all(db).await?, ["first", "second"]);
        assert_eq!(notes(Order::PAID.eq(true).into()).all(db).await?, ["second"]);
        assert_eq!(notes(Order::DUE.gt(date(2026, 1, 6)).into()).all(db).await?, ["second", "third"]);
        let newest = Order::select().order_by(Order::ORDERED.desc()).columns(Order::NOTE);
        assert_eq!(newest.all(db).await?, ["third", "second", "first"]);
        assert_eq!(
            Order::select().order_by(Order::TOTAL).columns(Order::NOTE).all(db).await?,
            ["third", "second", "first"]
        );
        // Parts, aggregates and groups.
        let parts = (Order::ORDERED.year(), Order::ORDERED.hour(), Order::ORDERED.second(), Order::ORDERED.date_text());
        assert_eq!(
            Order::select().filter(Order::KEY.eq(key(1))).columns(parts).one(db).await?,
            (2026, 10, 1, "2026-01-05".to_owned())
        );
        assert_eq!(
            Order::select().filter(Order::KEY.eq(key(1))).columns(Order::ORDERED.unix_seconds()).one(db).await?,
            second.as_second()
        );
        let ends = (Order::ORDERED.min(), Order::ORDERED.max(), Order::TOTAL.max());
        let (first, last, most): (Option<Timestamp>, Option<Timestamp>, Option<Decimal>) =
            Order::select().columns(ends).one(db).await?;
        assert_eq!(
            (first, last, most),
            (Some(at("2026-01-05T10:00:00Z")), Some(at("2026-01-05T10:00:02.12Z")), Some(dec("12.5")))
        );
        let days: Vec<(String, i64)> = Order::select()
            .group_by(Order::ORDERED.date_text())
            .columns((Order::ORDERED.date_text(), aio_sql::count()))
            .all(db)
            .await?;
        assert_eq!(days, [("2026-01-05".to_owned(), 3)]);
        // Pages, by time and key.
        let mut found = Vec::new();
        let mut page = Order::select().order_by((Order::ORDERED.desc(), Order::KEY)).page(1).all(db).await?;
        loop {
            found.extend(page.rows.iter().map(|order: &Order| order.key));
            let Page { next: Some(next), .. } = page else { break };
            let next = next.to_string().parse::<aio_sql::Cursor>()?;
            page = Order::select().order_by((Order::ORDERED.desc(), Order::KEY)).page(1).after(next).all(db).await?;
        }
        assert_eq!(found, [key(2), key(1), key(0)]);
        // Relations and joins.
        let customers = Customer::select().with(Order).all(db).await?;
        assert_eq!(customers.iter().map(|(_, orders)| orders.len()).collect::<Vec<_>>(), [3]);
        let joined: Vec<(Uuid, String)> = Order::select()
            .join(Customer)
            .filter(Order::KEY.eq(key(1)))
            .columns((Order::KEY, Customer::NAME))
            .all(db)
            .await?;
        assert_eq!(joined, [(key(1), "Ann".to_owned())]);
        // A value captured in SQL text next to a column is bound in the encoding in which that
        // column stores its values.
        let first = at("2026-01-05T10:00:01Z");
        let (keys, twelve) = ([key(1), key(2)], dec("12"));
        let raw = sql!("select note from {Order} where {Order::ORDERED} >= {second} and {Order::KEY} <> {key(2)}");
        assert_eq!(raw.all::<String>(db).await?, ["second"]);
        let raw = sql!(
            "select count(*) from {Order} where {Order::KEY} in ({keys}) and {Order::TOTAL} = {twelve} and \
             {Order::ORDERED} between {first} and {second}"
        );
        assert_eq!(raw.scalar::<i64>(db).await?, 1);
        let nowhere = sql!("select count(*) from {Order} where {Order::ORDERED} < max({second}, 'x')");
        let error = nowhere.scalar::<i64>(db).await.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::Usage, "{error}");
        assert!(error.to_string().contains("Order::ORDERED"), "{error}");
    }};
}

/// A customer in the tables of Rails and of sqlx.
#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "customers")]
struct Customer {
    #[column(primary_key, auto)]
    id: i64,
    #[column(unique)]
    name: String,
}

mod django {
    use super::*;

    #[derive(Table, Clone, Debug, PartialEq)]
    #[table(name = "shop_customer")]
    struct Customer {
        #[column(primary_key, auto)]
        id: i64,
        #[column(unique)]
        name: String,
    }

    #[derive(Table, Clone, Debug, PartialEq)]
    #[table(name = "shop_order")]
    struct Order {
        #[column(primary_key, uuid = "simple")]
        key: Uuid,
        #[column(references = Customer::ID, deferred)]
        customer_id: i64,
        #[column(time = "datetime", index)]
        ordered: Timestamp,
        #[column(time = "datetime")]
        shipped: Option<Timestamp>,
        due: jiff::civil::Date,
        #[column(time = "time")]
        at: jiff::civil::Time,
        #[column(time = "micros")]
        took: SignedDuration,
        paid: bool,
        #[column(decimal = "real")]
        total: Decimal,
        quantity: u32,
        note: String,
        #[column(json)]
        meta: serde_json::Value,
    }

    fn second() -> Order {
        Order {
            key: key(1),
            customer_id: 1,
            ordered: at_(SECOND),
            shipped: None,
            due: date(2026, 1, 7),
            at: time(10, 0, 1, 123_456_000),
            took: SignedDuration::from_micros(90_123_456),
            paid: true,
            total: dec("12"),
            quantity: 1,
            note: "second".into(),
            meta: serde_json::json!({}),
        }
    }

    use super::at as at_;

    #[tokio::test]
    async fn a_file_of_django_is_read_and_written() -> Result<()> {
        let file = DJANGO.file();
        let db = file.open().await?;
        db.create_if_missing((Customer, Order)).await?;
        assert_eq!(Order::find(key(1)).one(&db).await?, second());
        assert_works!(db);
        let plan = Order::select().filter(Order::ORDERED.gt(at_(SECOND))).explain(&db).await?;
        assert!(plan.to_string().contains("SEARCH"), "{plan}");
        assert_eq!(Order::select().filter(Order::TOOK.gt(SignedDuration::from_secs(90))).count(&db).await?, 2);
        assert_eq!(Order::select().filter(Order::AT.lt(time(10, 0, 1, 0))).count(&db).await?, 1);

        // Saving, inserting and updating; digits below a microsecond are cut off.
        let mut order = second();
        (order.shipped, order.total, order.note) = (Some(at_("2026-02-01T08:30:00.5Z")), dec("99.95"), "sent".into());
        order.save(&db).await?;
        let new = Order {
            key: key(3),
            ordered: at_("2026-03-01T00:00:00.000000999Z"),
            took: SignedDuration::from_nanos(1_999),
            ..second()
        };
        let stored = Order::insert(new).one(&db).await?;
        assert_eq!(stored.ordered, at_("2026-03-01T00:00:00Z"));
        assert_eq!(stored.took, SignedDuration::from_micros(1));
        let shipped = Order::update().set(Order::SHIPPED, at_("2026-01-09T00:00:00Z")).filter(Order::KEY.eq(key(0)));
        assert_eq!(shipped.execute(&db).await?.rows_affected, 1);
        db.close().await?;
        assert_eq!(
            file.stored("select key, ordered, shipped, due, at, took, paid, total, note from shop_order order by key"),
            [
                "'00c097ce7bc90715b34b9f1000000000' '2026-01-05 10:00:00' '2026-01-09 00:00:00' '2026-01-06' '10:00:00' 90000000 0 12.5 'first'",
                "'00c097ce7bc90715b34b9f1000000001' '2026-01-05 10:00:01.123456' '2026-02-01 08:30:00.500000' '2026-01-07' \
                 '10:00:01.123456' 90123456 1 99.95 'sent'",
                "'00c097ce7bc90715b34b9f1000000002' '2026-01-05 10:00:02.120000' NULL '2026-01-08' '10:00:02.120000' 90120000 0 0.1 'third'",
                "'00c097ce7bc90715b34b9f1000000003' '2026-03-01 00:00:00' NULL '2026-01-07' '10:00:01.123456' 1 1 12 'second'",
            ]
        );
        DJANGO.assert_reads(
            &file,
            &[
                "00c097ce-7bc9-0715-b34b-9f1000000000 | 2026-01-05 10:00:00 | 2026-01-06 | 10:00:00 | 0:01:30 | False | 12.5 | first",
                "00c097ce-7bc9-0715-b34b-9f1000000003 | 2026-03-01 00:00:00 | 2026-01-07 | 10:00:01.123456 | 0:00:00.000001 | True | 12 | second",
                "00c097ce-7bc9-0715-b34b-9f1000000001 | 2026-01-05 10:00:01.123456 | 2026-01-07 | 10:00:01.123456 | 0:01:30.123456 | True | 99.95 | sent",
                "00c097ce-7bc9-0715-b34b-9f1000000002 | 2026-01-05 10:00:02.120000 | 2026-01-08 | 10:00:02.120000 | 0:01:30.120000 | False | 0.1 | third",
            ],
        );
        Ok(())
    }
}

mod rails {
    use super::*;

    #[derive(Table, Clone, Debug, PartialEq)]
    #[table(name = "orders", new(derive(Clone)))]
    struct Order {
        #[column(primary_key, auto)]
        id: i64,
        #[column(unique, uuid = "text")]
        key: Uuid,
        #[column(references = Customer::ID)]
        customer_id: i64,
        #[column(time = "datetime(6)", created_at)]
        ordered: Timestamp,
        due: Option<jiff::civil::Date>,
        #[column(default = false)]
        paid: bool,
        #[column(decimal = "real", default = sql("0.0"))]
        total: Decimal,
        note: String,
    }

    #[tokio::test]
    async fn a_file_of_rails_is_read_and_written() -> Result<()> {
        let file = RAILS.file();
        let db = file.open().await?;
        db.create_if_missing((Customer, Order)).await?;
        let second = Order::select().filter(Order::KEY.eq(key(1))).one(&db).await?;
        assert_eq!((second.key, second.ordered, second.paid, second.total), (key(1), at(SECOND), true, dec("12")));
        assert_works!(db);

        let before = at(&Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string());
        let new =
            NewOrder { key: key(3), customer_id: 1, due: None, paid: Some(true), total: None, note: "fourth".into() };
        let created = Order::insert(new.clone()).one(&db).await?;
        assert!(before <= created.ordered && created.ordered <= Timestamp::now(), "{created:?}");
        assert_eq!(created.ordered.subsec_nanosecond() % 1_000, 0, "as Rails stores it");
        // Inserting a key that exists updates the existing row.
        let upsert = Order::insert(NewOrder { total: Some(dec("7.25")), ..new })
            .on_conflict(Order::KEY)
            .do_update()
            .set_excluded(Order::TOTAL);
        assert_eq!(upsert.one(&db).await?.into_row().unwrap().total, dec("7.25"));
        Order::delete().filter(Order::ORDERED.eq(at(SECOND))).execute(&db).await?;
        let mut first = Order::select().filter(Order::KEY.eq(key(0))).one(&db).await?;
        first.total = dec("13");
        first.save(&db).await?;
        db.close().await?;
        assert_eq!(
            file.stored("select key, ordered, due, paid, total, note from orders where note <> 'fourth' order by key"),
            [
                "'00c097ce-7bc9-0715-b34b-9f1000000000' '2026-01-05 10:00:00.000000' '2026-01-06' 0 13 'first'",
                "'00c097ce-7bc9-0715-b34b-9f1000000002' '2026-01-05 10:00:02.120000' '2026-01-08' 0 0.1 'third'",
            ]
        );
        assert_eq!(file.stored("select length(ordered), paid, total from orders where note = 'fourth'"), ["26 1 7.25"]);
        stored_in_place_of_today(&file);
        RAILS.assert_reads(
            &file,
            &[
                "00c097ce-7bc9-0715-b34b-9f1000000000 | 2026-01-05 10:00:00 | 2026-01-06 | False | 13 | first",
                "00c097ce-7bc9-0715-b34b-9f1000000003 | 2026-03-01 00:00:00.500000 | 2026-01-09 | True | 7.25 | fourth",
                "00c097ce-7bc9-0715-b34b-9f1000000002 | 2026-01-05 10:00:02.120000 | 2026-01-08 | False | 0.1 | third",
            ],
        );
        Ok(())
    }

    /// Replaces the values that depend on the current date.
    fn stored_in_place_of_today(file: &Foreign) {
        let raw = rusqlite::Connection::open(&file.path).unwrap();
        let fixed =
            "update orders set ordered = '2026-03-01 00:00:00.500000', due = '2026-01-09' where note = 'fourth'";
        raw.execute(fixed, []).unwrap();
    }
}

mod sqlx {
    use super::*;

    #[derive(Table, Clone, Debug, PartialEq)]
    #[table(name = "orders", new(derive(Clone)))]
    struct Order {
        #[column(primary_key)]
        key: Uuid,
        #[column(references = Customer::ID)]
        customer_id: i64,
        #[column(time = "iso8601(0|3|6|9)+00:00")]
        ordered: Timestamp,
        #[column(time = "unix_seconds", default = now)]
        created: SystemTime,
        due: jiff::civil::Date,
        #[column(time = "time(0|3|6|9)")]
        at: jiff::civil::Time,
        #[column(time = "millis")]
        took: Duration,
        paid: bool,
        #[column(scale = 2)]
        total: Decimal,
        note: String,
    }

    #[tokio::test]
    async fn a_file_of_sqlx_is_read_and_written() -> Result<()> {
        let file = SQLX.file();
        let db = file.open().await?;
        db.create_if_missing((Customer, Order)).await?;
        let second = Order::find(key(1)).one(&db).await?;
        assert_eq!((second.ordered, second.created, second.total), (at(SECOND), morning(1_000_000_000), dec("12")));
        assert_eq!((second.at, second.took), (time(10, 0, 1, 123_456_000), Duration::from_millis(90_123)));
        assert_works!(db);
        let by_seconds = Order::select().filter(Order::CREATED.between(morning(0), morning(1_999_999_999)));
        assert_eq!(by_seconds.count(&db).await?, 2, "the fraction of a second does not count");
        let years: Vec<i64> = Order::select().columns(Order::CREATED.year()).all(&db).await?;
        assert_eq!(years, [2026; 3]);

        let ordered = at("2026-03-01T00:00:00.123Z");
        let new = NewOrder {
            key: key(3),
            customer_id: 1,
            ordered,
            created: Some(morning(3_700_000_000)),
            due: date(2026, 3, 2),
            at: time(12, 30, 0, 5_000),
            took: Duration::from_micros(1_999),
            paid: false,
            total: dec("0.01"),
            note: "fourth".into(),
        };
        assert_eq!(Order::insert(new.clone()).one(&db).await?.created, morning(3_000_000_000));
        let present = Order::insert(NewOrder { key: key(4), created: None, ..new }).one(&db).await?;
        assert!(present.created > UNIX_EPOCH + Duration::from_secs(1_780_000_000), "{present:?}");
        assert_eq!(
            Order::delete().filter(Order::KEY.is_in([key(4), key(0), key(2)])).execute(&db).await?.rows_affected,
            3
        );
        db.close().await?;
        assert_eq!(
            file.stored("select hex(key), ordered, created, due, at, took, paid, total, note from orders order by key"),
            [
                "'00C097CE7BC90715B34B9F1000000001' '2026-01-05T10:00:01.123456+00:00' 1767607201 '2026-01-07' '10:00:01.123456' 90123 1 1200 'second'",
                "'00C097CE7BC90715B34B9F1000000003' '2026-03-01T00:00:00.123+00:00' 1767607203 '2026-03-02' '12:30:00.000005' 1 0 1 'fourth'",
            ]
        );
        SQLX.assert_reads(
            &file,
            &[
                "00c097ce-7bc9-0715-b34b-9f1000000003 | 2026-03-01 00:00:00.123000 | 2026-03-02 | 12:30:00.000005 | 0:00:00.001000 | False | 0.01 | fourth",
                "00c097ce-7bc9-0715-b34b-9f1000000001 | 2026-01-05 10:00:01.123456 | 2026-01-07 | 10:00:01.123456 | 0:01:30.123000 | True | 12 | second",
            ],
        );
        Ok(())
    }
}
