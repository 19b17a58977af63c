-- How often something was searched and clicked on a day; of nobody, and with no finer time (see market/search/statistics.py).
CREATE TABLE search_days (
  day             date NOT NULL,
  query           text NOT NULL CHECK (length(query) BETWEEN 1 AND 40),
  searches        int NOT NULL DEFAULT 0,
  empties         int NOT NULL DEFAULT 0,    -- of them without a result
  clicks          int NOT NULL DEFAULT 0,
  PRIMARY KEY (day, query)
);

CREATE TABLE search_click_days (
  day             date NOT NULL,
  position        int NOT NULL CHECK (position BETWEEN 1 AND 50),
  clicks          int NOT NULL DEFAULT 0,
  PRIMARY KEY (day, position)
);
