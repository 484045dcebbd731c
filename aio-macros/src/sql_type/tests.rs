//! Tests of the expansions of enums and newtypes, and of the errors.

use expect_test::{expect, expect_file};
use syn::{DeriveInput, parse_quote};

use super::derive;
use crate::testing::{formatted, messages};

#[test]
fn enum_is_stored_as_text() {
    let input: DeriveInput = parse_quote! {
        enum Colour {
            Red,
            #[sql_type(name = "grass")]
            GreenAsGrass,
        }
    };
    expect_file!["../../snapshots/enum_as_text.rs"].assert_eq(&formatted(derive(&input)));
}

#[test]
fn enum_is_stored_as_integers() {
    let input: DeriveInput = parse_quote! {
        #[sql_type(integer, crate = "other")]
        enum Level {
            Low = -1,
            Middle,
            High = 0x10,
        }
    };
    expect_file!["../../snapshots/enum_as_integer.rs"].assert_eq(&formatted(derive(&input)));
}

#[test]
fn newtype_is_stored_like_the_value_in_it() {
    let input: DeriveInput = parse_quote!(
        pub struct UserId(i64);
    );
    expect_file!["../../snapshots/newtype.rs"].assert_eq(&formatted(derive(&input)));
}

#[test]
fn an_enum_sorts_if_its_texts_are_in_the_order_of_the_variants() {
    let order = |input: DeriveInput| formatted(derive(&input)).contains("type Order = ::aio_sql::Sorted");
    assert!(order(parse_quote!(
        enum A {
            Apple,
            Banana,
            Cherry,
        }
    )));
    assert!(!order(parse_quote!(
        enum B {
            Cherry,
            Banana,
        }
    )));
    // The texts are compared as they are stored, after `rename_all`.
    assert!(order(parse_quote!(
        enum Snake {
            InReview,
            Inbox,
        }
    )));
    assert!(!order(parse_quote!(
        #[sql_type(rename_all = "lowercase")]
        enum Lower {
            InReview,
            Inbox,
        }
    )));
    assert!(order(parse_quote!(
        enum C {
            Cherry = 2,
            Banana = 1,
        }
    )));
    assert!(!order(parse_quote!(
        enum D {
            Apple = ONE,
            Banana = 1,
        }
    )));
    assert!(order(parse_quote!(
        #[sql_type(integer)]
        enum E {
            Cherry = 2,
            Banana = 1,
        }
    )));
}

#[test]
fn all_errors_are_reported_at_once() {
    let inputs: [DeriveInput; 8] = [
        parse_quote!(
            enum Data {
                A(i64),
                #[sql_type(nam = "x")]
                B {
                    x: i64,
                },
            }
        ),
        parse_quote!(
            enum Nothing {}
        ),
        parse_quote!(
            enum Same {
                A,
                #[sql_type(name = "a")]
                B,
            }
        ),
        parse_quote!(
            #[sql_type(integer, integr)]
            enum Number {
                A = ONE,
                #[sql_type(name = "b")]
                B,
            }
        ),
        parse_quote!(
            #[sql_type(integer)]
            struct Id(#[sql_type(name = "x")] i64);
        ),
        parse_quote!(
            struct Pair(i64, i64);
        ),
        parse_quote!(
            struct Generic<T>(T);
        ),
        parse_quote!(union Bits { a: u32, b: f32 }),
    ];
    let found: Vec<String> = inputs.iter().flat_map(|input| messages(derive(input))).collect();
    expect![[r#"
        Data.A: a variant with data has no stored form: store the enum with `#[column(json)]`
        Data.B: a variant with data has no stored form: store the enum with `#[column(json)]`
        Data.B: `#[sql_type(..)]` has no `nam`: did you mean `name`?
        Nothing: an enum without variants has no value to store
        Same.B: `A` already has this text: give one of the variants another `name`
        Number: `#[sql_type(..)]` has no `integr`: did you mean `integer`?
        Number.A: this number is stored in the database: write it as an integer literal of at most 64 bits
        Number.B: the enum is stored as integers: leave `name` out
        Id: the field of a newtype cannot have this attribute: leave it out
        Id: `integer` is for an enum; a newtype is stored like the value in it: leave it out
        Pair: `#[derive(SqlType)]` is for an enum or a struct with one field without a name, `struct UserId(i64);`; a column can hold another struct as JSON: `#[column(json)]`
        Generic: `#[derive(SqlType)]` does not support generics: write a separate type for each use
        Bits: `#[derive(SqlType)]` is for an enum or a newtype, this is a union"#]].assert_eq(&found.join("\n"));
}
