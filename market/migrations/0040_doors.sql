-- What the QR code at the door of a space carries: only who stands there knows it. Made anew when a poster has got about.
ALTER TABLE spaces ADD COLUMN door_key text NOT NULL DEFAULT replace(gen_random_uuid()::text, '-', '');
-- when somebody checked out, which is when the time ended
ALTER TABLE occupancies ADD COLUMN left_at timestamptz;
