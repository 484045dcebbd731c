#![doc = include_str!("guide/links.md")]
#![doc = include_str!("../docs/guide/README.md")]

// A link between chapters is a reference, whose first definition counts: that of `links.md`, which
// leads to a module. In the folder it is the one at the end of the chapter, which leads to a file.

macro_rules! chapters {
    ($($name:ident)+) => { $(
        #[doc = include_str!("guide/links.md")]
        #[doc = include_str!(concat!("../docs/guide/", stringify!($name), ".md"))]
        pub mod $name {}
    )+ };
}

#[doc = include_str!("guide/links.md")]
#[doc = include_str!("../docs/guide/web.md")]
// Its examples are tests of `examples/web`, which has the crates that they need.
#[cfg(not(doctest))]
pub mod web {}

chapters!(
    start tables stored_forms
    select joins relations groups subqueries expressions money documents
    writes transactions triggers errors operating
    existing coming_from how_it_works limits
);
