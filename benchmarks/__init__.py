"""What the app holds, measured: ``make bench``. README.md says what each figure means."""
