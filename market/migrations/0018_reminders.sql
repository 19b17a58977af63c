-- Whoever bought something is reminded of it the day before, unless they switched that off.
ALTER TABLE persons ADD COLUMN wants_reminders boolean NOT NULL DEFAULT true;
ALTER TABLE order_lines ADD COLUMN reminded_at timestamptz;
CREATE INDEX order_lines_to_remind ON order_lines (starts_at) WHERE reminded_at IS NULL AND refunded_at IS NULL;
