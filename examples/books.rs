//! The program that the README shows: `cargo run --example books`.

use aio_sql::{Database, Result, Table, sql};

#[derive(Table, Clone, Debug)]
struct Author {
    #[column(primary_key, auto)]
    id: i64,
    #[column(unique)]
    name: String,
}

#[derive(Table, Clone, Debug)]
struct Book {
    #[column(primary_key, auto)]
    id: i64,
    #[column(references = Author::ID)]
    author_id: i64,
    title: String,
    year: Option<i32>, // may be NULL; every other column is NOT NULL
}

#[tokio::main]
async fn main() -> Result<()> {
    let db = Database::memory().await?; // in a file: Database::open("books.db")
    db.create_if_missing((Author, Book)).await?;

    // Everything in the closure is committed together, or not at all.
    db.transaction(|tx| async move {
        let mary = Author::insert(NewAuthor { name: "Mary Shelley".into() }).one(&tx).await?;
        let jane = Author::insert(NewAuthor { name: "Jane Austen".into() }).one(&tx).await?;
        let books = [(mary.id, "Frankenstein", Some(1818)), (jane.id, "Emma", Some(1815)), (jane.id, "Sanditon", None)];
        let books = books.map(|(author_id, title, year)| NewBook { author_id, title: title.into(), year });
        Book::insert_all(books).execute(&tx).await?;
        Ok(())
    })
    .await?;

    // The join follows the foreign key. After a left join, the book is an `Option`.
    let rows: Vec<(Author, Option<Book>)> =
        Author::select().left_join(Book).filter(Book::TITLE.starts_with("E")).all(&db).await?;
    for (author, book) in rows {
        println!("{} wrote {}", author.name, book.map_or("nothing".into(), |book| book.title));
    }

    // SQL as text: the value in braces becomes a bound parameter.
    let year = 1816;
    let early: i64 = sql!("select count(*) from {Book} where {Book::YEAR} < {year}").scalar(&db).await?;
    println!("{early} before {year}");

    db.close().await
}
