"""Stage 8: fine-tuning with exact label masks, batches without waste and checkpoints that can be resumed."""
