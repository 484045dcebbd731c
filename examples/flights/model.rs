//! Five structs that define five tables. Their fields are the columns, in the order in which the
//! files have them.
//!
//! A value that may be unknown (`NA` in the files) is an `Option`, and NULL in the database. The
//! database generates none of the columns, so no second struct for new rows is needed: the struct
//! itself is inserted.
//!
//! A reference to another table is a foreign key if it is valid in every row. Three relations are
//! not foreign keys: some destinations are not in the file of the airports, many tail numbers are
//! not in the file of the planes, and the weather of some hours is missing. See [`Flight`].

use std::time::SystemTime;

use aio_sql::{SqlType, Table};
use serde::{Deserialize, Deserializer, de};

/// An airline. Its key is the code: `UA` is United Air Lines Inc.
#[derive(Table, Deserialize, Debug)]
#[table(name = "airlines")]
pub(crate) struct Airline {
    #[column(primary_key)]
    pub carrier: String,
    #[column(unique)]
    pub name: String,
}

/// An airport. Its key is the FAA code. Names are not unique: there are five Municipal Airports.
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
    /// The altitude in feet; some airports are below sea level.
    #[column(index)]
    pub alt: i32,
    /// The offset from UTC in hours.
    #[column(check = "tz between -12 and 14")]
    pub tz: i8,
    pub dst: DaylightSaving,
    pub tzone: Option<String>,
}

/// When daylight saving time applies. The database checks that the column has one of the three
/// values.
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

/// A plane. Its key is the tail number.
#[derive(Table, Deserialize, Debug)]
#[table(name = "planes")]
pub(crate) struct Plane {
    #[column(primary_key)]
    pub tailnum: String,
    /// The year in which the plane was built.
    #[column(index, check = "year between 1903 and 2013")]
    pub year: Option<u16>,
    pub r#type: String,
    pub manufacturer: String,
    pub model: String,
    #[column(check = "engines > 0")]
    pub engines: u8,
    #[column(check = "seats > 0")]
    pub seats: u16,
    /// The cruising speed in miles per hour, which is known for very few planes.
    #[column(check = "speed > 0")]
    pub speed: Option<u16>,
    pub engine: String,
}

/// The weather of one hour at one of the three airports.
///
/// The key contains the hour as a point in time. Year, month, day and hour of the local time would
/// not be unique on 3 November, when daylight saving time ended.
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
    /// The temperature in degrees Fahrenheit, as is the dew point in `dewp`.
    pub temp: Option<f64>,
    pub dewp: Option<f64>,
    #[column(check = "humid between 0 and 100")]
    pub humid: Option<f64>,
    #[column(check = "wind_dir between 0 and 360")]
    pub wind_dir: Option<u16>,
    /// The speed of the wind in miles per hour. One reading, 1048 at Newark on 12 February, cannot
    /// be true, but is stored as it is in the file.
    #[column(check = "wind_speed >= 0")]
    pub wind_speed: Option<f64>,
    #[column(check = "wind_gust >= 0")]
    pub wind_gust: Option<f64>,
    /// The precipitation in inches.
    #[column(check = "precip >= 0")]
    pub precip: f64,
    /// The pressure at sea level in millibars.
    #[column(check = "pressure between 850 and 1100")]
    pub pressure: Option<f64>,
    /// The visibility in miles.
    #[column(check = "visib >= 0")]
    pub visib: f64,
    #[serde(deserialize_with = "time_hour")]
    pub time_hour: SystemTime,
}

/// A flight that left one of New York's three airports, or was cancelled.
///
/// An airline uses a flight number at most once an hour, so the airline, the number and the hour
/// are the key.
///
/// * `carrier` and `origin` are foreign keys: the airline and the airport of every row exist.
/// * `dest` is not a foreign key: the airports of the flights to Puerto Rico and the Virgin
///   Islands (BQN, PSE, SJU, STT) are not in the file of the airports.
/// * `tailnum` is not a foreign key: for one flight in seven, the plane is not in the file of the
///   planes, and for some cancelled flights, the tail number is not known.
/// * `origin` and `time_hour` are not a foreign key to the weather, of which some hours are
///   missing.
///
/// `hour` and `minute` are the scheduled time. The other times of day are numbers such as 517 for
/// 5:17, in the local time of the airport. Midnight at the end of a day is 2400.
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
    /// The departure time, which is unknown for a cancelled flight.
    #[column(check = "dep_time between 1 and 2400")]
    pub dep_time: Option<u16>,
    pub sched_dep_time: u16,
    /// The delay of the departure in minutes, which is negative for a flight that left early.
    pub dep_delay: Option<i32>,
    #[column(check = "arr_time between 1 and 2400")]
    pub arr_time: Option<u16>,
    #[column(check = "sched_arr_time between 1 and 2400")]
    pub sched_arr_time: u16,
    /// The delay of the arrival in minutes, which is unknown for a flight that landed at another
    /// airport.
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
    /// The time in the air in minutes.
    #[column(check = "air_time > 0")]
    pub air_time: Option<u16>,
    /// The distance in miles.
    #[column(check = "distance > 0")]
    pub distance: u16,
    #[column(check = "hour between 0 and 23")]
    pub hour: u8,
    #[column(check = "minute between 0 and 59")]
    pub minute: u8,
    #[serde(deserialize_with = "time_hour")]
    pub time_hour: SystemTime,
}

/// Deserializes a point in time such as `2013-01-01T10:00:00Z`.
fn time_hour<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SystemTime, D::Error> {
    let text = <&str>::deserialize(deserializer)?;
    humantime::parse_rfc3339(text).map_err(|error| de::Error::custom(format_args!("time_hour `{text}`: {error}")))
}
