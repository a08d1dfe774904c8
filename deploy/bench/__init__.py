"""`alongside bench`: each figure beside its limit, both taken in turn on the same engines, one file per figure."""
