use aio_sql::Table;
use aio_sql::text_search::TsVector;

#[derive(Table)]
struct Note {
    words: TsVector,
}

fn main() {
    let _ = Note::select().filter(Note::WORDS.matches("tea"));
}
