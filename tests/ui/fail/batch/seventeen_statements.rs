use aio_sql::{Batch, Database, Table};

#[derive(Table)]
struct User {
    name: String,
}

fn add(name: &str) -> aio_sql::Insert<User> {
    User::insert(User { name: name.into() })
}

fn run(db: &Database) {
    let sixteen = Batch::new()
        .execute(add("a"))
        .execute(add("b"))
        .execute(add("c"))
        .execute(add("d"))
        .execute(add("e"))
        .execute(add("f"))
        .execute(add("g"))
        .execute(add("h"))
        .execute(add("i"))
        .execute(add("j"))
        .execute(add("k"))
        .execute(add("l"))
        .execute(add("m"))
        .execute(add("n"))
        .execute(add("o"))
        .execute(add("p"));
    let _ = sixteen.execute(add("q")).run(db);
}

fn main() {}
