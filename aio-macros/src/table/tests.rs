//! Snapshots of expansions, and the errors.
