//! What the typed shells over plain data share.

/// Implements `Clone` and `Debug` for a shell with one field, without bounds on its type
/// parameters.
macro_rules! shell {
    ($shell:ident<$($type:ident),+>, $data:ident) => {
        impl<$($type),+> Clone for $shell<$($type),+> {
            fn clone(&self) -> Self {
                $shell { $data: self.$data.clone(), types: std::marker::PhantomData }
            }
        }

        impl<$($type),+> std::fmt::Debug for $shell<$($type),+> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.$data.fmt(f)
            }
        }
    };
}
pub(super) use shell;

/// Writes the method `timeout` of a statement that keeps its timeout in this field.
macro_rules! timeout {
    ($($field:ident).+) => {
        /// Sets how long the statement may take, including the time that it waits. A statement
        /// that takes longer fails with [`ErrorKind::Timeout`](crate::ErrorKind::Timeout), and has
        /// written nothing. Default: that of the [database](crate::Builder::timeout).
        pub fn timeout(mut self, timeout: std::time::Duration) -> Self {
            self.$($field).+ = Some(timeout);
            self
        }
    };
}
pub(super) use timeout;
