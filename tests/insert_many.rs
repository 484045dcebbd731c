//! Inserts of many rows have the effect of single inserts, although one statement inserts a block
//! of rows.

#![allow(clippy::unwrap_used)]

use aio_sql::{Database, Result, Table};
use servers::on_every_database;

#[derive(Table, Clone, Debug, PartialEq)]
#[table(new(derive(Clone)))]
struct Reading {
    #[column(primary_key)]
    id: i64,
    #[column(unique)]
    number: i64,
    #[column(default = 7)]
    quality: i64,
}

/// Numbers of rows that are inserted by statements for one row, for a few rows and for many rows.
const COUNTS: std::ops::Range<usize> = 1..80;

fn rows(count: usize) -> Vec<NewReading> {
    (0..count as i64).map(|row| NewReading { id: row + 1, number: row * 10, quality: None }).collect()
}

async fn fill(db: &Database) -> Result<()> {
    db.create(Reading).await?;
    Reading::insert(NewReading { id: 1_000, number: -1, quality: None }).execute(db).await.map(drop)
}

#[on_every_database]
async fn the_failed_row_is_known_and_none_is_kept(db: Database) -> Result<()> {
    fill(&db).await?;
    for count in COUNTS.skip(1).step_by(3).chain([200, 3000]) {
        for bad in [0, 1, 2, 7, 8, 9, 10, 33, count / 2, count - 1] {
            let mut rows = rows(count);
            rows.iter_mut().for_each(|row| row.id += 10_000);
            let Some(row) = rows.get_mut(bad) else { continue };
            row.number = -1;
            let error = Reading::insert_all(rows).execute(&db).await.expect_err("a bad row");
            assert!(error.is_unique(), "{error:?}");
            assert_eq!(error.row(), Some(bad), "{bad} of {count}: {error:?}");
            assert_eq!(Reading::select().count(&db).await?, 1);
        }
    }
    db.close().await
}

#[on_every_database]
async fn omitted_columns_get_their_defaults_in_each_of_many_rows(db: Database) -> Result<()> {
    fill(&db).await?;
    for count in COUNTS {
        let tx = db.begin().await?;
        let mut rows = rows(count);
        let given = |row: i64| (row % 29 < 14).then_some(row);
        rows.iter_mut().for_each(|row| row.quality = given(row.id));
        Reading::insert_all(rows.clone()).execute(&tx).await?;
        let stored = Reading::select().filter(Reading::ID.lt(1_000)).order_by(Reading::ID).all(&tx).await?;
        let expected: Vec<_> = rows
            .into_iter()
            .map(|NewReading { id, number, quality }| Reading { id, number, quality: quality.unwrap_or(7) })
            .collect();
        assert_eq!(stored, expected);
        tx.rollback().await?;
    }
    db.close().await
}

mod wide {
    use super::*;

    #[derive(Table, Clone, Debug, PartialEq)]
    pub(super) struct Wide {
        #[column(primary_key)]
        pub(super) id: i64,
        pub(super) text: String,
        pub(super) bytes: Vec<u8>,
    }
}

#[on_every_database]
async fn small_and_large_values_are_stored_unchanged_in_any_number_of_rows(db: Database) -> Result<()> {
    use wide::Wide;

    db.create(Wide).await?;
    for count in COUNTS.step_by(7) {
        for large in [10, 5_000, 70_000] {
            let size = |id: i64| if id % 5 == 0 { large } else { id as usize % 3 };
            let rows = (0..count as i64)
                .map(|id| Wide { id, text: "x".repeat(size(id)), bytes: vec![id as u8; size(id + 1)] })
                .collect::<Vec<_>>();
            let tx = db.begin().await?;
            Wide::insert_all(rows.clone()).execute(&tx).await?;
            assert_eq!(Wide::select().order_by(Wide::ID).all(&tx).await?, rows);
            tx.rollback().await?;
        }
    }
    db.close().await
}
