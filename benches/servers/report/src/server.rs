//! The server on which is measured: a private one, which is durable.

use bench_harness::Result;
use bench_servers_harness::rows::{HOT, script};
use bench_servers_harness::{Distance, Sample, Workload};
use servers::postgres::{Admin, Server, Settings};

use crate::proxy;

pub(crate) struct Measured {
    server: Server,
    admin: Admin,
    /// The port of the proxy that delays.
    far: u16,
}

impl Measured {
    /// Starts the server, and fills its tables.
    pub(crate) fn start() -> Result<Measured> {
        // No checkpoint that the clock begins falls into a sample.
        let settings = Settings::default()
            .durable()
            .port(0)
            .access("host all all 127.0.0.1/32 trust")
            .line("checkpoint_timeout = '1h'")
            .line("max_wal_size = '8GB'")
            .line("autovacuum = off");
        let server = Server::start(&settings);
        let far = proxy::delay(server.port())?;
        let mut measured = Measured { admin: server.connect()?, server, far };
        for statement in script().split_terminator(';') {
            measured.run(statement)?;
        }
        Ok(measured)
    }

    fn run(&mut self, statements: &str) -> Result<Vec<Vec<Option<String>>>> {
        self.admin.run(statements).map_err(|refused| format!("{statements}: {refused:?}").into())
    }

    fn number(&mut self, query: &str) -> Result<i64> {
        let rows = self.run(query)?;
        let value = rows.into_iter().next().and_then(|row| row.into_iter().next()).flatten();
        Ok(value.ok_or("no number")?.parse()?)
    }

    pub(crate) fn version(&mut self) -> Result<String> {
        let rows = self.run("show server_version")?;
        Ok(rows.into_iter().flatten().flatten().next().unwrap_or_default())
    }

    /// Returns the file system on which the server's files are, as `df` names it.
    pub(crate) fn file_system(&self) -> String {
        let output = std::process::Command::new("df").arg("--output=fstype").arg(self.server.data()).output();
        let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
        text.lines().nth(1).unwrap_or_default().trim().to_owned()
    }

    pub(crate) fn address(&self, distance: Distance) -> String {
        let port = self.server.port();
        match distance {
            Distance::Unix => {
                let folder = self.server.socket_folder().display().to_string().replace('/', "%2F");
                format!("postgres://postgres@{folder}:{port}/postgres?sslmode=disable")
            }
            Distance::Tcp => format!("postgres://postgres@127.0.0.1:{port}/postgres?sslmode=disable"),
            Distance::Far => format!("postgres://postgres@127.0.0.1:{}/postgres?sslmode=disable", self.far),
        }
    }

    /// Removes what the last sample has written.
    pub(crate) fn prepare(&mut self, workload: Workload) -> Result {
        if workload.is_write() {
            self.run("truncate log")?;
            self.run("update hot set count = 0")?;
            self.run("vacuum hot")?;
            self.run("vacuum item")?;
            self.run("checkpoint")?;
        }
        Ok(())
    }

    /// Checks that what a sample has written is there, and nothing else.
    pub(crate) fn verify(&mut self, sample: &Sample) -> Result {
        let written = match sample.workload {
            Workload::Insert | Workload::Insert64 | Workload::Mixed64 | Workload::Bulk => {
                self.number("select count(*) from log")?
            }
            Workload::Hot64 => self.number(&format!("select sum(count) from hot where id between 1 and {HOT}"))?,
            Workload::Transaction => {
                return match self.number("select count(*) from item where price <> id * 1.5")? {
                    0 => Ok(()),
                    _ => Err("prices are wrong".into()),
                };
            }
            _ => return Ok(()),
        };
        if written == sample.written {
            return Ok(());
        }
        Err(format!("{written} writes are stored, and {} were acknowledged", sample.written).into())
    }
}
