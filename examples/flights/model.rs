//! Five structs, five tables: the fields are the columns, in the order of the files.
//!
//! What is unknown (`NA` in the files) is an `Option` here and NULL there. The database makes none
//! of the columns by itself, so that a row to insert is the struct itself.
//!
//! A foreign key stands where it holds for every row, and nowhere else. Three links are left out
//! because they do not: some destinations are no airport of the file, many tail numbers no plane
//! of it, and for some hours there is no weather. See [`Flight`].

use std::time::SystemTime;

use aio_sql::{SqlType, Table};
use serde::{Deserialize, Deserializer, de};

/// An airline by its code: `UA` is United Air Lines Inc.
#[derive(Table, Deserialize, Debug)]
#[table(name = "airlines")]
pub(crate) struct Airline {
    #[column(primary_key)]
    pub carrier: String,
    #[column(unique)]
    pub name: String,
}

/// An airport by its FAA code. Names come several times: there are five Municipal Airports.
#[derive(Table, Deserialize, Debug)]
#[table(name = "airports")]
pub(crate) struct Airport {
    #[column(primary_key, check = "length(faa) = 3")]
    pub faa: String,
    #[column(index)]
    pub name: String,
    #[column(check = "lat between -90 and 90")]
    pub lat: f64,
    #[column(check = "lon between -180 and 180")]
    pub lon: f64,
    /// Feet above the sea; some airports lie below.
    #[column(index)]
    pub alt: i32,
    /// Hours that the clock is ahead of UTC.
    #[column(check = "tz between -12 and 14")]
    pub tz: i8,
    pub dst: DaylightSaving,
    pub tzone: Option<String>,
}

/// When clocks are put forward. The database checks that a column holds one of the three.
#[derive(SqlType, Deserialize, Clone, Copy, Debug)]
pub(crate) enum DaylightSaving {
    /// From March to November, as in most of the United States.
    #[serde(rename = "A")]
    #[sql_type(name = "A")]
    American,
    #[serde(rename = "N")]
    #[sql_type(name = "N")]
    Never,
    #[serde(rename = "U")]
    #[sql_type(name = "U")]
    Unknown,
}

/// A plane by its tail number.
#[derive(Table, Deserialize, Debug)]
#[table(name = "planes")]
pub(crate) struct Plane {
    #[column(primary_key)]
    pub tailnum: String,
    /// When it was built.
    #[column(index, check = "year between 1903 and 2013")]
    pub year: Option<u16>,
    pub r#type: String,
    pub manufacturer: String,
    pub model: String,
    #[column(check = "engines > 0")]
    pub engines: u8,
    #[column(check = "seats > 0")]
    pub seats: u16,
    /// The cruising speed in miles per hour, known of very few.
    #[column(check = "speed > 0")]
    pub speed: Option<u16>,
    pub engine: String,
}

/// The weather of one hour at one of the three airports.
///
/// The key holds the hour as a point in time. By year, month, day and hour on the clock it would
/// come twice at each airport on 3 November, when clocks were put back.
#[derive(Table, Deserialize, Debug)]
#[table(name = "weather", primary_key(origin, time_hour))]
pub(crate) struct Weather {
    #[column(references = Airport::FAA)]
    pub origin: String,
    pub year: u16,
    #[column(check = "month between 1 and 12")]
    pub month: u8,
    #[column(check = "day between 1 and 31")]
    pub day: u8,
    #[column(check = "hour between 0 and 23")]
    pub hour: u8,
    /// Degrees Fahrenheit, as the dew point.
    pub temp: Option<f64>,
    pub dewp: Option<f64>,
    #[column(check = "humid between 0 and 100")]
    pub humid: Option<f64>,
    #[column(check = "wind_dir between 0 and 360")]
    pub wind_dir: Option<u16>,
    /// Miles per hour. One reading, 1048 at Newark on 12 February, cannot be true; it is kept as
    /// it was measured.
    #[column(check = "wind_speed >= 0")]
    pub wind_speed: Option<f64>,
    #[column(check = "wind_gust >= 0")]
    pub wind_gust: Option<f64>,
    /// Inches of rain.
    #[column(check = "precip >= 0")]
    pub precip: f64,
    /// Millibars at the level of the sea.
    #[column(check = "pressure between 850 and 1100")]
    pub pressure: Option<f64>,
    /// Miles.
    #[column(check = "visib >= 0")]
    pub visib: f64,
    #[serde(deserialize_with = "time_hour")]
    pub time_hour: SystemTime,
}

/// A flight that left one of New York's three airports, or should have.
///
/// An airline gives a number once an hour at most, which is the key.
///
/// * `carrier` and `origin` are foreign keys: every row has its airline and its airport.
/// * `dest` is none: the flights to Puerto Rico and the Virgin Islands (BQN, PSE, SJU, STT) go to
///   airports that the file of the airports does not have.
/// * `tailnum` is none: one flight in seven was flown by a plane that the file of the planes does
///   not have, and of some cancelled ones it is not known at all.
/// * `origin` and `time_hour` are none to the weather: some of its hours are missing.
///
/// The hour and the minute are those of the schedule. The other times of day are numbers that read
/// like a clock, 517 is 5:17, in the time zone of the place; midnight is 2400 at the end of a day.
#[derive(Table, Deserialize, Debug)]
#[table(
    name = "flights",
    primary_key(time_hour, carrier, flight),
    index(origin, time_hour),
    index(month, day, where = "dep_time is null"),
    check = "sched_dep_time = hour * 100 + minute",
    check = "(dep_time is null) = (dep_delay is null)",
    check = "dep_time is not null or arr_time is null",
    check = "arr_time is not null or arr_delay is null",
    check = "origin <> dest"
)]
pub(crate) struct Flight {
    pub year: u16,
    #[column(check = "month between 1 and 12")]
    pub month: u8,
    #[column(check = "day between 1 and 31")]
    pub day: u8,
    /// Not known of a flight that was cancelled.
    #[column(check = "dep_time between 1 and 2400")]
    pub dep_time: Option<u16>,
    pub sched_dep_time: u16,
    /// Minutes; a flight that left early has less than none.
    pub dep_delay: Option<i32>,
    #[column(check = "arr_time between 1 and 2400")]
    pub arr_time: Option<u16>,
    #[column(check = "sched_arr_time between 1 and 2400")]
    pub sched_arr_time: u16,
    /// Minutes; not known of a flight that came down at another airport.
    pub arr_delay: Option<i32>,
    #[column(index, references = Airline::CARRIER)]
    pub carrier: String,
    pub flight: u16,
    #[column(index)]
    pub tailnum: Option<String>,
    #[column(references = Airport::FAA)]
    pub origin: String,
    #[column(index, check = "length(dest) = 3")]
    pub dest: String,
    /// Minutes.
    #[column(check = "air_time > 0")]
    pub air_time: Option<u16>,
    /// Miles.
    #[column(check = "distance > 0")]
    pub distance: u16,
    #[column(check = "hour between 0 and 23")]
    pub hour: u8,
    #[column(check = "minute between 0 and 59")]
    pub minute: u8,
    #[serde(deserialize_with = "time_hour")]
    pub time_hour: SystemTime,
}

/// Reads a point in time, `2013-01-01T10:00:00Z`.
fn time_hour<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SystemTime, D::Error> {
    let text = <&str>::deserialize(deserializer)?;
    humantime::parse_rfc3339(text).map_err(|error| de::Error::custom(format_args!("time_hour `{text}`: {error}")))
}
