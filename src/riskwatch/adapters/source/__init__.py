"""The agency's records: from CSV files, or by SQL, read and never written."""
