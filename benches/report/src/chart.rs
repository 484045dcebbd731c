//! The chart: a panel for each workload, a bar for each library. Its greys are visible on light
//! and on dark pages.

use std::fmt::Write;

use bench_harness::{Result, Workload};

use crate::programs::{Kind, find};
use crate::results::{Results, less_is_better, short, unit};

const COLUMNS: usize = 3;
const WIDTH: usize = 300;
const BAR: usize = 15;
const LABEL: usize = 98;
/// The width of the longest bar. Its value is written to the right of the bar.
const LONGEST: f64 = 140.0;

pub(crate) fn draw(results: &Results) -> Result<String> {
    let all = results.values();
    let measured: Vec<Workload> =
        Workload::ALL.into_iter().filter(|workload| all.keys().any(|key| key.0 == *workload)).collect();
    let panel = results.peers.len() * BAR + 44;
    let (width, height) = (COLUMNS * WIDTH, measured.len().div_ceil(COLUMNS) * panel + 6);

    let mut svg = String::new();
    writeln!(
        svg,
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" font-family="system-ui, sans-serif" font-size="11" fill="#808080">"##
    )?;
    writeln!(svg, "<title>aio-sql compared with other libraries for SQLite</title>")?;
    for (index, &workload) in measured.iter().enumerate() {
        let (x, y) = (index % COLUMNS * WIDTH, index / COLUMNS * panel);
        let better = if less_is_better(workload) { "less is better" } else { "more is better" };
        writeln!(svg, r#"<g transform="translate({x} {y})">"#)?;
        writeln!(
            svg,
            r#"<text x="6" y="18"><tspan font-size="13" font-weight="600">{}</tspan> {}, {better}</text>"#,
            workload.id(),
            unit(workload)
        )?;
        let value = |peer: &str| all.get(&(workload, peer.to_owned())).map(|values| values.median());
        let most = results.peers.iter().filter_map(|(peer, _)| value(peer)).fold(f64::MIN_POSITIVE, f64::max);
        for (line, (peer, _)) in results.peers.iter().enumerate() {
            let top = 26 + line * BAR;
            let middle = top + 11;
            let (color, weight) = match find(peer).map(|program| program.kind) {
                Some(Kind::Own) => ("#e8710a", "600"),
                Some(Kind::Floor | Kind::SecondFloor) => ("#9a9a9a", "400"),
                _ => ("#4a8fc7", "400"),
            };
            writeln!(
                svg,
                r#"<text x="{}" y="{middle}" text-anchor="end" font-weight="{weight}">{peer}</text>"#,
                LABEL - 6
            )?;
            let Some(value) = value(peer) else {
                writeln!(svg, r#"<text x="{LABEL}" y="{middle}">–</text>"#)?;
                continue;
            };
            let length = (value / most * LONGEST).max(1.0);
            writeln!(
                svg,
                r#"<rect x="{LABEL}" y="{}" width="{length:.1}" height="{}" rx="2" fill="{color}"/>"#,
                top + 2,
                BAR - 4
            )?;
            writeln!(
                svg,
                r#"<text x="{:.1}" y="{middle}" font-weight="{weight}">{}</text>"#,
                LABEL as f64 + length + 5.0,
                short(value)
            )?;
        }
        writeln!(svg, "</g>")?;
    }
    writeln!(svg, "</svg>")?;
    Ok(svg)
}
