//! The chart of the results.

use bench_harness::chart::{Bar, Look, Panel, draw as draw_panels};
use bench_harness::{Result, Workload};

use crate::programs::{Kind, find};
use crate::results::{Results, less_is_better, unit};

pub(crate) fn draw(results: &Results) -> Result<String> {
    let all = results.values();
    let measured = Workload::ALL.into_iter().filter(|workload| all.keys().any(|key| key.0 == *workload));
    let panels: Vec<Panel<'_>> = measured
        .map(|workload| {
            let bars = results.peers.iter().map(|(peer, _)| Bar {
                name: peer,
                look: match find(peer).map(|program| program.kind) {
                    Some(Kind::Own) => Look::Own,
                    Some(Kind::Floor | Kind::SecondFloor) => Look::Floor,
                    _ => Look::Peer,
                },
                value: all.get(&(workload, peer.clone())).map(|values| values.figures.median()),
            });
            Panel {
                name: workload.id(),
                unit: unit(workload),
                less_is_better: less_is_better(workload),
                bars: bars.collect(),
            }
        })
        .collect();
    Ok(draw_panels("aio-sql compared with other libraries for SQLite", &panels)?)
}
