//! The report, as Markdown.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::Path;

use bench_harness::{Result, Workload, short};

use crate::must::{self, Reached};
use crate::results::{Results, less_is_better, unit};
use crate::{chart, programs};

/// Prints the report of a stored measurement, and writes its chart.
pub(crate) fn again(file: &Path) -> Result<bool> {
    let results = Results::load(file)?;
    println!("{}", write(&results)?);
    draw(&results)?;
    Ok(true)
}

/// Writes the chart next to the results. The chart of a quick run has another name.
pub(crate) fn draw(results: &Results) -> Result {
    let name = if results.quick { "quick.svg" } else { "chart.svg" };
    let file = programs::benches().join("results").join(name);
    fs::write(&file, chart::draw(results)?)?;
    eprintln!("{}", file.display());
    Ok(())
}

pub(crate) fn write(results: &Results) -> Result<String> {
    let all = results.values();
    let get = |workload: Workload, peer: &str| all.get(&(workload, peer.to_owned()));
    let measured: Vec<Workload> =
        Workload::ALL.into_iter().filter(|workload| all.keys().any(|key| key.0 == *workload)).collect();
    let mut text = String::new();

    let machine = &results.machine;
    writeln!(
        text,
        "{}, {} cores, Linux {}, {}, {}; load {} before.\n",
        machine.processor, machine.cores, machine.system, machine.rustc, machine.file_system, machine.load
    )?;
    let mut versions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for run in &results.runs {
        versions.entry(&run.sample.sqlite).or_default().insert(&run.sample.peer);
    }
    for (version, peers) in versions {
        writeln!(text, "- SQLite {version}: {}", peers.into_iter().collect::<Vec<_>>().join(", "))?;
    }
    writeln!(text)?;
    if results.quick {
        writeln!(text, "A quick run: it shows that everything works; the figures have no meaning.\n")?;
    }

    writeln!(text, "Medians.\n")?;
    write!(text, "| workload | unit |")?;
    for (peer, version) in &results.peers {
        write!(text, " {peer} {version} |")?;
    }
    writeln!(text, "\n|---|---|{}", "---|".repeat(results.peers.len()))?;
    for &workload in &measured {
        let arrow = if less_is_better(workload) { "less" } else { "more" };
        write!(text, "| {} | {}, {arrow} is better |", workload.id(), unit(workload))?;
        for (peer, _) in &results.peers {
            match get(workload, peer) {
                Some(values) => write!(text, " {} |", short(values.figures.median()))?,
                None => write!(text, " |")?,
            }
        }
        writeln!(text)?;
    }

    writeln!(text, "\nAll results: the median, the quartiles, the minimum and the maximum.\n")?;
    writeln!(
        text,
        "| workload | peer | pool | rounds | median | quartiles | range | × rusqlite | errors | longest wait | memory |"
    )?;
    writeln!(text, "|---|---|---|---|---|---|---|---|---|---|---|")?;
    for &workload in &measured {
        let floor = get(workload, "rusqlite").map(|values| values.figures.median());
        for (peer, _) in &results.peers {
            let Some(values) = get(workload, peer) else { continue };
            let ratio = floor.map_or(String::new(), |floor| format!("{:.2}", values.figures.median() / floor));
            let longest = match values.longest_ms {
                Some((reads, writes)) => format!("{} ms", short(reads.max(writes))),
                None => String::new(),
            };
            let growth = values.growth_mib.map_or(String::new(), |growth| format!("+ {growth:.1} MiB"));
            writeln!(
                text,
                "| {} | {peer} | {} | {} | {} {} | {} to {} | {} to {} | {ratio} | {} | {longest} | {growth} |",
                workload.id(),
                values.pool,
                values.figures.count(),
                short(values.figures.median()),
                unit(workload),
                short(values.figures.quantile(0.25)),
                short(values.figures.quantile(0.75)),
                short(values.figures.least()),
                short(values.figures.most()),
                values.errors,
            )?;
        }
    }

    writeln!(text, "\nThe goals of aio-sql.\n")?;
    writeln!(text, "| workload | goal | result | reached |")?;
    writeln!(text, "|---|---|---|---|")?;
    for verdict in must::verdicts(&all) {
        let reached = match verdict.reached {
            Some(Reached::Yes) => "yes",
            Some(Reached::WithinSpread) => "within the spread",
            Some(Reached::No) => "**no**",
            None => "",
        };
        writeln!(text, "| {} | {} | {} | {reached} |", verdict.workload.id(), verdict.must, verdict.is)?;
    }

    if !results.failures.is_empty() {
        writeln!(text, "\nFailures.\n")?;
        for (peer, workload, error) in &results.failures {
            writeln!(text, "- {peer}, {workload}: {error}")?;
        }
    }
    Ok(text)
}
