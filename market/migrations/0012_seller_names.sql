-- The seller's English name when the line was sold, beside the Chinese one.
ALTER TABLE order_lines ADD COLUMN seller_en text;
