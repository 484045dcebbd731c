//! Whether a connection runs brief requests together.

/// Whether a connection can run requests of many callers in [pipelines](super::pipeline), and how
/// long these take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Pipelining {
    /// It runs each request alone.
    #[default]
    Off,
    /// The server answers within a moment. A request that waits for a thread which runs
    /// others loses little, and in a larger pipeline each costs less.
    Near,
    /// The server answers later. Several pipelines under way at the same time hide that.
    Far,
}
