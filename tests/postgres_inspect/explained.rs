//! Where the library answers otherwise than SQLAlchemy's Inspector, and why.

/// The server keeps a constraint of its own for each partition that a foreign key may refer to.
/// They are a part of the key, and cannot be created or dropped.
const PARTITIONS: &str = "a foreign key once";
/// The Inspector gives a column the default of its domain.
const DOMAINS: &str = "the default of the column itself; the domain has its own";

/// Differences that are wanted: the schema, the place in the answers, what the library answers
/// (`absent` if there is nothing at that place), and why.
#[rustfmt::skip]
pub(super) const EXPLAINED: &[(&str, &str, &str, &str)] = &[
    ("everything", "schemas/public/tables/refers/foreign keys/refers_k_d_fkey1/comment", "absent", PARTITIONS),
    ("everything", "schemas/public/tables/refers/foreign keys/refers_k_d_fkey1/name", "absent", PARTITIONS),
    ("everything", "schemas/public/tables/refers/foreign keys/refers_k_d_fkey1/options/ondelete", "absent", PARTITIONS),
    ("everything", "schemas/public/tables/refers/foreign keys/refers_k_d_fkey1/schema", "absent", PARTITIONS),
    ("everything", "schemas/public/tables/refers/foreign keys/refers_k_d_fkey1/table", "absent", PARTITIONS),
    ("everything", "schemas/public/tables/refers/foreign keys/refers_k_d_fkey1/targets", "absent", PARTITIONS),
    ("everything", "schemas/public/tables/refers/foreign keys/refers_k_d_fkey2/comment", "absent", PARTITIONS),
    ("everything", "schemas/public/tables/refers/foreign keys/refers_k_d_fkey2/name", "absent", PARTITIONS),
    ("everything", "schemas/public/tables/refers/foreign keys/refers_k_d_fkey2/options/ondelete", "absent", PARTITIONS),
    ("everything", "schemas/public/tables/refers/foreign keys/refers_k_d_fkey2/schema", "absent", PARTITIONS),
    ("everything", "schemas/public/tables/refers/foreign keys/refers_k_d_fkey2/table", "absent", PARTITIONS),
    ("everything", "schemas/public/tables/refers/foreign keys/refers_k_d_fkey2/targets", "absent", PARTITIONS),
    ("everything", "schemas/public/tables/refers/foreign keys/refers_k_d_fkey3/comment", "absent", PARTITIONS),
    ("everything", "schemas/public/tables/refers/foreign keys/refers_k_d_fkey3/name", "absent", PARTITIONS),
    ("everything", "schemas/public/tables/refers/foreign keys/refers_k_d_fkey3/options/ondelete", "absent", PARTITIONS),
    ("everything", "schemas/public/tables/refers/foreign keys/refers_k_d_fkey3/schema", "absent", PARTITIONS),
    ("everything", "schemas/public/tables/refers/foreign keys/refers_k_d_fkey3/table", "absent", PARTITIONS),
    ("everything", "schemas/public/tables/refers/foreign keys/refers_k_d_fkey3/targets", "absent", PARTITIONS),
    ("everything", "schemas/public/tables/t/columns/y/default", "null", DOMAINS),
];
