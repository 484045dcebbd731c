//! Snapshots of expansions, and the errors.

use syn::parse_quote;

#[test]
fn show() {
    let six = parse_quote! {
        #[table(name = "users")]
        pub struct User {
            #[column(primary_key, auto)]
            pub id: i64,
            #[column(unique)]
            pub email: String,
            pub name: String,
            pub age: Option<i32>,
            pub created_at: i64,
            #[column(default = 0)]
            pub karma: i64,
        }
    };
    println!("{}", crate::testing::formatted(super::derive(&six)));
}
