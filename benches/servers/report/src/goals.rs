//! The goals of aio-sql, compared with the other libraries in the same run. A ratio of more than 1
//! means that aio-sql costs less.

use bench_servers_harness::{Distance, Workload};

use crate::libraries::{ALL, Kind, Library, OWN};
use crate::results::{Cost, Results};

/// With which libraries aio-sql is compared: with the best of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Against {
    /// All of them.
    Peers,
    /// Those that have a pool.
    Pools,
    /// tokio-postgres.
    Shared,
    /// The object-relational mappers.
    Mappers,
}

impl Against {
    fn has(self, library: &Library) -> bool {
        match self {
            Against::Peers => library.kind != Kind::Own,
            Against::Pools => matches!(library.kind, Kind::Pool | Kind::Mapper),
            Against::Shared => library.kind == Kind::Shared,
            Against::Mappers => library.kind == Kind::Mapper,
        }
    }

    fn text(self) -> &'static str {
        match self {
            Against::Peers => "the best peer",
            Against::Pools => "the best pool",
            Against::Shared => "tokio-postgres",
            Against::Mappers => "the best mapper",
        }
    }
}

struct Goal {
    workload: Workload,
    distance: Distance,
    cost: Cost,
    against: Against,
    must: f64,
    aim: f64,
}

const fn time(workload: Workload, against: Against, must: f64, aim: f64) -> Goal {
    Goal { workload, distance: Distance::Unix, cost: Cost::Time, against, must, aim }
}

const GOALS: [Goal; 19] = [
    time(Workload::Point, Against::Peers, 2.0, 2.5),
    Goal { distance: Distance::Far, ..time(Workload::Point, Against::Peers, 0.95, 0.95) },
    time(Workload::Point64x1, Against::Pools, 4.0, 5.0),
    time(Workload::Point64x4, Against::Pools, 1.6, 2.0),
    time(Workload::Point64x1, Against::Shared, 0.85, 1.1),
    time(Workload::Point64x4, Against::Shared, 0.85, 1.1),
    time(Workload::Point64x8, Against::Shared, 0.85, 1.1),
    time(Workload::All10k, Against::Peers, 1.1, 1.25),
    Goal { cost: Cost::Cpu, ..time(Workload::All10k, Against::Peers, 1.0 / 0.6, 1.0 / 0.4) },
    time(Workload::Stream, Against::Peers, 0.85, 1.0),
    Goal { cost: Cost::Cpu, ..time(Workload::Stream, Against::Peers, 1.0 / 0.6, 1.0 / 0.4) },
    time(Workload::Three, Against::Peers, 1.5, 3.0),
    time(Workload::Insert, Against::Peers, 0.95, 1.1),
    time(Workload::Insert64, Against::Peers, 3.0, 4.5),
    time(Workload::Mixed64, Against::Peers, 2.0, 2.5),
    time(Workload::Hot64, Against::Peers, 2.5, 4.0),
    time(Workload::Bulk, Against::Mappers, 1.4, 1.8),
    time(Workload::Bulk, Against::Shared, 0.9, 1.0),
    time(Workload::Cancel, Against::Peers, 2.0, 2.0),
];

/// The time in milliseconds after which the connection of a dropped query answers, at most and at
/// best.
const CANCEL: [f64; 2] = [10.0, 3.0];

/// A row of the table of goals.
pub(crate) struct Verdict {
    pub(crate) what: String,
    pub(crate) must: String,
    pub(crate) aim: String,
    pub(crate) is: String,
    pub(crate) word: &'static str,
}

fn word(value: f64, must: f64, aim: f64) -> &'static str {
    match value {
        value if value >= aim => "aim",
        value if value >= must => "must",
        _ => "**no**",
    }
}

/// Compares what was measured with the goals.
pub(crate) fn verdicts(results: &Results) -> Vec<Verdict> {
    GOALS.iter().filter_map(|goal| verdict(results, goal)).collect()
}

fn verdict(results: &Results, goal: &Goal) -> Option<Verdict> {
    let suffix = match (goal.distance, goal.cost) {
        (_, Cost::Cpu) => ", CPU",
        (Distance::Far, _) => ", 2 ms away",
        _ => "",
    };
    let what = format!("{}{suffix}", goal.workload.id());
    if goal.workload == Workload::Cancel {
        let ms = results.costs(goal.workload, goal.distance, OWN, goal.cost)?.median() * 1e3;
        return Some(Verdict {
            what,
            must: format!("≤ {} ms", CANCEL[0]),
            aim: format!("{} ms", CANCEL[1]),
            is: format!("{ms:.1} ms"),
            word: word(-ms, -CANCEL[0], -CANCEL[1]),
        });
    }
    let others = ALL.iter().filter(|library| goal.against.has(library)).filter_map(|library| {
        let ratio = results.ratios(goal.workload, goal.distance, library.name, goal.cost)?.median();
        Some((library.name, ratio))
    });
    let (best, ratio) = others.min_by(|a, b| a.1.total_cmp(&b.1))?;
    Some(Verdict {
        what,
        must: format!("≥ {:.2} × {}", goal.must, goal.against.text()),
        aim: format!("{:.2}", goal.aim),
        is: format!("{ratio:.2} × {best}"),
        word: word(ratio, goal.must, goal.aim),
    })
}
