-- Which change of the spaces a reader has seen: web processes keep what they look through in memory until this moves. A row for each of
-- some lanes, so that changes side by side do not wait for one another; a lane holds the last transaction that changed something.
CREATE TABLE space_changes (
  lane            smallint PRIMARY KEY,
  changed_by      xid8 NOT NULL
);

CREATE FUNCTION note_space_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO space_changes (lane, changed_by) VALUES (pg_backend_pid() % 128, pg_current_xact_id())
    ON CONFLICT (lane) DO UPDATE SET changed_by = EXCLUDED.changed_by;
  RETURN NULL;
END $$;
CREATE TRIGGER spaces_noted AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON spaces EXECUTE FUNCTION note_space_change();
CREATE TRIGGER space_tariffs_noted AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON space_tariffs EXECUTE FUNCTION note_space_change();
CREATE TRIGGER space_exceptions_noted AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON space_exceptions EXECUTE FUNCTION note_space_change();
CREATE TRIGGER communities_noted AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON communities EXECUTE FUNCTION note_space_change();

-- What is taken then, wherever it is.
CREATE INDEX occupancies_period ON occupancies USING gist (period) WHERE status <> 'released';
