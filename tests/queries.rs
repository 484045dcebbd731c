//! Queries beyond filters of a table: set operations, named queries, windows, collations,
//! functions, fragments of raw SQL, query plans, pages, and results in maps and sets.

#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet, HashMap};

use aio_sql::expr::FrameBound;
use aio_sql::{
    Collation, Database, Dialect, ErrorKind, Record, Result, Table, alias, case, count, cte, cte_recursive, exists,
    not_exists, ntile, order_by_names, row_number, sql, value, values, window,
};
use servers::on_every_database;

use users::*;

#[path = "queries/computed_once.rs"]
mod computed_once;
#[cfg(feature = "json")]
#[path = "queries/documents.rs"]
mod documents;
#[cfg(feature = "json")]
#[path = "queries/json_tables.rs"]
mod json_tables;
#[path = "queries/users.rs"]
mod users;

#[on_every_database]
async fn rows_of_several_queries_are_combined(db: Database) -> Result<()> {
    fill(&db).await;
    let names = || User::select().columns(User::NAME);
    let all = names().filter(User::TEAM.eq("red")).union(names().filter(User::KARMA.gt(6))).order_by(User::NAME);
    assert_eq!(all.clone().all(&db).await?, ["Casey", "Dan", "Jeremy", "Natalie"]);
    assert_eq!(all.count(&db).await?, 4);
    let both = names().filter(User::TEAM.eq("red")).intersect(names().filter(User::KARMA.gt(6)));
    assert_eq!(both.all(&db).await?, ["Dan"]);
    let rest = names().except(names().filter(User::TEAM.eq("red"))).order_by(User::NAME.desc());
    assert_eq!(rest.all(&db).await?, ["Natalie", "Casey"]);
    // The order and the limit of one of the combined queries apply only to that query.
    let best = names().order_by(User::KARMA.desc()).limit(1).union_all(names().filter(User::NAME.eq("Casey")));
    assert_eq!(best.all(&db).await?, ["Dan", "Casey"]);
    let nested = names().filter(User::NAME.eq("Dan")).union(names().intersect(names().filter(User::NAME.eq("Casey"))));
    assert_eq!(nested.order_by(User::NAME).all(&db).await?, ["Casey", "Dan"]);
    Ok(())
}

#[on_every_database]
async fn the_rows_of_several_queries_are_sorted_by_what_the_first_selects(db: Database) -> Result<()> {
    fill(&db).await;
    alias!(Other = User);
    // A query with two columns of one name. In the compound below, the limit belongs only to the
    // first query.
    let pairs = || {
        User::select()
            .join_on(Other, User::ID.of::<Other>().gt(User::ID))
            .order_by((User::ID, User::ID.of::<Other>()))
            .columns((User::ID, User::ID.of::<Other>()))
    };
    let sorted = pairs().limit(3).union(pairs().filter(User::ID.gt(2))).order_by(User::ID.of::<Other>().desc());
    assert_eq!(sorted.order_by(User::ID).all(&db).await?, [(1, 4), (3, 4), (1, 3), (1, 2)]);
    let names = || User::select().columns(User::NAME);
    let expected =
        "a compound query can only be sorted by columns that its first query selects: select the columns to sort by";
    let error =
        |query: aio_sql::statement::Compound<User, String>| query.to_sql(Dialect::Sqlite).unwrap_err().to_string();
    assert_eq!(error(names().union(names()).order_by(User::KARMA)), expected);
    assert_eq!(error(names().union(names()).order_by(User::NAME.lower())), expected);
    Ok(())
}

#[on_every_database]
async fn rows_of_values_can_be_used_as_a_query(db: Database) -> Result<()> {
    fill(&db).await;
    let numbers = || values([(3_i64,), (1,), (2,)]);
    assert_eq!(numbers().limit(2).all(&db).await?, [(3,), (1,)]);
    assert_eq!(numbers().offset(1).count(&db).await?, 2);
    assert_eq!(numbers().union(values([(3,), (4,)])).limit(9).count(&db).await?, 4);
    let names = User::select().columns((User::NAME,)).union_all(values([("Zed".to_owned(),)]));
    assert_eq!(names.order_by(User::NAME.desc()).limit(1).all(&db).await?, [("Zed".to_owned(),)]);
    assert_eq!(User::select().filter(exists(numbers())).count(&db).await?, 4);
    assert_eq!(User::select().filter(not_exists(numbers().limit(0))).count(&db).await?, 4);
    let series = cte(Series, numbers().limit(2));
    assert_eq!(series.select().count(&db).await?, 2);
    Ok(())
}

#[on_every_database]
async fn an_aggregate_of_no_rows_is_a_row(db: Database) -> Result<()> {
    fill(&db).await;
    let none = || User::select().filter(User::ID.gt(99)).columns(count());
    assert_eq!((none().all(&db).await?, none().count(&db).await?, none().exists(&db).await?), (vec![0], 1, true));
    assert_eq!(User::select().filter(exists(none())).count(&db).await?, 4);
    assert!(!none().group_by(User::TEAM).exists(&db).await?);
    Ok(())
}

#[derive(Record, Clone, Debug, PartialEq)]
struct Team {
    team: String,
    members: i64,
    karma: Option<i64>,
}

#[derive(Record, Clone, Debug, PartialEq)]
struct Series {
    n: i64,
}

#[derive(Record, Clone, Debug, PartialEq)]
struct Reach {
    airport: String,
    hops: i64,
}

#[on_every_database]
async fn a_query_with_a_name_is_a_table_for_others(db: Database) -> Result<()> {
    fill(&db).await;
    let teams = cte(Team, User::select().group_by(User::TEAM).columns((User::TEAM, count(), User::KARMA.sum())));
    let rows = teams.select().order_by(Team::TEAM).all(&db).await?;
    assert_eq!(rows[0], Team { team: "blue".into(), members: 2, karma: Some(14) });
    let shares: Vec<(String, f64)> = User::select()
        .join_on(&teams, Team::TEAM.eq(User::TEAM))
        .order_by(User::NAME)
        .columns((User::NAME, User::KARMA.cast::<f64>() * 100.0 / Team::KARMA.coalesce(1).cast::<f64>()))
        .all(&db)
        .await
        .map(|rows: Vec<(String, Option<f64>)>| {
            rows.into_iter().map(|(name, share)| (name, share.unwrap_or(0.0))).collect()
        })?;
    assert_eq!(shares[0], ("Casey".into(), 50.0));
    Ok(())
}

alias!(Rival = Team);

#[on_every_database]
async fn a_query_with_a_name_is_read_twice_through_an_alias(db: Database) -> Result<()> {
    fill(&db).await;
    let teams = cte(Team, User::select().group_by(User::TEAM).columns((User::TEAM, count(), User::KARMA.sum())));
    let pairs = teams.select().join_on(teams.of(Rival), Team::TEAM.of::<Rival>().gt(Team::TEAM));
    let rows: Vec<(Team, Team)> = pairs.clone().all(&db).await?;
    assert_eq!(rows.iter().map(|(a, b)| (a.team.as_str(), b.team.as_str())).collect::<Vec<_>>(), [("blue", "red")]);
    assert_eq!(
        pairs.columns(Team::KARMA.of::<Rival>()).to_sql(Dialect::Sqlite)?.text,
        r#"WITH "team"("team", "members", "karma") AS (SELECT "team", COUNT(*), SUM("karma") FROM "users" GROUP BY "team") SELECT "Rival"."karma" FROM "team" JOIN "team" AS "Rival" ON "Rival"."team" > "team"."team""#
    );
    // The rows of raw SQL can be read under two names, too.
    let raw = sql!("select team, count(*) as members, cast(sum(karma) as bigint) as karma from {User} group by team")
        .rows(Team);
    let pairs = raw.select().join_on(raw.of(Rival), Team::TEAM.of::<Rival>().gt(Team::TEAM));
    assert_eq!(pairs.columns((Team::MEMBERS, Team::KARMA.of::<Rival>())).all(&db).await?, [(2, Some(14))]);
    Ok(())
}

#[on_every_database]
async fn several_queries_are_named_by_one_record(db: Database) -> Result<()> {
    alias!(Second = Series);
    fill(&db).await;
    let series = |numbers: &[i64]| cte(Series, values(numbers.iter().map(|n| (*n,))));
    let (a, b) = (series(&[1, 2, 3]), series(&[1, 9]));
    let ids = |query: aio_sql::Select<Series, Series>| query.columns(Series::N).all(&db);
    let not_in_a = b.select().filter(Series::N.is_not_in(a.select().columns(Series::N)));
    assert_eq!(ids(a.select().filter(Series::N.eq(3).and(exists(not_in_a)))).await?, [3]);
    let both = a.select().join_on(b.of(Second), Series::N.of::<Second>().eq(Series::N));
    assert_eq!(both.columns(Series::N).all(&db).await?, [1]);
    let all = a.select().columns(Series::N).union_all(b.select().columns(Series::N));
    assert_eq!(all.order_by(Series::N).all(&db).await?, [1, 1, 2, 3, 9]);
    let of_a = cte(Series, a.select().filter(Series::N.gt(1)).columns((Series::N,)));
    assert_eq!(ids(of_a.select()).await?, [2, 3]);
    let twice = a.select().join_on(a.clone().materialized().of(Second), Series::N.of::<Second>().eq(Series::N));
    assert_eq!(twice.count(&db).await?, 3);
    let up_to = |last: i64| {
        cte_recursive(Series, values([(1,)]), Series.select().filter(Series::N.lt(last)).columns((Series::N + 1,)))
    };
    let pairs = up_to(3).select().join_on(up_to(5).of(Second), Series::N.of::<Second>().gt(Series::N));
    assert_eq!(pairs.count(&db).await?, 9);
    let names = User::update().from(&a).set(User::TEAM, "green").filter(User::ID.eq(Series::N));
    let names = names.filter(User::ID.is_in(of_a.select().columns(Series::N)));
    assert_eq!(names.returning(User::ID).all(&db).await?, [2, 3]);
    Ok(())
}

#[test]
fn a_record_that_is_called_like_a_table_is_an_error_where_both_are_read() {
    #[derive(Record, Debug)]
    #[allow(dead_code, reason = "it names a column")]
    struct Users {
        id: i64,
    }
    let users = cte(Users, User::select().columns((User::ID,)));
    assert_eq!(
        users.select().to_sql(Dialect::Sqlite).unwrap_err().to_string(),
        "the CTE of the record `Users` and the table `users` have the same name: give the record another name"
    );
}

#[on_every_database]
async fn a_recursive_query_begins_with_any_query_and_has_several_steps(db: Database) -> Result<()> {
    fill(&db).await;
    let first = User::select().order_by(User::ID.desc()).limit(1).offset(3).columns((User::ID,));
    let step = |by: i64| Series.select().filter(Series::N.lt(5)).columns((Series::N + by,));
    let series = cte_recursive(Series, first, step(1));
    assert_eq!(series.select().columns(Series::N).all(&db).await?, [1, 2, 3, 4, 5]);
    let series = cte_recursive(Series, values([(1,)]), step(2).union_all(step(3))).distinct();
    assert_eq!(series.select().order_by(Series::N).columns(Series::N).all(&db).await?, [1, 3, 4, 5, 6, 7]);
    let teams = cte(Series, User::select().columns((User::KARMA.cast::<i64>(),))).distinct();
    assert_eq!(teams.select().count(&db).await?, 3);
    Ok(())
}

#[on_every_database]
async fn a_recursive_query_reads_its_own_rows(db: Database) -> Result<()> {
    fill(&db).await;
    let series =
        cte_recursive(Series, values([(1_i64,)]), Series.select().filter(Series::N.lt(5)).columns((Series::N + 1,)));
    let numbers: Vec<i64> = series.select().columns(Series::N).all(&db).await?;
    assert_eq!(numbers, [1, 2, 3, 4, 5]);
    let first = Route::select().filter(Route::ORIGIN.eq("EWR")).columns((Route::DEST, value(1_i64)));
    let step = Reach
        .select()
        .join_on(Route, Route::ORIGIN.eq(Reach::AIRPORT))
        .filter(Reach::HOPS.lt(2))
        .columns((Route::DEST, Reach::HOPS + 1));
    let reach = cte_recursive(Reach, first, step).distinct();
    let airports = reach.select().order_by((Reach::HOPS, Reach::AIRPORT)).all(&db).await?;
    assert_eq!(
        airports.iter().map(|reach| (reach.airport.as_str(), reach.hops)).collect::<Vec<_>>(),
        [("ORD", 1), ("SFO", 2)]
    );
    Ok(())
}

#[on_every_database]
async fn windows_see_neighbouring_rows(db: Database) -> Result<()> {
    fill(&db).await;
    let rank = row_number().over(window().partition_by(User::TEAM).order_by((User::KARMA.desc(), User::NAME)));
    let so_far = User::KARMA.sum().over(window().order_by(User::ID).rows(FrameBound::Unbounded, FrameBound::Current));
    let before = User::NAME.lag(1).over(window().order_by(User::ID));
    let rows: Vec<(String, i64, Option<i64>, Option<String>)> =
        User::select().order_by(User::ID).columns((User::NAME, rank, so_far, before)).all(&db).await?;
    assert_eq!(rows[0], ("Jeremy".into(), 2, Some(5), None));
    assert_eq!(rows[3], ("Casey".into(), 1, Some(28), Some("Dan".into())));
    let halves: Vec<i64> =
        User::select().order_by(User::ID).columns(ntile(2).over(window().order_by(User::ID))).all(&db).await?;
    assert_eq!(halves, [1, 1, 2, 2]);
    Ok(())
}

#[on_every_database]
async fn windows_see_the_aggregates_of_other_groups(db: Database) -> Result<()> {
    fill(&db).await;
    let karma = || User::KARMA.sum();
    let share = karma().cast::<f64>() / karma().sum().over(window()).cast::<f64>();
    let before = karma().lag(1).over(window().order_by(User::TEAM));
    let most = count().max().over(window().partition_by(User::TEAM));
    let teams = User::select().group_by(User::TEAM).order_by(User::TEAM).columns((User::TEAM, share, before, most));
    let row = |team: &str, share, before| (team.to_owned(), Some(share), before, Some(2));
    assert_eq!(teams.all(&db).await?, [row("blue", 0.5, None), row("red", 0.5, Some(14_i64))]);
    // The columns by which a window partitions a grouped query have to be grouped too.
    let other = karma().sum().over(window().partition_by(User::NAME));
    let error = User::select().group_by(User::TEAM).columns((User::TEAM, other)).all(&db).await.unwrap_err();
    assert!(error.to_string().starts_with("the column `name` of `users` has many values in a group"), "{error}");
    Ok(())
}

#[on_every_database]
async fn a_case_without_conditions_is_its_else_value(db: Database) -> Result<()> {
    fill(&db).await;
    let (one, none) = (case::<i64>().otherwise(1), case::<i64>().end());
    assert_eq!(User::find(1).columns((one, none)).one(&db).await?, (1, None));
    Ok(())
}

#[on_every_database]
async fn texts_of_a_group_are_joined_each_once(db: Database) -> Result<()> {
    fill(&db).await;
    let teams = User::TEAM.group_concat(",").distinct().order_by(User::TEAM.desc());
    let teams: (Option<String>, i64) = User::select().columns((teams, User::TEAM.count().distinct())).one(&db).await?;
    assert_eq!(teams, (Some("red,blue".into()), 2));
    Ok(())
}

#[test]
fn an_invalid_aggregate_is_an_error_before_the_database_sees_it() {
    macro_rules! refused {
        ($aggregate:expr, $message:literal) => {
            let error = User::select().columns($aggregate).to_sql(Dialect::Sqlite).unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::Usage), "{error:?}");
            assert!(error.to_string().contains($message), "{error}");
        };
    }
    refused!(User::NAME.group_concat("; ").distinct(), "must be a comma");
    refused!(count().distinct(), "`count()` counts rows");
    refused!(count().order_by(User::NAME), "`count()` counts rows");
    refused!(User::KARMA.sum().distinct().over(window()), "cannot have `distinct`");
    refused!(User::NAME.group_concat(",").order_by(User::NAME).over(window()), "uses the order of the window");
}

/// A table with the collation, which PostgreSQL has when a table uses it.
#[derive(Table, Debug)]
struct Loose {
    #[column(primary_key, collate = nocase)]
    name: String,
}

#[on_every_database(nocase)]
async fn texts_are_compared_and_sorted_by_a_collation_of_the_query(db: Database) -> Result<()> {
    db.create(Loose).await?;
    fill(&db).await;
    let names = || User::select().columns(User::NAME);
    let sorted = names().limit(9).union(names()).order_by(User::NAME.collate(Collation::NoCase).desc()).limit(1);
    assert_eq!(sorted.all(&db).await?, ["Natalie"]);
    User::insert(NewUser { name: "dana".into(), team: "red".into(), karma: 1 }).execute(&db).await?;
    let by = |collation| User::select().order_by(User::NAME.collate(collation).desc()).columns(User::NAME);
    assert_eq!(by(Collation::NoCase).all(&db).await?, ["Natalie", "Jeremy", "dana", "Dan", "Casey"]);
    assert_eq!(by(Collation::Binary).all(&db).await?, ["dana", "Natalie", "Jeremy", "Dan", "Casey"]);
    let name = || User::NAME.collate(Collation::NoCase);
    let found = User::select().filter(name().eq("DANA")).columns(User::NAME);
    assert_eq!(found.all(&db).await?, ["dana"]);
    let found = User::select().filter(name().starts_with("DAN")).order_by(User::ID).columns(User::NAME);
    assert_eq!(found.all(&db).await?, ["Dan", "dana"]);
    // The condition for the next page compares by the collation that has sorted the first page.
    let first = User::select().order_by(name()).page(2).all(&db).await?;
    let next = User::select().order_by(name()).page(2).after(first.next.unwrap()).all(&db).await?;
    assert_eq!(next.rows.iter().map(|user| user.name.as_str()).collect::<Vec<_>>(), ["dana", "Jeremy"]);
    Ok(())
}

#[on_every_database]
async fn raw_sql_can_be_used_as_an_expression(db: Database) -> Result<()> {
    fill(&db).await;
    let pattern = "%an%";
    let users =
        User::select().filter(sql!("{User::NAME} like {pattern}").expr::<bool>()).order_by(User::ID).all(&db).await?;
    assert_eq!(users.iter().map(|user| user.name.as_str()).collect::<Vec<_>>(), ["Dan"]);
    let group: Vec<String> = User::select()
        .order_by(User::ID)
        .columns(case::<String>().when(User::KARMA.lt(6), "low").when(User::KARMA.lt(8), "middle").otherwise("high"))
        .all(&db)
        .await?;
    assert_eq!(group, ["low", "middle", "high", "middle"]);
    Ok(())
}

#[test]
fn texts() {
    let text = User::select()
        .columns(User::NAME)
        .union_all(User::select().columns(User::TEAM))
        .order_by(User::NAME)
        .limit(3)
        .to_sql(Dialect::Sqlite)
        .unwrap()
        .text;
    assert_eq!(text, r#"SELECT "name" FROM "users" UNION ALL SELECT "team" FROM "users" ORDER BY "name" LIMIT ?"#);
    alias!(Other = User);
    let pairs =
        User::select().join_on(Other, User::ID.of::<Other>().gt(User::ID)).columns((User::ID, User::ID.of::<Other>()));
    assert_eq!(
        pairs.to_sql(Dialect::Sqlite).unwrap().text,
        r#"SELECT "users"."id", "Other"."id" FROM "users" JOIN "users" AS "Other" ON "Other"."id" > "users"."id""#
    );
}

#[on_every_database]
async fn pages_are_stable_while_rows_come_and_go(db: Database) -> Result<()> {
    fill(&db).await;
    for n in 0..20 {
        User::insert(NewUser { name: format!("user {n:02}"), team: "green".into(), karma: n % 3 }).execute(&db).await?;
    }
    let names = |rows: &[User]| rows.iter().map(|user| user.name.clone()).collect::<Vec<_>>();
    let query = User::select().order_by((User::KARMA.desc(), User::TEAM));
    let all = names(&query.clone().order_by(User::ID).all(&db).await?);
    let mut pages: Vec<Vec<String>> = vec![];
    let (mut cursor, mut back) = (None, None);
    loop {
        let page = query.clone().page(5).after(cursor.take()).all(&db).await?;
        pages.push(names(&page.rows));
        back = page.previous.or(back);
        let Some(next) = page.next else { break };
        // The cursor is sent as text, as in a URL.
        cursor = Some(next.to_string().parse()?);
        let gone = User::insert(NewUser { name: "early".into(), team: "a".into(), karma: 99 }).one(&db).await?;
        gone.remove(&db).await?;
    }
    assert_eq!(pages.concat(), all);
    let before = query.clone().page(5).before(back.unwrap()).all(&db).await?;
    assert_eq!(names(&before.rows), pages[pages.len() - 2]);
    assert!(before.next.is_some() && before.previous.is_some());
    Ok(())
}

#[derive(Table, Clone, Debug)]
#[table(name = "notes")]
struct Note {
    #[column(primary_key, auto)]
    id: i64,
    at: std::time::SystemTime,
    #[cfg(feature = "json")]
    #[column(json)]
    tags: Vec<String>,
}

#[cfg(feature = "json")]
#[on_every_database]
async fn parts_of_times_and_of_documents(db: Database) -> Result<()> {
    db.create(Note).await?;
    let at = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_357_034_645);
    Note::insert(NewNote { at, tags: vec!["red".into(), "blue".into()] }).execute(&db).await?;
    let parts: Vec<(i64, i64, i64, i64, i64, i64)> = Note::select()
        .columns((
            Note::AT.year(),
            Note::AT.month(),
            Note::AT.day(),
            Note::AT.hour(),
            Note::AT.minute(),
            Note::AT.second(),
        ))
        .all(&db)
        .await?;
    assert_eq!(parts, [(2013, 1, 1, 10, 4, 5)]);
    let days: Vec<(i64, i64, i64)> =
        Note::select().columns((Note::AT.weekday(), Note::AT.day_of_year(), Note::AT.unix_seconds())).all(&db).await?;
    assert_eq!(days, [(2, 1, 1_357_034_645)], "a Tuesday");
    let by_day: Vec<(String, i64)> =
        Note::select().group_by(Note::AT.date_text()).columns((Note::AT.date_text(), count())).all(&db).await?;
    assert_eq!(by_day, [("2013-01-01".into(), 1)]);
    let first = Note::TAGS.json_extract::<String>("$[0]");
    let tags: Vec<(Option<String>, i64)> =
        Note::select().columns((first, Note::TAGS.json_array_length())).all(&db).await?;
    assert_eq!(tags, [(Some("red".into()), 2)]);
    assert_eq!(Note::select().filter(Note::TAGS.json_contains("blue".to_owned())).count(&db).await?, 1);
    assert_eq!(Note::select().filter(Note::TAGS.json_contains("green".to_owned())).count(&db).await?, 0);
    let all: Vec<aio_sql::Json<Vec<i64>>> = Note::select().columns(Note::ID.json_group_array::<i64>()).all(&db).await?;
    assert_eq!(all[0].0, [1]);
    Ok(())
}

#[cfg(all(feature = "json", feature = "jiff"))]
#[on_every_database]
async fn days_and_seconds_are_those_of_the_calendar(db: Database) -> Result<()> {
    db.create(Note).await?;
    let nearly = std::time::Duration::from_nanos(999_999_999);
    let start = jiff::Timestamp::from_second(-62_167_219_200).unwrap(); // the year 0
    let times: Vec<_> = (0..900_i64).map(|n| start + std::time::Duration::from_secs(n as u64 * 350_000_039)).collect();
    let note = |at: &jiff::Timestamp| NewNote { at: std::time::SystemTime::from(*at) + nearly, tags: vec![] };
    Note::insert_all(times.iter().map(note)).execute(&db).await?;
    let found: Vec<(i64, i64, i64)> = Note::select()
        .order_by(Note::ID)
        .columns((Note::AT.weekday(), Note::AT.day_of_year(), Note::AT.unix_seconds()))
        .all(&db)
        .await?;
    let expected = times.iter().map(|time| {
        let date = time.to_zoned(jiff::tz::TimeZone::UTC).date();
        (i64::from(date.weekday().to_monday_one_offset()), i64::from(date.day_of_year()), time.as_second())
    });
    assert_eq!(found, expected.collect::<Vec<_>>());
    Ok(())
}

#[on_every_database]
async fn an_order_is_chosen_by_names_from_a_list(db: Database) -> Result<()> {
    fill(&db).await;
    let allowed = || [("name", User::NAME.asc()), ("karma", User::KARMA.desc())];
    let names = |text: &str| {
        Ok::<_, aio_sql::Error>(User::select().order_by(order_by_names(text, allowed())?).columns(User::NAME))
    };
    assert_eq!(names("karma, -name")?.all(&db).await?, ["Dan", "Natalie", "Casey", "Jeremy"]);
    assert_eq!(names("-karma,name")?.all(&db).await?, ["Jeremy", "Casey", "Natalie", "Dan"]);
    assert_eq!(names("")?.count(&db).await?, 4);
    let error = names("karma,password").unwrap_err();
    assert_eq!(error.to_string(), "cannot sort by `password`: the allowed names are name, karma");
    Ok(())
}

#[on_every_database]
async fn rows_are_collected_into_maps_and_sets(db: Database) -> Result<()> {
    fill(&db).await;
    let karma: HashMap<String, i32> = User::select().columns((User::NAME, User::KARMA)).collect(&db).await?;
    assert_eq!((karma.len(), karma["Dan"]), (4, 9));
    let by_id: BTreeMap<i64, User> = User::select().columns((User::ID, User)).collect(&db).await?;
    assert_eq!(by_id.iter().map(|(id, user)| (*id, user.id)).collect::<Vec<_>>(), [(1, 1), (2, 2), (3, 3), (4, 4)]);
    let teams = User::select().columns(User::TEAM).collect::<BTreeSet<_>>(&db).await?;
    assert_eq!(teams.into_iter().collect::<Vec<_>>(), ["blue", "red"]);
    let either = User::select().columns(User::NAME).union_all(User::select().columns(User::TEAM));
    assert_eq!(either.collect::<BTreeSet<_>>(&db).await?.len(), 6);
    let sizes: BTreeMap<String, i64> = sql!("select team, count(*) from {User} group by team").collect(&db).await?;
    assert_eq!(sizes.into_iter().collect::<Vec<_>>(), [("blue".into(), 2), ("red".into(), 2)]);
    let teams: HashMap<String, Team> =
        sql!("select team, team, count(*), cast(sum(karma) as bigint) from {User} group by team").collect(&db).await?;
    assert_eq!(teams["red"].members, 2);
    Ok(())
}

#[on_every_database]
async fn a_map_keeps_the_last_row_of_a_key(db: Database) -> Result<()> {
    fill(&db).await;
    let best: HashMap<String, String> =
        User::select().order_by(User::KARMA).columns((User::TEAM, User::NAME)).collect(&db).await?;
    assert_eq!(best["red"], "Dan");
    let all: Vec<i64> = cte_recursive(
        Series,
        values([(1_i64,)]),
        Series.select().filter(Series::N.lt(20_000)).columns((Series::N + 1,)),
    )
    .select()
    .columns(Series::N)
    .collect(&db)
    .await?;
    assert_eq!((all.len(), all.last()), (20_000, Some(&20_000)), "of many batches, in order");
    let error = sql!("select team from {User}").collect::<HashMap<String, String>>(&db).await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Usage);
    Ok(())
}

#[on_every_database]
async fn rows_of_a_raw_query_are_a_table_of_a_typed_one(db: Database) -> Result<()> {
    fill(&db).await;
    let least = 6;
    let teams = || {
        sql!("select team, count(*) as members, cast(sum(karma) as bigint) as karma from {User} where karma > {least} group by team")
            .rows(Team)
    };
    let big = teams().select().filter(Team::MEMBERS.gt(1)).columns(Team::TEAM);
    assert_eq!(big.all(&db).await?, ["blue"]);
    let users = User::select()
        .join_on(teams(), Team::TEAM.eq(User::TEAM))
        .filter(User::KARMA.lt(6))
        .columns((User::NAME, Team::KARMA));
    assert_eq!(users.all(&db).await?, [("Jeremy".into(), Some(9))]);
    Ok(())
}

#[on_every_database]
async fn the_text_of_a_key_does_not_keep_the_value_of_an_index(db: Database) -> Result<()> {
    #[derive(Table, Clone, Debug, PartialEq)]
    #[table(index(name, where = "id = 1"))]
    struct Thing {
        #[column(primary_key)]
        id: i64,
        name: String,
    }
    db.create(Thing).await?;
    Thing::insert_all((1..=2).map(|id| Thing { id, name: "a".into() })).execute(&db).await?;
    for id in [1, 2, 1] {
        let mut thing = Thing::find(id).one(&db).await?;
        assert_eq!(thing.id, id);
        thing.name = format!("thing {id}");
        thing.save(&db).await?;
    }
    assert_eq!(Thing::select().order_by(Thing::ID).columns(Thing::NAME).all(&db).await?, ["thing 1", "thing 2"]);
    assert_eq!(Thing::select().filter(Thing::ID.eq(1)).one(&db).await?.name, "thing 1");
    Thing::find(2).one(&db).await?.remove(&db).await?;
    assert_eq!(Thing::select().count(&db).await?, 1);
    Ok(())
}
