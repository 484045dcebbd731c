//! Texts with different collations in one expression or one query.

use aio_sql::{
    Collation, Database, Record, Result, Table, alias, case, count, cte, cte_recursive, value, values, window,
};
use servers::on_every_database;

#[derive(Table, Clone, Debug, PartialEq)]
struct Word {
    #[column(primary_key)]
    id: i64,
    /// Compared byte by byte.
    b: String,
    #[column(collate = nocase)]
    c: String,
}

alias!(Other = Word);

async fn fill(db: &Database) -> Result<()> {
    db.create(Word).await?;
    let words = [(1, "a", "A"), (2, "B", "b"), (3, "b", "B"), (4, "C", "x"), (5, "A", "a")];
    let words = words.map(|(id, b, c)| Word { id, b: b.into(), c: c.into() });
    Word::insert_all(words).execute(db).await?;
    Ok(())
}

macro_rules! ids {
    ($db:expr, $condition:expr) => {
        Word::select().filter($condition).order_by(Word::ID).columns(Word::ID).all($db).await?
    };
}

#[on_every_database(nocase)]
async fn the_collation_of_the_left_column_decides(db: Database) -> Result<()> {
    fill(&db).await?;
    assert_eq!(ids!(&db, Word::B.eq(Word::C)), [0_i64; 0]);
    assert_eq!(ids!(&db, Word::C.eq(Word::B)), [1, 2, 3, 5]);
    assert_eq!(ids!(&db, Word::C.between(Word::B, "b")), [1, 2, 3, 5]);
    assert_eq!(ids!(&db, Word::C.ge(Word::B).and(Word::B.lt("a"))), [2, 4, 5]);
    assert_eq!(ids!(&db, Word::C.is_in(["X"])), [4]);
    assert_eq!(ids!(&db, Word::B.concat("").eq(Word::C)), [1, 2, 3, 5], "a new text has no collation");
    assert_eq!(ids!(&db, Word::B.concat(Word::C).eq("aa")), [0_i64; 0]);
    let joined = Word::select().join_on(Other, Word::C.eq(Word::B.of::<Other>()));
    assert_eq!(joined.count(&db).await?, 8);
    let joined = Word::select().join_on(Other, Word::B.eq(Word::C.of::<Other>()));
    assert_eq!(joined.count(&db).await?, 4);
    Ok(())
}

#[on_every_database(nocase)]
async fn texts_are_found_in_a_query_by_the_collation_of_the_left_column(db: Database) -> Result<()> {
    fill(&db).await?;
    assert_eq!(ids!(&db, Word::B.is_in(Word::select().columns(Word::C))), [1, 2, 3, 5]);
    assert_eq!(ids!(&db, Word::B.is_not_in(Word::select().columns(Word::C))), [4]);
    assert_eq!(ids!(&db, Word::C.is_in(Word::select().filter(Word::B.eq("B")).columns(Word::B))), [2, 3]);
    let upper = Word::select().columns(Word::C.upper());
    assert_eq!(ids!(&db, Word::C.is_in(upper)), [1, 2, 3, 4, 5]);
    let all = Word::select().columns(Word::B).union(Word::select().columns(Word::C));
    assert_eq!(ids!(&db, Word::C.is_in(all)), [1, 2, 3, 4, 5]);
    let first = || Word::select().filter(Word::ID.eq(1)).columns(Word::C).scalar_subquery();
    assert_eq!(ids!(&db, Word::B.eq(first())), [5]);
    assert_eq!(ids!(&db, Word::C.eq(first())), [1, 5]);
    assert_eq!(ids!(&db, Word::B.collate(Collation::NoCase).eq(first())), [1, 5]);
    Ok(())
}

#[on_every_database(nocase)]
async fn a_new_text_is_compared_byte_by_byte(db: Database) -> Result<()> {
    fill(&db).await?;
    let either = || case::<String>().when(Word::ID.gt(2), Word::B).otherwise(Word::C);
    assert_eq!(ids!(&db, either().eq("b")), [2, 3]);
    assert_eq!(ids!(&db, either().lt("a")), [1, 4, 5]);
    assert_eq!(ids!(&db, Word::B.null_if(Word::C).is_null()), [0_i64; 0]);
    assert_eq!(ids!(&db, Word::C.null_if(Word::B).is_null()), [1, 2, 3, 5]);
    assert_eq!(ids!(&db, Word::C.null_if("x").eq("B")), [3]);
    assert_eq!(ids!(&db, Word::C.least(Word::B).eq("a")), [1], "the last of two equal ones");
    assert_eq!(ids!(&db, Word::C.greatest(Word::B).eq("A")), [1], "the first of two equal ones");
    assert_eq!(ids!(&db, Word::C.coalesce(Word::B).eq("A")), [1]);
    assert_eq!(ids!(&db, Word::C.coalesce(Word::B).eq(Word::C)), [1, 2, 3, 4, 5]);
    assert_eq!(ids!(&db, Word::C.contains(Word::B.collate(Collation::NoCase))), [1, 2, 3, 5]);
    let sorted: Vec<i64> = Word::select().order_by((either(), Word::ID)).columns(Word::ID).all(&db).await?;
    assert_eq!(sorted, [1, 5, 4, 2, 3]);
    let first = Word::C.first_value().over(window().partition_by(Word::C).order_by(Word::ID));
    let firsts: Vec<Option<String>> =
        Word::select().order_by((first.clone(), Word::ID)).columns(first).all(&db).await?;
    assert_eq!(firsts.into_iter().flatten().collect::<String>(), "AAbbx");
    let before = Word::C.lag(1).over(window().order_by(Word::ID)).coalesce(Word::B);
    assert_eq!(Word::select().order_by(Word::ID).columns(before).all(&db).await?, ["a", "A", "b", "B", "x"]);
    Ok(())
}

#[on_every_database(nocase)]
async fn the_smallest_text_is_that_of_its_collation(db: Database) -> Result<()> {
    fill(&db).await?;
    let of_all = Word::select().columns((Word::B.min(), Word::B.max(), Word::C.max()));
    assert_eq!(of_all.one(&db).await?, (Some("A".into()), Some("b".into()), Some("x".into())));
    let groups = Word::select().group_by(Word::C).having(Word::C.max().eq("X"));
    assert_eq!(groups.columns(count()).all(&db).await?, [0_i64; 0], "the largest text has no collation");
    let pairs = Word::select().group_by(Word::C.null_if(Word::B)).columns(count());
    assert_eq!(pairs.order_by(count().asc()).all(&db).await?, [1, 4]);
    let all = Word::select().columns(Word::C.group_concat(",").distinct().order_by(Word::C));
    assert_eq!(all.one(&db).await?.map(|all| all.to_lowercase()), Some("a,b,x".into()));
    Ok(())
}

#[on_every_database(nocase)]
async fn parts_of_a_compound_have_the_collation_of_the_first(db: Database) -> Result<()> {
    fill(&db).await?;
    let (b, c) = (|| Word::select().columns(Word::B), || Word::select().columns(Word::C));
    let folded = |texts: Vec<String>| texts.into_iter().map(|text| text.to_lowercase()).collect::<Vec<_>>();
    assert_eq!(folded(c().union(b()).order_by(Word::C).all(&db).await?), ["a", "b", "c", "x"]);
    assert_eq!(b().union(c()).order_by(Word::B).all(&db).await?, ["A", "B", "C", "a", "b", "x"]);
    assert_eq!(b().except(c()).all(&db).await?, ["C"]);
    assert_eq!(folded(c().except(b()).all(&db).await?), ["x"]);
    assert_eq!(b().intersect(c()).order_by(Word::B).all(&db).await?, ["A", "B", "a", "b"]);
    let small = Word::select().filter(Word::ID.lt(4)).columns((Word::ID, Word::C));
    let all = small.union_all(Word::select().filter(Word::ID.ge(4)).columns((Word::ID, Word::B)));
    let sorted: Vec<(i64, String)> = all.clone().order_by((Word::C, Word::ID)).all(&db).await?;
    assert_eq!(sorted.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [1, 5, 2, 3, 4]);
    let by_bytes = all.order_by((Word::C.collate(Collation::Binary), Word::ID));
    let sorted: Vec<(i64, String)> = by_bytes.all(&db).await?;
    assert_eq!(sorted.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [1, 5, 3, 4, 2]);
    let new = || Word::select().columns(Word::B.concat("!")).union_all(Word::select().columns(value("B".to_owned())));
    let ignoring = new().order_by(Word::B.concat("!").collate(Collation::NoCase)).limit(2);
    assert_eq!(folded(ignoring.all(&db).await?), ["a!", "a!"]);
    assert_eq!(new().order_by(Word::B.concat("!")).limit(2).all(&db).await?, ["A!", "B"]);
    let distinct = Word::select().distinct().order_by(Word::B.concat("?")).columns(Word::B.concat("?"));
    assert_eq!(distinct.all(&db).await?, ["A?", "B?", "C?", "a?", "b?"]);
    Ok(())
}

#[derive(Record, Clone, Debug, PartialEq)]
struct Named {
    id: i64,
    text: String,
}

#[on_every_database(nocase)]
async fn a_column_of_a_named_query_has_the_collation_of_what_it_selects(db: Database) -> Result<()> {
    fill(&db).await?;
    let folded = cte(Named, Word::select().columns((Word::ID, Word::C)));
    let exact = cte(Named, Word::select().columns((Word::ID, Word::C.concat(""))));
    for (query, found, small, sorted) in [(folded, 2, 4, [1, 5, 2, 3, 4]), (exact, 1, 4, [1, 3, 5, 2, 4])] {
        assert_eq!(query.select().filter(Named::TEXT.eq("B")).count(&db).await?, found);
        assert_eq!(query.select().filter(Named::TEXT.lt("c")).count(&db).await?, small);
        let ids: Vec<i64> = query.select().order_by((Named::TEXT, Named::ID)).columns(Named::ID).all(&db).await?;
        assert_eq!(ids, sorted);
        let joined = Word::select().join_on(&query, Word::B.eq(Named::TEXT)).count(&db).await?;
        assert_eq!(joined, 4);
        assert_eq!(ids!(&db, Word::B.is_in(query.select().columns(Named::TEXT))), [1, 2, 3, 5]);
    }
    Ok(())
}

#[on_every_database(nocase)]
async fn a_recursive_query_makes_longer_texts(db: Database) -> Result<()> {
    fill(&db).await?;
    let longer = || Named.select().filter(Named::ID.lt(3)).columns((Named::ID + 1, Named::TEXT.concat("b")));
    let texts = cte_recursive(Named, values([(1_i64, "a".to_owned())]), longer());
    let query = texts.select().order_by(Named::TEXT.desc()).columns(Named::TEXT);
    assert_eq!(query.all(&db).await?, ["abb", "ab", "a"]);
    let first = Word::select().filter(Word::ID.eq(1)).columns((Word::ID, Word::C));
    let texts = cte_recursive(Named, first, longer());
    assert_eq!(texts.select().filter(Named::TEXT.eq("ABB")).count(&db).await?, 1, "the first part has a collation");
    let joined = Named
        .select()
        .join_on(Word, Word::ID.eq(Named::ID + 1).and(Word::ID.lt(4)))
        .columns((Word::ID, Named::TEXT.concat(Word::C)));
    let texts = cte_recursive(Named, values([(1_i64, "-".to_owned())]), joined);
    assert_eq!(texts.select().order_by(Named::ID).columns(Named::TEXT).all(&db).await?, ["-", "-b", "-bB"]);
    Ok(())
}

#[on_every_database(nocase)]
async fn collate_needs_no_table_that_uses_the_collation(db: Database) -> Result<()> {
    db.execute_script("create table plain (id bigint primary key, b text not null)").await?;
    db.execute_script("insert into plain values (1, 'a'), (2, 'B'), (3, 'b')").await?;
    let same = || Plain::select().filter(Plain::B.collate(Collation::NoCase).eq("b"));
    let tx = db.begin_with(aio_sql::TransactionMode::ReadOnly).await?;
    assert_eq!(same().count(&tx).await?, 2);
    tx.commit().await?;
    assert_eq!(same().count(&db).await?, 2);
    let sorted = Plain::select().order_by((Plain::B.collate(Collation::NoCase), Plain::ID)).columns(Plain::ID);
    assert_eq!(sorted.all(&db).await?, [1, 2, 3]);
    Ok(())
}

#[derive(Table, Clone, Debug)]
#[table(strict = false)]
struct Plain {
    #[column(primary_key)]
    id: i64,
    b: String,
}
