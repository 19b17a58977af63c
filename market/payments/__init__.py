"""Payment gateway, its Stripe implementation, the local sandbox, and the webhook inbox."""
