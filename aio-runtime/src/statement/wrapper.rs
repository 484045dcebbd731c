//! Macros that write the code which the typed wrappers around plain data share.

/// Implements `Clone` and `Debug` for a wrapper by the field that has its data, without bounds on
/// its type parameters.
macro_rules! wrapper {
    ($statement:ident<$($type:ident),+>, $data:ident) => {
        impl<$($type),+> Clone for $statement<$($type),+> {
            fn clone(&self) -> Self {
                $statement { $data: self.$data.clone(), types: std::marker::PhantomData }
            }
        }

        impl<$($type),+> std::fmt::Debug for $statement<$($type),+> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.$data.fmt(f)
            }
        }
    };
}
pub(super) use wrapper;

/// Writes the method `timeout` of a statement, which sets the given field.
macro_rules! timeout {
    ($($field:ident).+) => {
        /// Sets how long the statement may take, including the time that it waits; for a stream,
        /// until its first rows arrive. After this time it fails with
        /// [`ErrorKind::Timeout`](crate::ErrorKind::Timeout) and nothing is written, unless its
        /// commit has begun. Defaults to the timeout of the [database](crate::Builder::timeout).
        pub fn timeout(mut self, timeout: std::time::Duration) -> Self {
            self.$($field).+ = Some(timeout);
            self
        }
    };
}
pub(super) use timeout;
