//! Where the library answers otherwise than SQLAlchemy's Inspector, and why.

/// The Inspector finds a CHECK by a pattern that ends at the last parenthesis of a line, so that
/// it takes what follows for a part of the condition; and it takes everything since CONSTRAINT for
/// the name.
const CHECKS: &str = "the whole condition and nothing else, under its own name";
/// The Inspector finds the text of a UNIQUE by a pattern, and reports none if that does not expect
/// what stands before it, or the quotes around the names.
const UNIQUES: &str = "every UNIQUE, under its own name";
/// The Inspector finds the name, the actions and the deferral by a pattern, which needs the
/// columns of the parent table, nothing between them and the actions, and one order of these.
const KEYS: &str = "the name, the actions and the deferral of every foreign key";
/// The Inspector finds the name of a key by a pattern without brackets and backquotes.
const NAMES: &str = "a name in any quotes";
/// The Inspector finds the first expression after AS in the whole statement.
const GENERATED: &str = "the expression of the column itself";
/// The Inspector has no type ANY, and takes the name BOOL for BOOLEAN.
const TYPES: &str = "the type as it was declared";
/// The Inspector reads comments as if they were a part of the statement.
const COMMENTS: &str = "no comment is a constraint or a part of a condition";

/// Differences that are wanted: the schema, the place in the answers, what the library answers
/// (`absent` if there is nothing at that place), and why.
#[rustfmt::skip]
pub(super) const EXPLAINED: &[(&str, &str, &str, &str)] = &[
    ("altered", r#"schemas/main/tables/u/checks/length("new name") > 0"#, "null", CHECKS),
    ("altered", "schemas/main/tables/u/checks/second <> ''", "null", CHECKS),
    ("altered", r#"schemas/main/tables/u/checks/second <> ''), check (length("new name") > 0), unique ("new name")"#, "absent", CHECKS),
    ("chinook", "schemas/main/tables/PlaylistTrack/primary key/name", r#""PK_PlaylistTrack""#, NAMES),
    ("circles", "schemas/main/tables/c/foreign keys/a/name", r#""back""#, KEYS),
    ("circles", "schemas/main/tables/c/foreign keys/a/options/ondelete", r#""SET NULL""#, KEYS),
    ("column_constraints", "schemas/main/tables/parent/uniques/n", r#""un""#, UNIQUES),
    ("column_constraints", "schemas/main/tables/t/checks/f <> 5", "null", CHECKS),
    ("column_constraints", "schemas/main/tables/t/checks/f between 1 and 9", r#""quoted name""#, CHECKS),
    ("column_constraints", "schemas/main/tables/t/checks/length(b) > 0", r#""ck""#, CHECKS),
    ("column_constraints", "schemas/main/tables/t/foreign keys/c/name", r#""fk""#, KEYS),
    ("column_constraints", "schemas/main/tables/t/foreign keys/c/options/ondelete", r#""CASCADE""#, KEYS),
    ("column_constraints", "schemas/main/tables/t/foreign keys/c/options/onupdate", r#""SET NULL""#, KEYS),
    ("column_constraints", "schemas/main/tables/t/uniques/b", r#""un""#, UNIQUES),
    ("comments", "schemas/main/tables/t/checks/a > 1", "absent", COMMENTS),
    ("comments", "schemas/main/tables/t/indexes/i/where", r#""b <> '--'""#, COMMENTS),
    ("comments", "schemas/main/tables/t/uniques/b, c", r#""un""#, UNIQUES),
    ("composite_keys", "schemas/main/tables/city/foreign keys/region, code/options/ondelete", r#""CASCADE""#, KEYS),
    ("defaults", "schemas/main/tables/t/uniques/t", "null", UNIQUES),
    ("deferrable", "schemas/main/tables/t/foreign keys/b/options/deferrable", "true", KEYS),
    ("deferrable", "schemas/main/tables/t/foreign keys/c/options/deferrable", "true", KEYS),
    ("deferrable", "schemas/main/tables/t/foreign keys/c/options/initially", r#""DEFERRED""#, KEYS),
    ("deferrable", "schemas/main/tables/t/foreign keys/d/options/deferrable", "true", KEYS),
    ("deferrable", "schemas/main/tables/t/foreign keys/h/options/deferrable", "true", KEYS),
    ("deferrable", "schemas/main/tables/t/foreign keys/h/options/initially", r#""DEFERRED""#, KEYS),
    ("deferrable", "schemas/main/tables/t/foreign keys/i/options/deferrable", "true", KEYS),
    ("deferrable", "schemas/main/tables/t/foreign keys/i/options/initially", r#""DEFERRED""#, KEYS),
    ("deferrable", "schemas/main/tables/t/foreign keys/i/options/ondelete", r#""CASCADE""#, KEYS),
    ("django", "schemas/main/tables/auth_group/uniques/name", "null", UNIQUES),
    ("django", "schemas/main/tables/auth_group_permissions/foreign keys/group_id/options/deferrable", "true", KEYS),
    ("django", "schemas/main/tables/auth_group_permissions/foreign keys/group_id/options/initially", r#""DEFERRED""#, KEYS),
    ("django", "schemas/main/tables/auth_group_permissions/foreign keys/permission_id/options/deferrable", "true", KEYS),
    ("django", "schemas/main/tables/auth_group_permissions/foreign keys/permission_id/options/initially", r#""DEFERRED""#, KEYS),
    ("django", "schemas/main/tables/auth_permission/foreign keys/content_type_id/options/deferrable", "true", KEYS),
    ("django", "schemas/main/tables/auth_permission/foreign keys/content_type_id/options/initially", r#""DEFERRED""#, KEYS),
    ("django", "schemas/main/tables/auth_user/columns/is_active/type", r#""bool""#, TYPES),
    ("django", "schemas/main/tables/auth_user/columns/is_staff/type", r#""bool""#, TYPES),
    ("django", "schemas/main/tables/auth_user/columns/is_superuser/type", r#""bool""#, TYPES),
    ("django", "schemas/main/tables/auth_user/uniques/username", "null", UNIQUES),
    ("django", "schemas/main/tables/auth_user_groups/foreign keys/group_id/options/deferrable", "true", KEYS),
    ("django", "schemas/main/tables/auth_user_groups/foreign keys/group_id/options/initially", r#""DEFERRED""#, KEYS),
    ("django", "schemas/main/tables/auth_user_groups/foreign keys/user_id/options/deferrable", "true", KEYS),
    ("django", "schemas/main/tables/auth_user_groups/foreign keys/user_id/options/initially", r#""DEFERRED""#, KEYS),
    ("django", r#"schemas/main/tables/django_admin_log/checks/"action_flag" >= 0"#, "null", CHECKS),
    ("django", r#"schemas/main/tables/django_admin_log/checks/"action_flag" >= 0), "change_message" text NOT NULL, "content_type_id" integer NULL REFERENCES "django_content_type" ("id") DEFERRABLE INITIALLY DEFERRED, "user_id" integer NOT NULL REFERENCES "auth_user" ("id") DEFERRABLE INITIALLY DEFERRED, "action_time" datetime NOT NULL"#, "absent", CHECKS),
    ("django", "schemas/main/tables/django_admin_log/foreign keys/content_type_id/options/deferrable", "true", KEYS),
    ("django", "schemas/main/tables/django_admin_log/foreign keys/content_type_id/options/initially", r#""DEFERRED""#, KEYS),
    ("django", "schemas/main/tables/django_admin_log/foreign keys/user_id/options/deferrable", "true", KEYS),
    ("django", "schemas/main/tables/django_admin_log/foreign keys/user_id/options/initially", r#""DEFERRED""#, KEYS),
    ("generated", "schemas/main/tables/t/checks/g > 0", "null", CHECKS),
    ("generated", "schemas/main/tables/t/columns/d/generated", r#""'(' || b || ')'""#, GENERATED),
    ("generated", "schemas/main/tables/t/columns/e/generated", r#""b * 2""#, GENERATED),
    ("generated", "schemas/main/tables/t/columns/f/generated", r#""coalesce(b, 0)""#, GENERATED),
    ("generated", "schemas/main/tables/t/columns/g/generated", r#""b + 1""#, GENERATED),
    ("generated", "schemas/main/tables/t/uniques/e", "null", UNIQUES),
    ("indexes", "schemas/main/tables/t/uniques/a, b", "null", UNIQUES),
    ("keywords", r#"schemas/main/tables/select/checks/"check" > 0"#, "null", CHECKS),
    ("keywords", r#"schemas/main/tables/select/checks/"check" > 0)"#, "absent", CHECKS),
    ("keywords", "schemas/main/tables/select/uniques/order", "null", UNIQUES),
    ("keywords", r#"schemas/main/tables/table/checks/"unique" <> "constraint""#, "null", CHECKS),
    ("keywords", r#"schemas/main/tables/table/checks/"unique" <> "constraint")"#, "absent", CHECKS),
    ("matches", "schemas/main/tables/t/foreign keys/b/options/ondelete", r#""SET DEFAULT""#, KEYS),
    ("matches", "schemas/main/tables/t/foreign keys/c/options/deferrable", "true", KEYS),
    ("matches", "schemas/main/tables/t/foreign keys/c/options/initially", r#""DEFERRED""#, KEYS),
    ("matches", "schemas/main/tables/t/foreign keys/c/options/ondelete", r#""SET NULL""#, KEYS),
    ("matches", "schemas/main/tables/t/foreign keys/c/options/onupdate", r#""CASCADE""#, KEYS),
    ("odd_names", r#"schemas/main/tables/a, b/checks/"x, y" > 1"#, "null", CHECKS),
    ("odd_names", r#"schemas/main/tables/a, b/checks/"x, y" > 1)"#, "absent", CHECKS),
    ("odd_names", "schemas/main/tables/a, b/uniques/(, )", "null", UNIQUES),
    ("odd_names", "schemas/main/tables/semi;colon/uniques/'", "null", UNIQUES),
    ("quoted_names", "schemas/main/tables/back`ticks/primary key/name", r#""the `key`""#, NAMES),
    ("quoted_names", r#"schemas/main/tables/double "quoted"/uniques/c"#, "null", UNIQUES),
    ("quoted_names", "schemas/main/tables/in brackets/checks/[c(] <> ')'", "null", CHECKS),
    ("quoted_names", "schemas/main/tables/in brackets/checks/[c(] <> ')')", "absent", CHECKS),
    ("quoted_names", "schemas/main/tables/single 'quoted'/uniques/a b, c", "null", UNIQUES),
    ("sakila", r#"schemas/main/tables/film/checks/special_features is null or
                                                           special_features like '%Trailers%' or
                                                           special_features like '%Commentaries%' or
                                                           special_features like '%Deleted Scenes%' or
                                                           special_features like '%Behind the Scenes%'"#, r#""CHECK_special_features""#, CHECKS),
    ("self_references", "schemas/main/tables/employee/foreign keys/boss/options/ondelete", r#""SET NULL""#, KEYS),
    ("strict", "schemas/main/tables/t/columns/f/type", r#""ANY""#, TYPES),
    ("strict", "schemas/main/tables/u/columns/b/type", r#""ANY""#, TYPES),
    ("temporary", "temporary tables/scratch/checks/kept > 0", "null", CHECKS),
    ("temporary", "temporary tables/scratch/checks/kept > 0)", "absent", CHECKS),
    ("unicode", "schemas/main/tables/straße/checks/🙂 > 0", "null", CHECKS),
    ("unicode", "schemas/main/tables/straße/checks/🙂 > 0)", "absent", CHECKS),
    ("without_commas", "schemas/main/tables/t/foreign keys/c/name", r#""fk""#, KEYS),
];
