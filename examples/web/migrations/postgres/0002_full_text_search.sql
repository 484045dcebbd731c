-- The expression is that of src/search/tsearch.rs, so that its queries use the index.
CREATE INDEX task_search ON task USING gin (to_tsvector('simple', title || ' ' || coalesce(note, '')));
