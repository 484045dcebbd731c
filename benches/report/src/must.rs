//! The goals of aio-sql, compared with the other libraries in the same run.

use std::collections::BTreeMap;

use bench_harness::{Workload, short};

use crate::programs::{Kind, find};
use crate::results::{Values, less_is_better};

/// The library with which aio-sql is compared.
enum Against {
    /// rusqlite, which is the lower bound.
    Floor,
    /// The best of the libraries that pass a connection to a closure.
    Closures,
    /// The best of the libraries that do not block.
    Peers,
    /// aio-sql is compared with no library: the goal is a number.
    Nobody,
}

struct Must {
    workload: Workload,
    against: Against,
    factor: f64,
}

const MUSTS: [Must; 19] = [
    Must { workload: Workload::All10k, against: Against::Floor, factor: 1.05 },
    Must { workload: Workload::All100, against: Against::Closures, factor: 1.0 },
    Must { workload: Workload::Join10k, against: Against::Floor, factor: 1.10 },
    Must { workload: Workload::Batch10, against: Against::Floor, factor: 1.20 },
    Must { workload: Workload::Batch25, against: Against::Floor, factor: 1.20 },
    Must { workload: Workload::Batch50, against: Against::Floor, factor: 1.20 },
    Must { workload: Workload::Batch100, against: Against::Floor, factor: 1.20 },
    Must { workload: Workload::Batch100, against: Against::Closures, factor: 1.10 },
    Must { workload: Workload::Three, against: Against::Floor, factor: 1.15 },
    Must { workload: Workload::Point1, against: Against::Closures, factor: 1.1 },
    Must { workload: Workload::Point64, against: Against::Peers, factor: 1.1 },
    Must { workload: Workload::Insert1Full, against: Against::Peers, factor: 1.0 },
    Must { workload: Workload::Insert1Normal, against: Against::Closures, factor: 1.1 },
    Must { workload: Workload::Insert64Full, against: Against::Peers, factor: 8.0 },
    Must { workload: Workload::Insert64Normal, against: Against::Peers, factor: 2.0 },
    Must { workload: Workload::Mixed64, against: Against::Peers, factor: 2.0 },
    Must { workload: Workload::Bulk, against: Against::Floor, factor: 0.90 },
    Must { workload: Workload::Stream, against: Against::Floor, factor: 0.95 },
    Must { workload: Workload::Cancel, against: Against::Nobody, factor: 20.0 },
];

/// The additional memory that a stream may need, in MiB.
const GROWTH: f64 = 4.0;

/// Factors near 1. For these, the variation between runs may be larger than the difference of the
/// medians.
const NEAR: std::ops::RangeInclusive<f64> = 0.9..=1.2;

/// Returns whether a goal compares aio-sql with rusqlite in this workload.
pub(crate) fn is_against_floor(workload: Workload) -> bool {
    MUSTS.iter().any(|must| must.workload == workload && matches!(must.against, Against::Floor))
}

/// One line of the report.
pub(crate) struct Verdict {
    pub(crate) workload: Workload,
    pub(crate) must: String,
    pub(crate) is: String,
    /// Whether the goal was reached; `None` if a library was not measured.
    pub(crate) reached: Option<Reached>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reached {
    Yes,
    /// The goal was not reached if the medians are compared, but was if the median of aio-sql is
    /// compared with the worse quartile of the other library.
    WithinSpread,
    No,
}

impl Reached {
    fn and(self, more: bool) -> Reached {
        if more { self } else { Reached::No }
    }
}

pub(crate) fn verdicts(all: &BTreeMap<(Workload, String), Values>) -> Vec<Verdict> {
    let measured = |must: &&Must| all.keys().any(|(workload, _)| *workload == must.workload);
    MUSTS.iter().filter(measured).map(|must| verdict(must, all)).collect()
}

fn verdict(must: &Must, all: &BTreeMap<(Workload, String), Values>) -> Verdict {
    let less = less_is_better(must.workload);
    let own = all.get(&(must.workload, "aio-sql".to_owned()));
    let wanted = |kind: Kind| match must.against {
        Against::Floor => kind == Kind::Floor,
        Against::Closures => kind == Kind::Closures,
        Against::Peers => matches!(kind, Kind::Closures | Kind::Async),
        Against::Nobody => false,
    };
    let others = all.iter().filter(|((workload, peer), _)| {
        *workload == must.workload && find(peer).is_some_and(|program| wanted(program.kind))
    });
    let others = others.map(|((_, peer), values)| (peer.as_str(), values));
    let by_median = |a: &(&str, &Values), b: &(&str, &Values)| a.1.figures.median().total_cmp(&b.1.figures.median());
    let best = if less { others.min_by(by_median) } else { others.max_by(by_median) };

    let sign = if less { "≤" } else { "≥" };
    let mut text = match must.against {
        Against::Floor => format!("{sign} {} × rusqlite", must.factor),
        Against::Closures => format!("{sign} {} × the best closure wrapper", must.factor),
        Against::Peers => format!("{sign} {} × the best peer", must.factor),
        Against::Nobody => format!("{sign} {} ms", must.factor),
    };
    let (mut is, mut reached) = match (&must.against, own, best) {
        (Against::Nobody, Some(own), _) => {
            (format!("{} ms", short(own.figures.median())), Some(Reached::Yes.and(own.figures.median() <= must.factor)))
        }
        (_, Some(own), Some((peer, other))) => {
            let reaches = |value: f64| {
                let ratio = own.figures.median() / value;
                if less { ratio <= must.factor } else { ratio >= must.factor }
            };
            let worse = other.figures.quantile(if less { 0.75 } else { 0.25 });
            let reached = match reaches(other.figures.median()) {
                true => Reached::Yes,
                false if NEAR.contains(&must.factor) && reaches(worse) => Reached::WithinSpread,
                false => Reached::No,
            };
            (format!("{:.2} × {peer}", own.figures.median() / other.figures.median()), Some(reached))
        }
        _ => ("not measured".to_owned(), None),
    };
    if let (Workload::Insert64Full, Some(own)) = (must.workload, own) {
        text += ", no error";
        is += &format!(", {} errors", own.errors);
        reached = reached.map(|reached| reached.and(own.errors == 0));
    }
    if let (Workload::Stream, Some(Values { growth_mib: Some(growth), .. })) = (must.workload, own) {
        text += &format!(", + {GROWTH} MiB at most");
        is += &format!(", + {growth:.1} MiB");
        reached = reached.map(|reached| reached.and(*growth <= GROWTH));
    }
    Verdict { workload: must.workload, must: text, is, reached }
}
