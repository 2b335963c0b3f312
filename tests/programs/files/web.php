<?php
// GET / at once, GET /slow in two halves.
if ($_SERVER['REQUEST_URI'] !== '/slow') {
    echo 'ok';
    return;
}
require __DIR__ . '/slow.php';
