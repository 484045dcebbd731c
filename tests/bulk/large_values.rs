//! Values of 64 KiB and more, which are moved to the database's thread instead of copied. An
//! insert returns them as the database has stored them.

use aio_sql::{Database, Result, Table};
use servers::on_every_database;

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "parcels", new(derive(Clone)))]
struct Parcel {
    #[column(primary_key, auto)]
    id: i64,
    text: Option<String>,
    #[column(default = 5)]
    weight: i64,
    bytes: Option<Vec<u8>>,
    #[column(json)]
    words: Vec<String>,
    label: String,
}

#[on_every_database]
async fn small_and_large_values_are_stored_and_returned_unchanged(db: Database) -> Result<()> {
    db.create(Parcel).await?;
    let sizes = [None, Some(0), Some(1), Some(65_535), Some(65_536), Some(65_537), Some(300_000)];
    let mut parcels = Vec::new();
    for (number, text) in (0..).zip(sizes) {
        for bytes in sizes {
            parcels.push(NewParcel {
                text: text.map(|size| "ä€x".chars().cycle().take(size).collect()),
                weight: (number % 2 == 0).then_some(number),
                bytes: bytes.map(|size| (0..size).map(|place| (place % 251) as u8).collect()),
                words: vec!["word".repeat(text.unwrap_or(3)); 1 + number as usize % 2],
                label: format!("parcel {number}"),
            });
        }
    }
    let is_right = |stored: &Parcel, new: &NewParcel| {
        (&stored.text, stored.weight, &stored.bytes) == (&new.text, new.weight.unwrap_or(5), &new.bytes)
            && (&stored.words, &stored.label) == (&new.words, &new.label)
    };
    let stored = Parcel::insert_all(parcels.clone()).all(&db).await?;
    assert_eq!(stored.len(), parcels.len());
    assert!(stored.iter().zip(&parcels).all(|(stored, new)| is_right(stored, new)));
    assert!(stored.iter().map(|parcel| parcel.id).eq(1..=parcels.len() as i64));
    let there = Parcel::select().order_by(Parcel::ID).all(&db).await?;
    assert!(there == stored);
    let mut read = Parcel::select().order_by(Parcel::ID).stream(&db);
    for parcel in &stored {
        assert!(read.next().await.transpose()?.as_ref() == Some(parcel));
    }
    assert!(read.next().await.is_none());
    for new in parcels {
        let one = Parcel::insert(new.clone()).one(&db).await?;
        assert!(is_right(&one, &new));
        assert!(Parcel::find(one.id).one(&db).await? == one);
        let id = Parcel::insert(new.clone()).returning(Parcel::ID).one(&db).await?;
        assert!(is_right(&Parcel::find(id).one(&db).await?, &new));
        let mut saved = one.clone();
        saved.save(&db).await?;
        assert!(Parcel::find(one.id).one(&db).await? == one);
    }
    db.close().await
}
