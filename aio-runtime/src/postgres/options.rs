//! What an address says about a server and about the sessions on it.

use std::time::Duration;

use crate::server::Host;

/// How to connect to a server.
#[derive(Clone, Debug)]
pub(crate) struct PostgresOptions {
    /// The hosts, in the order in which they are tried.
    pub(super) hosts: Vec<Host>,
    pub(super) user: String,
    pub(super) password: Option<String>,
    pub(super) database: String,
    /// How long to wait for a connection to one address of a host.
    pub(super) connect_timeout: Duration,
    pub(super) target: TargetSession,
    /// How old a connection may become.
    pub(crate) max_lifetime: Duration,
    /// Whether each statement in a transaction gets a savepoint.
    pub(crate) statement_savepoints: bool,
    /// Further settings of each session, such as `application_name`.
    pub(super) parameters: Vec<(String, String)>,
}

/// Which of several hosts is wanted: `target_session_attrs`
/// (<https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS>).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum TargetSession {
    #[default]
    Any,
    ReadWrite,
    ReadOnly,
    Primary,
    Standby,
    PreferStandby,
}

impl TargetSession {
    /// Returns whether a session is wanted, of which it is known whether the server is a standby
    /// and whether its transactions are read-only by default.
    pub(super) fn accepts(self, is_standby: bool, is_read_only: bool) -> bool {
        match self {
            TargetSession::Any => true,
            TargetSession::ReadWrite => !is_standby && !is_read_only,
            TargetSession::ReadOnly => is_standby || is_read_only,
            TargetSession::Primary => !is_standby,
            TargetSession::Standby | TargetSession::PreferStandby => is_standby,
        }
    }
}

impl PostgresOptions {
    pub(crate) fn parse(address: &str) -> crate::error::Result<PostgresOptions> {
        let rest = address.split_once("://").map_or("", |(_, rest)| rest);
        let (rest, parameters) = rest.split_once('?').unwrap_or((rest, ""));
        let (credentials, rest) = rest.rsplit_once('@').unwrap_or(("", rest));
        let (user, password) = credentials
            .split_once(':')
            .map_or((credentials, None), |(user, password)| (user, Some(password.to_owned())));
        let (host, database) = rest.split_once('/').unwrap_or((rest, ""));
        let folder = parameters.split('&').find_map(|parameter| parameter.strip_prefix("host="));
        let path = parameters.split('&').find_map(|parameter| parameter.strip_prefix("search_path="));
        let host = match folder {
            Some(folder) => Host::Unix(std::path::Path::new(folder).join(".s.PGSQL.5432")),
            None => {
                let (name, port) = host.split_once(':').unwrap_or((host, "5432"));
                Host::Tcp { name: name.to_owned(), port: port.parse().unwrap_or(5432) }
            }
        };
        Ok(PostgresOptions {
            hosts: vec![host],
            user: user.to_owned(),
            password,
            database: database.to_owned(),
            connect_timeout: Duration::from_secs(10),
            max_lifetime: Duration::MAX,
            statement_savepoints: false,
            target: match parameters.split('&').find_map(|parameter| parameter.strip_prefix("target_session_attrs=")) {
                Some("read-write") => TargetSession::ReadWrite,
                Some("read-only") => TargetSession::ReadOnly,
                Some("primary") => TargetSession::Primary,
                Some("standby") => TargetSession::Standby,
                Some("prefer-standby") => TargetSession::PreferStandby,
                _ => TargetSession::Any,
            },
            parameters: path.map(|path| ("search_path".to_owned(), path.to_owned())).into_iter().collect(),
        })
    }

    pub(crate) fn address(&self) -> String {
        format!("postgres://{}/{}", self.hosts.iter().map(Host::to_string).collect::<Vec<_>>().join(","), self.database)
    }
}
