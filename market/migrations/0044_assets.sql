-- What an asset register says of a space beyond what is booked (T1): its number, its paper, its rules, and the size of a complex (L3).
ALTER TABLE spaces
  ADD COLUMN register_no    text CHECK (register_no <> ''),              -- the community's own number
  ADD COLUMN ownership_no   text NOT NULL DEFAULT '',                    -- of the ownership document; for staff only
  ADD COLUMN house_rules    text NOT NULL DEFAULT '',
  ADD COLUMN house_rules_en text,
  ADD COLUMN contact        text NOT NULL DEFAULT '',                    -- whom to call about it; public
  ADD COLUMN complex_size   text CHECK (complex_size IN ('area', 'community', 'station')),
  ADD COLUMN is_idle        boolean NOT NULL DEFAULT false,              -- bookable, and in nobody's regular use
  ADD CHECK (complex_size IS NULL OR kind = 'complex');
CREATE UNIQUE INDEX spaces_register_no ON spaces (community_id, register_no);
