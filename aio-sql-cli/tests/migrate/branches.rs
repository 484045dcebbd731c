//! Two branches of git that both add steps.

use crate::files;
use crate::package::{Folder, answer};

struct Repository(Folder);

impl Repository {
    fn git(&self, arguments: &str) -> crate::package::Answer {
        let mut git = self.0.program("git");
        git.args(["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main"]);
        git.env("GIT_EDITOR", "true").env("GIT_CONFIG_GLOBAL", "/dev/null");
        answer(git.args(arguments.split_whitespace()))
    }

    fn commit(&self, step: &str, sql: &str) {
        self.0.write(&format!("migrations/{step}.sql"), sql);
        self.tool("migrate rebase --onto HEAD").ok();
        self.git("add .").ok();
        self.git("commit -qm change").ok();
    }

    fn tool(&self, arguments: &str) -> crate::package::Answer {
        self.0.run(&format!("--migrations migrations {arguments}"))
    }

    /// Creates a repository in which `main` and `work` both add a second step.
    fn with_two_steps(main: &str, work: &str) -> Repository {
        let repository = Repository(Folder::new());
        repository.git("init -q").ok();
        repository.0.write("migrations/0001_init.sql", "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT);\n");
        repository.git("add .").ok();
        repository.git("commit -qm init").ok();
        repository.commit("0001_init", "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, z TEXT);\n");
        repository.git("checkout -qb work").ok();
        repository.commit("0002_work", work);
        repository.git("checkout -q main").ok();
        repository.commit("0002_main", main);
        repository.git("checkout -q work").ok();
        repository
    }
}

#[test]
fn the_steps_of_a_branch_move_behind_those_of_the_branch_on_which_it_is_rebased() {
    for (begin, go_on) in [("rebase main", "rebase --continue"), ("merge main", "commit -qm merged")] {
        let repository = Repository::with_two_steps("ALTER TABLE t ADD COLUMN m;\n", "ALTER TABLE t ADD COLUMN w;\n");
        let conflict = repository.git(begin);
        assert_ne!(conflict.code, 0, "two steps conflict in schema.sql: {conflict:?}");
        assert_eq!(files(&repository.0), ["0001_init.sql", "0002_main.sql", "0002_work.sql", "schema.sql"]);
        assert!(repository.0.read("migrations/schema.sql").contains("<<<<<<<"));
        repository.tool("migrate run --db app.db").fails(1, &["0002_main", "0002_work", "migrate rebase"]);
        let moved = repository.tool("migrate rebase").ok();
        assert!(moved.out.contains("0002_work is now 0003_work"), "{moved:?}");
        let schema = repository.0.read("migrations/schema.sql");
        assert!(!schema.contains("<<<<<<<") && schema.contains("step 0003_work "), "{schema}");
        repository.git("add .").ok();
        repository.git(go_on).ok();
        repository.tool("db create --db app.db").ok();
        repository.tool("migrate run --db app.db").ok();
        let columns = "SELECT group_concat(name) FROM pragma_table_info('t')";
        assert_eq!(crate::text(&repository.0, "app.db", columns), "id,a,z,m,w");
        // Nothing is left to do.
        assert!(repository.tool("migrate rebase --onto main").ok().out.contains("the last numbers already"));
    }
}

#[test]
fn a_step_that_would_undo_what_the_other_branch_does_is_refused() {
    let rebuild = "-- aio-sql: rebuild t
CREATE TABLE t_new (id INTEGER PRIMARY KEY, a TEXT UNIQUE, z TEXT);
INSERT INTO t_new (id, a, z) SELECT id, a, z FROM t;
DROP TABLE t;
ALTER TABLE t_new RENAME TO t;
";
    let repository = Repository::with_two_steps("ALTER TABLE t ADD COLUMN m;\n", rebuild);
    repository.git("rebase main");
    let words = ["0002_work", "`t.m`", "delete 0002_work.sql", "migrate diff"];
    repository.tool("migrate rebase").fails(1, &words);
    assert_eq!(files(&repository.0), ["0001_init.sql", "0002_main.sql", "0002_work.sql", "schema.sql"]);
}
