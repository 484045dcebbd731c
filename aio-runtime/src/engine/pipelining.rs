//! Whether a connection runs brief requests together.

/// Whether a connection can run requests of many callers in [pipelines](super::pipeline), and how
/// long these take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Pipelining {
    /// It runs each request alone.
    #[default]
    Off,
    /// The server is on the same machine, and answers within a moment. Its processes and the
    /// threads share the cores, so that fewer and larger pipelines answer more requests.
    Near,
    /// The server is on another machine. Several pipelines under way at the same time hide how
    /// long a message needs to get there.
    Far,
}
