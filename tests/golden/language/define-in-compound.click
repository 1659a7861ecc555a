define($x 1);
c :: { define($x 2, $z $x) Idle -> Paint($z) -> Discard }; Idle -> Paint($x) -> Discard
