//! The derive macros of aio-sql.
