//! Domains: a type of the database with a constraint.

use super::*;

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "orders")]
struct Order {
    #[column(primary_key)]
    id: i64,
    pieces: i64,
    small: Option<i64>,
    email: String,
    ratio: Option<f64>,
    paid: Option<bool>,
    since: Option<SystemTime>,
    hash: Option<Vec<u8>>,
}

const ORDERS: &str = "
    create domain pieces as integer check (value > 0);
    create domain small as smallint;
    create domain more_pieces as pieces check (value < 1000);
    create domain email as text check (value like '%@%');
    create domain ratio as double precision;
    create domain yes as boolean;
    create domain moment as timestamptz;
    create domain hash as bytea;
    create table orders (
        id bigint primary key, pieces more_pieces not null, small small, email email not null, ratio ratio, paid yes,
        since moment, hash hash
    )";

fn order(id: i64) -> Order {
    Order {
        id,
        pieces: 3,
        small: Some(-7),
        email: "ann@example.org".into(),
        ratio: Some(0.1),
        paid: Some(true),
        since: Some(UNIX_EPOCH + Duration::from_micros(1_234_567)),
        hash: Some(vec![0, 255, b'\\']),
    }
}

#[test]
fn a_domain_is_read_and_written_as_its_type() {
    with_database(|db| async move {
        db.execute_script(ORDERS).await?;
        assert_eq!(Order::insert(order(1)).one(&db).await?, order(1));
        Order::insert_all((2..2_000).map(order)).execute(&db).await?;
        assert_eq!(Order::find(1_999).one(&db).await?, order(1_999));
        let one = order(1);
        let all = Order::select()
            .filter(Order::PIECES.eq(3).and(Order::SMALL.eq(-7)).and(Order::EMAIL.eq("ann@example.org")))
            .filter(Order::RATIO.eq(0.1).and(Order::PAID.eq(true)).and(Order::SINCE.eq(one.since)))
            .filter(Order::HASH.eq(one.hash).and(Order::PIECES.is_in([3, 4])));
        assert_eq!(all.count(&db).await?, 1_999);
        // The nanoseconds are cut in a domain as elsewhere.
        let moment = UNIX_EPOCH + Duration::from_nanos(1_234_567_999);
        let set = Order::update().set(Order::SINCE, moment).filter(Order::ID.eq(2));
        set.execute(&db).await?;
        assert_eq!(Order::find(2).one(&db).await?, order(2));
        assert_eq!(Order::select().filter(Order::SINCE.eq(moment)).count(&db).await?, 1_999);
        db.close().await
    });
}

#[test]
fn a_value_that_a_domain_forbids_is_an_error_of_its_check() {
    with_database(|db| async move {
        db.execute_script(ORDERS).await?;
        for (row, constraint) in [
            (Order { pieces: 0, ..order(1) }, "pieces_check"),
            (Order { pieces: 1_000, ..order(1) }, "more_pieces_check"),
            (Order { email: "s3cret".into(), ..order(1) }, "email_check"),
        ] {
            let error = Order::insert(row).execute(&db).await.unwrap_err();
            assert_eq!(error.code(), Some("23514"), "{error:?}");
            assert!(error.to_string().contains(constraint), "{error}");
            assert!(!format!("{error}{error:?}").contains("s3cret"), "{error:?}");
        }
        assert_eq!(Order::select().count(&db).await?, 0);
        db.close().await
    });
}

#[test]
fn a_value_that_the_type_of_a_domain_cannot_hold_names_the_column() {
    with_database(|db| async move {
        db.execute_script(ORDERS).await?;
        let row = || Order { small: Some(40_000), ..order(1) };
        assert_unstorable(Order::insert(row()).execute(&db).await, "orders", "small", "smallint");
        assert_unstorable(Order::insert(row()).one(&db).await, "orders", "small", "smallint");
        let row = Order { email: "a@\0".into(), ..order(1) };
        assert_unstorable(Order::insert(row).execute(&db).await, "orders", "email", "NUL");
        let filter = Order::select().filter(Order::SMALL.eq(40_000)).all(&db).await;
        assert_unstorable(filter, "orders", "small", "smallint");
        db.close().await
    });
}
