//! The cost of a clean debug build of a minimal program with each library.

use std::fs;

use bench_harness::hello::{Built, Hello};
use bench_harness::{Machine, Result};
use bench_servers_harness::Distance;

use crate::server::Measured;

/// The programs, without other databases than PostgreSQL and without TLS where both are optional.
const HELLOS: [Hello; 3] = [
    Hello {
        name: "aio-sql",
        dependencies: "aio-sql = { path = \"ROOT\", default-features = false, features = [\"postgres\"] }\nTOKIO",
        source: include_str!("../hello/aio_sql.rs"),
    },
    Hello {
        name: "tokio-postgres",
        dependencies: "tokio-postgres = \"0.7\"\nTOKIO",
        source: include_str!("../hello/tokio_postgres.rs"),
    },
    Hello {
        name: "sqlx",
        dependencies: "sqlx = { version = \"0.9\", default-features = false, features = [\"macros\", \"postgres\", \
                       \"runtime-tokio\"] }\nTOKIO",
        source: include_str!("../hello/sqlx.rs"),
    },
];

/// The goal: aio-sql needs at most this fraction of the CPU time that sqlx needs.
const MUST: f64 = 0.5;

pub(crate) fn run() -> Result<bool> {
    let server = Measured::start()?;
    let folder = std::env::temp_dir().join(format!("aio-sql-bench-build-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let machine = Machine::this(server.file_system());
    println!("{}, {} cores, {}; load {} before.\n", machine.processor, machine.cores, machine.rustc, machine.load);
    println!("| library | CPU seconds | elapsed seconds | crates |\n|---|---|---|---|");
    let (mut own, mut sqlx) = (f64::NAN, f64::NAN);
    for hello in &HELLOS {
        let built = hello.build(&folder.join(hello.name), &server.address(Distance::Unix))?;
        let Built { seconds, elapsed, crates } = built;
        println!("| {} | {seconds:.1} | {elapsed:.1} | {crates} |", hello.name);
        match hello.name {
            "aio-sql" => own = seconds,
            "sqlx" => sqlx = seconds,
            _ => {}
        }
    }
    fs::remove_dir_all(&folder)?;
    let (ratio, word) = (own / sqlx, if own / sqlx <= MUST { "yes" } else { "**no**" });
    println!("\n| goal | result | reached |\n|---|---|---|\n| ≤ {MUST} × sqlx | {ratio:.2} × sqlx | {word} |");
    Ok(true)
}
