//! Defaults: the database stores a default in the same form as the library stores the value from
//! Rust.

use super::*;

#[derive(Table, Clone, Debug, PartialEq)]
struct Literals {
    #[column(primary_key, auto)]
    id: i64,
    #[column(default = true)]
    yes: bool,
    #[column(default = false)]
    no: bool,
    #[column(default = 42)]
    number: u8,
    #[column(default = -9223372036854775808)]
    least: i64,
    #[column(default = 9223372036854775807)]
    most: i64,
    #[column(default = 1.5)]
    real: f64,
    #[column(default = -0.1)]
    negative: f32,
    #[column(default = 3)]
    whole: f64,
    #[column(default = 1e300)]
    large: f64,
    #[column(default = 5e-324)]
    tiny: f64,
    #[column(default = "it's \"so\"; -- 100%")]
    text: String,
    #[column(default = "")]
    empty: String,
    #[column(default = "日本\u{10ffff}")]
    wide: Box<str>,
    #[column(default = 'x')]
    letter: char,
    #[column(default = b"\x00\xffz")]
    bytes: Vec<u8>,
    #[column(default = b"")]
    no_bytes: Vec<u8>,
    #[column(default = "good")]
    grade: Grade,
    #[column(default = 7)]
    level: Level,
    #[column(default = "2013-01-01T10:00:00.000000000Z")]
    moment: SystemTime,
    #[column(default = 1000)]
    took: Duration,
    #[column(default = sql("1 + 1"))]
    computed: i64,
    #[column(default = 5)]
    optional: Option<i64>,
}

fn none() -> NewLiterals {
    NewLiterals {
        yes: None,
        no: None,
        number: None,
        least: None,
        most: None,
        real: None,
        negative: None,
        whole: None,
        large: None,
        tiny: None,
        text: None,
        empty: None,
        wide: None,
        letter: None,
        bytes: None,
        no_bytes: None,
        grade: None,
        level: None,
        moment: None,
        took: None,
        computed: None,
        optional: None,
    }
}

fn expected() -> Literals {
    Literals {
        id: 1,
        yes: true,
        no: false,
        number: 42,
        least: i64::MIN,
        most: i64::MAX,
        real: 1.5,
        negative: -0.1,
        whole: 3.0,
        large: 1e300,
        tiny: 5e-324,
        text: "it's \"so\"; -- 100%".into(),
        empty: String::new(),
        wide: "日本\u{10ffff}".into(),
        letter: 'x',
        bytes: b"\x00\xffz".to_vec(),
        no_bytes: Vec::new(),
        grade: Grade::Good,
        level: Level::High,
        moment: time_at(1_357_034_400, 0),
        took: Duration::from_micros(1),
        computed: 2,
        optional: Some(5),
    }
}

#[on_every_database]
async fn a_row_without_a_value_gets_the_default(db: Database) -> Result<()> {
    db.create(Literals).await?;
    assert_eq!(Literals::insert(none()).one(&db).await?, expected());
    assert_eq!(Literals::find(1).one(&db).await?, expected());
    db.close().await
}

#[on_every_database]
async fn a_default_has_the_form_of_a_value_that_rust_stores(db: Database) -> Result<()> {
    db.create(Literals).await?;
    Literals::insert(none()).execute(&db).await?;
    let mut written = expected();
    written.id = 2;
    Literals::insert(NewLiterals {
        yes: Some(written.yes),
        no: Some(written.no),
        number: Some(written.number),
        least: Some(written.least),
        most: Some(written.most),
        real: Some(written.real),
        negative: Some(written.negative),
        whole: Some(written.whole),
        large: Some(written.large),
        tiny: Some(written.tiny),
        text: Some(written.text),
        empty: Some(written.empty),
        wide: Some(written.wide),
        letter: Some(written.letter),
        bytes: Some(written.bytes),
        no_bytes: Some(written.no_bytes),
        grade: Some(written.grade),
        level: Some(written.level),
        moment: Some(written.moment),
        took: Some(written.took),
        computed: Some(written.computed),
        optional: Some(written.optional),
    })
    .execute(&db)
    .await?;
    let rows: Vec<aio_sql::Row> = sql!("select * from {Literals} order by id").all(&db).await?;
    for (name, (by_default, by_rust)) in rows[0].columns().iter().zip(rows[0].values().iter().zip(rows[1].values())) {
        // The literal of a default is the `f64` nearest to its digits. The value from Rust is the
        // `f32` nearest to these digits, converted to `f64`.
        if !["id", "negative"].contains(&name.as_str()) {
            assert!(by_default == by_rust, "{name}");
        }
    }
    db.close().await
}

#[on_every_database]
async fn an_explicit_none_is_null_and_not_the_default(db: Database) -> Result<()> {
    db.create(Literals).await?;
    let row = Literals::insert(NewLiterals { optional: Some(None), number: Some(0), ..none() }).one(&db).await?;
    assert_eq!(row, Literals { optional: None, number: 0, ..expected() });
    db.close().await
}

#[derive(Table, Clone, Debug)]
struct Event {
    #[column(primary_key, auto)]
    id: i64,
    #[column(default = now)]
    at: SystemTime,
    #[column(created_at)]
    created: SystemTime,
    #[column(updated_at)]
    updated: SystemTime,
}

#[on_every_database]
async fn now_is_equal_to_the_same_time_from_rust(db: Database) -> Result<()> {
    db.create(Event).await?;
    // The database's clock has a resolution of milliseconds.
    let before = SystemTime::now() - Duration::from_millis(1);
    let event = Event::insert(NewEvent { at: None }).one(&db).await?;
    let after = SystemTime::now();
    for time in [event.at, event.created, event.updated] {
        assert!(before <= time && time <= after, "{before:?} {time:?} {after:?}");
    }
    let again = Event::insert(NewEvent { at: Some(event.at) }).one(&db).await?;
    assert_eq!(again.at, event.at);
    assert_eq!(Event::select().filter(Event::AT.eq(event.at)).count(&db).await?, 2, "one form for one instant");
    db.close().await
}

#[on_every_database(except postgres = Unsupported("text that contains NUL"))]
async fn a_default_may_contain_nul(db: Database) -> Result<()> {
    #[derive(Table, Clone, Debug, PartialEq)]
    struct Marked {
        #[column(primary_key, auto)]
        id: i64,
        #[column(default = "a\0b")]
        text: String,
    }
    db.create(Marked).await?;
    assert_eq!(Marked::insert(NewMarked { text: None }).one(&db).await?.text, "a\0b");
    db.close().await
}
