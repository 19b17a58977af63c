-- Why a day has other hours, in English too: residents read it before they book.
ALTER TABLE space_exceptions ADD COLUMN reason_en text;
