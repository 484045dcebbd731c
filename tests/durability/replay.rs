//! The shim's log, and the files that a power loss after any of its records would leave.

use std::collections::HashMap;
use std::path::Path;
use std::{fs, io};

use super::Random;

/// The size of the blocks that a disk writes atomically.
const SECTOR: usize = 512;

/// A record of the shim's log: an operation on the file with a number. `struct record` in `shim.c`
/// is its form in the log.
#[derive(Debug)]
pub(crate) enum Record {
    Named { file: u8, name: String },
    Created { file: u8 },
    Written { file: u8, offset: usize, bytes: Vec<u8> },
    Truncated { file: u8, length: usize },
    SyncBegun { file: u8, sync: u32 },
    Synced { file: u8, sync: u32 },
    Removed { file: u8 },
}

pub(crate) fn read(log: &Path) -> io::Result<Vec<Record>> {
    let log = fs::read(log)?;
    let mut records = Vec::new();
    let mut rest = log.as_slice();
    while let Some((head, tail)) = rest.split_at_checked(24) {
        let number = |at: usize| u64::from_ne_bytes(head[at..at + 8].try_into().expect("eight bytes")) as usize;
        let sync = u32::from_ne_bytes(head[4..8].try_into().expect("four bytes"));
        let (file, offset, length) = (head[1], number(8), number(16));
        let (bytes, tail) = tail.split_at(length);
        records.push(match head[0] {
            1 => Record::Named { file, name: String::from_utf8_lossy(bytes).into_owned() },
            2 => Record::Created { file },
            3 => Record::Written { file, offset, bytes: bytes.to_vec() },
            4 => Record::Truncated { file, length: offset },
            5 => Record::SyncBegun { file, sync },
            6 => Record::Synced { file, sync },
            7 => Record::Removed { file },
            kind => return Err(io::Error::other(format!("no record is of the kind {kind}"))),
        });
        rest = tail;
    }
    assert!(rest.is_empty(), "the log ends in the middle of a record");
    Ok(records)
}

/// A change of a file that was not synced yet.
enum Change {
    Write { offset: usize, bytes: Vec<u8> },
    Truncate { length: usize },
}

#[derive(Default)]
struct File {
    /// The content that is on the disk for certain.
    synced: Vec<u8>,
    /// The changes that may or may not be on the disk, in order.
    unsynced: Vec<Change>,
    /// For the number of each sync that has begun, the number of unsynced changes that it covers.
    covered: HashMap<u32, usize>,
    /// Whether the file's name is in the directory for certain.
    entered: bool,
}

fn write_at(image: &mut Vec<u8>, offset: usize, bytes: &[u8]) {
    let end = offset + bytes.len();
    if image.len() < end {
        image.resize(end, 0);
    }
    image[offset..end].copy_from_slice(bytes);
}

impl File {
    fn sync(&mut self, sync: u32) {
        let covered = self.covered.remove(&sync).unwrap_or(0);
        for change in self.unsynced.drain(..covered) {
            match change {
                Change::Write { offset, bytes } => write_at(&mut self.synced, offset, &bytes),
                Change::Truncate { length } => self.synced.resize(length, 0),
            }
        }
        for other in self.covered.values_mut() {
            *other = other.saturating_sub(covered);
        }
    }

    /// Returns the synced content with a random part of the unsynced changes, in pieces of a
    /// sector.
    fn torn(&self, random: &mut Random) -> Vec<u8> {
        let mut image = self.synced.clone();
        // The percentage of the changes to apply. It is random too, so that sometimes nearly all
        // are applied, and sometimes nearly none.
        let share = random.below(101);
        for change in &self.unsynced {
            match change {
                Change::Write { offset, bytes } => {
                    let mut at = 0;
                    while at < bytes.len() {
                        let end = ((offset + at) / SECTOR + 1) * SECTOR - offset;
                        let end = end.min(bytes.len());
                        if random.below(100) < share {
                            write_at(&mut image, offset + at, &bytes[at..end]);
                        }
                        at = end;
                    }
                }
                Change::Truncate { length } if random.below(100) < share => image.resize(*length, 0),
                Change::Truncate { .. } => {}
            }
        }
        image
    }
}

/// The state of the disk after the records that were applied so far.
#[derive(Default)]
pub(crate) struct Disk {
    names: HashMap<u8, String>,
    files: HashMap<u8, File>,
    entered: HashMap<u32, Vec<u8>>,
}

impl Disk {
    pub(crate) fn apply(&mut self, record: &Record) {
        match record {
            Record::Named { file, name } => {
                self.names.insert(*file, name.clone());
            }
            Record::Created { file } => {
                self.files.insert(*file, File::default());
            }
            Record::Written { file, offset, bytes } => {
                let file = self.files.entry(*file).or_default();
                file.unsynced.push(Change::Write { offset: *offset, bytes: bytes.clone() });
            }
            Record::Truncated { file, length } => {
                self.files.entry(*file).or_default().unsynced.push(Change::Truncate { length: *length });
            }
            Record::SyncBegun { file, sync } if self.is_directory(*file) => {
                self.entered.insert(*sync, self.files.keys().copied().collect());
            }
            Record::SyncBegun { file, sync } => {
                let file = self.files.entry(*file).or_default();
                file.covered.insert(*sync, file.unsynced.len());
            }
            Record::Synced { file, sync } if self.is_directory(*file) => {
                for file in self.entered.remove(sync).unwrap_or_default() {
                    if let Some(file) = self.files.get_mut(&file) {
                        file.entered = true;
                    }
                }
            }
            Record::Synced { file, sync } => self.files.entry(*file).or_default().sync(*sync),
            Record::Removed { file } => {
                self.files.remove(file);
            }
        }
    }

    fn is_directory(&self, file: u8) -> bool {
        self.names.get(&file).is_some_and(String::is_empty)
    }

    /// Returns the name of the file with this number; empty for the directory and for an unknown
    /// number.
    pub(crate) fn name(&self, file: u8) -> &str {
        self.names.get(&file).map_or("", String::as_str)
    }

    /// Replaces the files in a directory by those that are on the disk for certain, with their
    /// synced content. If `random` is given, a random part of the unsynced files and changes is
    /// added.
    pub(crate) fn rebuild(&self, directory: &Path, mut random: Option<&mut Random>) -> io::Result<()> {
        for old in fs::read_dir(directory)? {
            fs::remove_file(old?.path())?;
        }
        for (number, file) in &self.files {
            let image = match &mut random {
                None => file.entered.then(|| file.synced.clone()),
                Some(random) => (file.entered || random.below(2) == 0).then(|| file.torn(random)),
            };
            let Some(image) = image else { continue };
            fs::write(directory.join(self.name(*number)), image)?;
        }
        Ok(())
    }
}
