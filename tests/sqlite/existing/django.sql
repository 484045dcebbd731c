CREATE TABLE "shop_customer" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "name" varchar(20) NOT NULL UNIQUE);
CREATE TABLE "shop_order" ("key" char(32) NOT NULL PRIMARY KEY, "customer_id" bigint NOT NULL REFERENCES "shop_customer" ("id") DEFERRABLE INITIALLY DEFERRED, "ordered" datetime NOT NULL, "shipped" datetime NULL, "due" date NOT NULL, "at" time NOT NULL, "took" bigint NOT NULL, "paid" bool NOT NULL, "total" decimal NOT NULL, "quantity" integer unsigned DEFAULT 1 NOT NULL CHECK ("quantity" >= 0), "note" text NOT NULL, "meta" text DEFAULT '{}' NOT NULL CHECK ((JSON_VALID("meta") OR "meta" IS NULL)));
CREATE INDEX "shop_order_customer_id_f638df20" ON "shop_order" ("customer_id");
CREATE INDEX "shop_order_ordered_ff375216" ON "shop_order" ("ordered");
INSERT INTO "shop_customer" ("id", "name") VALUES (1, 'Ann');
INSERT INTO "shop_order" ("key", "customer_id", "ordered", "due", "at", "took", "paid", "total", "note") VALUES ('00c097ce7bc90715b34b9f1000000000', 1, '2026-01-05 10:00:00', '2026-01-06', '10:00:00', 90000000, 0, 12.5, 'first');
INSERT INTO "shop_order" ("key", "customer_id", "ordered", "due", "at", "took", "paid", "total", "note") VALUES ('00c097ce7bc90715b34b9f1000000001', 1, '2026-01-05 10:00:01.123456', '2026-01-07', '10:00:01.123456', 90123456, 1, 12, 'second');
INSERT INTO "shop_order" ("key", "customer_id", "ordered", "due", "at", "took", "paid", "total", "note") VALUES ('00c097ce7bc90715b34b9f1000000002', 1, '2026-01-05 10:00:02.120000', '2026-01-08', '10:00:02.120000', 90120000, 0, 0.1, 'third');
