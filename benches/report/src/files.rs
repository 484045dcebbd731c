//! The database files of the benchmark: they are created before the measurement and copied for
//! each sample. After each sample, its result is verified: the rows that the program has read, or
//! those that it has written to its copy.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bench_harness::{AsJoined, AsUser, Check, Checked, Item, NewUser, Result, Sample, Sizes, Workload, assemble, data};
use rusqlite::{Connection, params};

/// The folder with the files. Dropping this removes the folder.
pub(crate) struct Files {
    folder: PathBuf,
    sizes: Sizes,
}

impl Files {
    /// Creates the files that these workloads need.
    pub(crate) fn new(dir: &Path, sizes: Sizes, workloads: &[Workload]) -> Result<Files> {
        warn_of_memory(dir);
        let folder = dir.join(format!("aio-sql-bench-{}", std::process::id()));
        fs::create_dir_all(&folder)?;
        let files = Files { folder, sizes };
        for name in ["users", "few", "three", "empty", "readings"] {
            if workloads.iter().any(|workload| seed(*workload) == name) {
                files.make(name)?;
            }
        }
        Ok(files)
    }

    fn make(&self, name: &str) -> Result {
        let mut raw = Connection::open(self.path(name))?;
        raw.query_row("pragma journal_mode = wal", [], |_| Ok(()))?;
        raw.execute_batch(data::SCHEMA)?;
        let transaction = raw.transaction()?;
        let (users, posts) = match name {
            "users" => (self.sizes.users, data::some_posts(self.sizes.users).collect()),
            "few" => (self.sizes.few, vec![]),
            "three" => (self.sizes.authors, data::posts(self.sizes.authors).collect()),
            _ => (0, vec![]),
        };
        for user in data::users(users) {
            transaction.prepare_cached("insert into users values (?, ?, ?)")?.execute(params![
                user.id,
                user.name,
                user.hair_color
            ])?;
        }
        for post in &posts {
            transaction.prepare_cached("insert into posts values (?, ?, ?)")?.execute(params![
                post.id,
                post.user_id,
                post.title
            ])?;
        }
        if name == "three" {
            for comment in data::comments(posts.len() as i64) {
                transaction.prepare_cached("insert into comments values (?, ?, ?)")?.execute(params![
                    comment.id,
                    comment.post_id,
                    comment.text
                ])?;
            }
        }
        if name == "readings" {
            for reading in data::readings(self.sizes.readings) {
                transaction.prepare_cached("insert into readings values (?, ?, ?)")?.execute(params![
                    reading.id,
                    reading.sensor,
                    reading.value
                ])?;
            }
        }
        transaction.commit()?;
        raw.query_row("pragma wal_checkpoint(truncate)", [], |_| Ok(()))?;
        raw.close().map_err(|(_, error)| error)?;
        Ok(fs::File::open(self.path(name))?.sync_all()?)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.db"))
    }

    /// Returns a copy of the file for a sample. Programs that only read get a copy, too, because
    /// closing a database may store statistics in it, which would change the query plans of the
    /// next program.
    pub(crate) fn give(&self, workload: Workload) -> Result<PathBuf> {
        let path = self.path(seed(workload));
        let copy = self.path("copy");
        self.forget(&copy);
        fs::copy(path, &copy)?;
        fs::File::open(&copy)?.sync_all()?;
        Ok(copy)
    }

    /// Removes a copy, with its write-ahead log.
    fn forget(&self, copy: &Path) {
        for suffix in ["", "-wal", "-shm"] {
            let mut name = copy.as_os_str().to_owned();
            name.push(suffix);
            // A file that does not exist need not be removed.
            let _ = fs::remove_file(name);
        }
    }

    /// Verifies the result of a sample.
    ///
    /// # Errors
    /// Fails if the program has not read or written the expected rows.
    pub(crate) fn verify(&self, workload: Workload, file: &Path, sample: &Sample) -> Result {
        let expected = match workload {
            Workload::All10k => data::users(self.sizes.users).map(|user| AsUser::check(&user)).collect(),
            Workload::All100 => data::users(self.sizes.few).map(|user| AsUser::check(&user)).collect(),
            Workload::Join10k => self.joined(),
            Workload::Three => self.trees(),
            Workload::Stream => {
                let mut check = Check::default();
                data::readings(self.sizes.readings).for_each(|row| check.add_reading(row.id, &row.sensor, row.value));
                check
            }
            Workload::Cancel => Check::rows(1),
            // The program itself has verified every row.
            Workload::Point1 | Workload::Point64 => {
                return if sample.operations > 0 { Ok(()) } else { Err("nothing was read".into()) };
            }
            Workload::Bulk => items(file)?,
            _ => new_users(file, self.sizes.users)?,
        };
        let found = Check { rows: sample.rows, sum: sample.sum };
        if found == expected && expected.rows > 0 {
            Ok(())
        } else {
            Err(format!("expected {expected:?}, the program says {found:?}").into())
        }
    }

    fn joined(&self) -> Check {
        let mut posts = data::some_posts(self.sizes.users).peekable();
        let mut sum = Check::default();
        for user in data::users(self.sizes.users) {
            let mut its = Vec::new();
            while let Some(post) = posts.next_if(|post| post.user_id == user.id) {
                its.push(post);
            }
            if user.hair_color.as_deref() != Some(data::HAIR_COLOR) {
                continue;
            }
            if its.is_empty() {
                sum.add(AsJoined::check(&(user.clone(), None::<bench_harness::Post>)));
            }
            for post in its {
                sum.add(AsJoined::check(&(user.clone(), Some(post))));
            }
        }
        sum
    }

    fn trees(&self) -> Check {
        let users: Vec<_> = data::users(self.sizes.authors).collect();
        let posts: Vec<_> = data::posts(self.sizes.authors).collect();
        let comments: Vec<_> = data::comments(posts.len() as i64).collect();
        assemble(users, posts, comments).check()
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.folder) {
            eprintln!("{} could not be removed: {error}", self.folder.display());
        }
    }
}

fn seed(workload: Workload) -> &'static str {
    match workload {
        Workload::All100 => "few",
        Workload::Three => "three",
        Workload::Bulk | Workload::Cancel => "empty",
        Workload::Stream => "readings",
        _ => "users",
    }
}

/// Returns the check of the users that the program has inserted, after the `before` users of the
/// original file.
fn new_users(file: &Path, before: i64) -> Result<Check> {
    let raw = Connection::open(file)?;
    let mut statement = raw.prepare("select name, hair_color from users where id > ?")?;
    let checks =
        statement.query_map([before], |row| Ok(NewUser { name: row.get(0)?, hair_color: row.get(1)? }.check()))?;
    Ok(checks.collect::<rusqlite::Result<Check>>()?)
}

fn items(file: &Path) -> Result<Check> {
    let raw = Connection::open(file)?;
    let mut statement = raw.prepare("select id, name, price, stock from items")?;
    let checks = statement.query_map([], |row| {
        Ok(Item { id: row.get(0)?, name: row.get(1)?, price: row.get(2)?, stock: row.get(3)? }.check())
    })?;
    Ok(checks.collect::<rusqlite::Result<Check>>()?)
}

/// Returns the number to which the slow query has to count so that it runs for `time` on this
/// machine.
pub(crate) fn count_for(time: Duration) -> Result<i64> {
    const TRIAL: i64 = 2_000_000;
    let raw = Connection::open_in_memory()?;
    let start = Instant::now();
    raw.query_row(data::COUNT, [TRIAL], |row| row.get::<_, i64>(0))?;
    Ok((TRIAL as f64 * time.as_secs_f64() / start.elapsed().as_secs_f64()) as i64)
}

/// Returns the file system of a folder, or `None` if the operating system does not report it.
pub(crate) fn file_system(dir: &Path) -> Option<String> {
    let dir = dir.canonicalize().ok()?;
    let mounts = fs::read_to_string("/proc/mounts").ok()?;
    let mounts = mounts.lines().filter_map(|line| {
        let mut words = line.split(' ').skip(1);
        Some((words.next()?, words.next()?))
    });
    let at = mounts.filter(|(point, _)| dir.starts_with(point)).max_by_key(|(point, _)| point.len());
    at.map(|(_, kind)| kind.to_owned())
}

fn warn_of_memory(dir: &Path) {
    if let Some(kind @ ("tmpfs" | "ramfs")) = file_system(dir).as_deref() {
        eprintln!(
            "warning: {} is {kind}, which is memory: durable writes have no meaning there; use --dir",
            dir.display()
        );
    }
}
