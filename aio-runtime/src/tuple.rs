//! The macro by which traits are implemented for tuples of one to sixteen elements.

/// Calls the macro `$macro` once for each length of a tuple, from one to sixteen. Its input has a
/// group `(Type Proof index)` for each element: two names of type parameters, and the index of the
/// element in the tuple.
macro_rules! for_each_tuple {
    ($macro:ident) => {
        $crate::tuple::for_each_tuple! { @each $macro []
            (A P0 0) (B P1 1) (C P2 2) (D P3 3) (E P4 4) (F P5 5) (G P6 6) (H P7 7)
            (I P8 8) (J P9 9) (K P10 10) (L P11 11) (M P12 12) (N P13 13) (O P14 14) (Q P15 15)
        }
    };
    (@each $macro:ident [$($done:tt)*] $next:tt $($rest:tt)*) => {
        $macro! { $($done)* $next }
        $crate::tuple::for_each_tuple! { @each $macro [$($done)* $next] $($rest)* }
    };
    (@each $macro:ident [$($done:tt)*]) => {};
}

pub(crate) use for_each_tuple;
