"""Serves one model over HTTP: yours to read and to edit. `service.json` beside this folder says what is served."""
