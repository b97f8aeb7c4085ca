"""Files people keep: tables as CSV and XLSX, without a formula in them, the same bytes each time."""
