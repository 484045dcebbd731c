//! Readings of sensors: a table with a check, a unique column, a foreign key and defaults.

use aio_sql::{Database, Result, Table};

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "sensors")]
pub(crate) struct Sensor {
    #[column(primary_key)]
    pub(crate) id: i64,
}

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "readings", index(sensor_id, level))]
pub(crate) struct Reading {
    #[column(primary_key, auto)]
    pub(crate) id: i64,
    #[column(unique)]
    pub(crate) number: i64,
    #[column(check = "level >= 0")]
    pub(crate) level: i64,
    #[column(references = Sensor::ID)]
    pub(crate) sensor_id: i64,
    pub(crate) ticks: u64,
    #[column(default = 7)]
    pub(crate) quality: i64,
    #[column(default = "raw")]
    pub(crate) stage: String,
}

/// Returns a reading that can be stored.
pub(crate) fn reading(number: i64) -> NewReading {
    NewReading { number, level: 3, sensor_id: 1, ticks: 1, quality: None, stage: None }
}

/// The number of the reading that exists already. Numbers are unique.
pub(crate) const TAKEN: i64 = -5;

/// Stores a sensor and a reading.
pub(crate) async fn fill(db: &Database) -> Result<()> {
    db.create_all((Sensor, Reading)).await?;
    Sensor::insert(Sensor { id: 1 }).execute(db).await?;
    Reading::insert(reading(TAKEN)).execute(db).await?;
    Ok(())
}
