<?php
header("Content-Type: text/plain");
echo str_repeat("x", 5000);
flush();
usleep(2000000);
echo str_repeat("y", 5000);
