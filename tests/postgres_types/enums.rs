//! Enums of the server.

use super::*;

#[derive(SqlType, Clone, Copy, Debug, PartialEq)]
enum Mood {
    Sad,
    Ok,
    Happy,
}

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "days")]
struct Day {
    #[column(primary_key)]
    id: i64,
    mood: Mood,
    before: Option<String>,
}

const DAYS: &str = "
    create type mood as enum ('sad', 'ok', 'happy');
    create table days (id bigint primary key, mood mood not null, before mood)";

fn day(id: i64, mood: Mood) -> Day {
    Day { id, mood, before: Some("ok".into()) }
}

#[test]
fn an_enum_of_the_server_is_read_and_written_as_an_enum_or_as_text() {
    with_database(|db| async move {
        db.execute_script(DAYS).await?;
        assert_eq!(Day::insert(day(1, Mood::Sad)).one(&db).await?, day(1, Mood::Sad));
        Day::insert_all([day(2, Mood::Ok), day(3, Mood::Happy)]).execute(&db).await?;
        Day::insert_all((10..2_000).map(|id| day(id, Mood::Ok))).execute(&db).await?;
        assert_eq!(Day::find(1_999).one(&db).await?, day(1_999, Mood::Ok));
        assert_eq!(Day::select().filter(Day::MOOD.eq(Mood::Happy)).all(&db).await?, [day(3, Mood::Happy)]);
        let some = Day::select().filter(Day::MOOD.is_in([Mood::Sad, Mood::Happy])).order_by(Day::ID);
        assert_eq!(some.columns(Day::ID).all(&db).await?, [1, 3]);
        assert_eq!(Day::select().filter(Day::BEFORE.eq("ok")).count(&db).await?, 1_993);
        let set =
            Day::update().set(Day::MOOD, Mood::Happy).set(Day::BEFORE, Some("sad".to_owned())).filter(Day::ID.eq(1));
        set.execute(&db).await?;
        assert_eq!(Day::find(1).one(&db).await?, Day { id: 1, mood: Mood::Happy, before: Some("sad".into()) });
        let mood = Mood::Happy;
        let raw = sql!("select id from days where {Day::MOOD} = {mood} order by mood desc, id");
        assert_eq!(raw.all::<i64>(&db).await?, [1, 3]);
        let read: Mood = sql!("select mood from days where id = {3}").scalar(&db).await?;
        assert_eq!(read, Mood::Happy);
        db.close().await
    });
}

#[test]
fn a_label_that_the_enum_does_not_have_is_an_error_without_the_label() {
    with_database(|db| async move {
        db.execute_script(DAYS).await?;
        let row = Day { before: Some("s3cret".into()), ..day(1, Mood::Ok) };
        for error in [
            Day::insert(row.clone()).execute(&db).await.unwrap_err(),
            Day::select().filter(Day::BEFORE.eq("s3cret")).all(&db).await.unwrap_err(),
            Day::insert_all((1..2_000).map(|id| Day { id, ..row.clone() })).execute(&db).await.unwrap_err(),
        ] {
            assert_eq!(error.code(), Some("22P02"), "{error:?}");
            assert!(!format!("{error}{error:?}").contains("s3cret"), "{error:?}");
        }
        db.execute_script("alter type mood add value 'angry'; insert into days values (1, 'sad')").await?;
        db.execute_script("update days set mood = 'angry'").await?;
        let error = Day::find(1).one(&db).await.unwrap_err();
        let ErrorKind::Decode { table, column, .. } = error.kind() else { panic!("{error:?}") };
        assert_eq!((table.as_deref(), column.as_deref()), (Some("days"), Some("mood")), "{error}");
        db.close().await
    });
}
