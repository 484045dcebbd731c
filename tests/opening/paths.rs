//! Paths and URLs, as they are written and as they are resolved.

use super::*;

#[tokio::test]
async fn a_missing_file_is_created() -> Result<()> {
    let directory = directory();
    let path = directory.path().join("app.db");
    made(&path).await?;
    assert_eq!(files(directory.path()), ["app.db"], "and closing leaves the file alone");
    let db = Database::open(&path).await?;
    assert_eq!(db.path(), path);
    assert_eq!(Note::select().count(&db).await?, 100);
    db.close().await
}

#[tokio::test]
async fn closing_ends_only_when_the_file_is_closed() -> Result<()> {
    let directory = directory();
    let path = directory.path().join("app.db");
    for round in 0..200 {
        let db = Database::open(&path).await?;
        db.create_if_missing(Note).await?;
        assert_eq!(Note::select().count(&db).await?, 0);
        db.close().await?;
        assert_eq!(files(directory.path()), ["app.db"], "round {round}");
    }
    Ok(())
}

#[tokio::test]
async fn a_url_names_a_file_by_its_absolute_path() -> Result<()> {
    let directory = directory();
    let path = directory.path().join("app.db");
    made(&path).await?;
    for start in ["sqlite:", "sqlite://", "file:", "file://"] {
        let db = Database::open(format!("{start}{}", path.display())).await?;
        assert_eq!(db.path(), path, "{start}");
        assert_eq!(Note::select().count(&db).await?, 100);
        db.close().await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_relative_path_is_resolved_in_the_working_directory() -> Result<()> {
    // The whole process has one working directory, so the test does not change it. A relative path
    // leads from there to a file in the build directory.
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let path = directory.path().join("app.db");
    let here = std::env::current_dir().unwrap();
    let up = "../".repeat(here.components().count() - 1);
    let relative = PathBuf::from(format!("{up}{}", path.strip_prefix("/").unwrap().display()));
    made(&relative).await?;
    for url in [format!("sqlite:{}", relative.display()), format!("sqlite://{}", relative.display())] {
        let db = Database::open(url).await?;
        assert_eq!(db.path(), std::path::absolute(&relative).unwrap());
        assert_eq!(Note::select().count(&db).await?, 100);
        db.close().await?;
    }
    assert_eq!(files(directory.path()), ["app.db"]);
    Ok(())
}

/// Does nothing unless the test below runs it in a separate process, whose working directory it
/// changes.
#[tokio::test]
async fn a_child_changes_its_directory() -> Result<()> {
    let Some(here) = std::env::var_os("AIO_SQL_HERE").map(PathBuf::from) else { return Ok(()) };
    let there = here.join("there");
    fs::create_dir(&there).unwrap();
    for address in ["app.db", "./app.db", "sqlite:app.db", "sqlite:app.db?mode=rwc&vfs=unix"] {
        std::env::set_current_dir(&here).unwrap();
        let db = Database::builder(address).readers(1).max_connections(2).open().await?;
        assert_eq!(db.path(), here.join("app.db"), "{address}");
        db.create_if_missing(Note).await?;
        std::env::set_current_dir(&there).unwrap();
        Note::insert(note("x")).execute(&db).await?;
        let conn = db.connect().await?;
        Note::insert(note("y")).execute(&conn).await?;
        let count = Note::select().count(&db).await?;
        conn.close().await?;
        db.integrity_check().await?;
        db.checkpoint().await?;
        db.backup("copy.db", |_| ()).await?;
        assert_eq!(db.path(), here.join("app.db"), "{address}");
        db.close().await?;
        assert_eq!(files(&there), ["copy.db"], "{address}: a backup goes to where the program is");
        let copy = Database::open("copy.db").await?;
        assert_eq!(Note::select().count(&copy).await?, count);
        copy.close().await?;
        fs::remove_file("copy.db").unwrap();
        assert_eq!(files(&here), ["app.db", "there"], "{address}");
    }
    // An error about a relative path names the absolute path.
    std::env::set_current_dir(&here).unwrap();
    fs::remove_file("app.db").unwrap();
    refused(
        Database::builder("app.db").read_only().open(),
        ErrorKind::CannotOpen,
        &[here.join("app.db").to_str().unwrap()],
    )
    .await;
    Ok(())
}

#[test]
fn a_relative_path_names_the_same_file_after_the_working_directory_has_changed() {
    let directory = directory();
    let here = fs::canonicalize(directory.path()).unwrap();
    let child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["paths::a_child_changes_its_directory", "--exact"])
        .env("AIO_SQL_HERE", &here)
        .output()
        .unwrap();
    let said = [child.stdout, child.stderr].map(|said| String::from_utf8_lossy(&said).into_owned()).concat();
    assert!(child.status.success() && said.contains("1 passed"), "{said}");
}

#[tokio::test]
async fn escapes_in_a_url_are_decoded() -> Result<()> {
    let directory = directory();
    let path = directory.path().join("a b%?#&=ü.db");
    let name = "a%20b%25%3f%23%26%3D%C3%BC.db";
    for parameters in ["", "?mode=rwc", "?nolock=0&mode=rwc", "?vfs=unix"] {
        let db = Database::open(format!("sqlite:{}/{name}{parameters}", directory.path().display())).await?;
        assert_eq!(db.path(), path);
        db.create_if_missing(Note).await?;
        db.close().await?;
        assert_eq!(files(directory.path()), ["a b%?#&=ü.db"], "{parameters}");
    }
    Ok(())
}

#[tokio::test]
async fn a_path_is_not_decoded() -> Result<()> {
    let directory = directory();
    for name in ["a%20b.db", "a?b=c.db", "a#b.db", "ü.db", "it's \"so\".db"] {
        let path = directory.path().join(name);
        made(&path).await?;
        assert!(path.is_file(), "{name}");
    }
    assert_eq!(files(directory.path()).len(), 5);
    Ok(())
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_path_need_not_be_utf8() -> Result<()> {
    use std::os::unix::ffi::OsStringExt;
    let directory = directory();
    let path = directory.path().join(std::ffi::OsString::from_vec(b"caf\xe9.db".to_vec()));
    made(&path).await?;
    assert!(path.is_file());
    Ok(())
}

#[tokio::test]
async fn unknown_parameters_of_a_url_are_named() {
    let directory = directory();
    let path = directory.path().join("app.db");
    for (parameters, words) in [
        ("?mode=readonly", ["`mode=readonly`", "`ro`"]),
        ("?cahce=shared", ["`cahce`", "cache"]),
        ("?cache=all", ["`cache=all`", "cache"]),
        ("?immutable=yes", ["`immutable=yes`", "immutable"]),
        ("?x", ["`x`", "mode"]),
    ] {
        refused(Database::open(url(&path, parameters)), ErrorKind::Usage, &words).await;
    }
    refused(Database::open("sqlite:"), ErrorKind::Usage, &["sqlite:app.db"]).await;
    refused(Database::open(""), ErrorKind::Usage, &["Database::memory()"]).await;
    refused(Database::open("sqlite:%ff.db"), ErrorKind::Usage, &["UTF-8"]).await;
    assert!(files(directory.path()).is_empty());
}

#[tokio::test]
async fn the_error_for_another_database_does_not_show_the_password() {
    for scheme in ["mysql", "sqlserver", "sqlite3"] {
        let url = format!("{scheme}://user:s3cret@host/app");
        let error = refused(Database::open(url), ErrorKind::Usage, &[&format!("`{scheme}`")]).await;
        assert!(!format!("{error} {error:?}").contains("s3cret"));
    }
}

#[tokio::test]
async fn parameters_after_a_path_are_refused_with_advice() -> Result<()> {
    let directory = directory();
    for parameters in ["mode=ro", "immutable=1", "MODE=memory", "cache=shared&mode=ro", "nolock=1", "vfs=unix"] {
        let path = directory.path().join(format!("u.db?{parameters}"));
        let written = format!("`sqlite:{}`", path.display());
        let name = format!("`sqlite:{}`", path.display().to_string().replace('?', "%3f"));
        refused(Database::open(&path), ErrorKind::Usage, &[&written, &name]).await;
    }
    assert!(files(directory.path()).is_empty());
    let named = directory.path().join("u.db%3fmode=ro");
    Database::open(format!("sqlite:{}", named.display())).await?.close().await?;
    assert_eq!(files(directory.path()), ["u.db?mode=ro"]);
    Ok(())
}

#[tokio::test]
async fn a_parameter_value_cannot_add_parameters() -> Result<()> {
    let directory = directory();
    let path = directory.path().join("app.db");
    made(&path).await?;
    for value in ["unix%26immutable%3D1", "unix&immutable%3D1%26x", "unix%23", "unix%3fmode%3dmemory", "un%2569x"] {
        let error = Database::open(url(&path, &format!("?vfs={value}"))).await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::CannotOpen | ErrorKind::Usage | ErrorKind::Sql), "{value}: {error}");
    }
    let db = Database::open(url(&path, "?vfs=un%69x")).await?;
    assert_eq!(Note::select().count(&db).await?, 100);
    db.close().await
}

#[tokio::test]
async fn two_leading_slashes_of_a_path_do_not_name_a_host() -> Result<()> {
    let directory = directory();
    let path = directory.path().join("app.db");
    made(&path).await?;
    for parameters in ["", "?mode=ro", "?vfs=unix"] {
        let db = Database::open(format!("sqlite:///{}{parameters}", path.display())).await?;
        assert_eq!(Note::select().count(&db).await?, 100, "{parameters}");
        db.close().await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_nul_in_a_path_is_an_error() {
    for path in ["sqlite:a%00b.db", "sqlite:a%00b.db?vfs=unix", "sqlite:a.db?vfs=un%00ix", "a\0b.db"] {
        refused(Database::open(path), ErrorKind::Usage, &["NUL"]).await;
    }
}

#[tokio::test]
async fn an_invalid_address_fails_at_open() {
    for address in ["", "oracle://host/app", "sqlite:app.db?mode=x"] {
        let error = Database::builder(address).readers(2).read_only().open().await.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::Usage, "{address}");
    }
    let builder = Database::builder("sqlite:app.db?key=s3cret");
    assert!(!format!("{builder:?}").contains("s3cret"), "an address may hold a secret");
}
