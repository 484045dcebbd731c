//! `smallint`, `integer`, `real` and `numeric(p, s)`.

use super::*;

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "readings", patch)]
struct Reading {
    #[column(primary_key)]
    id: i64,
    #[column(unique)]
    small: i64,
    medium: Option<i64>,
    narrow: Option<f64>,
}

const READINGS: &str =
    "create table readings (id integer primary key, small smallint not null unique, medium integer, narrow real)";

fn reading(id: i64, small: i64) -> Reading {
    Reading { id, small, medium: Some(id), narrow: Some(0.5) }
}

#[test]
fn small_integers_are_read_and_written_by_every_integer_that_holds_them() {
    #[derive(Table, Clone, Debug, PartialEq)]
    #[table(name = "readings")]
    struct Narrow {
        #[column(primary_key)]
        id: u32,
        small: i32,
        medium: Option<u16>,
    }
    with_database(|db| async move {
        db.execute_script(READINGS).await?;
        let least = Reading { medium: Some(i32::MIN.into()), ..reading(1, i16::MIN.into()) };
        let most = Reading { medium: Some(i32::MAX.into()), ..reading(i32::MAX.into(), i16::MAX.into()) };
        assert_eq!(Reading::insert(least.clone()).one(&db).await?, least);
        assert_eq!(Reading::insert_all([most.clone()]).all(&db).await?, std::slice::from_ref(&most));
        let many = (2..2_000).map(|id| reading(id, id));
        Reading::insert_all(many).execute(&db).await?;
        assert_eq!(Reading::find(1_999).one(&db).await?, reading(1_999, 1_999));
        let found = Reading::select().filter(Reading::SMALL.is_in([i16::MIN, i16::MAX].map(i64::from)));
        assert_eq!(found.order_by(Reading::ID).all(&db).await?, [least, most]);
        assert_eq!(Reading::select().filter(Reading::SMALL.between(-5, 5)).count(&db).await?, 4);
        let sum: Option<i64> =
            Reading::select().filter(Reading::ID.le(3)).columns(Reading::SMALL.sum()).one(&db).await?;
        assert_eq!(sum, Some(-32_763));

        let narrow = Narrow { id: 3_000, small: -9, medium: Some(u16::MAX) };
        assert_eq!(Narrow::insert(narrow.clone()).one(&db).await?, narrow);
        assert_eq!(Narrow::select().filter(Narrow::SMALL.eq(-9)).all(&db).await?, [narrow]);
        let error = Narrow::find(1).one(&db).await.unwrap_err();
        let ErrorKind::Decode { table, column, .. } = error.kind() else { panic!("{error:?}") };
        assert_eq!((table.as_deref(), column.as_deref()), (Some("readings"), Some("medium")), "{error}");
        db.close().await
    });
}

#[test]
fn an_integer_outside_the_range_of_the_column_is_refused_and_named_wherever_it_stands() {
    with_database(|db| async move {
        db.execute_script(READINGS).await?;
        let kept = reading(1, 1);
        Reading::insert(kept.clone()).execute(&db).await?;
        let small = |result: Result<u64>| assert_unstorable(result, "readings", "small", "it is a smallint");
        let affected = |outcome: aio_sql::Outcome| outcome.rows_affected;
        for number in [32_768, -32_769, i64::MAX, i64::MIN] {
            let row = || reading(2, number);
            small(Reading::insert(row()).execute(&db).await.map(affected));
            assert_unstorable(Reading::insert(row()).one(&db).await, "readings", "small", "smallint");
            small(Reading::insert(row()).or_get(Reading::SMALL).one(&db).await.map(|_| 0));
            let upsert = Reading::insert(row()).on_conflict(Reading::ID).do_update().set_excluded(Reading::SMALL);
            small(upsert.execute(&db).await.map(|_| 0));
            let upsert = Reading::insert(kept.clone()).on_conflict(Reading::ID).do_update().set(Reading::SMALL, number);
            small(upsert.execute(&db).await.map(|_| 0));
            small(Reading::update().set(Reading::SMALL, number).all_rows().execute(&db).await.map(affected));
            let patch = ReadingPatch { small: Some(number), ..Default::default() };
            small(Reading::patch(1, patch).execute(&db).await.map(affected));
            small(Reading { small: number, ..kept.clone() }.save(&db).await.map(|()| 0));
            small(Reading::select().filter(Reading::SMALL.eq(number)).count(&db).await);
            small(Reading::select().filter(Reading::SMALL.lt(number)).count(&db).await);
            small(Reading::select().filter(Reading::SMALL.between(0, number)).count(&db).await);
            small(Reading::select().filter(Reading::SMALL.is_in([1, number])).count(&db).await);
            small(Reading::select().filter(Reading::SMALL.is_in(vec![number; 100])).count(&db).await);
            small(Reading::delete().filter(Reading::SMALL.ne(number)).execute(&db).await.map(affected));
        }
        assert_unstorable(Reading::find(1 << 31).one(&db).await, "readings", "id", "it is an integer");
        let medium = Reading::select().filter(Reading::MEDIUM.eq(Some(1 << 40))).count(&db).await;
        assert_unstorable(medium, "readings", "medium", "it is an integer");
        assert_eq!(Reading::select().all(&db).await?, [kept]);
        db.close().await
    });
}

#[test]
fn the_error_of_a_value_in_many_rows_says_which_row_it_is() {
    with_database(|db| async move {
        db.execute_script(READINGS).await?;
        // Few rows are one statement, and many are sent by COPY.
        for count in [3, 3_000] {
            let rows = (0..count).map(|id| reading(id, if id == count - 1 { 40_000 } else { id }));
            let error = Reading::insert_all(rows).execute(&db).await.unwrap_err();
            assert!(error.to_string().starts_with(&format!("row {}: ", count - 1)), "{error}");
            assert_unstorable::<()>(Err(error), "readings", "small", "smallint");
            assert_eq!(Reading::select().count(&db).await?, 0);
        }
        db.close().await
    });
}

#[test]
fn a_float_is_stored_in_a_real_column_with_its_precision_or_refused() {
    with_database(|db| async move {
        db.execute_script(READINGS).await?;
        let narrow = |id, value| Reading { narrow: Some(value), ..reading(id, id) };
        let values =
            [0.1, f64::from(f32::MAX), f64::from(f32::MIN_POSITIVE), f64::INFINITY, f64::NEG_INFINITY, 0.0, -1.5];
        for (id, value) in (1..).zip(values) {
            let stored = f64::from(value as f32);
            assert_eq!(Reading::insert(narrow(id, value)).one(&db).await?, narrow(id, stored));
            assert_eq!(Reading::select().filter(Reading::NARROW.eq(value)).columns(Reading::ID).all(&db).await?, [id]);
        }
        for value in [1e39, -1e39, f64::MAX, 1e-60, -5e-324] {
            let insert = Reading::insert(narrow(20, value)).execute(&db).await;
            assert_unstorable(insert, "readings", "narrow", "it is a real");
            let filter = Reading::select().filter(Reading::NARROW.lt(value)).count(&db).await;
            assert_unstorable(filter, "readings", "narrow", "it is a real");
        }
        let many = Reading::insert_all((20..3_000).map(|id| narrow(id, 1e39))).execute(&db).await;
        assert_unstorable(many, "readings", "narrow", "it is a real");
        assert_eq!(Reading::select().count(&db).await?, 7);
        db.close().await
    });
}
