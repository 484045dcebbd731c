//! Case-insensitive text for all letters, by `Collation::Unicode`: comparisons, text matching,
//! `lower` and `upper`, indexes and relations.

use std::collections::BTreeSet;

use aio_sql::{Collation, Condition, Database, Dialect, ErrorKind, Result, Table, escape_like, query, sql};
use proptest::prelude::*;
use unicase::UniCase;

#[derive(Table, Clone, Debug, PartialEq)]
struct Person {
    #[column(primary_key, auto)]
    id: i64,
    #[column(collate = unicode, unique)]
    name: String,
    /// A column with the default collation, which compares byte by byte.
    city: String,
}

fn person(name: &str) -> NewPerson {
    NewPerson { name: name.into(), city: name.into() }
}

const NAMES: [&str; 9] = ["Straße", "ÄPFEL", "äther", "Ωmega", "ΟΔΟΣ", "İzmir", "ﬁn", "zoë", "Zebra"];

async fn people() -> Result<Database> {
    let db = Database::memory().await?;
    db.create(Person).await?;
    Person::insert_all(NAMES.map(person)).execute(&db).await?;
    Ok(db)
}

#[tokio::test]
async fn a_case_insensitive_column_covers_every_letter() -> Result<()> {
    let db = people().await?;
    for (name, other) in [("STRASSE", "Straße"), ("äpfel", "ÄPFEL"), ("οδος", "ΟΔΟΣ"), ("οδοσ", "ΟΔΟΣ"), ("FIN", "ﬁn")]
    {
        let one = Person::select().filter(Person::NAME.eq(name)).columns(Person::NAME).one(&db).await?;
        assert_eq!(one, other);
        let one = Person::select().filter(Person::CITY.collate(Collation::Unicode).eq(name)).one(&db).await?;
        assert_eq!(one.name, other);
        assert_eq!(Person::select().filter(Person::CITY.eq(name)).count(&db).await?, 0, "another collation");
        let error = Person::insert(person(name)).execute(&db).await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Unique { columns, .. } if columns == &["name"]), "{error}");
    }
    let sorted = Person::select().order_by(Person::NAME).columns(Person::NAME).all(&db).await?;
    assert_eq!(sorted, ["ﬁn", "İzmir", "Straße", "Zebra", "zoë", "ÄPFEL", "äther", "ΟΔΟΣ", "Ωmega"]);
    db.close().await
}

#[tokio::test]
async fn text_matching_by_the_collation_ignores_the_case_of_every_letter() -> Result<()> {
    let db = people().await?;
    let city = || Person::CITY.collate(Collation::Unicode);
    let cases: [(Condition<Person>, Condition<Person>, &[&str]); 9] = [
        (Person::NAME.ilike("strass_"), city().ilike("strass_"), &["Straße"]),
        (Person::NAME.ilike("Ä%"), city().ilike("Ä%"), &["ÄPFEL", "äther"]),
        (Person::NAME.like("%ΩM%"), city().like("%ωm%"), &["Ωmega"]),
        (Person::NAME.starts_with("ä"), city().starts_with("Ä"), &["ÄPFEL", "äther"]),
        (Person::NAME.starts_with("Z"), city().starts_with("z"), &["zoë", "Zebra"]),
        (Person::NAME.ends_with("SSE"), city().ends_with("ẞE"), &["Straße"]),
        (Person::NAME.contains("δο"), city().contains("ΔΟ"), &["ΟΔΟΣ"]),
        (Person::NAME.contains("OË"), city().contains("oë"), &["zoë"]),
        (Person::NAME.contains(Person::CITY.upper()).into(), city().contains(Person::NAME).into(), &NAMES),
    ];
    for (number, (name, city, wanted)) in cases.into_iter().enumerate() {
        for condition in [name, city] {
            let found = Person::select().filter(condition).order_by(Person::ID).columns(Person::NAME).all(&db).await?;
            assert_eq!(found, wanted, "case {number}");
        }
    }
    // In columns with another collation, only the case of ASCII letters is ignored.
    assert_eq!(Person::select().filter(Person::CITY.ilike("ä%")).count(&db).await?, 1);
    assert_eq!(Person::select().filter(Person::CITY.collate(Collation::NoCase).eq("äPFEL")).count(&db).await?, 0);
    // GLOB does not depend on the collation.
    assert_eq!(Person::select().filter(Person::NAME.glob("ä*")).count(&db).await?, 1);
    db.close().await
}

#[tokio::test]
async fn lower_and_upper_of_such_text_change_every_letter() -> Result<()> {
    let db = people().await?;
    let cases = Person::select().filter(Person::ID.is_in([1, 2]));
    let unicode = cases.clone().columns((Person::NAME.lower(), Person::NAME.upper())).all(&db).await?;
    assert_eq!(unicode, [("straße".into(), "STRASSE".into()), ("äpfel".into(), "ÄPFEL".into())]);
    let ascii = cases.clone().columns((Person::CITY.lower(), Person::CITY.upper())).all(&db).await?;
    assert_eq!(ascii, [("straße".into(), "STRAßE".into()), ("Äpfel".into(), "ÄPFEL".into())]);
    let told = Person::CITY.collate(Collation::Unicode);
    assert_eq!(cases.columns(told.upper()).all(&db).await?, ["STRASSE", "ÄPFEL"]);
    // Raw SQL and the schema of the file can call the functions, by these names.
    let names: (String, String, String, Option<String>) =
        sql!("select unicode_lower('ÄÖ'), unicode_upper('ß'), unicode_fold('ẞÄ'), unicode_lower(null)")
            .one(&db)
            .await?;
    assert_eq!(names, ("äö".into(), "SS".into(), "ssä".into(), None));
    db.execute_script("create index by_lower on person (unicode_lower(city))").await?;
    let error = query("select unicode_lower(1)").scalar::<String>(&db).await.unwrap_err();
    assert!(!error.to_string().is_empty());
    db.close().await
}

#[tokio::test]
async fn an_index_on_the_column_serves_equality_and_prefixes() -> Result<()> {
    let db = people().await?;
    for condition in [Person::NAME.eq("STRASSE"), Person::NAME.starts_with("STR")] {
        let plan = Person::select().filter(condition).explain(&db).await?.to_string();
        assert!(plan.contains("SEARCH"), "{plan}");
    }
    db.create_if_missing(Person).await?;
    db.close().await
}

#[derive(Table, Clone, Debug, PartialEq)]
struct Town {
    #[column(primary_key, collate = unicode)]
    name: String,
}

#[derive(Table, Clone, Debug, PartialEq)]
struct Street {
    #[column(primary_key, auto)]
    id: i64,
    #[column(references = Town::NAME)]
    town: String,
}

#[tokio::test]
async fn relations_compare_like_the_foreign_key() -> Result<()> {
    let db = Database::memory().await?;
    db.create_all((Town, Street)).await?;
    Town::insert_all(["Gießen", "Ähtäri"].map(|name| Town { name: name.into() })).execute(&db).await?;
    let towns = ["GIESSEN", "gießen", "ÄHTÄRI"].map(|town| NewStreet { town: town.into() });
    Street::insert_all(towns).execute(&db).await?;
    let found: Vec<(Town, Vec<Street>)> = Town::select().order_by(Town::NAME).with(Street).all(&db).await?;
    let counts: Vec<_> = found.iter().map(|(town, streets)| (town.name.as_str(), streets.len())).collect();
    assert_eq!(counts, [("Gießen", 2), ("Ähtäri", 1)]);
    let found: Vec<(Street, Town)> = Street::select().order_by(Street::ID).with(Town).all(&db).await?;
    assert_eq!(found.len(), 3);
    assert_eq!(found[0].1.name, "Gießen");
    db.close().await
}

#[test]
fn a_database_without_the_collation_reports_it() {
    let error = Person::select().filter(Person::CITY.collate(Collation::Unicode).eq("a")).to_sql(Dialect::Postgres);
    let error = error.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Unsupported { what, .. } if what.contains("unicode")), "{error}");
}

/// A strategy for texts of letters that fold in different ways, and of pattern characters.
fn text() -> impl Strategy<Value = String> {
    let letter = prop::sample::select(vec![
        "a",
        "A",
        "z",
        "Z",
        "ß",
        "ẞ",
        "s",
        "S",
        "ä",
        "Ä",
        "a\u{308}",
        "σ",
        "ς",
        "Σ",
        "ﬁ",
        "f",
        "I",
        "i",
        "İ",
        "ı",
        "Ǆ",
        "ǅ",
        "ᏸ",
        "Ᏸ",
        "%",
        "_",
        "\\",
        "*",
        "[",
        "?",
        " ",
        "𐐀",
        "𐐨",
        "\u{10FFFE}",
    ]);
    prop::collection::vec(letter, 0..5).prop_map(|letters| letters.concat())
}

fn folded(text: &str) -> String {
    UniCase::unicode(text).to_folded_case()
}

#[test]
fn every_match_is_a_match_of_the_folded_texts() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let mut runner = proptest::test_runner::TestRunner::default();
    let cases = (prop::collection::btree_set(text(), 0..6), text());
    let check = |(texts, part): (BTreeSet<String>, String)| {
        runtime
            .block_on(async {
                let mut texts: Vec<String> = texts.into_iter().collect();
                texts.dedup_by_key(|text| folded(text));
                texts.sort_by_key(|text| folded(text));
                texts.dedup_by_key(|text| folded(text));
                let db = Database::memory().await?;
                db.create(Person).await?;
                Person::insert_all(texts.iter().map(|text| person(text))).execute(&db).await?;
                let escaped = escape_like(&part);
                type Model = fn(&str, &str) -> bool;
                let matches: [(Condition<Person>, Model); 7] = [
                    (Person::NAME.eq(&part), |text, part| text == part),
                    (Person::NAME.lt(&part), |text, part| text < part),
                    (Person::NAME.starts_with(&part), |text, part| text.starts_with(part)),
                    (Person::NAME.ends_with(&part), |text, part| text.ends_with(part)),
                    (Person::NAME.contains(&part), |text, part| text.contains(part)),
                    (Person::NAME.ilike(format!("{escaped}%")), |text, part| text.starts_with(part)),
                    (Person::NAME.like(format!("%{escaped}%")), |text, part| text.contains(part)),
                ];
                for (condition, model) in matches {
                    let found = Person::select()
                        .filter(condition)
                        .order_by(Person::NAME)
                        .columns(Person::NAME)
                        .all(&db)
                        .await?;
                    let wanted: Vec<&String> =
                        texts.iter().filter(|text| model(&folded(text), &folded(&part))).collect();
                    assert_eq!(found.iter().collect::<Vec<_>>(), wanted, "{part:?} in {texts:?}");
                }
                db.close().await
            })
            .map_err(|error: aio_sql::Error| TestCaseError::fail(error.to_string()))
    };
    runner.run(&cases, check).unwrap();
}
