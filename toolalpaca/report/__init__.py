"""The report: statistics, plots and every conversation of one or more runs, as one HTML file."""
