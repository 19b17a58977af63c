"""Accounts, sessions, tokens, roles, verified residency and eligibility groups."""
