//! The workloads, and how large they are.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What is measured.
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

    /// As it is written on the command line and in the results.
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

    /// Whether a commit waits for the disk (`synchronous = FULL`) or not (`NORMAL`).
    pub fn full(self) -> bool {
        matches!(self, Workload::Insert1Full | Workload::Insert64Full | Workload::Mixed64)
    }

    /// Whether 64 tasks run it.
    pub fn concurrent(self) -> bool {
        matches!(self, Workload::Point64 | Workload::Insert64Full | Workload::Insert64Normal | Workload::Mixed64)
    }

    /// Whether it is repeated in one task until the time of a sample is over.
    pub fn sequential(self) -> bool {
        !self.concurrent() && !matches!(self, Workload::Bulk | Workload::Stream | Workload::Cancel)
    }

    /// The number of rows that it inserts in a transaction, over and over.
    pub fn batch(self) -> Option<u64> {
        match self {
            Workload::Batch10 => Some(10),
            Workload::Batch25 => Some(25),
            Workload::Batch50 => Some(50),
            Workload::Batch100 => Some(100),
            _ => None,
        }
    }

    /// Whether it changes its file, which then is a copy of its own.
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

/// How much there is of everything.
#[derive(Clone, Copy, Debug)]
pub struct Sizes {
    /// Users of `all10k`, `join10k`, the point reads and `mixed64`.
    pub users: i64,
    /// Users of `all100`.
    pub few: i64,
    /// Users of `three`, each with [`data::POSTS`](crate::data::POSTS) posts.
    pub authors: i64,
    /// Rows of `stream`.
    pub readings: i64,
    /// Rows of `bulk`.
    pub items: i64,
    /// How long a sequential workload runs before it is measured.
    pub warm_up: Duration,
    /// How long a sequential workload is measured.
    pub sample: Duration,
    /// How long 64 tasks run.
    pub concurrent: Duration,
    /// What `cancel` waits for at most.
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

    /// Small enough to see in seconds whether everything works; the figures mean nothing.
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
