//! The workloads and their sizes.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A workload that is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Workload {
    All10k,
    All100,
    Join10k,
    Batch10,
    Batch25,
    Batch50,
    Batch100,
    Three,
    Point1,
    Point64,
    Insert1Full,
    Insert1Normal,
    Insert64Full,
    Insert64Normal,
    Mixed64,
    Bulk,
    Stream,
    Cancel,
}

impl Workload {
    pub const ALL: [Workload; 18] = [
        Workload::All10k,
        Workload::All100,
        Workload::Join10k,
        Workload::Batch10,
        Workload::Batch25,
        Workload::Batch50,
        Workload::Batch100,
        Workload::Three,
        Workload::Point1,
        Workload::Point64,
        Workload::Insert1Full,
        Workload::Insert1Normal,
        Workload::Insert64Full,
        Workload::Insert64Normal,
        Workload::Mixed64,
        Workload::Bulk,
        Workload::Stream,
        Workload::Cancel,
    ];

    /// Returns the name on the command line and in the results.
    pub fn id(self) -> &'static str {
        match self {
            Workload::All10k => "all10k",
            Workload::All100 => "all100",
            Workload::Join10k => "join10k",
            Workload::Batch10 => "batch10",
            Workload::Batch25 => "batch25",
            Workload::Batch50 => "batch50",
            Workload::Batch100 => "batch100",
            Workload::Three => "three",
            Workload::Point1 => "point1",
            Workload::Point64 => "point64",
            Workload::Insert1Full => "insert1_full",
            Workload::Insert1Normal => "insert1_normal",
            Workload::Insert64Full => "insert64_full",
            Workload::Insert64Normal => "insert64_normal",
            Workload::Mixed64 => "mixed64",
            Workload::Bulk => "bulk",
            Workload::Stream => "stream",
            Workload::Cancel => "cancel",
        }
    }

    pub fn from_id(id: &str) -> Option<Workload> {
        Workload::ALL.into_iter().find(|workload| workload.id() == id)
    }

    /// Returns whether a commit waits for the disk (`synchronous = FULL`) or not (`NORMAL`).
    pub fn full(self) -> bool {
        matches!(self, Workload::Insert1Full | Workload::Insert64Full | Workload::Mixed64)
    }

    /// Returns whether 64 tasks run the workload concurrently.
    pub fn concurrent(self) -> bool {
        matches!(self, Workload::Point64 | Workload::Insert64Full | Workload::Insert64Normal | Workload::Mixed64)
    }

    /// Returns whether one task repeats the workload until the time of a sample is over.
    pub fn sequential(self) -> bool {
        !self.concurrent() && !matches!(self, Workload::Bulk | Workload::Stream | Workload::Cancel)
    }

    /// Returns the number of rows of each transaction, if the workload repeats transactions of
    /// several rows; otherwise `None`.
    pub fn batch(self) -> Option<u64> {
        match self {
            Workload::Batch10 => Some(10),
            Workload::Batch25 => Some(25),
            Workload::Batch50 => Some(50),
            Workload::Batch100 => Some(100),
            _ => None,
        }
    }

    /// Returns whether the workload changes its file.
    pub fn writes(self) -> bool {
        matches!(
            self,
            Workload::Batch10
                | Workload::Batch25
                | Workload::Batch50
                | Workload::Batch100
                | Workload::Insert1Full
                | Workload::Insert1Normal
                | Workload::Insert64Full
                | Workload::Insert64Normal
                | Workload::Mixed64
                | Workload::Bulk
        )
    }
}

/// The sizes of the workloads.
#[derive(Clone, Copy, Debug)]
pub struct Sizes {
    /// The number of users of `all10k`, `join10k`, the point reads and `mixed64`.
    pub users: i64,
    /// The number of users of `all100`.
    pub few: i64,
    /// The number of users of `three`, each with [`data::POSTS`](crate::data::POSTS) posts.
    pub authors: i64,
    /// The number of rows that `stream` reads.
    pub readings: i64,
    /// The number of rows that `bulk` inserts.
    pub items: i64,
    /// The time that a sequential workload runs before it is measured.
    pub warm_up: Duration,
    /// The time that a sequential workload is measured.
    pub sample: Duration,
    /// The time that the 64 tasks run.
    pub concurrent: Duration,
    /// The maximum time that `cancel` waits for the next answer of the connection.
    pub cap: Duration,
}

impl Sizes {
    pub const FULL: Sizes = Sizes {
        users: 10_000,
        few: 100,
        authors: 9,
        readings: 1_000_000,
        items: 100_000,
        warm_up: Duration::from_millis(30),
        sample: Duration::from_millis(120),
        concurrent: Duration::from_millis(1_200),
        cap: Duration::from_secs(8),
    };

    /// Small sizes that show within seconds whether everything works. The figures have no meaning.
    pub const QUICK: Sizes = Sizes {
        users: 500,
        few: 100,
        authors: 9,
        readings: 20_000,
        items: 2_000,
        warm_up: Duration::from_millis(2),
        sample: Duration::from_millis(10),
        concurrent: Duration::from_millis(100),
        cap: Duration::from_secs(2),
    };

    pub fn new(quick: bool) -> Sizes {
        if quick { Sizes::QUICK } else { Sizes::FULL }
    }
}
