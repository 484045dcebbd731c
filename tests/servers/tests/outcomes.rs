//! A test on a server ends exactly as it says.

#![allow(clippy::unwrap_used, missing_docs)]

use std::sync::Mutex;

use aio_sql::Result;
use servers::postgres::{Shared, shared};
use servers::{Needs, Outcome, Subject, on_postgres};

/// The address of the test's schema.
struct Address(String);

impl Subject for Address {
    async fn at(address: &str) -> Result<Address> {
        Ok(Address(address.to_owned()))
    }
}

async fn succeeds(_: Address) -> Result<()> {
    Ok(())
}

async fn fails(_: Address) -> Result<()> {
    Err(aio_sql::Error::new(aio_sql::ErrorKind::Usage, "wrong"))
}

#[test]
fn each_test_has_an_empty_schema() {
    let Some(Shared::Private(server, _)) = shared() else { return };
    let seen = Mutex::new(Vec::new());
    let look = |Address(address)| {
        let name = address.rsplit_once("search_path=").unwrap().1.to_owned();
        let count = format!("select count(*) from pg_class where relnamespace = '{name}'::regnamespace");
        let mut admin = server.connect().unwrap();
        assert_eq!(admin.run(&count).unwrap(), [[Some("0".to_owned())]]);
        admin.run(&format!("create table {name}.a (id int)")).unwrap();
        seen.lock().unwrap().push(name);
        async { Ok(()) }
    };
    on_postgres(look, Outcome::Success, Needs::Nothing);
    on_postgres(look, Outcome::Success, Needs::Nothing);
    let seen = seen.into_inner().unwrap();
    assert_ne!(seen[0], seen[1]);
}

#[test]
fn a_test_without_an_exception_succeeds() {
    on_postgres(succeeds, Outcome::Success, Needs::Nothing);
}

#[test]
#[should_panic(expected = "wrong")]
fn a_test_without_an_exception_must_not_fail() {
    on_postgres(fails, Outcome::Success, Needs::Nothing);
}

#[test]
#[should_panic(expected = "remove the exception beside it")]
fn a_test_with_an_exception_must_not_succeed() {
    on_postgres(succeeds, Outcome::Unsupported("FULL JOIN"), Needs::Nothing);
}

#[test]
#[should_panic(expected = "Unsupported(\"FULL JOIN\") is expected")]
fn a_test_with_an_exception_must_not_fail_in_another_way() {
    on_postgres(fails, Outcome::Unsupported("FULL JOIN"), Needs::Nothing);
}
