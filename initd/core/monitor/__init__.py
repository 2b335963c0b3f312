"""The monitor, as pid 1 sees it: kept alive, told of changes, listened to."""
