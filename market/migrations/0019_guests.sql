-- Somebody buys for a parent or a friend. A link exists only with the consent of both, and either ends it at any time.
CREATE TABLE family_links (
  id              uuid PRIMARY KEY DEFAULT uuidv7(),
  buyer_id        uuid NOT NULL REFERENCES persons,
  invited_login   text NOT NULL,             -- normal form, as the buyer knows it; empty once the link has ended
  member_id       uuid REFERENCES persons,   -- who agreed
  name            text NOT NULL,             -- how the buyer calls them
  status          text NOT NULL DEFAULT 'invited' CHECK (status IN ('invited', 'accepted', 'declined', 'ended')),
  created_at      timestamptz NOT NULL DEFAULT now(),
  decided_at      timestamptz,
  CHECK (status <> 'accepted' OR member_id IS NOT NULL),
  CHECK (buyer_id <> member_id)
);
CREATE UNIQUE INDEX family_links_open ON family_links (buyer_id, invited_login) WHERE status IN ('invited', 'accepted');
CREATE INDEX family_links_login ON family_links (invited_login) WHERE status = 'invited';
CREATE INDEX family_links_member ON family_links (member_id) WHERE status = 'accepted';

-- Who comes instead of the buyer. Name and phone are forgotten a month after the last of the order is over.
CREATE TABLE order_guests (
  order_id        uuid PRIMARY KEY REFERENCES orders,
  name            text NOT NULL,
  phone           text NOT NULL DEFAULT '',
  person_id       uuid REFERENCES persons    -- set when they agreed to be linked: they see the code
);
CREATE INDEX order_guests_person ON order_guests (person_id) WHERE person_id IS NOT NULL;
