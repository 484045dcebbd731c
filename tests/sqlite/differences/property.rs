//! Random schemas in random spellings, and one random change.
//!
//! `AIO_SQL_CASES=2000 cargo test --all-features --test sqlite differences` sets the number of
//! cases of each property; the default is 96.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{Config, TestRunner};

use super::*;

/// A table `t0`, `t1`, and so on, whose first column is the key `id`.
#[derive(Clone, Debug)]
struct Plan {
    autoincrement: bool,
    columns: Vec<PlanColumn>,
    strict: bool,
    triggers: Vec<u8>,
}

/// A column `c0`, `c1`, and so on, with what belongs to it alone.
#[derive(Clone, Debug)]
struct PlanColumn {
    ty: &'static str,
    not_null: bool,
    default: Option<i64>,
    nocase: bool,
    generated: Option<i64>,
    unique: bool,
    /// The number to which a CHECK compares the column.
    check: Option<i64>,
    /// The action of a foreign key to the key of `t0`.
    reference: Option<&'static str>,
    index: Option<PlanIndex>,
}

#[derive(Clone, Copy, Debug)]
struct PlanIndex {
    unique: bool,
    descending: bool,
    expression: bool,
    condition: Option<i64>,
}

const TYPES: [&str; 4] = ["INTEGER", "TEXT", "REAL", "BLOB"];
const ACTIONS: [&str; 4] = ["NO ACTION", "CASCADE", "SET NULL", "RESTRICT"];

fn index() -> impl Strategy<Value = PlanIndex> {
    (any::<bool>(), any::<bool>(), any::<bool>(), proptest::option::of(0..9_i64))
        .prop_map(|(unique, descending, expression, condition)| PlanIndex { unique, descending, expression, condition })
}

fn column() -> impl Strategy<Value = PlanColumn> {
    let number = || proptest::option::weighted(0.3, 0..9_i64);
    let kind = (select(&TYPES[..]), any::<bool>(), number(), any::<bool>(), number());
    let reference = proptest::option::weighted(0.3, select(&ACTIONS[..]));
    let constraints = (proptest::bool::weighted(0.3), number(), reference, proptest::option::weighted(0.4, index()));
    (kind, constraints).prop_map(|((ty, not_null, default, nocase, generated), (unique, check, reference, index))| {
        // A generated column has no default and no foreign key here.
        let plain = generated.is_none();
        let (default, reference) = (default.filter(|_| plain), reference.filter(|_| plain));
        PlanColumn { ty, not_null, default, nocase, generated, unique, check, reference, index }
    })
}

fn plan() -> impl Strategy<Value = Plan> {
    (any::<bool>(), vec(column(), 1..5), any::<bool>(), vec(0..9_u8, 0..2))
        .prop_map(|(autoincrement, columns, strict, triggers)| Plan { autoincrement, columns, strict, triggers })
}

/// How a schema is spelled: a source of random choices.
struct Spelling<'a> {
    choices: &'a [u8],
    next: usize,
}

impl Spelling<'_> {
    /// Returns a random number below `count`. Without choices left, it is 0: the plainest.
    fn choose(&mut self, count: usize) -> usize {
        self.next += 1;
        self.choices.get(self.next % self.choices.len().max(1)).map_or(0, |choice| usize::from(*choice) % count)
    }

    fn name(&mut self, name: &str) -> String {
        let name = if self.choose(3) == 1 { name.to_uppercase() } else { name.to_owned() };
        match self.choose(5) {
            1 => format!("\"{name}\""),
            2 => format!("[{name}]"),
            3 => format!("`{name}`"),
            _ => name,
        }
    }

    fn letters(&mut self, words: &str) -> String {
        if self.choose(2) == 1 { words.to_lowercase() } else { words.to_owned() }
    }

    fn words(&mut self, words: &str) -> String {
        let words = self.letters(words);
        match self.choose(4) {
            1 => format!("{words} /* , ( */"),
            2 => format!("\n{words} -- ) '\n"),
            _ => words,
        }
    }

    fn expression(&mut self, column: &str, operator: &str, number: i64) -> String {
        let (column, operator) = (self.name(column), self.words(operator));
        match self.choose(3) {
            1 => format!("(({column}) {operator} {number})"),
            2 => format!("{column} {operator} ({number})"),
            _ => format!("{column} {operator} {number}"),
        }
    }

    fn constraint_name(&mut self) -> String {
        if self.choose(3) == 1 { format!("constraint n{}", self.next) } else { String::new() }
    }
}

/// Returns the script that creates the schema.
fn script(plans: &[Plan], views: &[u8], spelling: &mut Spelling<'_>) -> String {
    let mut script = String::new();
    for (number, plan) in plans.iter().enumerate() {
        let table = format!("t{number}");
        let name = spelling.name(&table);
        let autoincrement = if plan.autoincrement { spelling.words("autoincrement") } else { String::new() };
        let key = format!("{} integer primary key {autoincrement}", spelling.name("id"));
        let (mut parts, mut constraints, mut after) = (vec![key], Vec::new(), Vec::new());
        for (place, column) in plan.columns.iter().enumerate() {
            let plain = format!("c{place}");
            let mut text = format!("{} {}", spelling.name(&plain), spelling.letters(column.ty));
            let mut add = |constraint: String| text.push_str(&format!(" {constraint}"));
            if column.not_null {
                add(format!("{} {}", spelling.constraint_name(), spelling.words("not null")));
            }
            if let Some(default) = column.default {
                add(if spelling.choose(2) == 1 {
                    format!("default ({default})")
                } else {
                    format!("default {default}")
                });
            }
            if column.nocase {
                add(format!("collate {}", spelling.name("nocase")));
            }
            if let Some(number) = column.generated {
                let always = if spelling.choose(2) == 1 { "generated always as" } else { "as" };
                add(format!("{always} ({}) virtual", spelling.expression("id", "+", number)));
            }
            if column.unique {
                match spelling.choose(2) {
                    1 => constraints.push(format!("{} unique ({})", spelling.constraint_name(), spelling.name(&plain))),
                    _ => add(format!("{} unique", spelling.constraint_name())),
                }
            }
            if let Some(number) = column.check {
                let condition = spelling.expression(&plain, ">", number);
                match spelling.choose(2) {
                    1 => constraints.push(format!("check ({condition})")),
                    _ => add(format!("{} check ({condition})", spelling.constraint_name())),
                }
            }
            if let Some(action) = column.reference {
                let target = if spelling.choose(2) == 1 { "(id)" } else { "" };
                let reference =
                    format!("references {} {target} on delete {}", spelling.name("t0"), spelling.words(action));
                match spelling.choose(2) {
                    1 => constraints.push(format!("foreign key ({}) {reference}", spelling.name(&plain))),
                    _ => add(reference),
                }
            }
            parts.push(text);
            if let Some(index) = column.index {
                let unique = if index.unique { "unique" } else { "" };
                let named = match index.expression {
                    true => spelling.expression(&plain, "+", 1),
                    false => spelling.name(&plain),
                };
                let order = if index.descending { "desc" } else { ["", "asc"][spelling.choose(2)] };
                let condition =
                    index.condition.map(|number| format!("where {}", spelling.expression(&plain, "<", number)));
                after.push(format!(
                    "create {unique} index {} on {} ({named} {order}) {};",
                    spelling.name(&format!("i{number}_{place}")),
                    spelling.name(&table),
                    condition.unwrap_or_default()
                ));
            }
        }
        // The order of columns is free. The key stays the first, so that a change stays one.
        let turn = spelling.choose(parts.len());
        parts[1..].rotate_left(turn.min(plan.columns.len()));
        parts.extend(constraints);
        let strict = if plan.strict { spelling.words("strict") } else { String::new() };
        script.push_str(&format!("create table {name} ({}) {strict};", parts.join(",")));
        script.extend(after);
        for (place, number_of_body) in plan.triggers.iter().enumerate() {
            let create = spelling.words("create trigger");
            script.push_str(&format!(
                "{create} {} after insert on {} begin select {number_of_body}; end;",
                spelling.name(&format!("g{number}_{place}")),
                spelling.name(&table)
            ));
        }
    }
    for (place, number) in views.iter().enumerate() {
        script.push_str(&format!(
            "create view {} as {} {number};",
            spelling.name(&format!("v{place}")),
            spelling.words("select")
        ));
    }
    script
}

/// The parts on both sides of an expected difference.
type Sides = (Option<String>, Option<String>);

/// Changes one thing. Returns the differences by which it has to be found, first the side before
/// the change.
fn change(
    plans: &mut Vec<Plan>,
    views: &mut Vec<u8>,
    kind: usize,
    table: Index,
    column: Index,
    new: Plan,
) -> Vec<Sides> {
    let added = |part: String| vec![(None, Some(part))];
    let changed = |part: String| vec![(Some(part.clone()), Some(part))];
    let table = table.index(plans.len());
    let plan = &mut plans[table];
    let column = column.index(plan.columns.len());
    let fresh = new.columns[0].clone();
    let of = &mut plan.columns[column];
    let name = format!("column c{column}");
    match kind {
        0 => {
            plans.push(new);
            added(format!("table t{}", plans.len() - 1))
        }
        1 => {
            let plain = PlanColumn { unique: false, check: None, reference: None, index: None, ..fresh };
            plan.columns.push(plain);
            added(format!("column c{}", plan.columns.len() - 1))
        }
        2 => {
            of.ty = TYPES[(TYPES.iter().position(|ty| *ty == of.ty).unwrap() + 1) % TYPES.len()];
            changed(name)
        }
        3 => {
            of.not_null = !of.not_null;
            changed(name)
        }
        4 if of.generated.is_none() => {
            of.default = Some(of.default.map_or(3, |default| default + 1));
            changed(name)
        }
        5 => {
            of.nocase = !of.nocase;
            changed(name)
        }
        4 | 6 => {
            (of.generated, of.default) = (Some(of.generated.map_or(3, |number| number + 1)), None);
            if of.reference.take().is_some() {
                return [changed(name), vec![(Some(format!("foreign key c{column}")), None)]].concat();
            }
            changed(name)
        }
        7 if !of.unique => {
            of.unique = true;
            added(format!("unique c{column}"))
        }
        8 => match of.check {
            None => {
                of.check = Some(4);
                added("check".to_owned())
            }
            Some(number) => {
                of.check = Some(number + 1);
                vec![(Some("check".to_owned()), None), (None, Some("check".to_owned()))]
            }
        },
        9 | 7 if of.generated.is_none() => match of.reference {
            None => {
                of.reference = Some("CASCADE");
                added(format!("foreign key c{column}"))
            }
            Some(action) => {
                of.reference = Some(if action == "RESTRICT" { "CASCADE" } else { "RESTRICT" });
                changed(format!("foreign key c{column}"))
            }
        },
        10 => {
            let index = format!("index i{table}_{column}");
            match &mut of.index {
                None => {
                    of.index = fresh.index.or(Some(PlanIndex {
                        unique: false,
                        descending: true,
                        expression: false,
                        condition: None,
                    }));
                    added(index)
                }
                Some(found) => {
                    match fresh.ty {
                        "INTEGER" => found.unique = !found.unique,
                        "TEXT" => found.descending = !found.descending,
                        "REAL" => found.expression = !found.expression,
                        _ => found.condition = Some(found.condition.map_or(5, |number| number + 1)),
                    }
                    changed(index)
                }
            }
        }
        11 => {
            plan.strict = !plan.strict;
            changed(format!("options of t{table}"))
        }
        12 => {
            plan.autoincrement = !plan.autoincrement;
            changed("column id".to_owned())
        }
        13 => match plan.triggers.first_mut() {
            Some(body) => {
                *body += 1;
                changed(format!("trigger g{table}_0"))
            }
            None => {
                plan.triggers.push(1);
                added(format!("trigger g{table}_0"))
            }
        },
        _ => match views.first_mut() {
            Some(body) if new.strict => {
                *body += 1;
                changed("view v0".to_owned())
            }
            _ => {
                views.push(1);
                added(format!("view v{}", views.len() - 1))
            }
        },
    }
}

/// Returns the kind and name of a part in the case of the plan. A check has no name.
fn plain(part: Part<'_>) -> String {
    if matches!(part, Part::Check(_)) { "check".to_owned() } else { named(part).to_lowercase() }
}

fn run<S: Strategy>(strategy: S, check: impl AsyncFn(S::Value) -> Result<()>) {
    let cases = std::env::var("AIO_SQL_CASES").map_or(96, |text| text.parse().unwrap());
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 500, ..Config::default() };
    let result = TestRunner::new(config)
        .run(&strategy, |value| runtime.block_on(check(value)).map_err(|error| TestCaseError::fail(error.to_string())));
    if let Err(error) = result {
        panic!("{error}");
    }
}

fn schemas() -> impl Strategy<Value = (Vec<Plan>, Vec<u8>)> {
    (vec(plan(), 1..4), vec(0..9_u8, 0..3))
}

#[test]
fn a_schema_has_no_differences_from_itself_in_any_spelling() {
    run((schemas(), vec(any::<u8>(), 0..40)), async |((plans, views), choices)| {
        let plain = script(&plans, &views, &mut Spelling { choices: &[], next: 0 });
        let other = script(&plans, &views, &mut Spelling { choices: &choices, next: 0 });
        let (one, two) = (schema(&plain).await?, schema(&other).await?);
        for (wanted, found) in [(&one, &one), (&one, &two), (&two, &one)] {
            let lines: Vec<String> = wanted.differences(found)?.iter().map(ToString::to_string).collect();
            assert!(lines.is_empty(), "{plain}\n{other}\n{lines:#?}");
        }
        Ok(())
    });
}

#[test]
fn one_change_is_exactly_the_difference_that_names_it() {
    let choices = (0..15_usize, any::<Index>(), any::<Index>(), plan(), any::<bool>(), vec(any::<u8>(), 0..40));
    run((schemas(), choices), async |((plans, views), (kind, table, column, new, back, spelling))| {
        let before = script(&plans, &views, &mut Spelling { choices: &[], next: 0 });
        let (mut plans, mut views) = (plans, views);
        let mut expected = change(&mut plans, &mut views, kind, table, column, new);
        let after = script(&plans, &views, &mut Spelling { choices: &spelling, next: 0 });
        let (one, two) = (schema(&before).await?, schema(&after).await?);
        let (wanted, found) = if back { (&two, &one) } else { (&one, &two) };
        if back {
            expected = expected.into_iter().map(|(before, after)| (after, before)).collect();
        }
        let differences = wanted.differences(found)?;
        let sides = |difference: &Difference<'_>| (difference.wanted().map(plain), difference.found().map(plain));
        let mut seen: Vec<Sides> = differences.iter().map(sides).collect();
        seen.sort();
        expected.sort();
        assert_eq!(seen, expected, "{before}\n{after}\n{differences:#?}");
        Ok(())
    });
}
