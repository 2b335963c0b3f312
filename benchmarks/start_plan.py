"""initd with a start plan made when the image is built, where `initd compile` is there."""

PLANNED = "initd, start plan"
