<?php
// Half of the answer, three seconds of work, the other half.
header('Content-Length: 10000');
echo str_repeat('x', 5000);
flush();
sleep(3);
echo str_repeat('x', 5000);
