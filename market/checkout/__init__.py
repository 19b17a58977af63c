"""The one orchestrating slice: quote, order, hold, settle, refund, voucher."""
