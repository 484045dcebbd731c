//! What is measured.

use serde::{Deserialize, Serialize};

/// The tasks of the workloads that many tasks run.
pub const TASKS: usize = 64;

/// A workload. Its name on the command line and in the results is that of the variant in lower
/// case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Workload {
    /// One row by its key, one after the other.
    Point,
    /// The same by 64 tasks, with a pool of one connection.
    Point64x1,
    /// The same with four connections.
    Point64x4,
    /// The same with eight connections.
    Point64x8,
    /// 10,000 rows of five columns into structs.
    All10k,
    /// 1,000,000 rows of two columns, each as a struct, one by one.
    Stream,
    /// Users, their posts and the comments of these: 9, 90 and 900 rows.
    Three,
    /// One insert, which is durable, after the other.
    Insert,
    /// The same by 64 tasks, with four connections.
    Insert64,
    /// Nine reads of one row and one insert, by 64 tasks.
    Mixed64,
    /// Updates of 20 rows, by 64 tasks.
    Hot64,
    /// A transaction of two updates, one after the other.
    Transaction,
    /// 100,000 rows at once.
    Bulk,
    /// How long after a query of two seconds was dropped its connection answers the next one.
    Cancel,
}

/// How a workload is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// By one task, again and again until the time of a sample is over.
    Sequential,
    /// By 64 tasks, again and again until the time of a sample is over.
    Concurrent,
    /// Once.
    Once,
}

impl Workload {
    pub const ALL: [Workload; 14] = [
        Workload::Point,
        Workload::Point64x1,
        Workload::Point64x4,
        Workload::Point64x8,
        Workload::All10k,
        Workload::Stream,
        Workload::Three,
        Workload::Insert,
        Workload::Insert64,
        Workload::Mixed64,
        Workload::Hot64,
        Workload::Transaction,
        Workload::Bulk,
        Workload::Cancel,
    ];

    pub fn id(self) -> &'static str {
        match self {
            Workload::Point => "point",
            Workload::Point64x1 => "point64x1",
            Workload::Point64x4 => "point64x4",
            Workload::Point64x8 => "point64x8",
            Workload::All10k => "all10k",
            Workload::Stream => "stream",
            Workload::Three => "three",
            Workload::Insert => "insert",
            Workload::Insert64 => "insert64",
            Workload::Mixed64 => "mixed64",
            Workload::Hot64 => "hot64",
            Workload::Transaction => "transaction",
            Workload::Bulk => "bulk",
            Workload::Cancel => "cancel",
        }
    }

    pub fn from_id(id: &str) -> Option<Workload> {
        Workload::ALL.into_iter().find(|workload| workload.id() == id)
    }

    pub fn manner(self) -> Manner {
        match self {
            Workload::Point64x1 | Workload::Point64x4 | Workload::Point64x8 => Manner::Concurrent,
            Workload::Insert64 | Workload::Mixed64 | Workload::Hot64 => Manner::Concurrent,
            Workload::Stream | Workload::Bulk | Workload::Cancel => Manner::Once,
            _ => Manner::Sequential,
        }
    }

    /// Returns the connections of a pool, and of the clients that tasks share.
    pub fn connections(self) -> usize {
        match self {
            Workload::Point64x4 | Workload::Insert64 | Workload::Mixed64 | Workload::Hot64 => 4,
            Workload::Point64x8 => 8,
            _ => 1,
        }
    }

    pub fn is_write(self) -> bool {
        matches!(
            self,
            Workload::Insert
                | Workload::Insert64
                | Workload::Mixed64
                | Workload::Hot64
                | Workload::Transaction
                | Workload::Bulk
        )
    }

    /// Returns the unit of the table, whether less is better, and the figure in this unit for a
    /// number of seconds of each operation.
    pub fn figure(self, seconds: f64) -> (&'static str, bool, f64) {
        match self.manner() {
            Manner::Sequential => ("µs", true, seconds * 1e6),
            Manner::Concurrent => ("per second", false, 1.0 / seconds),
            Manner::Once => ("ms", true, seconds * 1e3),
        }
    }
}
