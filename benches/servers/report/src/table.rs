//! The report, as Markdown, and the chart.

use std::fmt::Write;
use std::fs;

use bench_harness::chart::{Bar, Look, Panel, draw};
use bench_harness::{Result, short};
use bench_servers_harness::{Distance, Manner, Workload};

use crate::goals;
use crate::libraries::{Kind, OWN, find};
use crate::results::{Cost, Results, folder};

fn measured(results: &Results, distance: Distance) -> Vec<Workload> {
    let is_measured = |workload: &Workload| {
        results.runs.iter().any(|run| run.sample.workload == *workload && run.sample.distance == distance)
    };
    Workload::ALL.into_iter().filter(is_measured).collect()
}

pub(crate) fn write(results: &Results) -> Result<String> {
    let mut text = String::new();
    let machine = &results.machine;
    writeln!(
        text,
        "{}, {} cores, Linux {}, {}, {}, PostgreSQL {}; load {} before.",
        machine.processor,
        machine.cores,
        machine.system,
        machine.rustc,
        machine.file_system,
        results.postgres,
        machine.load
    )?;
    for distance in Distance::ALL {
        let measured = measured(results, distance);
        if !measured.is_empty() {
            writeln!(
                text,
                "\n{}: medians, and in parentheses the median of the ratios to aio-sql's time in each round (more than 1: aio-sql is faster).\n",
                distance.title()
            )?;
            times(&mut text, results, distance, &measured)?;
        }
    }
    costs(&mut text, results)?;
    writeln!(text, "\nThe goals of aio-sql.\n")?;
    writeln!(text, "| workload | must | aim | result | reached |\n|---|---|---|---|---|")?;
    for verdict in goals::verdicts(results) {
        let goals::Verdict { what, must, aim, is, word } = verdict;
        writeln!(text, "| {what} | {must} | {aim} | {is} | {word} |")?;
    }
    if !results.failures.is_empty() {
        writeln!(text, "\nFailures.\n")?;
        for failure in &results.failures {
            writeln!(text, "- {}", failure.join(", "))?;
        }
    }
    Ok(text)
}

fn times(text: &mut String, results: &Results, distance: Distance, measured: &[Workload]) -> Result {
    write!(text, "| workload | unit |")?;
    for (peer, version) in &results.peers {
        write!(text, " {peer} {version} |")?;
    }
    writeln!(text, "\n|---|---|{}", "---|".repeat(results.peers.len()))?;
    for &workload in measured {
        let (unit, ..) = workload.figure(1.0);
        write!(text, "| {} | {unit} |", workload.id())?;
        for (peer, _) in &results.peers {
            let costs = results.costs(workload, distance, peer, Cost::Time);
            let ratios = results.ratios(workload, distance, peer, Cost::Time);
            match (costs, ratios) {
                (Some(costs), _) if peer == OWN => {
                    write!(text, " **{}** |", short(workload.figure(costs.median()).2))?;
                }
                (Some(costs), Some(ratios)) => {
                    write!(text, " {} ({}) |", short(workload.figure(costs.median()).2), short(ratios.median()))?;
                }
                _ => write!(text, " |")?,
            }
        }
        writeln!(text)?;
    }
    Ok(())
}

/// Writes the CPU time and the memory, which hardly depend on the distance.
fn costs(text: &mut String, results: &Results) -> Result {
    let distance = Distance::Unix;
    let measured = measured(results, distance);
    if measured.is_empty() {
        return Ok(());
    }
    writeln!(
        text,
        "\nOver a unix socket: CPU time of the program for each operation, in µs (`stream`, `bulk`: in ms), and how much its memory grew at most.\n"
    )?;
    write!(text, "| workload |")?;
    for (peer, _) in &results.peers {
        write!(text, " {peer} |")?;
    }
    writeln!(text, "\n|---|{}", "---|".repeat(results.peers.len()))?;
    for workload in measured.into_iter().filter(|workload| *workload != Workload::Cancel) {
        write!(text, "| {} |", workload.id())?;
        for (peer, _) in &results.peers {
            let Some(costs) = results.costs(workload, distance, peer, Cost::Cpu) else {
                write!(text, " |")?;
                continue;
            };
            let is_once = workload.manner() == Manner::Once;
            write!(text, " {}", short(costs.median() * if is_once { 1e3 } else { 1e6 }))?;
            let growth = results.rounds(workload, distance, peer).into_values().filter_map(|sample| sample.growth_mib);
            match growth.reduce(f64::max).filter(|_| is_once) {
                Some(growth) => write!(text, ", + {growth:.1} MiB |")?,
                None => write!(text, " |")?,
            }
        }
        writeln!(text)?;
    }
    Ok(())
}

/// Writes the chart next to the results, if there are any over a unix socket.
pub(crate) fn chart(results: &Results) -> Result {
    let distance = Distance::Unix;
    let panels: Vec<Panel<'_>> = measured(results, distance)
        .into_iter()
        .map(|workload| {
            let (unit, less_is_better, _) = workload.figure(1.0);
            let bars = results.peers.iter().filter(|(peer, _)| peer != "toasty").map(|(peer, _)| Bar {
                name: peer,
                look: if find(peer).is_some_and(|library| library.kind == Kind::Own) { Look::Own } else { Look::Peer },
                value: results
                    .costs(workload, distance, peer, Cost::Time)
                    .map(|costs| workload.figure(costs.median()).2),
            });
            Panel { name: workload.id(), unit, less_is_better, bars: bars.collect() }
        })
        .collect();
    if panels.is_empty() {
        return Ok(());
    }
    let file = folder().join("servers.svg");
    fs::write(&file, draw("aio-sql compared with other libraries for PostgreSQL", &panels)?)?;
    eprintln!("{}", file.display());
    Ok(())
}
