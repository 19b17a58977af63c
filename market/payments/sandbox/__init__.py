"""A Stripe-compatible service inside the app for demo and tests, with its own state: the real SDK talks to it over HTTP.

form (what the SDK sends) · objects (what Stripe answers, pure) · service and queries (API) · pages (the payment page) ·
courier (signed webhooks, retried) · script (misbehaviour on demand) · controllers. Never part of a production app."""
