#![doc = include_str!("guide/links.md")]
#![doc = include_str!("../docs/guide/README.md")]

// A link between chapters is a Markdown reference, and Markdown uses the first definition of a
// reference. In the documentation it is the definition in `links.md`, which leads to a module. For
// a reader of the files it is the definition at the end of the chapter, which leads to a file.

macro_rules! chapters {
    ($($name:ident)+) => { $(
        #[doc = include_str!("guide/links.md")]
        #[doc = include_str!(concat!("../docs/guide/", stringify!($name), ".md"))]
        pub mod $name {}
    )+ };
}

#[doc = include_str!("guide/links.md")]
#[doc = include_str!("../docs/guide/web.md")]
// The examples of this chapter are tests of `examples/web`, which has the crates that they need.
#[cfg(not(doctest))]
pub mod web {}

#[doc = include_str!("guide/links.md")]
#[doc = include_str!("../docs/guide/migrations.md")]
// The story of this chapter is a test of `aio-sql-cli`.
#[cfg(not(doctest))]
pub mod migrations {}

chapters!(
    start tables stored_forms
    select joins relations groups subqueries expressions money documents
    writes transactions triggers errors operating
    command_line postgres postgres_only servers existing coming_from how_it_works limits
);

/// The documentation of the derives. Its examples are tests of this crate, because the crate of
/// the macros cannot depend on this crate.
#[cfg(all(doctest, feature = "uuid"))]
mod derives {
    #[doc = include_str!("../aio-macros/docs/record.md")]
    mod record {}
    #[doc = include_str!("../aio-macros/docs/sql_type.md")]
    mod sql_type {}
    #[doc = include_str!("../aio-macros/docs/table.md")]
    mod table {}
}
