"""Fine-tuning: exact label masks, batches without waste, checkpoints that can be trusted. `train.py` runs it."""
