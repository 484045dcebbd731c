//! Tables of books and their authors, and a batch that fails.

use aio_sql::{Batch, Database, Error, Executor, Result, Table};

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "authors")]
pub(crate) struct Author {
    #[column(primary_key, auto)]
    pub(crate) id: i64,
    #[column(unique)]
    pub(crate) name: String,
    #[column(check = "born > 1000")]
    pub(crate) born: i64,
}

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "books")]
pub(crate) struct Book {
    #[column(primary_key, auto)]
    pub(crate) id: i64,
    #[column(references = Author::ID)]
    pub(crate) author_id: i64,
    pub(crate) title: String,
}

pub(crate) fn author(name: &str) -> NewAuthor {
    NewAuthor { name: name.into(), born: 1900 }
}

pub(crate) fn book(author_id: i64, title: &str) -> NewBook {
    NewBook { author_id, title: title.into() }
}

/// Stores three authors and a book.
pub(crate) async fn fill_library(db: &Database) -> Result<()> {
    db.create_all((Author, Book)).await?;
    Author::insert_all(["Borges", "Calvino", "Lem"].map(author)).execute(db).await?;
    Book::insert(book(3, "Solaris")).execute(db).await?;
    Ok(())
}

pub(crate) async fn names(ex: &Executor) -> Result<Vec<String>> {
    Author::select().order_by(Author::ID).columns(Author::NAME).all(ex).await
}

/// Runs a batch that fails at its third statement, and returns the error.
pub(crate) async fn fails(ex: &Executor) -> Error {
    let failed = Batch::new()
        .execute(Author::insert(author("Pavić")))
        .execute(Author::delete().filter(Author::NAME.eq("Borges")))
        .execute(Author::insert(author("Calvino")))
        .execute(Author::update().set(Author::NAME, "x").filter(Author::ID.eq(3)))
        .run(ex)
        .await;
    failed.expect_err("Calvino is there already")
}
