CREATE TABLE "customers" ("id" integer PRIMARY KEY AUTOINCREMENT NOT NULL, "name" varchar NOT NULL, "active" boolean DEFAULT 1 NOT NULL);
CREATE UNIQUE INDEX "index_customers_on_name" ON "customers" ("name");
CREATE TABLE "orders" ("id" integer PRIMARY KEY AUTOINCREMENT NOT NULL, "key" varchar NOT NULL, "customer_id" integer NOT NULL, "ordered" datetime(6) NOT NULL, "due" date, "paid" boolean DEFAULT 0 NOT NULL, "total" decimal(10,2) DEFAULT 0.0 NOT NULL, "note" text NOT NULL, CONSTRAINT "fk_rails_3dad120da9" FOREIGN KEY ("customer_id") REFERENCES "customers" ("id"));
CREATE UNIQUE INDEX "index_orders_on_key" ON "orders" ("key");
CREATE INDEX "index_orders_on_customer_id" ON "orders" ("customer_id");
INSERT INTO "customers" ("id", "name") VALUES (1, 'Ann');
INSERT INTO "orders" ("key", "customer_id", "ordered", "due", "paid", "total", "note") VALUES ('00c097ce-7bc9-0715-b34b-9f1000000000', 1, '2026-01-05 10:00:00.000000', '2026-01-06', 0, 12.5, 'first');
INSERT INTO "orders" ("key", "customer_id", "ordered", "due", "paid", "total", "note") VALUES ('00c097ce-7bc9-0715-b34b-9f1000000001', 1, '2026-01-05 10:00:01.123456', '2026-01-07', 1, 12.0, 'second');
INSERT INTO "orders" ("key", "customer_id", "ordered", "due", "paid", "total", "note") VALUES ('00c097ce-7bc9-0715-b34b-9f1000000002', 1, '2026-01-05 10:00:02.120000', '2026-01-08', 0, 0.1, 'third');
