"""What loads and predicts, one file for each kind of model; the one that is needed becomes `model_server/model.py`."""
