-- What the provider answered to a new payment page, kept in one call. The lock comes first and each statement here sees what was
-- committed before it: an event that was faster than this is found and looked at again (M15), one that comes later finds the row.
-- The commit does not wait for the disk: a crash loses only what the provider tells again under the same idempotency key (M23).
CREATE FUNCTION payment_session_opened(session uuid, provider_id text, page text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE is_stored boolean;
BEGIN
  PERFORM set_config('synchronous_commit', 'off', true);
  PERFORM pg_advisory_xact_lock(hashtextextended(provider_id, 71820));
  UPDATE payment_sessions SET provider_session = provider_id, checkout_url = coalesce(page, checkout_url), status = 'open'
    WHERE id = session AND status = 'opening';
  is_stored := FOUND;
  IF is_stored AND EXISTS (SELECT FROM webhook_inbox WHERE handled_at IS NULL AND waits_for = provider_id) THEN
    INSERT INTO pgqueuer (priority, entrypoint, payload, headers, status, execute_after)
      VALUES (0, 'payments.replay', convert_to(jsonb_build_object('provider_id', provider_id)::text, 'UTF8'), '{}', 'queued', now());
  END IF;
  RETURN is_stored;
END $$;
