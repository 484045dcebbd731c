//! The chart: a panel for each workload, a bar for each library. Its greys are visible on light
//! and on dark pages.

use std::fmt::{Result, Write};

use crate::figures::short;

const COLUMNS: usize = 3;
const WIDTH: usize = 300;
const BAR: usize = 15;
const LABEL: usize = 104;
/// The width of the longest bar. Its value is written to the right of the bar.
const LONGEST: f64 = 134.0;

/// A workload in the chart.
pub struct Panel<'a> {
    pub name: &'a str,
    pub unit: &'a str,
    pub less_is_better: bool,
    pub bars: Vec<Bar<'a>>,
}

/// A library in a panel.
pub struct Bar<'a> {
    pub name: &'a str,
    pub look: Look,
    /// The figure; `None` if the library does not have it.
    pub value: Option<f64>,
}

/// How a bar looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    Own,
    Peer,
    /// No peer: shown for comparison.
    Floor,
}

/// Draws the chart as SVG.
pub fn draw(title: &str, panels: &[Panel<'_>]) -> std::result::Result<String, std::fmt::Error> {
    let bars = panels.iter().map(|panel| panel.bars.len()).max().unwrap_or(0);
    let height_of_panel = bars * BAR + 44;
    let (width, height) = (COLUMNS * WIDTH, panels.len().div_ceil(COLUMNS) * height_of_panel + 6);
    let mut svg = String::new();
    writeln!(
        svg,
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" font-family="system-ui, sans-serif" font-size="11" fill="#808080">"##
    )?;
    writeln!(svg, "<title>{title}</title>")?;
    for (index, panel) in panels.iter().enumerate() {
        let (x, y) = (index % COLUMNS * WIDTH, index / COLUMNS * height_of_panel);
        writeln!(svg, r#"<g transform="translate({x} {y})">"#)?;
        draw_panel(&mut svg, panel)?;
        writeln!(svg, "</g>")?;
    }
    writeln!(svg, "</svg>")?;
    Ok(svg)
}

fn draw_panel(svg: &mut String, panel: &Panel<'_>) -> Result {
    let better = if panel.less_is_better { "less is better" } else { "more is better" };
    writeln!(
        svg,
        r#"<text x="6" y="18"><tspan font-size="13" font-weight="600">{}</tspan> {}, {better}</text>"#,
        panel.name, panel.unit
    )?;
    let most = panel.bars.iter().filter_map(|bar| bar.value).fold(f64::MIN_POSITIVE, f64::max);
    for (line, bar) in panel.bars.iter().enumerate() {
        let top = 26 + line * BAR;
        let middle = top + 11;
        let (color, weight) = match bar.look {
            Look::Own => ("#e8710a", "600"),
            Look::Floor => ("#9a9a9a", "400"),
            Look::Peer => ("#4a8fc7", "400"),
        };
        writeln!(
            svg,
            r#"<text x="{}" y="{middle}" text-anchor="end" font-weight="{weight}">{}</text>"#,
            LABEL - 6,
            bar.name
        )?;
        let Some(value) = bar.value else {
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
    Ok(())
}
