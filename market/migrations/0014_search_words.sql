-- Words that mean the same to a resident (瑜珈 and 瑜伽, 送饭 and 助老送餐); the package brings groups of its own.
CREATE TABLE search_synonyms (
  id              uuid PRIMARY KEY DEFAULT uuidv7(),
  words           text[] NOT NULL UNIQUE CHECK (cardinality(words) BETWEEN 2 AND 20),  -- normalised and sorted
  added_by        uuid NOT NULL REFERENCES persons,
  added_at        timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX search_synonyms_added_by ON search_synonyms (added_by);

-- Groups of the package that staff have switched off, by the id that the package gives them.
CREATE TABLE search_synonyms_off (
  group_id        uuid PRIMARY KEY,
  person_id       uuid NOT NULL REFERENCES persons,
  at              timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX search_synonyms_off_person ON search_synonyms_off (person_id);
