CREATE TABLE "tag" (
    "id" INTEGER CONSTRAINT "pk_tag" PRIMARY KEY NOT NULL,
    "name" TEXT NOT NULL COLLATE NOCASE CONSTRAINT "ck_tag_name" CHECK (length(name) between 1 and 40),
    CONSTRAINT "uq_tag_name" UNIQUE ("name")
) STRICT;

CREATE TABLE "task" (
    "id" INTEGER CONSTRAINT "pk_task" PRIMARY KEY NOT NULL,
    "title" TEXT NOT NULL CONSTRAINT "ck_task_title" CHECK (length(title) between 1 and 200),
    "note" TEXT,
    "done" INTEGER NOT NULL DEFAULT 0 CONSTRAINT "ck_task_done_range" CHECK ("done" BETWEEN 0 AND 1),
    "priority" INTEGER NOT NULL DEFAULT 3 CONSTRAINT "ck_task_priority" CHECK (priority between 1 and 5),
    "due" TEXT,
    "created" TEXT NOT NULL,
    "version" INTEGER NOT NULL
) STRICT;

CREATE TABLE "task_tag" (
    "task_id" INTEGER NOT NULL,
    "tag_id" INTEGER NOT NULL,
    CONSTRAINT "pk_task_tag" PRIMARY KEY ("task_id", "tag_id"),
    CONSTRAINT "fk_task_tag_task_id" FOREIGN KEY ("task_id") REFERENCES "task" ("id") ON DELETE CASCADE,
    CONSTRAINT "fk_task_tag_tag_id" FOREIGN KEY ("tag_id") REFERENCES "tag" ("id")
) STRICT, WITHOUT ROWID;

CREATE TABLE "token" (
    "id" INTEGER CONSTRAINT "pk_token" PRIMARY KEY NOT NULL,
    "name" TEXT NOT NULL CONSTRAINT "ck_token_name" CHECK (length(name) between 1 and 80),
    "hash" BLOB NOT NULL,
    "created" TEXT NOT NULL,
    CONSTRAINT "uq_token_name" UNIQUE ("name"),
    CONSTRAINT "uq_token_hash" UNIQUE ("hash")
) STRICT;

CREATE INDEX "ix_task_created" ON "task" ("created");
CREATE INDEX "ix_task_done_priority" ON "task" ("done", "priority");
CREATE INDEX "ix_task_due" ON "task" ("due");

CREATE INDEX "ix_task_tag_tag_id" ON "task_tag" ("tag_id");
