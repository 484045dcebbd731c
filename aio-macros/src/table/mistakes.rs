//! Tests of the errors of the derive. All errors of a table are reported at once.

use expect_test::{Expect, expect};
use syn::{DeriveInput, parse_quote};

use super::grammar::{COLUMN, FOREIGN_KEY, INDEX, NEW, TABLE};
use crate::attribute::Grammar;
use crate::errors::Errors;
use crate::testing::messages;

fn check(input: &DeriveInput, expected: Expect) {
    let mut found = messages(super::derive(input)).join("\n");
    found.push('\n');
    expected.assert_eq(&found);
}

#[test]
fn types_that_are_not_structs_with_named_fields() {
    let enumeration: DeriveInput = parse_quote!(
        enum Colour {
            Red,
        }
    );
    let generic: DeriveInput = parse_quote!(
        struct Pair<'a, T> {
            a: &'a T,
        }
    );
    let tuple: DeriveInput = parse_quote!(
        struct Id(i64);
    );
    let unit: DeriveInput = parse_quote!(
        struct Nothing;
    );
    let union: DeriveInput = parse_quote!(union Bits { a: u32, b: f32 });
    let empty: DeriveInput = parse_quote!(
        struct Empty {
            #[column(skip)]
            a: i64,
        }
    );
    let all = [enumeration, generic, tuple, unit, union, empty];
    let found: Vec<String> = all.iter().flat_map(|input| messages(super::derive(input))).collect();
    expect![[r#"
        Colour: `#[derive(Table)]` is for a struct with named fields, this is an enum; an enum can be a column: `#[derive(SqlType)]`
        Pair: `#[derive(Table)]` does not support types that borrow: write `String` instead of `&str`, `Vec<u8>` instead of `&[u8]`
        Pair: `#[derive(Table)]` does not support generics: write a separate type for each use
        Id: `#[derive(Table)]` is for a struct with named fields, this is a tuple struct
        Nothing: `#[derive(Table)]` is for a struct with named fields, this is a struct without fields
        Bits: `#[derive(Table)]` is for a struct with named fields, this is a union
        Empty: a table needs at least one column: add a field without `#[column(skip)]`"#]].assert_eq(&found.join("\n"));
}

#[test]
fn items_that_are_unknown_repeated_misplaced_or_malformed() {
    let input: DeriveInput = parse_quote! {
        #[table(nme = "x", strict, strict, auto, methods = 3, crate = "a b", check = " ", "x", name "users", foreign_key(on_delet = cascade))]
        #[table]
        #[column(auto)]
        struct User {
            #[column(uniqe, colour, unique, primary_key)]
            #[column(unique)]
            id: i64,
            #[column(name = 5, index = 3, check("x"), default, json(x), scale = 29)]
            #[table(strict)]
            name: String,
        }
    };
    check(
        &input,
        expect![[r#"
            User: `table` takes a list: write `#[table(..)]`
            User: `#[column(..)]` belongs on a field: write `#[table(..)]` on the struct
            User: expected a name, found `"x"`
            User: expected `,`, `=` or `(..)` after `name`
            User: `#[table(..)]` has no `nme`: did you mean `name`?
            User: `strict` is given twice: leave one of them out
            User: `auto` belongs on a field: write `#[column(auto)]` there
            User: `crate` takes a path: write `crate = "path::to::aio_sql"`
            User.id: `#[column(..)]` has no `uniqe`: did you mean `unique`?
            User.id: `#[column(..)]` has no `colour`: it takes `name`, `primary_key`, `auto`, `autoincrement`, `unique`, `index`, `default`, `check`, `collate`, `declared_type`, `references`, `on_delete`, `on_update`, `deferred`, `generated`, `stored`, `virtual`, `json`, `array`, `scale`, `time`, `uuid`, `decimal`, `created_at`, `updated_at`, `version`, `comment`, `was`, `backfill`, `skip`
            User.id: `unique` is given twice: leave one of them out
            User.id: `unique` is given twice: leave one of them out
            User.name: `#[table(..)]` belongs on the struct: write `#[column(..)]` on a field
            User.name: `name` takes a value: write `name = "id"` (expected string literal)
            User.name: `index` takes no value: write only `index`
            User.name: `check` takes a value: write `check = "x"`, or `check(expr = "x", name = "…")`
            User.name: `default` takes a value: write `default = 0`
            User.name: `json` takes no value: write only `json`
            User.name: `scale` is the number of decimal places: write a number from 0 to 28
            User: `methods` takes a value: write `methods = false` (expected boolean literal)
            User: `check` must not be empty
            User: `foreign_key(..)` has no `on_delet`: did you mean `on_delete`?
            User: `foreign_key(..)` needs `columns(a, b)`
            User: `foreign_key(..)` needs `references(Other::A, Other::B)`
        "#]],
    );
}

#[test]
fn lists_of_names_that_are_not_columns() {
    let input: DeriveInput = parse_quote! {
        #[table(
            primary_key(),
            unique(nme, karma),
            unique(karma),
            index(name, name, unique = 3, wher = "x"),
            index(unique),
            index(karma, where = "karma > 0"),
            index(karma, where = "karma < 0"),
            index(karma, unique),
            index(karma, name = "other"),
            foreign_key(columns(a, b), references(Team::ID)),
            foreign_key(columns(name, karma), references(Team::ID, Club::ID)),
            foreign_key(columns(name)),
            foreign_key(columns(other), references(Team::ID))
        )]
        struct User {
            name: String,
            #[column(unique)]
            karma: i64,
            #[column(skip)]
            cache: i64,
        }
    };
    check(
        &input,
        expect![[r#"
            User: `primary_key` takes a list: write `primary_key(a, b)`
            User: `index(..)` has no `wher`: did you mean `where`?
            User: `unique` takes no value: write only `unique`
            User: `columns(..)` has 2 and `references(..)` 1: write one target for each column
            User: a foreign key refers to one table: write a separate `foreign_key(..)` for the columns of another table
            User: `foreign_key(..)` needs `references(Other::A, Other::B)`
            User: there is no field `nme`: did you mean `name`? the fields are `name`, `karma`
            User: there is no field `other`: the fields are `name`, `karma`
            User: `name` is in the list twice: leave one of them out
            User: an index needs a column: write `index(a, b)` or `index(expr = "lower(a)")`
            User: these columns are already unique: leave one of the two out
            User: another index is on the same columns: give one of the two a `name = "…"`
        "#]],
    );
}

#[test]
fn keys_that_contradict_each_other() {
    let two: DeriveInput = parse_quote! {
        struct Two {
            #[column(primary_key, auto)]
            a: i64,
            #[column(primary_key, default = 1)]
            b: i64,
        }
    };
    check(
        &two,
        expect![[r#"
            Two.b: a primary key of several columns is declared on the struct: write `#[table(primary_key(a, b))]`
            Two.a: the database cannot generate the values of a primary key of several columns: leave `auto` out, or make this the only column of the key
        "#]],
    );
    let both: DeriveInput = parse_quote! {
        #[table(primary_key(b), without_rowid)]
        struct Both {
            #[column(primary_key)]
            a: i64,
            #[column(auto, autoincrement, default = 1, version)]
            b: i64,
            #[column(auto)]
            c: i64,
        }
    };
    check(
        &both,
        expect![[r#"
            Both.a: the struct already has a `primary_key(..)`: leave one of them out
            Both.b: `autoincrement` includes `auto`: leave `auto` out
            Both.b: the database cannot generate keys for a table with `without_rowid`: leave out either `autoincrement` or `without_rowid`
            Both.b: `autoincrement` means that the database generates the value: leave `default` out
            Both.b: `autoincrement` means that the database generates the value: leave one of them out
            Both.c: the database only generates the values of a primary key: write `primary_key, auto`
            Both.c: the database cannot generate keys for a table with `without_rowid`: leave out either `auto` or `without_rowid`
        "#]],
    );
    let none: DeriveInput = parse_quote! {
        #[table(without_rowid)]
        struct Keyless {
            a: i64,
        }
    };
    check(
        &none,
        expect![[r#"
            Keyless: `without_rowid` needs a primary key: write `#[column(primary_key)]` on a field
        "#]],
    );
}

#[test]
fn columns_that_contradict_each_other() {
    let input: DeriveInput = parse_quote! {
        #[table(new(name = "User", drive(Clone)), new(name = "a b"))]
        struct User {
            id: i64,
            #[column(name = "ID")]
            key: i64,
            #[allow(non_snake_case)]
            KEY: i64,
            #[column(created_at, version)]
            a: i64,
            #[column(created_at)]
            b: i64,
            #[column(skip, json)]
            c: i64,
            #[column(generated = "a", default = 1, primary_key)]
            d: i64,
            #[column(generated = "a", stored, virtual)]
            e: i64,
            #[column(stored)]
            f: i64,
            #[column(json, scale = 2)]
            g: i64,
            #[column(on_delete = cascade, deferred)]
            h: i64,
        }
    };
    check(
        &input,
        expect![[r#"
            User: `new` is given twice: leave one of them out
            User.g: `json` and `scale` are two stored forms: leave one of them out
            User: `new(..)` has no `drive`: did you mean `derive`?
            User.key: the column `ID` already belongs to `User.id`: give one of the fields another `name`
            User.KEY: the constant `KEY` already belongs to `User.key`: rename one of the fields
            User.b: `User.a` already has this attribute, which only one column can have: leave one of them out
            User: the struct of a new row needs a different name than the table's struct
            User.a: a column is one of `created_at`, `updated_at` and `version`: leave the others out
            User.c: `skip` means that the field is not a column: leave out either `json` or `skip`
            User.d: `generated` means that the database computes the column: leave `default` out
            User.d: `generated` means that the database computes the column: leave `primary_key` out
            User.e: a generated column is `stored` or `virtual`: leave one of them out
            User.f: `stored` is a kind of generated column: write `generated = "…", stored`
            User.h: `on_delete` belongs to a foreign key: add `references = Team::ID`
            User.h: `deferred` belongs to a foreign key: add `references = Team::ID`
        "#]],
    );
}

#[test]
fn invalid_values() {
    let input: DeriveInput = parse_quote! {
        struct User {
            #[column(default = 9223372036854775808)]
            a: i64,
            #[column(default = -9223372036854775809)]
            b: i64,
            #[column(default = None)]
            c: Option<i64>,
            #[column(default = Vec::new())]
            d: i64,
            #[column(default = sql(1))]
            e: i64,
            #[column(default = 1e999)]
            f: f64,
            #[column(collate = upper)]
            g: String,
            #[column(references = Team, on_delete = cascad)]
            h: i64,
            #[column(references = "team(id)")]
            i: i64,
            #[column(declared_type = VARCHAR)]
            j: String,
            #[column(primary_key, auto, declared_type = "BIGINT")]
            k: i64,
        }
    };
    check(
        &input,
        expect![[r#"
            User.a: the number does not fit into 64 bits, as the integers of a database
            User.b: the number does not fit into 64 bits, as the integers of a database
            User.c: an `Option` without a default is already NULL: leave `default` out
            User.d: `default` takes a literal, `now`, or an expression of the database as `sql("…")`
            User.e: `default` takes a literal, `now`, or an expression of the database as `sql("…")`
            User.f: the number does not fit into 64 bits, as the floating-point numbers of a database
            User.g: `collate` takes `binary`, `nocase`, `rtrim`, `unicode`, or the name of a registered collation as a string
            User.h: `Team` is not a column: write the table and the column, `Team::ID`
            User.h: `on_delete` has no `cascad`: did you mean `cascade`? it takes `cascade`, `restrict`, `set_null`, `set_default`, `no_action`
            User.i: `references` takes a value: write `references = Team::ID` (expected identifier)
            User.j: `declared_type` takes a value: write `declared_type = "VARCHAR(20)"` (expected string literal)
            User.k: the database generates the values only of a key that has its own integer type: leave `declared_type` out
        "#]],
    );
}

#[test]
fn invalid_histories() {
    let input: DeriveInput = parse_quote! {
        #[table(was = "USER", migrate = false)]
        struct User {
            #[column(was = "ID", primary_key, auto, backfill = sql("1"))]
            id: i64,
            #[column(was = "id", backfill = 3)]
            a: i64,
            #[column(was = "old", backfill = now)]
            b: i64,
            #[column(was = "Old", backfill = sql(""))]
            c: i64,
            #[column(was = "", backfill)]
            d: i64,
            #[column(was, generated = "a", backfill = sql("a"))]
            e: i64,
            #[column(skip, was = "x")]
            f: i64,
        }
    };
    check(
        &input,
        expect![[r#"
            User.a: `backfill` takes an expression of the database: write `backfill = sql("3")`
            User.b: `backfill` takes an expression of the database: write `backfill = sql("lower(title)")`
            User.c: `backfill` takes an expression of the database: write `backfill = sql("lower(title)")`
            User.d: `was` must not be empty
            User.d: `backfill` takes a value: write `backfill = sql("lower(title)")`
            User.e: `was` takes a value: write `was = "title"`
            User: the table is still called `user`: leave `was` out, or change its name
            User: `was` is for migrations, which `migrate = false` switches off: leave one of them out
            User.id: the column is still called `ID`: leave `was` out, or change the name of the column
            User.a: `id` is still the column of `User.id`: rename the one column first, and add the other one in the next migration
            User.c: `User.b` was the column `Old`, too: leave `was` out of one of the fields
            User.id: `auto` means that the database sets the column in every row: leave `backfill` out
            User.e: `generated` means that the database sets the column in every row: leave `backfill` out
            User.f: `skip` means that the field is not a column: leave out either `was` or `skip`
        "#]],
    );
    let word: DeriveInput = parse_quote! {
        #[table(migrate, was = 3)]
        struct User {
            id: i64,
        }
    };
    check(
        &word,
        expect![[r#"
        User: `migrate` takes a value: write `migrate = false`
        User: `was` takes a value: write `was = "posts"` (expected string literal)
    "#]],
    );
}

#[test]
fn invalid_checks() {
    let input: DeriveInput = parse_quote! {
        #[table(check(name = "good"), check(expr = "a > 0", nme = "Fine"), check("a > 1"), check(expr = ""), check())]
        struct User {
            #[column(check(expr = "a > 0", name = "fine"))]
            a: i64,
            #[column(check(expr = "b > 0", name = 5, where = "x"))]
            b: i64,
        }
    };
    check(
        &input,
        expect![[r#"
            User.b: `check(..)` has no `where`: it takes `expr`, `name`
            User.b: `name` takes a value: write `name = "good"` (expected string literal)
            User: `check(..)` needs `expr = "karma > 0"`
            User: `check(..)` has no `nme`: did you mean `name`?
            User: `check` takes a value: write `check = "a > 1"`, or `check(expr = "a > 1", name = "…")`
            User: `expr` must not be empty
            User: `check` takes a list: write `check(expr = "karma > 0", name = "good")`
            User: another check has the name `Fine`: give this one a different name
        "#]],
    );
}

#[test]
fn unknown_forms_of_other_programs() {
    let input: DeriveInput = parse_quote! {
        struct User {
            #[column(time = "swatch")]
            a: SystemTime,
            #[column(time = "datetime(7|9)+01:00")]
            b: SystemTime,
            #[column(time)]
            c: SystemTime,
            #[column(uuid = "hex")]
            d: Uuid,
            #[column(decimal = "float")]
            e: Decimal,
            #[column(decimal = "text(29)")]
            f: Decimal,
            #[column(time = "datetime", uuid = "text", json)]
            g: SystemTime,
        }
    };
    check(
        &input,
        expect![[r#"
            User.a: `time` has no form `swatch`: it takes `unix_seconds`, `unix_millis`, `unix_micros`, `unix_nanos`, `julian`, `seconds`, `millis`, `micros`, `datetime`, `iso8601`, `time`; a form of text can be followed by its decimal places and its zone, as in `datetime(6)`, `datetime+00:00` and `iso8601(0|3|6|9)Z`
            User.b: `time` has no form `datetime(7|9)+01:00`: it takes `unix_seconds`, `unix_millis`, `unix_micros`, `unix_nanos`, `julian`, `seconds`, `millis`, `micros`, `datetime`, `iso8601`, `time`; a form of text can be followed by its decimal places and its zone, as in `datetime(6)`, `datetime+00:00` and `iso8601(0|3|6|9)Z`
            User.c: `time` takes a value: write `time = "unix_seconds"`
            User.d: `uuid` has no form `hex`: write `text` for 36 characters in lower case, `upper` for upper case, or `simple` for 32 characters without hyphens; without `uuid`, a UUID is stored as its 16 bytes
            User.e: `decimal` has no form `float`: write `real` for a floating-point number, or `text(2)` for text with two decimal places; without `decimal`, a decimal is stored as text with as many places as it needs, or with `scale = 2` as an integer
            User.f: `decimal` has no form `text(29)`: write `real` for a floating-point number, or `text(2)` for text with two decimal places; without `decimal`, a decimal is stored as text with as many places as it needs, or with `scale = 2` as an integer
            User.g: `time` and `uuid` are two stored forms: leave one of them out
        "#]],
    );
}

#[test]
fn valid_parts_are_expanded_together_with_the_errors() {
    let input: DeriveInput = parse_quote! {
        struct User {
            #[column(primary_key, auto, colour = "red")]
            id: i64,
        }
    };
    let expansion = crate::testing::formatted(super::derive(&input));
    assert!(expansion.contains("compile_error"));
    assert!(expansion.contains("const ID: ::aio_sql::Column<User, i64>"));
    assert!(expansion.contains("type Key = i64;"));
    assert!(expansion.contains("struct NewUser"));
}

/// Returns the errors that a grammar reports for a list with this content.
fn errors_of(grammar: &Grammar, content: &str) -> Vec<String> {
    let name = proc_macro2::Ident::new("User", proc_macro2::Span::call_site());
    let tokens: proc_macro2::TokenStream = content.parse().unwrap_or_default();
    messages(Errors::collect(&name, |errors| {
        grammar.items_of(tokens, errors);
        proc_macro2::TokenStream::new()
    }))
}

#[test]
fn every_item_is_recognized_if_it_is_misspelled_repeated_or_misplaced() {
    for grammar in [&TABLE, &COLUMN, &NEW, &INDEX, &FOREIGN_KEY] {
        for name in grammar.names {
            assert_eq!(errors_of(grammar, name), [""; 0], "{name}");
            let misspelt = format!("{name}x");
            let expected = format!("User: `{}` has no `{misspelt}`: did you mean `{name}`?", grammar.list);
            assert_eq!(errors_of(grammar, &misspelt), [expected]);
            let twice = errors_of(grammar, &format!("{name}, {name}"));
            if grammar.repeated.contains(name) {
                assert_eq!(twice, [""; 0]);
            } else {
                assert_eq!(twice, [format!("User: `{name}` is given twice: leave one of them out")]);
            }
        }
    }
    for (grammar, other) in [(&TABLE, &COLUMN), (&COLUMN, &TABLE)] {
        let own = |name: &str| grammar.names.contains(&name) || grammar.hints.iter().any(|(hinted, _)| *hinted == name);
        for name in other.names.iter().filter(|name| !own(name)) {
            let there = other.list.replace("..", name);
            assert_eq!(
                errors_of(grammar, name),
                [format!("User: `{name}` belongs on {}: write `{there}` there", other.owner)]
            );
        }
        for (name, hint) in grammar.hints {
            assert_eq!(errors_of(grammar, name), [format!("User: `{}` has no `{name}`: {hint}", grammar.list)]);
        }
    }
}
