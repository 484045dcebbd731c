//! Whether an outer join has found a row is decided by the database, not by the values of the row.

#![allow(clippy::unwrap_used)]

use aio_sql::{Database, Dialect, Record, Result, Table, alias, cte, sql};
use servers::on_every_database;

#[derive(Table, Clone, Debug, PartialEq)]
struct Item {
    #[column(primary_key)]
    id: i64,
    code: Option<String>,
}

/// A table whose columns may all be NULL.
#[derive(Table, Clone, Debug, PartialEq)]
struct Note {
    item: Option<i64>,
    text: Option<String>,
}

/// A row of the view `shown`, which selects the columns of `note`.
#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "shown")]
struct Shown {
    text: Option<String>,
    mark: Option<i64>,
}

#[derive(Record, Clone, Debug, PartialEq)]
struct Text {
    text: Option<String>,
}

#[derive(Record, Clone, Debug, PartialEq)]
struct Line {
    id: i64,
    #[record(nested)]
    note: Option<Note>,
}

#[derive(Record, Clone, Debug, PartialEq)]
struct Worded {
    id: i64,
    #[record(nested)]
    note: Option<Words>,
}

#[derive(Record, Clone, Debug, PartialEq)]
struct Words {
    item: Option<i64>,
    text: Option<String>,
}

#[derive(Record, Clone, Debug, PartialEq)]
struct Coded {
    id: i64,
    #[record(nested)]
    code: Option<Code>,
}

#[derive(Record, Clone, Debug, PartialEq)]
struct Code {
    code: Option<String>,
}

#[derive(Record, Clone, Debug, PartialEq)]
struct Firm {
    id: i64,
    #[record(nested)]
    code: Option<FirmCode>,
}

#[derive(Record, Clone, Debug, PartialEq)]
struct FirmCode {
    code: String,
}

alias!(Remark = Note);
alias!(Other = Item);

/// Opens a database with two items, and one note whose columns are all NULL.
async fn filled(db: &Database) -> Result<()> {
    db.create_all((Item, Note)).await?;
    db.execute_script("create view shown as select text, item as mark from note").await?;
    Item::insert_all([Item { id: 1, code: None }, Item { id: 2, code: Some("b".into()) }]).execute(db).await?;
    sql!("insert into {Note} default values").execute(db).await?;
    Ok(())
}

const BLANK: Option<Note> = Some(Note { item: None, text: None });

#[on_every_database]
async fn a_joined_row_of_nulls_is_some(db: Database) -> Result<()> {
    filled(&db).await?;
    // The join finds the note for the item that has no code.
    let rows = || Item::select().left_join_on(Note, Item::CODE.is_null()).order_by(Item::ID);
    let both: Vec<(Item, Option<Note>)> = rows().all(&db).await?;
    assert_eq!(both.iter().map(|(_, note)| note.clone()).collect::<Vec<_>>(), [BLANK, None]);
    assert_eq!(rows().columns((Item::ID, Note)).all(&db).await?, [(1, BLANK), (2, None)]);
    assert_eq!(rows().columns((Note, Item::ID)).all(&db).await?, [(BLANK, 1), (None, 2)]);
    assert_eq!(rows().columns(Note).all(&db).await?, [BLANK, None]);
    assert_eq!(rows().columns(Note).one(&db).await?, BLANK);
    assert_eq!(rows().columns(Note).optional(&db).await?, Some(BLANK));
    let mut stream = rows().columns((Note, Item::ID)).stream(&db);
    assert_eq!(stream.next().await.unwrap()?, (BLANK, 1));
    assert_eq!(stream.next().await.unwrap()?, (None, 2));
    // A single column of the note is read as its value, which is NULL in both rows.
    assert_eq!(rows().columns((Item::ID, Note::TEXT)).all(&db).await?, [(1, None), (2, None)]);
    db.close().await
}

#[on_every_database]
async fn a_row_of_nulls_is_some_on_either_side_of_an_outer_join(db: Database) -> Result<()> {
    filled(&db).await?;
    let right: Vec<(Option<Note>, Item)> =
        Note::select().right_join_on(Item, Item::CODE.is_null()).order_by(Item::ID).all(&db).await?;
    assert_eq!(right.into_iter().map(|(note, _)| note).collect::<Vec<_>>(), [BLANK, None]);
    let both: Vec<(Item, Option<Note>, Option<Note>)> = Item::select()
        .left_join_on(Note, Item::CODE.is_null())
        .left_join_on(Remark, Item::CODE.is_not_null())
        .order_by(Item::ID)
        .all(&db)
        .await?;
    let notes: Vec<_> = both.into_iter().map(|(_, note, remark)| (note, remark)).collect();
    assert_eq!(notes, [(BLANK, None), (None, BLANK)]);
    db.close().await
}

#[on_every_database(except postgres = Unsupported("FULL JOIN on a condition without an equality of its two sides"))]
async fn a_row_of_nulls_is_some_on_both_sides_of_a_full_join(db: Database) -> Result<()> {
    filled(&db).await?;
    let full: Vec<(Option<Note>, Option<Item>)> =
        Note::select().full_join_on(Item, Item::CODE.is_null()).order_by(Item::ID).all(&db).await?;
    assert_eq!(full.into_iter().map(|(note, _)| note).collect::<Vec<_>>(), [BLANK, None]);
    let alone: Vec<(Option<Note>, Option<Item>)> =
        Note::select().full_join_on(Item, Item::ID.eq(9)).order_by(Item::ID).all(&db).await?;
    let ids = |rows: &[(Option<Note>, Option<Item>)]| {
        rows.iter().map(|(note, item)| (note.clone(), item.as_ref().map(|item| item.id))).collect::<Vec<_>>()
    };
    assert_eq!(ids(&alone), [(BLANK, None), (None, Some(1)), (None, Some(2))]);
    db.close().await
}

#[on_every_database]
async fn a_row_of_nulls_is_some_for_every_kind_of_source(db: Database) -> Result<()> {
    filled(&db).await?;
    let of_view: Vec<(i64, Option<Shown>)> = Item::select()
        .left_join_on(Shown, Item::CODE.is_null())
        .order_by(Item::ID)
        .columns((Item::ID, Shown))
        .all(&db)
        .await?;
    assert_eq!(of_view, [(1, Some(Shown { text: None, mark: None })), (2, None)]);
    let texts = cte(Text, Note::select().columns((Note::TEXT,)));
    let of_query: Vec<(i64, Option<Text>)> = Item::select()
        .left_join_on(&texts, Item::CODE.is_null())
        .order_by(Item::ID)
        .columns((Item::ID, Text))
        .all(&db)
        .await?;
    assert_eq!(of_query, [(1, Some(Text { text: None })), (2, None)]);
    let raw = sql!("select text from {Note} where {7} = 7").rows(Text);
    let of_text: Vec<(i64, Option<Text>)> = Item::select()
        .left_join_on(raw, Item::CODE.is_null())
        .filter(Item::ID.le(2))
        .order_by(Item::ID)
        .columns((Item::ID, Text))
        .all(&db)
        .await?;
    assert_eq!(of_text, [(1, Some(Text { text: None })), (2, None)]);
    db.close().await
}

#[on_every_database]
async fn a_nested_row_of_nulls_is_some(db: Database) -> Result<()> {
    filled(&db).await?;
    let rows = || Item::select().left_join_on(Note, Item::CODE.is_null()).order_by(Item::ID);
    let lines: Vec<Line> = rows().columns((Item::ID, Note)).record().all(&db).await?;
    assert_eq!(lines, [Line { id: 1, note: BLANK }, Line { id: 2, note: None }]);
    let worded: Vec<Worded> = rows().columns((Item::ID, (Note::ITEM, Note::TEXT))).record().all(&db).await?;
    let blank = Words { item: None, text: None };
    assert_eq!(worded, [Worded { id: 1, note: Some(blank) }, Worded { id: 2, note: None }]);
    // A nested record has some columns of a table. It is read as a whole and by pages.
    let codes = || {
        let pairs = Item::select().left_join_on(Other, Item::ID.of::<Other>().gt(Item::ID));
        pairs.order_by(Item::ID).columns((Item::ID, (Item::CODE.of::<Other>(),))).record::<Coded>()
    };
    let all = codes().all(&db).await?;
    assert_eq!(all, [Coded { id: 1, code: Some(Code { code: Some("b".into()) }) }, Coded { id: 2, code: None }]);
    Item::update().set(Item::CODE, None::<String>).all_rows().execute(&db).await?;
    let all = codes().all(&db).await?;
    assert_eq!(all, [Coded { id: 1, code: Some(Code { code: None }) }, Coded { id: 2, code: None }]);
    let page = codes().page(1).all(&db).await?;
    assert_eq!(page.rows, all[..1]);
    assert_eq!(codes().page(1).after(page.next.unwrap()).all(&db).await?.rows, all[1..]);
    // If a field of a record is not optional, a NULL in its column means that there is no row.
    let firm = Item::select().left_join_on(Other, Item::ID.of::<Other>().gt(Item::ID)).order_by(Item::ID);
    let firm: Vec<Firm> = firm.columns((Item::ID, (Item::CODE.of::<Other>(),))).record().all(&db).await?;
    assert_eq!(firm, [Firm { id: 1, code: None }, Firm { id: 2, code: None }]);
    db.close().await
}

#[on_every_database]
async fn a_row_of_nulls_is_some_in_compounds_and_groups(db: Database) -> Result<()> {
    filled(&db).await?;
    let rows = || Item::select().left_join_on(Note, Item::CODE.is_null()).columns((Item::ID, Note));
    let union = rows().filter(Item::ID.eq(1)).union_all(rows().filter(Item::ID.eq(2)));
    // The order of a compound is the database's choice.
    let sorted = |mut rows: Vec<(i64, Option<Note>)>| {
        rows.sort_by_key(|(id, _)| *id);
        rows
    };
    assert_eq!(sorted(union.all(&db).await?), [(1, BLANK), (2, None)]);
    let limited = rows().order_by(Item::ID).limit(1).union(rows().filter(Item::ID.eq(2)));
    assert_eq!(sorted(limited.all(&db).await?), [(1, BLANK), (2, None)]);
    assert_eq!(rows().distinct().order_by(Item::ID).all(&db).await?, [(1, BLANK), (2, None)]);
    let grouped = rows().group_by((Item::ID, Note::ITEM, Note::TEXT)).order_by(Item::ID);
    assert_eq!(grouped.all(&db).await?, [(1, BLANK), (2, None)]);
    assert_eq!((rows().count(&db).await?, rows().exists(&db).await?), (2, true));
    let notes = || Item::select().left_join_on(Note, Item::CODE.is_null()).columns(Note).distinct();
    assert_eq!((notes().all(&db).await?.len(), notes().count(&db).await?), (2, 2));
    db.close().await
}

#[test]
fn a_not_null_column_decides_if_there_is_one() -> Result<()> {
    let text = Note::select().left_join_on(Item, Item::ID.eq(Note::ITEM)).to_sql(Dialect::Sqlite)?.text;
    assert!(!text.contains("(SELECT"), "the key of the item tells: {text}");
    let text = Item::select().join_on(Note, Item::ID.eq(Note::ITEM)).to_sql(Dialect::Sqlite)?.text;
    assert!(!text.contains("(SELECT"), "no row is missing: {text}");
    let text = Item::select().left_join_on(Note, Item::ID.eq(Note::ITEM)).columns(Item).to_sql(Dialect::Sqlite)?;
    assert!(!text.text.contains("(SELECT"), "the note is not read: {text}");
    Ok(())
}

#[on_every_database(except pooler = Misused("SET would stay in a session"))]
async fn the_join_still_uses_an_index(db: Database) -> Result<()> {
    filled(&db).await?;
    db.execute_script("create index note_item on note (item)").await?;
    let joined = Item::select().left_join_on(Note, Item::ID.eq(Note::ITEM));
    let plan = match db.dialect() {
        Dialect::Postgres => {
            let conn = db.connect().await?;
            // So few rows would be read without the index.
            sql!("set enable_seqscan = off").execute(&conn).await?;
            let plan = joined.explain(&conn).await?;
            conn.close().await?;
            plan
        }
        _ => joined.explain(&db).await?,
    };
    assert!(plan.to_string().contains("note_item"), "{plan}");
    db.close().await
}

#[cfg(feature = "json")]
#[on_every_database]
async fn a_null_element_of_a_document_is_some(db: Database) -> Result<()> {
    #[derive(Table, Clone, Debug, PartialEq)]
    struct List {
        #[column(primary_key)]
        id: i64,
        #[column(json)]
        marks: Vec<Option<i64>>,
    }
    #[derive(Record, Clone, Debug, PartialEq)]
    struct Mark {
        value: Option<i64>,
    }
    db.create(List).await?;
    List::insert_all([List { id: 1, marks: vec![None, Some(7)] }, List { id: 2, marks: vec![] }]).execute(&db).await?;
    let marks = List::select().left_join_lateral(List::MARKS.json_each(Mark)).order_by(List::ID);
    let marks: Vec<(i64, Option<Mark>)> = marks.columns((List::ID, Mark)).all(&db).await?;
    assert_eq!(marks, [(1, Some(Mark { value: None })), (1, Some(Mark { value: Some(7) })), (2, None)]);
    db.close().await
}
