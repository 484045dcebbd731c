//! `starts_with`, `ends_with`, `contains`, `like` and `ilike` compared with their definitions, on
//! difficult texts.

use super::*;

#[derive(Table, Clone, Debug)]
struct Line {
    #[column(primary_key)]
    id: i64,
    #[column(index)]
    exact: String,
    #[column(index, collate = nocase)]
    loose: String,
}

/// Matches a pattern by definition: `%` is any text, `_` any character, and `\` escapes the next
/// character.
fn matches(text: &[char], pattern: &[char]) -> bool {
    match pattern {
        [] => text.is_empty(),
        ['%', rest @ ..] => (0..=text.len()).any(|skipped| matches(&text[skipped..], rest)),
        ['_', rest @ ..] => !text.is_empty() && matches(&text[1..], rest),
        ['\\', c, rest @ ..] | [c, rest @ ..] => text.first() == Some(c) && matches(&text[1..], rest),
    }
}

fn matches_pattern(text: &str, pattern: &str) -> bool {
    matches(&text.chars().collect::<Vec<_>>(), &pattern.chars().collect::<Vec<_>>())
}

/// A strategy for short texts of few characters, so that they often match: letters of both cases,
/// special characters of LIKE and GLOB, and the limits of UTF-8.
fn tricky() -> impl Strategy<Value = String> {
    let char = prop::sample::select(vec![
        'a',
        'a',
        'A',
        'b',
        'B',
        '%',
        '_',
        '\\',
        '*',
        '?',
        '[',
        ']',
        '^',
        '-',
        '\'',
        '"',
        'é',
        'É',
        'ß',
        'ſ',
        '\u{7f}',
        '\u{80}',
        '\u{7ff}',
        '\u{d7ff}',
        '\u{e000}',
        '\u{ffff}',
        '😀',
        '\u{10ffff}',
    ]);
    vec(char, 0..6).prop_map(String::from_iter)
}

/// Returns a strategy like [`tricky`] of texts that a `nocase` column compares as Rust compares
/// those of ASCII: on PostgreSQL it compares all other letters by Unicode's rules.
fn tricky_for(db: &Database) -> impl Strategy<Value = String> + use<> {
    let is_ascii = db.dialect() == Dialect::Postgres;
    tricky().prop_map(move |mut text| {
        text.retain(|c| !is_ascii || c.is_ascii_graphic());
        text
    })
}

fn part_of(text: &str, part: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let middle = chars.len() / 2;
    let half = |chars: &[char]| chars.iter().collect::<String>();
    vec![
        part.to_owned(),
        half(&chars[..middle]),
        half(&chars[middle..]),
        text.to_owned(),
        format!("{part}%"),
        format!("%{part}_%"),
    ]
}

async fn fill(db: &Database, texts: &[String]) -> Result<()> {
    Line::delete().all_rows().execute(db).await?;
    let lines = texts.iter().enumerate();
    Line::insert_all(lines.map(|(id, text)| Line { id: id as i64, exact: text.clone(), loose: text.clone() }))
        .execute(db)
        .await?;
    Ok(())
}

macro_rules! check {
    ($db:expr, $texts:expr, $part:expr, $condition:expr, $holds:expr) => {{
        let ids: Vec<i64> = Line::select().filter($condition).order_by(Line::ID).columns(Line::ID).all($db).await?;
        let holds: fn(&str, &str) -> bool = $holds;
        let expected = $texts.iter().enumerate().filter(|(_, text)| holds(text, $part)).map(|(id, _)| id as i64);
        assert_eq!(ids, expected.collect::<Vec<_>>(), "{} with {:?} on {:?}", stringify!($condition), $part, $texts);
    }};
}

async fn agrees_with_rust(db: &Database, texts: Vec<String>, parts: &[String]) -> Result<()> {
    fill(db, &texts).await?;
    for part in parts.iter().map(String::as_str) {
        check!(db, texts, part, Line::EXACT.starts_with(part), |text, part| text.starts_with(part));
        check!(db, texts, part, Line::EXACT.ends_with(part), |text, part| text.ends_with(part));
        check!(db, texts, part, Line::EXACT.contains(part), |text, part| text.contains(part));
    }
    Ok(())
}

async fn agrees_without_case(db: &Database, texts: Vec<String>, parts: &[String]) -> Result<()> {
    fill(db, &texts).await?;
    for part in parts.iter().map(String::as_str) {
        check!(db, texts, part, Line::LOOSE.starts_with(part), |text, part| {
            text.to_ascii_lowercase().starts_with(&part.to_ascii_lowercase())
        });
        check!(db, texts, part, Line::LOOSE.ends_with(part), |text, part| {
            text.to_ascii_lowercase().ends_with(&part.to_ascii_lowercase())
        });
        check!(db, texts, part, Line::LOOSE.contains(part), |text, part| {
            text.to_ascii_lowercase().contains(&part.to_ascii_lowercase())
        });
        check!(db, texts, part, Line::LOOSE.eq(part), |text, part| text.eq_ignore_ascii_case(part));
    }
    Ok(())
}

async fn patterns_agree(db: &Database, texts: Vec<String>, parts: &[String]) -> Result<()> {
    fill(db, &texts).await?;
    for part in parts.iter().map(String::as_str) {
        check!(db, texts, part, Line::EXACT.like(part), matches_pattern);
        let without_case: fn(&str, &str) -> bool =
            |text, part| matches_pattern(&text.to_ascii_lowercase(), &part.to_ascii_lowercase());
        check!(db, texts, part, Line::EXACT.ilike(part), without_case);
        check!(db, texts, part, Line::LOOSE.like(part), without_case);
        check!(db, texts, part, Line::LOOSE.ilike(part), without_case);
        let escaped = aio_sql::escape_like(part);
        check!(db, texts, part, Line::EXACT.like(escaped.clone()), |text, part| text == part);
        check!(db, texts, part, Line::EXACT.ilike(escaped), |text, part| text.eq_ignore_ascii_case(part));
    }
    Ok(())
}

fn parts(texts: &[String]) -> Vec<String> {
    let mut parts: Vec<String> = texts.windows(2).take(4).flat_map(|pair| part_of(&pair[0], &pair[1])).collect();
    parts.push(String::new());
    parts
}

#[on_every_database(nocase)]
async fn parts_are_found_like_in_rust(db: Database) -> Result<()> {
    db.create(Line).await?;
    for_batches(&db, tricky(), async |db, texts| {
        let parts = parts(&texts);
        agrees_with_rust(db, texts, &parts).await
    })
    .await?;
    db.close().await
}

#[on_every_database(nocase)]
async fn a_nocase_column_ignores_the_case_of_ascii_letters(db: Database) -> Result<()> {
    db.create(Line).await?;
    for_batches(&db, tricky_for(&db), async |db, texts| {
        let parts = parts(&texts);
        agrees_without_case(db, texts, &parts).await
    })
    .await?;
    db.close().await
}

#[on_every_database(nocase)]
async fn patterns_match_by_definition(db: Database) -> Result<()> {
    db.create(Line).await?;
    for_batches(&db, tricky_for(&db), async |db, texts| {
        let parts = parts(&texts);
        patterns_agree(db, texts, &parts).await
    })
    .await?;
    db.close().await
}

#[on_every_database(nocase)]
async fn any_text_is_found_by_its_parts(db: Database) -> Result<()> {
    db.create(Line).await?;
    for_batches(&db, text(), async |db, texts| {
        let parts = parts(&texts);
        agrees_with_rust(db, texts, &parts).await
    })
    .await?;
    db.close().await
}

#[on_every_database(nocase)]
async fn starts_with_works_with_the_last_unicode_characters(db: Database) -> Result<()> {
    let texts: Vec<String> =
        ["\u{10ffff}", "\u{10ffff}\u{10ffff}", "a\u{10ffff}", "a\u{10ffff}b", "b", "\u{d7ff}x", "\u{e000}x", ""]
            .map(str::to_owned)
            .to_vec();
    let parts = texts.clone();
    db.create(Line).await?;
    agrees_with_rust(&db, texts.clone(), &parts).await?;
    if db.dialect() == Dialect::Sqlite {
        agrees_without_case(&db, texts, &parts).await?;
    }
    db.close().await
}

#[on_every_database(nocase)]
async fn a_part_can_be_another_column(db: Database) -> Result<()> {
    db.create(Line).await?;
    let line = |id, exact: &str, loose: &str| Line { id, exact: exact.into(), loose: loose.into() };
    let lines =
        [line(1, "abc", "ab"), line(2, "abc", "bc"), line(3, "abc", ""), line(4, "axb", "ax"), line(5, "é", "\u{a9}")];
    Line::insert_all(lines).execute(&db).await?;
    let ids = |condition: aio_sql::Condition<Line>| Line::select().filter(condition).columns(Line::ID).all(&db);
    assert_eq!(ids(Line::EXACT.starts_with(Line::LOOSE).into()).await?, [1, 3, 4]);
    assert_eq!(ids(Line::EXACT.ends_with(Line::LOOSE).into()).await?, [2, 3]);
    assert_eq!(ids(Line::EXACT.contains(Line::LOOSE).into()).await?, [1, 2, 3, 4]);
    db.close().await
}

#[derive(aio_sql::Record, Debug)]
#[allow(dead_code)]
struct Read {
    id: i64,
    loose: String,
}

#[on_every_database(nocase)]
async fn parts_are_compared_by_the_stated_collation_or_the_columns(db: Database) -> Result<()> {
    use aio_sql::Collation::{Binary, NoCase};
    db.create(Line).await?;
    fill(&db, &["Zoe", "zoe", "DAN", "dan", "x"].map(str::to_owned)).await?;
    macro_rules! ids {
        ($condition:expr) => {
            Line::select().filter($condition).order_by(Line::ID).columns(Line::ID).all(&db).await?
        };
    }
    let exact = || Line::EXACT.collate(NoCase);
    assert_eq!(ids!(exact().starts_with("Z")), [0, 1]);
    assert_eq!(ids!(exact().ends_with("AN")), [2, 3]);
    assert_eq!(ids!(exact().contains("A")), [2, 3]);
    assert_eq!(ids!(exact().like("d_n")), [2, 3]);
    assert_eq!(ids!(exact().glob("d?n")), [3]);
    let loose = || Line::LOOSE.collate(Binary);
    assert_eq!(ids!(loose().starts_with("Z")), [0]);
    assert_eq!(ids!(loose().ends_with("AN")), [2]);
    assert_eq!(ids!(loose().contains("a")), [3]);
    assert_eq!(ids!(loose().like("d_n")), [3]);
    // An operand that is an expression is no pattern, and its collation does not matter.
    let upper = || Line::EXACT.upper();
    assert_eq!(ids!(Line::LOOSE.starts_with(upper())), [0, 1, 2, 3, 4]);
    assert_eq!(ids!(exact().ends_with(upper())), [0, 1, 2, 3, 4]);
    assert_eq!(ids!(exact().contains(upper())), [0, 1, 2, 3, 4]);
    assert_eq!(ids!(Line::EXACT.starts_with(upper())), [2]);
    Ok(())
}

#[on_every_database(nocase)]
async fn parts_of_expressions_are_compared_case_sensitively(db: Database) -> Result<()> {
    db.create(Line).await?;
    fill(&db, &["Zoe", "zoe", "DAN", "dan", "x"].map(str::to_owned)).await?;
    macro_rules! ids {
        ($condition:expr) => {{
            let read = aio_sql::cte(Read, Line::select().columns((Line::ID, Line::LOOSE)));
            read.select().filter($condition).order_by(Read::ID).columns(Read::ID).all(&db).await?
        }};
    }
    assert_eq!(ids!(Read::LOOSE.starts_with("Z")), [0]);
    assert_eq!(ids!(Read::LOOSE.starts_with("d")), [3]);
    assert_eq!(ids!(Read::LOOSE.like("d%")), [3]);
    assert_eq!(ids!(Read::LOOSE.contains("A")), [2]);
    assert_eq!(ids!(Read::LOOSE.cast::<String>().starts_with("Z")), [0]);
    assert_eq!(ids!(Read::LOOSE.collate(aio_sql::Collation::NoCase).starts_with("Z")), [0, 1]);
    let cast = Line::select().filter(Line::LOOSE.cast::<String>().starts_with("Z")).columns(Line::ID);
    assert_eq!(cast.all(&db).await?, [0]);
    let raw = sql!("select id, loose from {Line}").rows(Read);
    assert_eq!(raw.select().filter(Read::LOOSE.starts_with("Z")).columns(Read::ID).all(&db).await?, [0]);
    Ok(())
}

/// `not` shows the difference between a condition that is false and one that is NULL.
#[on_every_database]
async fn not_distinguishes_empty_text_from_null(db: Database) -> Result<()> {
    #[derive(Table, Clone, Debug)]
    struct Note {
        #[column(primary_key)]
        id: i64,
        text: Option<String>,
        part: Option<String>,
    }
    let ids = |condition| Note::select().filter(condition).order_by(Note::ID).columns(Note::ID);
    db.create(Note).await?;
    let note = |id, text: Option<&str>| Note { id, text: text.map(Into::into), part: Some("a".into()) };
    Note::insert_all([note(1, Some("")), note(2, None), note(3, Some("a"))]).execute(&db).await?;
    assert_eq!(ids(Note::TEXT.ends_with("a")).all(&db).await?, [3]);
    assert_eq!(ids(!Note::TEXT.ends_with("a")).all(&db).await?, [1]);
    assert_eq!(ids(Note::TEXT.starts_with("")).all(&db).await?, [1, 3]);
    assert!(ids(!Note::TEXT.starts_with("")).all(&db).await?.is_empty());
    assert!(ids(!Note::TEXT.ends_with("")).all(&db).await?.is_empty());
    let by_column = Note::select().filter(!Note::TEXT.starts_with(Note::PART)).columns(Note::ID);
    assert_eq!(by_column.all(&db).await?, [1]);
    db.close().await
}
