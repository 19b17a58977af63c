-- Which database this is: the cluster, its history and the database in it. When the newest row names another one, the data was restored from
-- a backup or taken over by a copy, and what the payment provider did meanwhile has to be learned before money leaves again (O02).
CREATE TABLE restores (
  id              uuid PRIMARY KEY DEFAULT uuidv7(),
  database_id     text NOT NULL,
  since           timestamptz,               -- the newest movement at the provider that the books knew then
  noticed_at      timestamptz NOT NULL DEFAULT now(),
  caught_up_at    timestamptz                -- null: nothing is sent to the provider
);
