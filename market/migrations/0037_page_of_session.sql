-- The address of a payment page belongs to its session; the order's copy of it cost a write per sale.
ALTER TABLE orders DROP COLUMN checkout_url;
