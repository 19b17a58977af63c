"""Chart of accounts, transfers, balances, seals and exports; knows no orders."""
