//! Limits of memory and of waiting that a program runs into only under load.

use std::fs;

use aio_sql::{Result, query};
use servers::on_every_database;

use hold::{Item, LONG, Places, item, with_connections};

mod hold;

/// Returns the resident memory of the process in MiB.
fn memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("a file");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a line");
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") / 1024
}

#[on_every_database]
async fn unread_streams_block_no_reads_and_are_not_buffered(places: Places) -> Result<()> {
    let builder = if places.is_sqlite() { places.builder().readers(2) } else { with_connections(places.builder(), 8) };
    let db = places.open(builder.max_connections(4).timeout(LONG)).await?;
    // Each result has 32 MiB. On SQLite there are more of them than threads.
    let results = if places.is_sqlite() { 12 } else { 4 };
    let large = if places.is_sqlite() { "zeroblob(2000)" } else { "decode(repeat('00', 2000), 'hex')" };
    let text = format!(
        "with recursive n(i) as (select 1 union all select i + 1 from n where i < 16000) select {large} from n"
    );
    let conn = db.connect().await?;
    let before = memory();
    let mut streams: Vec<_> = (0..results).map(|_| query(text.clone()).stream::<Vec<u8>>(&db)).collect();
    streams.push(query(text.clone()).stream::<Vec<u8>>(&conn));
    for stream in &mut streams {
        assert_eq!(stream.next().await.expect("a row")?.len(), 2000);
    }
    for number in 0..100 {
        Item::insert(item(number)).execute(&db).await?;
        assert_eq!(Item::select().count(&db).await?, number as u64 + 1);
    }
    let grown = memory().saturating_sub(before);
    assert!(grown < 100, "{grown} MiB");
    // The stream on the explicit connection still returns all of its rows.
    let mut last = streams.pop().expect("a stream");
    let mut rows = 1;
    while let Some(row) = last.next().await {
        row?;
        rows += 1;
    }
    assert_eq!(rows, 16_000);
    drop(streams);
    assert_eq!(Item::select().count(&conn).await?, 100);
    db.close().await
}
