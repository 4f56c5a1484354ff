"""How a stage runs: its workers, in this process or on Ray actors, its progress bar and its closing report."""
