use aio_sql::Table;
use aio_sql::text_search::websearch_to_tsquery;

#[derive(Table)]
struct Note {
    year: i64,
}

fn main() {
    let _ = Note::select().filter(Note::YEAR.matches(websearch_to_tsquery("english", "tea")));
}
