define($x 3);
define($y 1, $x 4);
elementclass F { $x | define($x 2) Idle -> Discard }
