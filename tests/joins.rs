//! Queries over several tables: joins, aliases, groups, subqueries and pages.

#![allow(clippy::unwrap_used)]

use aio_sql::{Database, Dialect, Result, Table, alias, case, count, exists, not_exists, row_number, sql, window};
use servers::on_every_database;

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "airlines")]
struct Airline {
    #[column(primary_key)]
    carrier: String,
    name: String,
}

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "airports")]
struct Airport {
    #[column(primary_key)]
    faa: String,
    name: String,
    alt: Option<i32>,
}

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "planes")]
struct Plane {
    #[column(primary_key)]
    tailnum: String,
    seats: u16,
}

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "flights")]
struct Flight {
    #[column(primary_key)]
    id: i64,
    #[column(references = Airline::CARRIER)]
    carrier: String,
    #[column(references = Airport::FAA)]
    origin: String,
    #[column(references = Airport::FAA)]
    dest: Option<String>,
    #[column(references = Plane::TAILNUM)]
    tailnum: Option<String>,
    delay: Option<i32>,
}

alias!(Origin = Airport);
alias!(Destination = Airport);

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "employees")]
struct Employee {
    #[column(primary_key)]
    id: i64,
    name: String,
    #[column(references = Employee::ID)]
    manager_id: Option<i64>,
}

alias!(Manager = Employee);

async fn fill(db: &Database) {
    db.create_all((Airline, Airport, Plane, Flight, Employee)).await.unwrap();
    let airline = |carrier: &str, name: &str| Airline { carrier: carrier.into(), name: name.into() };
    let airlines = [airline("UA", "United"), airline("AA", "American"), airline("OO", "SkyWest")];
    Airline::insert_all(airlines).execute(db).await.unwrap();
    let airport = |faa: &str, alt| Airport { faa: faa.into(), name: format!("{faa} airport"), alt };
    Airport::insert_all([airport("EWR", Some(18)), airport("LGA", Some(22)), airport("IAH", None)])
        .execute(db)
        .await
        .unwrap();
    Plane::insert(Plane { tailnum: "N1".into(), seats: 149 }).execute(db).await.unwrap();
    let flight = |id, carrier: &str, dest: Option<&str>, tailnum: Option<&str>, delay| Flight {
        id,
        carrier: carrier.into(),
        origin: "EWR".into(),
        dest: dest.map(Into::into),
        tailnum: tailnum.map(Into::into),
        delay,
    };
    let flights = [
        flight(1, "UA", Some("IAH"), Some("N1"), Some(10)),
        flight(2, "UA", None, None, Some(-4)),
        flight(3, "AA", Some("LGA"), Some("N1"), None),
    ];
    Flight::insert_all(flights).execute(db).await.unwrap();
    let employee = |id, name: &str, manager_id| Employee { id, name: name.into(), manager_id };
    Employee::insert_all([employee(1, "Isaac", None), employee(2, "Dana", Some(1)), employee(3, "Casey", Some(2))])
        .execute(db)
        .await
        .unwrap();
}

#[on_every_database]
async fn a_join_takes_its_condition_from_the_foreign_key_in_either_direction(db: Database) -> Result<()> {
    fill(&db).await;
    let rows: Vec<(Flight, Airline)> = Flight::select().join(Airline).order_by(Flight::ID).all(&db).await?;
    assert_eq!(
        rows.iter().map(|(_, airline)| airline.name.as_str()).collect::<Vec<_>>(),
        ["United", "United", "American"]
    );
    let back: Vec<(Airline, Flight)> = Airline::select().join(Flight).order_by(Flight::ID).all(&db).await?;
    assert!(back.iter().zip(&rows).all(|((airline, flight), row)| (flight, airline) == (&row.0, &row.1)));
    Ok(())
}

#[on_every_database]
async fn the_outer_side_of_a_join_is_an_option(db: Database) -> Result<()> {
    fill(&db).await;
    let rows: Vec<(Flight, Option<Plane>)> = Flight::select().left_join(Plane).order_by(Flight::ID).all(&db).await?;
    assert_eq!(rows.iter().map(|(_, plane)| plane.is_some()).collect::<Vec<_>>(), [true, false, true]);
    let seats: Vec<Option<u16>> =
        Flight::select().left_join(Plane).order_by(Flight::ID).columns(Plane::SEATS).all(&db).await?;
    assert_eq!(seats, [Some(149), None, Some(149)]);
    let right: Vec<(Option<Flight>, Airline)> =
        Flight::select().right_join(Airline).order_by((Airline::CARRIER, Flight::ID)).all(&db).await?;
    assert_eq!(
        right.iter().map(|(flight, _)| flight.as_ref().map(|f| f.id)).collect::<Vec<_>>(),
        [Some(3), None, Some(1), Some(2)]
    );
    let full: Vec<(Option<i64>, Option<String>)> =
        Flight::select().full_join(Plane).order_by(Flight::ID).columns((Flight::ID, Plane::TAILNUM)).all(&db).await?;
    assert_eq!(full, [(Some(1), Some("N1".into())), (Some(2), None), (Some(3), Some("N1".into()))]);
    let all = Airline::select().cross_join(Plane).count(&db).await?;
    assert_eq!(all, 3);
    Ok(())
}

#[on_every_database]
async fn a_condition_on_the_outer_side_makes_no_value_optional(db: Database) -> Result<()> {
    fill(&db).await;
    let large = || Plane::SEATS.gt(100);
    let (all, with): (i64, i64) =
        Flight::select().left_join(Plane).columns((count(), count().filter(large()))).one(&db).await?;
    assert_eq!((all, with), (3, 2));
    let by_plane = window().partition_by(Plane::TAILNUM).order_by((Plane::SEATS, Flight::ID));
    let kinds: Vec<(String, i64, i64)> = Flight::select()
        .left_join(Plane)
        .order_by(Flight::ID)
        .columns((
            case::<String>().when(large(), "large").otherwise("unknown"),
            row_number().over(by_plane.clone()),
            count().over(by_plane),
        ))
        .all(&db)
        .await?;
    assert_eq!(kinds, [("large".into(), 1, 1), ("unknown".into(), 1, 1), ("large".into(), 2, 2)]);
    Ok(())
}

#[on_every_database]
async fn a_column_in_raw_text_is_that_of_its_table(db: Database) -> Result<()> {
    fill(&db).await;
    let same = || sql!("{Flight::CARRIER} = {Airline::CARRIER}").expr::<bool>();
    let none = not_exists(Flight::select().outer::<Airline>().filter(same()));
    assert_eq!(Airline::select().filter(none).columns(Airline::CARRIER).all(&db).await?, ["OO"]);
    assert_eq!(Flight::select().join_on(Airline, same()).count(&db).await?, 3);
    let low = sql!("{Airport::ALT.of::<Origin>()} < {20}").expr::<bool>();
    assert_eq!(Flight::select().join_via(Flight::ORIGIN.to::<Origin>()).filter(low).count(&db).await?, 3);
    Ok(())
}

#[on_every_database]
async fn a_fallback_from_the_outer_side_is_an_option(db: Database) -> Result<()> {
    fill(&db).await;
    let flights = || Flight::select().left_join(Plane).order_by(Flight::ID);
    let seats: Vec<Option<u16>> = flights().columns(Plane::SEATS.coalesce(Plane::SEATS)).all(&db).await?;
    assert_eq!(seats, [Some(149), None, Some(149)]);
    let seats: Vec<u16> = flights().columns(Plane::SEATS.coalesce(0_u16)).all(&db).await?;
    assert_eq!(seats, [149, 0, 149]);
    let planes: Vec<String> = flights().columns(Plane::TAILNUM.coalesce(Flight::CARRIER)).all(&db).await?;
    assert_eq!(planes, ["N1", "UA", "N1"]);
    Ok(())
}

#[on_every_database]
async fn the_same_table_is_read_twice_through_aliases(db: Database) -> Result<()> {
    fill(&db).await;
    let routes: Vec<(i64, String, Option<String>)> = Flight::select()
        .join_via(Flight::ORIGIN.to::<Origin>())
        .left_join_via(Flight::DEST.to::<Destination>())
        .order_by(Flight::ID)
        .columns((Flight::ID, Airport::NAME.of::<Origin>(), Airport::NAME.of::<Destination>()))
        .all(&db)
        .await?;
    assert_eq!(routes[0], (1, "EWR airport".into(), Some("IAH airport".into())));
    assert_eq!(routes[1].2, None);
    let managers: Vec<(Employee, Option<Employee>)> =
        Employee::select().left_join_via(Employee::MANAGER_ID.to::<Manager>()).order_by(Employee::ID).all(&db).await?;
    assert_eq!(managers[2].1.as_ref().map(|manager| manager.name.as_str()), Some("Dana"));
    assert_eq!(managers[0].1, None);
    Ok(())
}

#[test]
fn a_table_that_is_read_twice_without_an_alias_is_an_error_before_the_database_sees_it() {
    let error = Airport::select().cross_join(Airport).to_sql(Dialect::Sqlite).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the query reads `airports` twice: give one of them an alias, `alias!(Other = Airport)`"
    );
}

#[test]
fn an_alias_that_differs_from_a_table_name_only_in_case_is_an_error() {
    alias!(FLIGHTS = Flight);
    let expected = "reads `FLIGHTS` twice: give";
    let select = Flight::select().join_on(FLIGHTS, Flight::ID.of::<FLIGHTS>().eq(Flight::ID));
    let error = select.to_sql(Dialect::Sqlite).unwrap_err().to_string();
    assert!(error.contains(expected), "{error}");
    let update = Flight::update().set(Flight::DELAY, 1).from(FLIGHTS).filter(Flight::ID.of::<FLIGHTS>().eq(Flight::ID));
    let error = update.to_sql(Dialect::Sqlite).unwrap_err().to_string();
    assert!(error.contains(expected), "{error}");
}

#[on_every_database]
async fn groups_and_aggregates(db: Database) -> Result<()> {
    fill(&db).await;
    let carriers: Vec<(String, i64, Option<f64>, Option<i64>)> = Flight::select()
        .join(Airline)
        .group_by((Airline::CARRIER, Airline::NAME))
        .having(count().ge(1))
        .order_by(Airline::NAME)
        .columns((Airline::NAME, count(), Flight::DELAY.avg(), Flight::DELAY.sum().filter(Flight::DELAY.gt(0))))
        .all(&db)
        .await?;
    assert_eq!(carriers, [("American".into(), 1, None, None), ("United".into(), 2, Some(3.0), Some(10))]);
    // In a query that is grouped by the primary key of a table, each column of this table has a
    // single value.
    let names: Vec<(String, i64)> = Flight::select()
        .join(Airline)
        .group_by(Airline::CARRIER)
        .order_by(Airline::NAME)
        .columns((Airline::NAME, Flight::DELAY.count()))
        .all(&db)
        .await?;
    assert_eq!(names, [("American".into(), 0), ("United".into(), 2)]);
    let error = Flight::select().group_by(Flight::CARRIER).columns((Flight::CARRIER, Flight::ORIGIN)).all(&db).await;
    assert!(error.unwrap_err().to_string().contains("group by it"));
    Ok(())
}

#[on_every_database(nocase)]
async fn a_group_is_selected_by_any_expression_that_it_is_grouped_by(db: Database) -> Result<()> {
    use aio_sql::Collation::NoCase;
    // PostgreSQL has the collation when a table has used it.
    db.create(Code).await?;
    fill(&db).await;
    let name = || Airline::NAME.collate(NoCase);
    assert_eq!(Airline::select().group_by(name()).columns((name(), count())).all(&db).await?.len(), 3);
    let mine = || sql!("{Airline::NAME} like 'A%'").expr::<bool>();
    let groups = Airline::select().group_by(mine()).order_by(mine()).columns((mine(), count()));
    assert_eq!(groups.all(&db).await?, [(false, 2), (true, 1)]);
    let flies = |delay: i32| {
        let late = Flight::select().filter(Flight::DELAY.gt(delay)).order_by(Flight::ID).columns(Flight::CARRIER);
        Airline::CARRIER.is_in(late.limit(9))
    };
    let groups = Airline::select().group_by(flies(5)).order_by(flies(5)).columns((flies(5), count()));
    assert_eq!(groups.all(&db).await?, [(false, 2), (true, 1)]);
    let flown = || exists(Flight::select().outer::<Airline>().filter(Flight::CARRIER.eq(Airline::CARRIER)));
    let groups = Airline::select().group_by(flown()).order_by(flown()).columns((flown(), count()));
    assert_eq!(groups.all(&db).await?, [(false, 1), (true, 2)]);
    for error in [
        Airline::select().group_by(name()).columns((Airline::NAME, count())).all(&db).await.unwrap_err(),
        Airline::select().group_by(flies(5)).columns((flies(6), count())).all(&db).await.map(|_| ()).unwrap_err(),
    ] {
        assert!(error.to_string().contains("group by it"), "{error}");
    }
    Ok(())
}

/// Asserts that an expression may be selected from groups if it is equal to a grouped one, and
/// that a different one is refused.
macro_rules! assert_grouped {
    ($db:expr, $table:ident: $($grouped:expr, not $other:expr;)+) => {$(
        let groups = $table::select().group_by($grouped).order_by($grouped).columns(($grouped, count()));
        groups.all($db).await.unwrap_or_else(|error| panic!("{}: {error}", stringify!($grouped)));
        let refused = $table::select().group_by($grouped).columns(($other, count())).all($db).await;
        let error = refused.expect_err(stringify!($other)).to_string();
        assert!(error.contains("group by it"), "{}: {error}", stringify!($other));
    )+};
}

#[on_every_database]
async fn every_kind_of_grouped_expression_is_recognized(db: Database) -> Result<()> {
    fill(&db).await;
    assert_grouped! { &db, Airline:
        Airline::NAME.contains("A"), not Airline::NAME.contains("B");
        Airline::NAME.contains("A"), not Airline::NAME.starts_with("A");
        Airline::NAME.like("A%"), not Airline::NAME.like("%A");
        Airline::NAME.between("A", "M"), not Airline::NAME.between("A", "N");
        Airline::NAME.between("A", "M"), not Airline::NAME.between("B", "M");
        Airline::NAME.is_in(["A", "B"]), not Airline::NAME.is_in(["A"]);
        Airline::NAME.is_in(["A", "B"]), not Airline::NAME.is_not_in(["A", "B"]);
        Airline::NAME.eq("A").or(Airline::NAME.eq("B")), not Airline::NAME.eq("A").and(Airline::NAME.eq("B"));
        Airline::NAME.lower(), not Airline::NAME.upper();
        Airline::NAME.lower(), not Airline::NAME.concat("").lower();
        Airline::NAME.length().cast::<i64>(), not Airline::NAME.length().cast::<f64>();
        case::<i64>().when(Airline::NAME.eq("A"), 1).otherwise(2),
            not case::<i64>().when(Airline::NAME.eq("A"), 1).otherwise(3);
        case::<i64>().when(Airline::NAME.eq("A"), 1).end(), not case::<i64>().when(Airline::NAME.eq("A"), 1).otherwise(3);
        case::<i64>().when(Airline::NAME.eq("A"), 1).end(), not case::<i64>().when(Airline::NAME.eq("A"), 2).end();
    }
    assert_grouped! { &db, Flight:
        Flight::DELAY.is_null(), not Flight::DELAY.is_not_null();
        Flight::DELAY.gt(5), not Flight::DELAY.gt(6);
        Flight::DELAY.gt(5), not Flight::DELAY.ge(5);
        Flight::DELAY + 1, not Flight::DELAY - 1;
    }
    Ok(())
}

#[on_every_database]
async fn a_group_of_a_query_inside_another_may_be_compared_with_its_row(db: Database) -> Result<()> {
    fill(&db).await;
    let busy = Flight::select().outer::<Employee>().group_by(Flight::CARRIER).having(count().gt(Employee::ID));
    let names = Employee::select().filter(exists(busy.columns(Flight::CARRIER))).columns(Employee::NAME);
    assert_eq!(names.all(&db).await?, ["Isaac"]);
    Ok(())
}

#[on_every_database]
async fn a_subquery_of_a_grouped_query_reads_only_grouped_expressions(db: Database) -> Result<()> {
    fill(&db).await;
    let by_carrier = || Flight::select().group_by(Flight::CARRIER).order_by(Flight::CARRIER);
    let name = Airline::select().outer::<Flight>().filter(Airline::CARRIER.eq(Flight::CARRIER));
    let names = by_carrier().columns((name.columns(Airline::NAME).scalar_subquery(), count()));
    assert_eq!(names.all(&db).await?, [(Some("American".into()), 1), (Some("United".into()), 2)]);
    let boss = || Employee::select().outer::<Flight>().filter(Employee::ID.eq(Flight::ID)).columns(Employee::NAME);
    let error = by_carrier().columns((Flight::CARRIER, boss().scalar_subquery())).all(&db).await.unwrap_err();
    assert!(error.to_string().contains("the column `id` of `flights` has many values in a group"), "{error}");
    let error = Flight::select().columns((count(), boss().scalar_subquery())).all(&db).await.unwrap_err();
    assert!(error.to_string().contains("has many values in a group"), "{error}");
    assert!(by_carrier().having(exists(boss())).columns(Flight::CARRIER).all(&db).await.is_err());
    // A subquery may read any column of the tables in its own FROM, whatever the query around it
    // groups by.
    let ids = || Flight::select().filter(Flight::ID.gt(1)).columns(Flight::CARRIER);
    assert_eq!(
        by_carrier().having(Flight::CARRIER.is_in(ids())).columns(Flight::CARRIER).all(&db).await?,
        ["AA", "UA"]
    );
    Ok(())
}

#[on_every_database]
async fn rows_are_found_whatever_is_joined_to_them(db: Database) -> Result<()> {
    fill(&db).await;
    let place = || row_number().over(window().order_by(Flight::ID));
    let flights = Flight::select;
    for (error, word) in [
        (flights().filter(count().gt(1)).all(&db).await.unwrap_err(), ".having(..)"),
        (flights().filter(Flight::DELAY.max().gt(1)).count(&db).await.unwrap_err(), ".having(..)"),
        (flights().join_on(Airline, count().gt(1)).count(&db).await.unwrap_err(), ".having(..)"),
        (Airline::select().filter(exists(flights().filter(count().gt(1)))).all(&db).await.unwrap_err(), ".having(..)"),
        (flights().filter(place().eq(1)).all(&db).await.unwrap_err(), "`cte`"),
        (flights().order_by(place()).page(2).all(&db).await.unwrap_err(), "`limit`"),
        (flights().columns((Flight::ID, place())).page(2).all(&db).await.unwrap_err(), "`limit`"),
    ] {
        assert_eq!(error.kind(), &aio_sql::ErrorKind::Usage, "{error}");
        assert!(error.to_string().contains(word), "{error}");
    }
    Ok(())
}

#[on_every_database]
async fn subqueries(db: Database) -> Result<()> {
    fill(&db).await;
    let without: Vec<String> = Airline::select()
        .filter(not_exists(Flight::select().outer::<Airline>().filter(Flight::CARRIER.eq(Airline::CARRIER))))
        .columns(Airline::CARRIER)
        .all(&db)
        .await?;
    assert_eq!(without, ["OO"]);
    let with = Airline::select()
        .filter(exists(Flight::select().outer::<Airline>().filter(Flight::CARRIER.eq(Airline::CARRIER))))
        .count(&db)
        .await?;
    assert_eq!(with, 2);
    let late: Vec<Airline> = Airline::select()
        .filter(Airline::CARRIER.is_in(Flight::select().filter(Flight::DELAY.gt(5)).columns(Flight::CARRIER)))
        .all(&db)
        .await?;
    assert_eq!(late.len(), 1);
    let flights: Vec<(String, Option<i64>)> = Airline::select()
        .order_by(Airline::CARRIER)
        .columns((
            Airline::CARRIER,
            Flight::select()
                .outer::<Airline>()
                .filter(Flight::CARRIER.eq(Airline::CARRIER))
                .columns(count())
                .scalar_subquery(),
        ))
        .all(&db)
        .await?;
    assert_eq!(flights, [("AA".into(), Some(1)), ("OO".into(), Some(0)), ("UA".into(), Some(2))]);
    Ok(())
}

/// Reads all rows in pages of two, forwards and then backwards, and checks that no row is missing
/// or out of order.
macro_rules! assert_paged {
    ($db:expr, $query:expr) => {{
        let (query, mut pages) = ($query, vec![]);
        let mut page = query.clone().page(2).all($db).await?;
        while let Some(next) = page.next.clone() {
            pages.push(page.rows);
            page = query.clone().page(2).after(next).all($db).await?;
        }
        let (mut back, mut previous) = (vec![page.rows.clone()], page.previous.clone());
        pages.push(page.rows);
        while let Some(cursor) = previous {
            let page = query.clone().page(2).before(cursor).all($db).await?;
            previous = page.previous;
            back.insert(0, page.rows);
        }
        let text = query.to_sql(Dialect::Sqlite)?.text;
        let keys = order_of_keys!(query);
        assert_eq!(pages.concat(), keys.all($db).await?, "forwards: {text}");
        assert_eq!(back, pages, "backwards: {text}");
    }};
}

macro_rules! order_of_keys {
    ($query:expr) => {
        $query.clone().order_by((Flight::ID, Airport::FAA))
    };
}

#[on_every_database]
async fn pages_have_the_rows_of_an_outer_side_too(db: Database) -> Result<()> {
    fill(&db).await;
    for faa in ["AAA", "ZZZ", "YYY"] {
        Airport::insert(Airport { faa: faa.into(), name: "none".into(), alt: None }).execute(&db).await?;
    }
    macro_rules! orders {
        ($query:expr) => {
            orders!($query, Flight::CARRIER);
            orders!($query, Flight::ID);
            orders!($query, Flight::DELAY);
            orders!($query, Airport::NAME);
            assert_paged!(&db, $query.columns((Flight::ID, Airport::FAA)));
        };
        ($query:expr, $column:expr) => {
            for order in [$column.asc(), $column.desc()] {
                for order in [order.clone(), order.clone().nulls_first(), order.nulls_last()] {
                    assert_paged!(&db, $query.order_by(order).columns((Flight::ID, Airport::FAA)));
                }
            }
        };
    }
    orders!(Flight::select().left_join_via(Flight::DEST));
    orders!(Flight::select().right_join_via(Flight::DEST));
    orders!(Flight::select().full_join_via(Flight::DEST));
    Ok(())
}

#[test]
fn the_sql_looks_hand_written() {
    let text = |sql: Result<aio_sql::report::SqlText>| sql.unwrap().text;
    assert_eq!(
        text(
            Flight::select()
                .join(Airline)
                .filter(Flight::DELAY.gt(5))
                .columns((Flight::ID, Airline::NAME))
                .to_sql(Dialect::Sqlite)
        ),
        r#"SELECT "flights"."id", "airlines"."name" FROM "flights" JOIN "airlines" ON "flights"."carrier" = "airlines"."carrier" WHERE "flights"."delay" > ?"#
    );
    let _ = sql!("select 1");
}

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "codes")]
struct Code {
    #[column(primary_key, collate = nocase)]
    code: String,
}

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "uses")]
struct Use {
    #[column(primary_key)]
    id: i64,
    #[column(references = Code::CODE)]
    code: String,
}

#[on_every_database(nocase)]
async fn a_join_finds_the_same_row_as_the_foreign_key(db: Database) -> Result<()> {
    db.create_all((Code, Use)).await?;
    Code::insert(Code { code: "AB".into() }).execute(&db).await?;
    Use::insert(Use { id: 1, code: "ab".into() }).execute(&db).await?;
    assert_eq!(Use::select().join(Code).count(&db).await?, 1);
    assert_eq!(Code::select().join_via(Use::CODE).count(&db).await?, 1);
    Ok(())
}
