//! Which of several servers may be used: `target_session_attrs`
//! (<https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS>).

/// Which state a server must be in to be used, as in the parameter `target_session_attrs`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum TargetSession {
    /// Any server.
    #[default]
    Any,
    /// A server whose transactions may write by default.
    ReadWrite,
    /// A server whose transactions may not write by default.
    ReadOnly,
    /// A server that is not in recovery.
    Primary,
    /// A server that is in recovery: it follows a primary.
    Standby,
    /// A server that is in recovery if there is one, else any server.
    PreferStandby,
}

impl TargetSession {
    /// Each state with its name.
    pub(super) const NAMES: [(&'static str, TargetSession); 6] = [
        ("any", TargetSession::Any),
        ("read-write", TargetSession::ReadWrite),
        ("read-only", TargetSession::ReadOnly),
        ("primary", TargetSession::Primary),
        ("standby", TargetSession::Standby),
        ("prefer-standby", TargetSession::PreferStandby),
    ];

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
