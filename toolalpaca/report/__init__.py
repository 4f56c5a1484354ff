"""What report.py shows of runs: their statistics, plots of them, and one HTML page with every conversation in it."""
