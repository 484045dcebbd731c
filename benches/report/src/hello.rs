//! The cost of a clean debug build of a minimal program with each library: one table, one insert,
//! one select.

use std::fs;
use std::path::Path;

use bench_harness::Result;
use bench_harness::hello::{Built, Hello};

use crate::{Options, results};

/// The programs, each with the dependencies that the library's first page recommends, but without
/// other databases than SQLite where they are optional.
const HELLOS: [Hello; 10] = [
    Hello {
        name: "rusqlite",
        dependencies: "rusqlite = { version = \"0.41\", features = [\"bundled\"] }",
        source: include_str!("../hello/rusqlite.rs"),
    },
    Hello {
        name: "aio-sql",
        dependencies: "aio-sql = { path = \"ROOT\" }\nTOKIO",
        source: include_str!("../hello/aio_sql.rs"),
    },
    Hello {
        name: "tokio-rusqlite",
        dependencies: "tokio-rusqlite = { version = \"0.8\", features = [\"bundled\"] }\nTOKIO",
        source: include_str!("../hello/tokio_rusqlite.rs"),
    },
    Hello {
        name: "async-sqlite",
        dependencies: "async-sqlite = \"0.7\"\nTOKIO",
        source: include_str!("../hello/async_sqlite.rs"),
    },
    Hello {
        name: "deadpool-sqlite",
        dependencies: "deadpool-sqlite = { version = \"0.14\", features = [\"bundled\"] }\nTOKIO",
        source: include_str!("../hello/deadpool_sqlite.rs"),
    },
    Hello {
        name: "sqlx",
        dependencies: "sqlx = { version = \"0.9\", default-features = false, features = [\"macros\", \"runtime-tokio\", \
                       \"sqlite\"] }\nTOKIO",
        source: include_str!("../hello/sqlx.rs"),
    },
    Hello {
        name: "diesel",
        dependencies: "diesel = { version = \"2.3\", features = [\"r2d2\", \"sqlite\"] }\n\
                       libsqlite3-sys = { version = \"0.38\", features = [\"bundled\"] }",
        source: include_str!("../hello/diesel.rs"),
    },
    Hello {
        name: "diesel-async",
        dependencies: "diesel = { version = \"2.3\", features = [\"sqlite\"] }\n\
                       diesel-async = { version = \"0.9\", features = [\"deadpool\", \"sqlite\"] }\n\
                       libsqlite3-sys = { version = \"0.38\", features = [\"bundled\"] }\nTOKIO",
        source: include_str!("../hello/diesel_async.rs"),
    },
    Hello {
        name: "sea-orm",
        dependencies: "sea-orm = { version = \"2\", default-features = false, features = [\"macros\", \"runtime-tokio\", \
                       \"sqlx-sqlite\"] }\nTOKIO",
        source: include_str!("../hello/sea_orm.rs"),
    },
    Hello {
        name: "toasty",
        dependencies: "toasty = { version = \"0.11\", default-features = false, features = [\"sqlite\"] }\nTOKIO",
        source: include_str!("../hello/toasty.rs"),
    },
];

/// The first goal: aio-sql needs at most this fraction of the CPU time that sqlx needs.
const PART: f64 = 0.45;
/// The second goal: aio-sql needs at most this number of crates.
const CRATES: usize = 50;

pub(crate) fn run(options: &Options) -> Result<bool> {
    let folder = options.dir.join(format!("aio-sql-bench-build-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let done = measure(options, &folder);
    fs::remove_dir_all(&folder)?;
    done
}

fn measure(options: &Options, folder: &Path) -> Result<bool> {
    let machine = results::machine(&options.dir);
    println!("{}, {} cores, {}; load {} before.\n", machine.processor, machine.cores, machine.rustc, machine.load);
    println!("| library | CPU seconds | elapsed seconds | crates |\n|---|---|---|---|");
    let (mut own, mut sqlx) = (None, None);
    for hello in &HELLOS {
        if !options.programs.iter().any(|program| program.name == hello.name) {
            continue;
        }
        let Built { seconds, elapsed, crates } = hello.build(&folder.join(hello.name), "")?;
        println!("| {} | {seconds:.1} | {elapsed:.1} | {crates} |", hello.name);
        match hello.name {
            "aio-sql" => own = Some((seconds, crates)),
            "sqlx" => sqlx = Some(seconds),
            _ => {}
        }
    }
    if let (Some((own, crates)), Some(sqlx)) = (own, sqlx) {
        let ratio = own / sqlx;
        let word = |reached| if reached { "yes" } else { "**no**" };
        println!("\n| goal | result | reached |\n|---|---|---|");
        println!("| ≤ {PART} × sqlx | {ratio:.2} × sqlx | {} |", word(ratio <= PART));
        println!("| ≤ {CRATES} crates | {crates} | {} |", word(crates <= CRATES));
    }
    Ok(true)
}
