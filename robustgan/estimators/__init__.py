"""scikit-learn estimators: the front door."""
