//! A query of eight tables, each in a condition and in what is selected.

#![deny(warnings)]

use aio_sql::{Database, Dialect, Executor, Result, Table, alias, count};

#[derive(Table, Debug, PartialEq)]
pub struct Country {
    #[column(primary_key)]
    pub code: String,
}

#[derive(Table, Debug, PartialEq)]
pub struct City {
    #[column(primary_key)]
    pub name: String,
    #[column(references = Country::CODE)]
    pub country: String,
}

#[derive(Table, Debug, PartialEq)]
pub struct Airport {
    #[column(primary_key)]
    pub faa: String,
    #[column(references = City::NAME)]
    pub city: String,
}

#[derive(Table, Debug, PartialEq)]
pub struct Airline {
    #[column(primary_key)]
    pub carrier: String,
}

#[derive(Table, Debug, PartialEq)]
pub struct Maker {
    #[column(primary_key)]
    pub name: String,
}

#[derive(Table, Debug, PartialEq)]
pub struct Plane {
    #[column(primary_key)]
    pub tailnum: String,
    #[column(references = Maker::NAME)]
    pub maker: String,
}

#[derive(Table, Debug, PartialEq)]
pub struct Flight {
    #[column(primary_key)]
    pub id: i64,
    #[column(references = Airline::CARRIER)]
    pub carrier: String,
    #[column(references = Airport::FAA)]
    pub origin: String,
    #[column(references = Airport::FAA)]
    pub dest: String,
    #[column(references = Plane::TAILNUM)]
    pub tailnum: Option<String>,
}

alias!(pub Origin = Airport);
alias!(pub Destination = Airport);

type Rows = Vec<(Flight, Airline, Airport, Airport, City, Country, Option<Plane>, Option<Maker>)>;

async fn rows(db: &Executor) -> Result<Rows> {
    Flight::select()
        .join(Airline)
        .join_via(Flight::ORIGIN.to::<Origin>())
        .join_via(Flight::DEST.to::<Destination>())
        .join_on(City, City::NAME.eq(Airport::CITY.of::<Origin>()))
        .join(Country)
        .left_join(Plane)
        .left_join(Maker)
        .filter(Airline::CARRIER.ne("AA").and(Country::CODE.eq("US")))
        .filter(Maker::NAME.eq("Boeing").or(Plane::TAILNUM.is_null()))
        .order_by((Airport::CITY.of::<Destination>(), Flight::ID.desc()))
        .all(db)
        .await
}

async fn names(db: &Executor) -> Result<Vec<(String, String, String, Option<String>, i64)>> {
    Flight::select()
        .join(Airline)
        .join_via(Flight::ORIGIN.to::<Origin>())
        .join_via(Flight::DEST.to::<Destination>())
        .join_on(City, City::NAME.eq(Airport::CITY.of::<Origin>()))
        .join(Country)
        .left_join(Plane)
        .left_join(Maker)
        .group_by((Airline::CARRIER, Airport::FAA.of::<Origin>(), Country::CODE, Maker::NAME))
        .columns((Airline::CARRIER, Airport::FAA.of::<Origin>(), Country::CODE, Maker::NAME, count()))
        .all(db)
        .await
}

async fn run() -> Result<()> {
    let db = Database::memory().await?;
    db.create_all((Country, City, Airport, Airline, Maker, Plane, Flight)).await?;
    Country::insert(Country { code: "US".into() }).execute(&db).await?;
    City::insert(City { name: "Houston".into(), country: "US".into() }).execute(&db).await?;
    Airport::insert(Airport { faa: "IAH".into(), city: "Houston".into() }).execute(&db).await?;
    Airline::insert(Airline { carrier: "UA".into() }).execute(&db).await?;
    Maker::insert(Maker { name: "Boeing".into() }).execute(&db).await?;
    Plane::insert(Plane { tailnum: "N1".into(), maker: "Boeing".into() }).execute(&db).await?;
    let flight = |id, tailnum: Option<&str>| Flight {
        id,
        carrier: "UA".into(),
        origin: "IAH".into(),
        dest: "IAH".into(),
        tailnum: tailnum.map(Into::into),
    };
    Flight::insert_all([flight(1, Some("N1")), flight(2, None)]).execute(&db).await?;
    let rows = rows(&db).await?;
    assert_eq!(rows.iter().map(|row| row.0.id).collect::<Vec<_>>(), [2, 1]);
    assert_eq!(rows[1].7, Some(Maker { name: "Boeing".into() }));
    assert_eq!(rows[0].6, None);
    assert_eq!(names(&db).await?.len(), 2);
    assert!(Flight::select().join(Airline).to_sql(Dialect::Sqlite).is_ok());
    Ok(())
}

fn main() {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(run()).unwrap();
}
