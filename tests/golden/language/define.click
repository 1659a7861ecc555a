define($x 3, $y $x);
Idle -> Paint($x) -> Paint(${y}) -> Discard
