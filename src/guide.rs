//! Each form of SQL, and how it is said here.

/// A chapter of the guide. Its links lead to other chapters: here to their modules, in the folder
/// to their files.
macro_rules! chapters {
    ($($name:ident)+) => { $(
        #[doc = "[select]: crate::guide::select\n[joins]: crate::guide::joins\n[groups]: crate::guide::groups"]
        #[doc = "[subqueries]: crate::guide::subqueries\n[expressions]: crate::guide::expressions"]
        #[doc = "[money]: crate::guide::money\n[documents]: crate::guide::documents\n[writes]: crate::guide::writes"]
        #[doc = "[relations]: crate::guide::relations\n[existing]: crate::guide::existing\n"]
        #[doc = include_str!(concat!("../docs/guide/", stringify!($name), ".md"))]
        pub mod $name {}
    )+ };
}

chapters!(select joins groups subqueries expressions money documents writes relations existing names);
