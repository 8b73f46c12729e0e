"""Downloads: released tables, printable reports, extracts for analysts and open answers, all from releases."""
