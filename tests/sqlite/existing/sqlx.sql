CREATE TABLE customers (id INTEGER PRIMARY KEY NOT NULL, name TEXT NOT NULL UNIQUE);
CREATE TABLE orders (key BLOB PRIMARY KEY NOT NULL, customer_id BIGINT NOT NULL REFERENCES customers(id), ordered DATETIME NOT NULL, created INTEGER NOT NULL DEFAULT (unixepoch()), due DATE NOT NULL, at TIME NOT NULL, took INTEGER NOT NULL, paid BOOLEAN NOT NULL, total BIGINT NOT NULL, note TEXT NOT NULL);
INSERT INTO customers (id, name) VALUES (1, 'Ann');
INSERT INTO orders (key, customer_id, ordered, created, due, at, took, paid, total, note) VALUES (x'00c097ce7bc90715b34b9f1000000000', 1, '2026-01-05T10:00:00+00:00', 1767607200, '2026-01-06', '10:00:00', 90000, 0, 1250, 'first');
INSERT INTO orders (key, customer_id, ordered, created, due, at, took, paid, total, note) VALUES (x'00c097ce7bc90715b34b9f1000000001', 1, '2026-01-05T10:00:01.123456+00:00', 1767607201, '2026-01-07', '10:00:01.123456', 90123, 1, 1200, 'second');
INSERT INTO orders (key, customer_id, ordered, created, due, at, took, paid, total, note) VALUES (x'00c097ce7bc90715b34b9f1000000002', 1, '2026-01-05T10:00:02.120+00:00', 1767607202, '2026-01-08', '10:00:02.120', 90120, 0, 10, 'third');
