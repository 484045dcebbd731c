//! The number of instructions of rusqlite and of aio-sql, counted by callgrind. Unlike a time,
//! this number does not depend on the load of the machine.

use std::path::Path;
use std::process::Command;

use bench_harness::{Result, Sizes, Workload, short};

use crate::Options;
use crate::files::Files;
use crate::programs::{Kind, Program, find};

const WORKLOADS: [Workload; 6] =
    [Workload::All10k, Workload::Join10k, Workload::Three, Workload::Batch10, Workload::Batch100, Workload::Bulk];

/// Returns the numbers of operations of two runs. The difference of the instructions that the two
/// runs need does not contain those that run only once, such as for opening the file.
fn operations(workload: Workload) -> (u64, u64) {
    if workload.batch().is_some() { (100, 400) } else { (1, 4) }
}

pub(crate) fn run(options: &Options) -> Result<bool> {
    if Command::new("valgrind").arg("--version").output().is_err() {
        eprintln!("valgrind is not installed: no instructions are counted");
        return Ok(true);
    }
    let mut programs: Vec<_> = ["rusqlite", "aio-sql"].into_iter().filter_map(find).collect();
    programs.extend(options.programs.iter().filter(|program| program.kind == Kind::SecondFloor));
    if options.build {
        for program in &programs {
            program.build()?;
        }
    }
    let sizes = Sizes::new(options.quick);
    let files = Files::new(&options.dir, sizes, &WORKLOADS)?;
    println!("Instructions of one operation (bulk: of one row), counted by callgrind.\n");
    println!("| workload | peer | instructions | × rusqlite |\n|---|---|---|---|");
    for workload in WORKLOADS.into_iter().filter(|workload| options.workloads.contains(workload)) {
        let mut floor = None;
        for program in &programs {
            let (fewer, most) = operations(workload);
            let few = count(program, workload, &files, options, fewer)?;
            let more = count(program, workload, &files, options, most)?;
            let rows = if workload == Workload::Bulk { sizes.items as f64 } else { 1.0 };
            let each = more.saturating_sub(few) as f64 / (most - fewer) as f64 / rows;
            let floor = *floor.get_or_insert(each);
            println!("| {} | {} | {} | {:.3} |", workload.id(), program.name, short(each), each / floor);
        }
    }
    Ok(true)
}

fn count(program: &Program, workload: Workload, files: &Files, options: &Options, operations: u64) -> Result<u64> {
    let file = files.give(workload)?;
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(program.binary());
    command.arg(workload.id()).arg("--db").arg(&file as &Path).arg("--operations").arg(operations.to_string());
    if options.quick {
        command.arg("--quick");
    }
    let output = command.output()?;
    let text = String::from_utf8_lossy(&output.stderr);
    let collected = text.lines().find_map(|line| line.split("Collected : ").nth(1));
    match collected.and_then(|count| count.trim().parse().ok()) {
        Some(count) if output.status.success() => Ok(count),
        _ => Err(format!("{} did not run under callgrind: {}", program.name, text.trim()).into()),
    }
}
