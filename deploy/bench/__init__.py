"""`alongside bench`: each figure beside its limit, both measured in turn on the same engines, one file per figure."""
