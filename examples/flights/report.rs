//! A report of the database, which uses different kinds of queries.

use std::time::SystemTime;

use aio_sql::{Condition, Database, Record, all_of, count};

use crate::Result;
use crate::model::{Airline, Airport, Flight, Plane, Weather};

/// Prints the report.
pub(crate) async fn print(db: &Database) -> Result {
    overview(db).await?;
    airlines(db).await?;
    delays(db).await?;
    cancelled(db).await?;
    destinations(db).await?;
    wind(db).await?;
    airports(db).await?;
    planes(db).await
}

/// Prints the numbers of flights, destinations, planes and miles. Rows are counted by `count` and
/// `distinct`, and miles are summed in a loop over a stream.
async fn overview(db: &Database) -> Result {
    let flights = Flight::select().count(db).await?;
    let destinations = Flight::select().columns(Flight::DEST).distinct().count(db).await?;
    let planes =
        Flight::select().filter(Flight::TAILNUM.is_not_null()).columns(Flight::TAILNUM).distinct().count(db).await?;

    // A stream reads the rows one by one, so that only a few of them are in memory at a time.
    let mut miles = 0;
    let mut flown = Flight::select().filter(Flight::AIR_TIME.is_not_null()).columns(Flight::DISTANCE).stream(db);
    while let Some(distance) = flown.next().await {
        miles += u64::from(distance?);
    }

    title("Overview");
    println!("flights       {:>12}", thousands(flights));
    println!("destinations  {:>12}", thousands(destinations));
    println!("planes        {:>12}", thousands(planes));
    println!("miles flown   {:>12}", thousands(miles));
    Ok(())
}

/// A row of a grouped query. The join in the query uses the foreign key as its condition.
#[derive(Record)]
struct Punctuality {
    name: String,
    flights: i64,
    arr_delay: Option<f64>,
}

async fn airlines(db: &Database) -> Result {
    let airlines: Vec<Punctuality> = Flight::select()
        .join(Airline)
        .group_by(Airline::CARRIER)
        .order_by((count().desc(), Airline::NAME))
        .columns((Airline::NAME, count(), Flight::ARR_DELAY.avg()))
        .record()
        .all(db)
        .await?;

    title("Airlines, by flights");
    println!("{:<28} {:>8}  {:>18}", "airline", "flights", "mean delay, min");
    for Punctuality { name, flights, arr_delay } in airlines {
        let delay = arr_delay.map_or("-".into(), |minutes| format!("{minutes:.1}"));
        println!("{name:<28} {:>8}  {delay:>18}", thousands(flights.unsigned_abs()));
    }
    Ok(())
}

/// A row of the query for the longest delays, which selects these columns in the order of the
/// fields.
#[derive(Record)]
struct Delay {
    arr_delay: Option<i32>,
    carrier: String,
    flight: u16,
    origin: String,
    dest: String,
    time_hour: SystemTime,
}

async fn delays(db: &Database) -> Result {
    let delays: Vec<Delay> = Flight::select()
        .filter(Flight::ARR_DELAY.is_not_null())
        .order_by((Flight::ARR_DELAY.desc(), Flight::TIME_HOUR, Flight::CARRIER))
        .limit(5)
        .columns((Flight::ARR_DELAY, Flight::CARRIER, Flight::FLIGHT, Flight::ORIGIN, Flight::DEST, Flight::TIME_HOUR))
        .record()
        .all(db)
        .await?;

    title("Longest delays on arrival");
    for Delay { arr_delay, carrier, flight, origin, dest, time_hour } in delays {
        let minutes = arr_delay.unwrap_or_default();
        println!("{minutes:>5} min  {carrier} {flight:<4}  {origin} to {dest}  {}", hour(time_hour));
    }
    Ok(())
}

/// Prints the cancelled flights. Conditions are values, which can be built in a loop and combined.
async fn cancelled(db: &Database) -> Result {
    title("Flights that never left");
    for origin in [None, Some("EWR"), Some("JFK"), Some("LGA")] {
        let mut conditions: Vec<Condition<Flight>> = vec![Flight::DEP_TIME.is_null().into()];
        if let Some(origin) = origin {
            conditions.push(Flight::ORIGIN.eq(origin));
        }
        let cancelled = Flight::select().filter(all_of(conditions)).count(db).await?;
        println!("{:<3} {:>8}", origin.unwrap_or("all"), thousands(cancelled));
    }
    let elsewhere = Flight::select().filter(Flight::ARR_TIME.is_not_null().and(Flight::ARR_DELAY.is_null()));
    let answer = if elsewhere.exists(db).await? { "some" } else { "none" };
    println!("came down at another airport: {answer}");
    Ok(())
}

/// Prints the destinations that the table of airports lacks, which a subquery finds.
async fn destinations(db: &Database) -> Result {
    let unknown = Flight::select()
        .filter(Flight::DEST.is_not_in(Airport::select().columns(Airport::FAA)))
        .group_by(Flight::DEST)
        .order_by(count().desc())
        .columns((Flight::DEST, count()))
        .all(db)
        .await?;

    title("Destinations that no row of airports describes");
    for (dest, flights) in unknown {
        println!("{dest:<3} {:>8}", thousands(flights.unsigned_abs()));
    }
    Ok(())
}

async fn wind(db: &Database) -> Result {
    // Wind speeds above 200 miles per hour are measurement errors.
    let at_jfk = Weather::select().filter(Weather::ORIGIN.eq("JFK")).filter(Weather::WIND_SPEED.lt(200.0));
    let hours: Vec<(SystemTime, Option<f64>, Option<f64>)> = at_jfk
        .order_by((Weather::WIND_SPEED.desc(), Weather::TIME_HOUR))
        .limit(5)
        .columns((Weather::TIME_HOUR, Weather::WIND_SPEED, Weather::WIND_GUST))
        .all(db)
        .await?;
    let wrong = Weather::select().filter(Weather::WIND_SPEED.ge(200.0)).count(db).await?;

    title("Windiest hours at JFK");
    for (time, speed, gust) in hours {
        let gust = gust.map_or(String::new(), |gust| format!(", gusts of {gust:.1}"));
        println!("{}  {:>5.1} mph{gust}", hour(time), speed.unwrap_or_default());
    }
    println!("readings at any airport that cannot be true: {wrong}");
    Ok(())
}

async fn airports(db: &Database) -> Result {
    title("Highest airports");
    let highest = Airport::select().order_by((Airport::ALT.desc(), Airport::FAA)).limit(5).all(db).await?;
    for Airport { faa, name, alt, .. } in highest {
        println!("{faa}  {name:<32} {:>6} ft", thousands(alt.unsigned_abs().into()));
    }
    let jfk = Airport::find("JFK").one(db).await?;
    println!("and {}: {} ft", jfk.name, jfk.alt);
    Ok(())
}

async fn planes(db: &Database) -> Result {
    title("Planes built before 1970");
    let old = Plane::select().filter(Plane::YEAR.lt(1970)).order_by((Plane::YEAR, Plane::TAILNUM)).all(db).await?;
    for Plane { tailnum, year, manufacturer, model, seats, .. } in old {
        println!("{:<4}  {tailnum}  {manufacturer} {model}, {seats} seats", year.unwrap_or_default());
    }
    Ok(())
}

/// Prints the title of a section.
pub(crate) fn title(text: &str) {
    println!("\n{text}\n{}", "-".repeat(text.len()));
}

/// Formats 336776 as `336,776`.
pub(crate) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn hour(time: SystemTime) -> humantime::Rfc3339Timestamp {
    humantime::format_rfc3339_seconds(time)
}
