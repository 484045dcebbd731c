//! What the typed shells over plain data have in common.

/// Implements `Clone` and `Debug` for a shell of one field, whatever its types are.
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

/// Writes the method `timeout` of a statement, whose deadline is in this field.
macro_rules! timeout {
    ($($field:ident).+) => {
        /// Sets how long the statement may take, its waiting included; what takes longer fails with
        /// [`ErrorKind::Timeout`](crate::ErrorKind::Timeout), and has written nothing. Default:
        /// that of the [database](crate::Builder::timeout).
        pub fn timeout(mut self, timeout: std::time::Duration) -> Self {
            self.$($field).+ = Some(timeout);
            self
        }
    };
}
pub(super) use timeout;
