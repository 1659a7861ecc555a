define($x 3);
Idle -> Paint($x) -> Discard
