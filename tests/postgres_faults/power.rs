//! Power cuts: what the server had not yet brought to the disk of its write-ahead log is lost, and
//! no row that was acknowledged is.

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::process::Command;

use aio_sql::{Database, Result};
use servers::postgres::Server;

use super::kills::{check, go_on, start};
use super::server::{address_in, durable};
use super::{create_table, is_long};

/// Compiles the shim that logs what a server writes.
fn shim(folder: &Path) -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/shim/wal.c");
    let library = folder.join("wal.so");
    let compiled = Command::new("cc").args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library).arg(source).status();
    assert!(compiled.expect("a C compiler").success());
    library
}

/// A record of the shim's log; `struct record` in `wal.c`.
struct Record<'a> {
    kind: u64,
    inode: u64,
    offset: u64,
    /// The bytes of a write.
    bytes: &'a [u8],
    /// The number of a sync.
    sync: u64,
}

const WRITTEN: u64 = 1;
const SYNC_BEGUN: u64 = 2;
const SYNCED: u64 = 3;

fn records(mut log: &[u8]) -> Vec<Record<'_>> {
    let mut records = Vec::new();
    while let Some((head, rest)) = log.split_at_checked(32) {
        let word = |at: usize| u64::from_ne_bytes(head[8 * at..8 * (at + 1)].try_into().unwrap());
        let (kind, length) = (word(0), word(3));
        let count = if kind == WRITTEN { length as usize } else { 0 };
        // The server may have been killed while it appended the last record.
        let Some((bytes, rest)) = rest.split_at_checked(count) else { break };
        records.push(Record { kind, inode: word(1), offset: word(2), bytes, sync: length });
        log = rest;
    }
    records
}

/// The files of the log, by their numbers.
fn log_files(data: &Path) -> HashMap<u64, PathBuf> {
    let entries = fs::read_dir(data.join("pg_wal")).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.is_file()).map(|path| (fs::metadata(&path).unwrap().ino(), path)).collect()
}

/// Makes the files of the log what they would be after a power cut: writes that no sync has
/// covered are undone. Returns the number of bytes that are lost.
fn cut_power(server: &Server, log: &Path, before: &HashMap<u64, Vec<u8>>) -> usize {
    let log = fs::read(log).unwrap();
    let records = records(&log);
    let mut lost = 0;
    let count = |kind| records.iter().filter(|record| record.kind == kind).count();
    assert!(count(WRITTEN) > 0 && count(SYNCED) > 0, "the server has written nothing that the shim saw");
    for (inode, path) in log_files(&server.data()) {
        let of_file: Vec<_> = records.iter().filter(|record| record.inode == inode).collect();
        let mut begun = HashMap::new();
        let mut synced = 0;
        for (at, record) in of_file.iter().enumerate() {
            match record.kind {
                SYNC_BEGUN => drop(begun.insert(record.sync, at)),
                SYNCED => synced = synced.max(begun[&record.sync]),
                _ => {}
            }
        }
        let file = fs::File::options().write(true).open(&path).unwrap();
        let is_unsynced = |at: usize| at >= synced;
        for (_, late) in of_file.iter().enumerate().filter(|(at, record)| record.kind == WRITTEN && is_unsynced(*at)) {
            // What was there before: what the file had at first, and then the writes in their
            // order.
            let (begin, end) = (late.offset as usize, late.offset as usize + late.bytes.len());
            let mut bytes = vec![0; late.bytes.len()];
            let old = before.get(&inode).and_then(|old| old.get(begin..end.min(old.len())));
            if let Some(old) = old {
                bytes[..old.len()].copy_from_slice(old);
            }
            for (_, early) in
                of_file.iter().enumerate().filter(|(at, record)| record.kind == WRITTEN && !is_unsynced(*at))
            {
                let (from, to) = (early.offset as usize, early.offset as usize + early.bytes.len());
                let (low, high) = (from.max(begin), to.min(end));
                if low < high {
                    bytes[low - begin..high - begin].copy_from_slice(&early.bytes[low - from..high - from]);
                }
            }
            lost += bytes.iter().zip(late.bytes).filter(|(old, new)| old != new).count();
            file.write_all_at(&bytes, late.offset).unwrap();
        }
    }
    lost
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_power_cut_under_load_loses_nothing_that_was_acknowledged() -> Result<()> {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let library = shim(folder.path());
    // The server has another user.
    fs::write(&log, "").unwrap();
    for path in [folder.path(), &log, &library] {
        fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
    }
    let mut server = durable();
    server.set_environment(&[("LD_PRELOAD", library.as_path()), ("AIO_SQL_WAL_LOG", log.as_path())]);
    let db = Database::builder(address_in(&server, "postgres")).connections(8).open().await?;
    create_table(&db).await?;
    let (ledger, writers) = start(&db);
    let (cuts, mut lost) = (if is_long() { 50 } else { 3 }, 0);
    for _ in 0..cuts {
        // What is in the files now is on the disk: the server has ended.
        server.kill();
        let before = log_files(&server.data()).into_iter();
        let before = before.map(|(inode, path)| (inode, fs::read(path).unwrap())).collect();
        fs::write(&log, "").unwrap();
        server.restart();
        go_on(&ledger, 200).await;
        server.kill();
        lost += cut_power(&server, &log, &before);
        server.restart();
    }
    go_on(&ledger, 50).await;
    println!("{cuts} power cuts, {lost} bytes of the log were lost");
    assert!(lost > 0, "the cuts lost nothing");
    assert!(db.metrics().groups > 0);
    check(&db, &ledger, writers).await
}
